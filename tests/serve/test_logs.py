"""Log lines: JSON, with the request's id, and never a word of what was asked or read."""

import io
import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglan.serve.logs import FIELDS, REQUEST, log_to, note, request_id

SECRET = "the secret of jane@example.org 秘密"


@pytest.fixture
def lines():
    """The lines that are logged from here on; what was set up before comes back afterwards."""
    root, kept = logging.getLogger(), {}
    before = (root.handlers[:], root.level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        other = logging.getLogger(name)
        kept[name] = (other.handlers[:], other.propagate, other.disabled)
    stream = io.StringIO()
    log_to(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)
    for name, (handlers, propagate, disabled) in kept.items():
        other = logging.getLogger(name)
        other.handlers[:], other.propagate, other.disabled = handlers, propagate, disabled


def test_a_line_is_an_object_with_the_request(lines) -> None:
    token = REQUEST.set("abc-1")
    note("request", {"route": "/v1/answer", "status": 200, "seconds": 0.25})
    REQUEST.reset(token)
    note("ready")
    first, second = lines()
    assert (first["event"], first["level"], first["request"]) == ("request", "info", "abc-1")
    assert (first["route"], first["status"], first["seconds"]) == ("/v1/answer", 200, 0.25)
    assert first["time"].endswith("+00:00")
    assert "request" not in second


def test_a_field_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="log field 'query' is not one of added, depth"):
        note("request", {"query": SECRET})
    assert not FIELDS & {"query", "question", "text", "answer", "title", "path", "url", "message", "history"}


def test_what_our_own_lines_were_filled_with_is_left_out(lines) -> None:
    logging.getLogger("raglan.search.follow").warning("%s is not as it was sealed; building it anew", SECRET)
    [line] = lines()
    assert line["event"] == "%s is not as it was sealed; building it anew"
    assert SECRET not in json.dumps(line, ensure_ascii=False)


def test_of_another_librarys_line_only_the_place_is_told(lines) -> None:
    line = f"could not send {SECRET}"
    logging.getLogger("httpx").warning(line)
    [line] = lines()
    assert line["event"].startswith("test_logs:")
    assert (line["logger"], line["level"]) == ("httpx", "warning")


def test_of_an_error_type_and_places_are_told(lines) -> None:
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("raglan.serve.jobs").exception("job failed")
    [line] = lines()
    assert line["error"] == "builtins.ValueError"
    assert line["at"][-1].endswith("test_of_an_error_type_and_places_are_told")
    assert "secret" not in json.dumps(line)


def test_of_uvicorn_the_lines_are_told_and_its_access_log_is_not(lines) -> None:
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s", "http://127.0.0.1:8080")
    logging.getLogger("uvicorn.access").info('%s - "%s"', "127.0.0.1", f"GET /v1/documents/{SECRET}")
    [line] = lines()
    assert line["event"] == "Uvicorn running on http://127.0.0.1:8080"


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.text(max_size=80))
def test_an_id_is_sane_whatever_a_client_sends(wanted: str) -> None:
    found = request_id(wanted)
    assert 1 <= len(found) <= 64
    assert all(character.isascii() and (character.isalnum() or character in "._-") for character in found)


def test_a_sane_id_is_kept() -> None:
    assert request_id("trace-7.A_b") == "trace-7.A_b"
    assert request_id("a\nb") != "a\nb"
    assert request_id() != request_id()

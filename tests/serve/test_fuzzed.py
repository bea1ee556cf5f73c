"""Requests that nobody would send: none makes the server fail, write elsewhere, or tell another key's texts."""

import json
import os
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raglan.serve.app import app
from raglan.serve.guard import Guard
from raglan.serve.keys import Keys
from raglan.serve.service import Options, Service

from .conftest import HASHING
from .test_permissions import HIDDEN, two_once
from .test_writing import ended

__all__ = ["two_once"]

HOW = settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
SECRETS = ("Zebulon", "九万")
PARTS = [
    "..",
    "%2e%2e",
    "%2F",
    "%5C",
    "etc",
    "passwd",
    "pay.md",
    "warranty.md",
    "@hr",
    "%00",
    "\u202e",
    "~",
    "//",
    "工资.md",
]
PARTS += [
    "store.sqlite",
    "serve.sqlite",
    "audit",
    "2026-11.jsonl",
    "jobs.sqlite",
    ".",
    "",
    "C:",
    "a" * 300,
    "%ff",
    "%0d%0aX: y",
]
ROUTES = ["/v1/documents/", "/v1/files/", "/v1/pages/1/", "/v1/jobs/", "/static/", "/v1/access/", "/", "/v1/", "/mcp/"]
NAMES = st.lists(st.sampled_from(PARTS), max_size=6).map("/".join)
VALUES = st.one_of(
    st.binary(max_size=80), st.sampled_from([b"", b"*", b"null", b"\xff\xfe", b"a" * 8_000, b"Bearer " * 50])
)
HEADERS = [
    *[
        "authorization",
        "content-type",
        "content-length",
        "origin",
        "referer",
        "accept",
        "accept-encoding",
        "range",
        "te",
    ],
    *[
        "x-request-id",
        "x-forwarded-for",
        "x-forwarded-host",
        "if-none-match",
        "if-range",
        "cookie",
        "expect",
        "upgrade",
    ],
    *["sec-fetch-site", "sec-fetch-mode", "access-control-request-method", "transfer-encoding", "mcp-session-id"],
]


@pytest.fixture(scope="module")
def guarded(two_once, tmp_path_factory):
    """A server, all that lies beside its store, and two of its keys."""
    place = shutil.copytree(two_once / "with", tmp_path_factory.mktemp("fuzzed") / "with")
    folder = place / "papers" / ".raglan"
    keys = Keys(folder)
    mine = {"authorization": f"Bearer {keys.add('ann', ['read', 'write'], ['sales'])[1]}"}
    root = {"authorization": f"Bearer {keys.add('root', ['admin'])[1]}"}
    keys.close()
    made = app(Service(folder, HASHING, Options(queue=16, threads=2)), Guard(body=20_000, rate=10_000, burst=10_000))
    with TestClient(made, "http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, place, mine, root


def outside(place: Path) -> dict[str, tuple[int, int]]:
    """Every file that is no part of the store, as it is."""
    found: dict[str, tuple[int, int]] = {}
    for folder, within, files in os.walk(place.parent):
        # There the server works meanwhile.
        within[:] = [name for name in within if name != ".raglan"]
        stats = {str(one): one.stat() for one in (Path(folder) / name for name in files)}
        found |= {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}
    return found


def harmless(reply) -> None:
    assert reply.status_code < 500 or reply.status_code == 503, reply.text
    for text in (reply.text, str(reply.headers)):
        assert not any(secret in text for secret in SECRETS)
        assert "Traceback" not in text
        assert "root:" not in text


@HOW
@given(
    st.sampled_from(["GET", "DELETE", "PUT", "POST", "HEAD", "OPTIONS", "PATCH", "BREW"]),
    st.sampled_from(ROUTES),
    NAMES,
)
def test_paths_lead_nowhere(guarded, method, route, name):
    client, place, mine, _ = guarded
    before = outside(place)
    if "warranty" in name and method == "DELETE":
        method = "GET"
    for asked in (name, quote(name, safe=""), quote(name)):
        harmless(client.request(method, route + asked, headers=mine, json={"access": []} if method == "PUT" else None))
    assert outside(place) == before


@HOW
@given(
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=5), st.sampled_from(["/v1/documents", "/v1/search", "/"])
)
def test_headers_do_no_harm(guarded, headers, path):
    client, *_ = guarded
    clean = {name: bytes(b for b in value if b not in b"\r\n\0") for name, value in headers.items()}
    reply = client.request("POST" if path == "/v1/search" else "GET", path, headers=clean, content=b'{"query": "pay"}')
    harmless(reply)
    # Without a key nothing is told.
    assert path == "/" or reply.status_code >= 400


@HOW
@given(
    st.sampled_from(["/v1/answer", "/v1/search", "/v1/why", "/v1/feedback", "/v1/chat/completions", "/mcp"]), st.data()
)
def test_bodies_do_no_harm(guarded, path, data):
    client, _, mine, _ = guarded
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40))
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    )
    fields = [
        "question",
        "query",
        "text",
        "k",
        "where",
        "history",
        "stream",
        "messages",
        "passage",
        "verdict",
        "threshold",
    ]
    body = data.draw(st.one_of(st.dictionaries(st.sampled_from(fields), values, max_size=6), values))
    try:
        content = json.dumps(body).encode("utf-8", "surrogatepass")
    except UnicodeEncodeError:
        content = b"\xed\xa0\x80"
    harmless(client.post(path, headers={**mine, "content-type": "application/json"}, content=content))


@HOW
@given(NAMES, st.binary(max_size=200), st.sampled_from(["", "sales", "hr", "../x", "sales,hr", "\x00"]))
def test_files_stay_in_the_store(guarded, name, data, access):
    client, place, mine, root = guarded
    before = outside(place)
    boundary = b"b0undary"
    shown = name.replace('"', "").replace("\r", "").replace("\n", "").encode("utf-8", "replace")
    head = b'--%b\r\nContent-Disposition: form-data; name="files"; filename="%b"\r\n\r\n' % (boundary, shown)
    field = b'--%b\r\nContent-Disposition: form-data; name="access"\r\n\r\n%b\r\n' % (boundary, access.encode())
    body = field + head + b"# Fuzz\n\n" + data + b"\r\n--" + boundary + b"--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=b0undary"}
    reply = client.post("/v1/documents", headers={**mine, **kind}, content=body)
    harmless(reply)
    if reply.status_code == 202 and reply.json()["accepted"]:
        client.headers = root
        ended(client, reply.json()["job"])
        client.headers = {}
    assert outside(place) == before
    listed = client.get("/v1/documents?limit=500", headers=root).json()["documents"]
    assert {line["id"].split("#")[0] for line in listed if line["access"] == ["hr"]} == set(HIDDEN)


@HOW
@given(st.binary(max_size=400), st.sampled_from([b"b0undary", b"", b"\xff", b"x" * 300]))
def test_forms_that_are_none_do_no_harm(guarded, body, boundary):
    client, _, mine, _ = guarded
    kind = {"content-type": b"multipart/form-data; boundary=" + boundary}
    harmless(client.post("/v1/documents", headers={**mine, **kind}, content=b"--b0undary\r\n" + body))


def test_a_body_that_is_too_long_is_refused(guarded):
    client, _, mine, _ = guarded
    reply = client.post("/v1/search", headers=mine, content=b"x" * 20_001)
    assert reply.status_code == 413


def test_what_is_told_in_the_log_is_no_text(guarded, caplog):
    client, _, mine, _ = guarded
    client.post("/v1/answer", headers=mine, json={"question": "Who is Quetzalcoatlus?"})
    client.get("/v1/documents/pay.md", headers=mine)
    assert "Quetzalcoatlus" not in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)

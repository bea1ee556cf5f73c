"""A server that masks: whoever may not see personal data sees none on any surface, and every place stays true."""

import io
import json
import logging
from dataclasses import replace

import pytest

from raglan.config import Config
from tests.serve.conftest import HASHING, filled

pytest.importorskip("mcp", reason="needs the extra serve")

from fastapi.testclient import TestClient

from raglan.build.parts import library
from raglan.errors import ConfigError
from raglan.privacy.masking import veiled
from raglan.serve.app import app
from raglan.serve.keys import Keys
from raglan.serve.logs import JsonLines
from raglan.serve.mcp import _called
from raglan.serve.options import Options, Place
from raglan.serve.running import serve
from raglan.serve.service import Service
from raglan.types import Draft

MAIL, PHONE = "jane.doe@example.org", "4155550199"
SECRETS = (MAIL, PHONE, "13812345678")
TEXTS = {
    "desk.md": f"# Desk of {MAIL}\n\nThe service desk answers at {MAIL} on weekdays. Its phone number is {PHONE}.\n",
    "值班.md": "# 值班\n\n值班手机是13812345678，请先看泵。\n",
}
QUESTIONS = ("Where does the service desk answer?", "值班手机是什么？")


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    store = filled(tmp_path_factory.mktemp("veiled"), TEXTS)
    keys = Keys(store)
    secrets = {
        "reader": keys.add("reader")[1],
        "admin": keys.add("admin", ["admin"])[1],
        "officer": keys.add("officer", ["read", "unmask"])[1],
    }
    keys.close()
    return store, secrets


@pytest.fixture
def service(papers):
    return Service(papers[0], HASHING, Options(queue=16, threads=2, mask=True))


@pytest.fixture
def client(service):
    with TestClient(app(service), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def by(papers):
    return {name: {"Authorization": f"Bearer {secret}"} for name, secret in papers[1].items()}


def surfaces(client, headers):
    """Everything that a server tells, as text."""
    for question in QUESTIONS:
        for stream in (False, True):
            yield client.post("/v1/answer", json={"question": question, "stream": stream}, headers=headers).text
            asked = {"messages": [{"role": "user", "content": question}], "stream": stream}
            yield client.post("/v1/chat/completions", json=asked, headers=headers).text
        yield client.post("/v1/search", json={"query": question}, headers=headers).text
        yield client.post("/v1/why", json={"query": question, "text": "answers at"}, headers=headers).text
    yield client.get("/v1/documents", headers=headers).text
    for name in TEXTS:
        yield client.get(f"/v1/documents/{name}", headers=headers).text
        yield client.get(f"/v1/files/{name}", headers=headers).text
        yield client.get(f"/v1/pages/1/{name}", headers=headers).text


def plain(text):
    """Text as it is meant: JSON may write Chinese as escapes."""
    return text.encode().decode("unicode_escape", "replace") + text


@pytest.mark.parametrize("name", ["reader", "admin"])
def test_no_surface_tells_a_personal_datum(client, by, name):
    told = list(surfaces(client, by[name]))
    assert not [text for text in told if any(secret in plain(text) for secret in SECRETS)]
    assert any("[EMAIL]" in text for text in told)


def test_who_may_sees_everything(client, by):
    told = "".join(map(plain, surfaces(client, by["officer"])))
    assert all(secret in told for secret in SECRETS)


def test_every_place_stays_true(client, by):
    found = client.post("/v1/answer", json={"question": QUESTIONS[0]}, headers=by["reader"]).json()
    assert not found["abstained"]
    for citation in found["citations"]:
        text = client.get(f"/v1/documents/{citation['document']}", headers=by["reader"]).json()["text"]
        assert text == veiled(TEXTS[citation["document"]])
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert found["answer"][citation["answer_start"] : citation["answer_end"]]


class Slow:
    """Writes what it was given, letter by letter."""

    def write(self, query, evidence):
        return Draft(evidence[0].passage.text)

    def stream(self, query, evidence):
        yield from evidence[0].passage.text
        return Draft(evidence[0].passage.text)


def test_a_stream_letter_by_letter_shows_nothing_either(client, service, by):
    rag = service.whole.rag
    rag.generator, rag.critic, rag.threshold = Slow(), None, 0.0
    told = client.post("/v1/answer", json={"question": QUESTIONS[0], "stream": True}, headers=by["admin"]).text
    parts = [json.loads(line[6:])["text"] for line in told.splitlines() if line.startswith('data: {"text": ')]
    assert "".join(parts).startswith("The service desk answers at [EMAIL]")
    assert len(parts) >= 1
    assert not any(secret in "".join(parts) for secret in SECRETS)


def test_tools_of_assistants_are_masked_too(client, service, papers):
    from mcp import types

    keys = Keys(papers[0])
    reader, officer = (keys.check(papers[1][name]) for name in ("reader", "officer"))
    keys.close()
    assert reader is not None
    assert officer is not None
    for tool, arguments in (("answer", {"question": QUESTIONS[0]}), ("search", {"query": QUESTIONS[0]})):
        params = types.CallToolRequestParams(name=tool, arguments=arguments)
        told, text = _called(service, reader, params)
        assert MAIL not in json.dumps(told) + text
        told, text = _called(service, officer, params)
        assert MAIL in json.dumps(told)


def test_without_the_option_nothing_is_hidden(papers, by):
    service = Service(papers[0], HASHING, Options(queue=16, threads=2))
    with TestClient(app(service), base_url="http://127.0.0.1") as client:
        assert MAIL in client.get("/v1/documents/desk.md", headers=by["reader"]).text
        assert MAIL in client.get("/v1/files/desk.md", headers=by["reader"]).text


def test_nothing_that_is_asked_or_answered_reaches_a_log_line(client, by):
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for _ in surfaces(client, by["officer"]):
            pass
        client.post("/v1/answer", json={"question": "zebra?", "k": "zebra"}, headers=by["reader"])
        client.get("/v1/documents/zebra?after=zebra", headers=by["reader"])
        client.post("/v1/answer", content=b'{"question": "zebra', headers=by["reader"])
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    logged = stream.getvalue()
    assert '"route": "/v1/answer"' in logged
    for word in (*SECRETS, "zebra", "service desk", "weekdays", "值班", "desk.md", *by["reader"].values()):
        assert word not in logged


@pytest.fixture
def vaulted(tmp_path, monkeypatch):
    """A store that was masked when it was filled, with a vault."""
    pytest.importorskip("cryptography", reason="the extra privacy is not installed")
    monkeypatch.setenv("VAULT_KEY", "0123456789abcdef" * 2)
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = Config.of({"encoder": "hashing", "privacy": {"use": "mask", "vault": "VAULT_KEY"}})
    made = library(tmp_path / ".raglan", config)
    made.sync(tmp_path)
    made.encode()
    made.close()
    keys = Keys(tmp_path / ".raglan")
    secrets = {
        name: {"Authorization": f"Bearer {keys.add(name, scopes, groups)[1]}"}
        for name, scopes, groups in (
            ("reader", ["read"], ["*"]),
            ("officer", ["read", "unmask"], ["*"]),
            ("guest", ["read", "unmask"], ["guests"]),
        )
    }
    keys.close()
    service = Service(tmp_path / ".raglan", replace(HASHING), Options(queue=16, threads=2))
    with TestClient(app(service), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, secrets, service


def test_tokens_are_turned_back_for_who_may(vaulted, monkeypatch):
    client, by, _ = vaulted
    text = client.get("/v1/documents/desk.md", headers=by["reader"]).json()["text"]
    assert MAIL not in text
    refused = client.post("/v1/unmask", json={"text": text}, headers=by["reader"])
    assert refused.status_code == 403
    told = client.post("/v1/unmask", json={"text": text}, headers=by["officer"])
    assert told.json() == {"text": TEXTS["desk.md"]}
    many = " ".join(f"[ID-{number:010x}]" for number in range(101))
    assert client.post("/v1/unmask", json={"text": many}, headers=by["officer"]).status_code == 422
    monkeypatch.delenv("VAULT_KEY")
    assert client.post("/v1/unmask", json={"text": text}, headers=by["officer"]).status_code == 503


def test_tokens_of_documents_that_a_key_may_not_see_stay(vaulted):
    client, by, service = vaulted
    text = client.get("/v1/documents/desk.md", headers=by["officer"]).json()["text"]
    assert client.post("/v1/unmask", json={"text": text}, headers=by["guest"]).json()["text"] == TEXTS["desk.md"]
    service.grant("desk.md", ["staff"])
    assert client.post("/v1/unmask", json={"text": text}, headers=by["guest"]).json() == {"text": text}


def test_files_as_they_were_are_for_who_may(vaulted):
    client, by, _ = vaulted
    assert client.get("/v1/files/desk.md", headers=by["reader"]).status_code == 403
    assert MAIL in client.get("/v1/files/desk.md", headers=by["officer"]).text


def test_without_a_vault_there_is_nothing_to_turn_back(client, by):
    told = client.post("/v1/unmask", json={"text": "[ID-3fa2c1d09b]"}, headers=by["officer"])
    assert told.status_code == 404
    assert told.json()["error"]["code"] == "no_vault"


def test_no_server_starts_on_text_that_should_be_masked_and_is_not(papers):
    masked = Config.of({"encoder": "hashing", "privacy": "mask"})
    with pytest.raises(ConfigError, match=r"before personal data was masked; raglan index .* reads it again"):
        serve(papers[0], masked, Options(), Place(port=0))

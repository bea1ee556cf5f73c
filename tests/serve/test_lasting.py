"""A key that ends in the middle of an answer, and keys that see nothing at all."""

import json
import time

import pytest

from raglan.generate.sentence import SentenceGenerator
from raglan.serve.keys import Keys
from raglan.store.access import grant

QUESTION = "How long is the warranty?"
CHAT = {"messages": [{"role": "user", "content": QUESTION}]}


class Withdrawing(SentenceGenerator):
    """Says its answer word by word; once two words are said, or before it says all at once, ``end`` is called."""

    hurries = True

    def __init__(self, end):
        super().__init__()
        self.end = end

    def write(self, query, evidence):
        self.end()
        return super().write(query, evidence)

    def stream(self, query, evidence):
        draft = super().write(query, evidence)
        for number, word in enumerate(draft.text.split()):
            if number == 2:
                self.end()
            yield f"{word} "
        return draft


@pytest.fixture
def ending(client, service, store):
    """A client with a key that another process withdraws while the answer is written."""
    key, secret = service.keys.add("ann", ["read"])
    other = Keys(store)
    writer = Withdrawing(lambda: other.revoke("ann"))
    service.whole.rag.generator = service.library(key).rag.generator = writer
    client.headers["Authorization"] = f"Bearer {secret}"
    yield client
    other.close()


def test_a_stream_breaks_off_with_its_key(ending):
    told = ending.post("/v1/answer", json={"question": QUESTION, "stream": True}).text
    *said, last = told.strip().split("\n\n")
    assert [one.partition("\n")[0] for one in said] == ["event: evidence", *["event: delta"] * 2]
    assert last.startswith("event: error")
    assert json.loads(last.partition("data: ")[2])["code"] == "no_key"
    assert ending.post("/v1/answer", json={"question": QUESTION}).status_code == 401


def test_a_stream_of_chunks_breaks_off_with_its_key(ending):
    told = ending.post("/v1/chat/completions", json={**CHAT, "stream": True}).text
    *_, error, done = told.strip().split("\n\n")
    assert json.loads(error.removeprefix("data: "))["error"]["code"] == "no_key"
    assert done == "data: [DONE]"
    assert "citations" not in told


@pytest.mark.parametrize(("path", "body"), [("/v1/answer", {"question": QUESTION}), ("/v1/chat/completions", CHAT)])
def test_an_answer_that_is_done_too_late_is_not_given(ending, path, body):
    reply = ending.post(path, json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "no_key")


def test_what_opens_and_for_how_long(tmp_path):
    now = [1_000.0]
    keys = Keys(tmp_path, clock=lambda: now[0])
    key, _ = keys.add("ann", expires=1_010.0)
    assert keys.opens(key)
    now[0] = 1_011.0
    assert not keys.opens(key)
    other, _ = keys.add("bob")
    assert keys.opens(other)
    keys.revoke("bob")
    assert not keys.opens(other)
    keys.close()


@pytest.mark.parametrize(
    "question", [QUESTION, "保修期多长？", "How many documents mention the warranty?", "List all documents."]
)
def test_a_key_that_sees_nothing_is_told_nothing_and_gets_an_answer(client, service, question):
    grant(service.whole.store, "", ["hr"])
    _, secret = service.keys.add("none", ["read", "write"], ["nobody"])
    client.headers["Authorization"] = f"Bearer {secret}"
    whole = client.post("/v1/answer", json={"question": question})
    streamed = client.post("/v1/answer", json={"question": question, "stream": True})
    chatted = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]})
    assert [one.status_code for one in (whole, streamed, chatted)] == [200] * 3
    assert (whole.json()["abstained"], whole.json()["evidence"], whole.json()["citations"]) == (True, [], [])
    assert whole.json()["coverage"] in (None, {"read": 0, "matching": 0})
    for told in (whole, streamed, chatted):
        assert not any(word in told.text for word in ("24 months", "warranty.md", "二十四"))
    assert client.post("/v1/search", json={"query": question}).json() == {"hits": []}
    [stage] = client.post("/v1/why", json={"query": question, "text": "24 months"}).json()["stages"]
    assert not stage["kept"]
    assert client.get("/v1/documents").json() == {"documents": [], "next": None, "total": 0}
    # And it can add what it does see.
    client.post("/v1/documents", files=[("files", ("a.txt", b"The lift holds six people.\n"))])
    until = time.monotonic() + 20
    while not client.get("/v1/documents").json()["total"] and time.monotonic() < until:
        time.sleep(0.05)
    assert [one["access"] for one in client.get("/v1/documents").json()["documents"]] == [["nobody"]]

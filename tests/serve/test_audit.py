"""Who read and changed what: on record for every request that matters, and no word of a text or of a question."""

import json
import threading

import pytest

from raglan.serve.audit import Audit, Record

QUESTION = "How long is the warranty?"


def record(number, at="2026-11-28T00:00:00.000+00:00"):
    return Record(at, "k", "ann", "::1", "GET /v1/x", 200, str(number), ("a.md",))


def test_records_come_back_newest_first(tmp_path):
    audit = Audit(tmp_path)
    assert audit.last(5) == []
    every = [record(n, f"2026-{9 + n // 40:02}-01T00:00:00.000+00:00") for n in range(100)]
    for one in every:
        audit.add(one, durable=False)
    assert audit.last(30) == every[:-31:-1]
    assert audit.last(1_000) == every[::-1]
    assert audit.last(0) == []
    files = sorted((tmp_path / "audit").iterdir())
    assert [file.name for file in files] == ["2026-09.jsonl", "2026-10.jsonl", "2026-11.jsonl"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_long_files_are_read_from_their_end(tmp_path):
    audit = Audit(tmp_path)
    for n in range(2_000):
        audit.add(record(n), durable=False)
    assert [one.request for one in audit.last(1_500)] == [str(n) for n in range(1_999, 499, -1)]


def test_a_torn_line_hides_no_other(tmp_path):
    audit = Audit(tmp_path)
    audit.add(record(1), durable=True)
    with (tmp_path / "audit" / "2026-11.jsonl").open("ab") as file:
        file.write(b'{"at": "2026\n[1]\n\xff\n')
    audit.add(record(2), durable=True)
    assert audit.last(10) == [record(2), record(1)]


def test_lines_of_many_never_mix(tmp_path):
    def work(start):
        for n in range(start, start + 50):
            Audit(tmp_path).add(record(n), durable=False)

    threads = [threading.Thread(target=work, args=(50 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.request for one in Audit(tmp_path).last(999)} == {str(n) for n in range(200)}


@pytest.fixture
def known(service, client):
    """What asks with a key that reads and writes, and what the log has of it."""
    key, secret = service.keys.add("ann", ["read", "write"])
    _, root = service.keys.add("root", ["admin"])
    client.headers["Authorization"] = f"Bearer {secret}"

    def last(count=1):
        records = client.get("/v1/audit", params={"limit": count}, headers={"Authorization": f"Bearer {root}"})
        return records.json()["records"]

    return key, last


def test_what_was_read_is_told(client, known):
    key, last = known
    reply = client.post("/v1/answer", json={"question": QUESTION}, headers={"X-Request-Id": "r-7"})
    [one] = last()
    assert (one["key"], one["name"], one["did"], one["status"]) == (key.id, "ann", "POST /v1/answer", 200)
    assert one["request"] == "r-7"
    assert set(one["documents"]) == {piece["document"] for piece in reply.json()["evidence"]}
    client.get("/v1/documents/warranty.md")
    assert last()[0]["documents"] == ["warranty.md"]
    for path, body in (
        ("/v1/search", {"query": "warranty"}),
        ("/v1/answer", {"question": QUESTION, "stream": True}),
        ("/v1/chat/completions", {"model": "raglan", "messages": [{"role": "user", "content": QUESTION}]}),
        (
            "/v1/chat/completions",
            {"model": "raglan", "stream": True, "messages": [{"role": "user", "content": QUESTION}]},
        ),
    ):
        assert client.post(path, json=body).status_code == 200
        assert "warranty.md" in last()[0]["documents"], path


def test_what_an_assistant_was_told_of_all_passages_is_on_record(client, known):
    params = {"name": "answer", "arguments": {"question": "How many documents mention the warranty?"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"accept": "application/json, text/event-stream"}
    told = client.post("/mcp", json=call, headers=headers).json()["result"]["structuredContent"]
    assert told["citations"]
    _, last = known
    [line] = last()
    assert {one["document"] for one in told["citations"]} == set(line["documents"])


def test_what_was_tried_in_vain_is_told(client, known):
    _, last = known
    client.put("/v1/access/warranty.md", json={"access": []})
    [one] = last()
    assert (one["status"], one["documents"]) == (403, [])
    client.get("/v1/documents/none.md")
    [one] = last()
    assert (one["status"], one["documents"]) == (404, [])
    client.get("/v1/documents", headers={"Authorization": "Bearer rgl_x"})
    [one] = last()
    assert (one["status"], one["key"]) == (401, "")


def test_a_change_is_on_record_before_its_reply(client, known, service, monkeypatch):
    _, last = known
    client.delete("/v1/documents/hours.txt")
    [one] = last()
    assert one["did"] == "DELETE /v1/documents/{name:path}"
    assert one["documents"] == ["hours.txt"]

    def full(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(Audit, "add", full)
    assert client.delete("/v1/documents/warranty.md").status_code == 500


def test_it_holds_no_text(client, known, service):
    client.post("/v1/answer", json={"question": QUESTION})
    client.post("/v1/search", json={"query": "seals"})
    client.get("/v1/documents/secret-name.md")
    kept = b"".join(path.read_bytes() for path in (service.folder / "audit").iterdir()).decode()
    for word in ("How long", "seals", "24 months", "secret-name", "rgl_"):
        assert word not in kept
    assert all(json.loads(line) for line in kept.splitlines())


def test_only_an_administrator_reads_it(client, known):
    assert client.get("/v1/audit").status_code == 403


def test_probes_and_the_page_are_left_out(client, known):
    _, last = known
    client.get("/v1/models/raglan")
    for path in ("/", "/healthz", "/metrics", "/none", "/static/page.js", "/v1/about"):
        client.get(path)
    assert [one["did"] for one in last(1_000)] == ["GET /v1/models/{name}"]
    assert [one["did"] for one in last(2)] == ["GET /v1/audit", "GET /v1/models/{name}"]

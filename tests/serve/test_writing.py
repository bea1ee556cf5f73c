import time

import pytest
from filelock import FileLock

from raglan.errors import ConfigError, ModelError, StoreError
from raglan.serve.callers import ANYBODY
from raglan.store.feedback import FeedbackLog
from raglan.types import Query


def sent(client, *files, **form):
    return client.post("/v1/documents", files=[("files", (name, data)) for name, data in files], data=form)


def ended(client, job):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        told = client.get(f"/v1/jobs/{job}").json()
        if told["state"] in ("done", "cancelled", "failed"):
            return told
        time.sleep(0.02)
    raise AssertionError(told)


def test_what_is_sent_is_read_and_found(client):
    response = sent(
        client, ("grinder.md", b"# Grinder\n\nThe grinder G-9 weighs seven kilos.\n"), ("bad.pdf", b"%PDF-1.4 no")
    )
    assert response.status_code == 202
    assert response.json()["accepted"] == ["grinder.md", "bad.pdf"]
    told = ended(client, response.json()["job"])
    assert told["state"] == "done"
    assert told["added"] == 1
    [name] = told["documents"]
    [skipped] = told["skipped"]
    assert skipped["path"].endswith("bad.pdf")
    assert skipped["hint"]
    assert (skipped["code"], skipped["values"]) == ("cut_short", {})
    assert client.get("/v1/skipped").json()["skipped"] == [skipped]
    hits = client.post("/v1/search", json={"query": "How heavy is the grinder G-9?"}).json()["hits"]
    assert hits[0]["document"] == name
    assert "vectors" in hits[0]["by"]
    assert client.get(f"/v1/files/{name}").content.startswith(b"# Grinder")


def test_what_is_not_taken_has_a_code(client):
    name = "x" * 300 + ".txt"
    [long, image] = sent(client, (name, b"words"), ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))).json()["refused"]
    assert (long["code"], long["values"]) == ("name_too_long", {"most": "200"})
    assert (image["code"], image["values"], image["reason"]) == (
        *("image", {"format": "PNG"}),
        "an image (PNG), not a text",
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreError("is locked", path="/srv/secret/store.sqlite"), "store"),
        (ModelError("/srv/secret has other weights"), "model"),
        (ConfigError("chunker 'x' has no option 'y'"), "failed"),
        (ZeroDivisionError("/srv/secret"), "failed"),
    ],
)
def test_a_job_that_fails_says_why_and_names_no_folder(client, monkeypatch, error, code):
    def failing(*_, **__):
        raise error

    monkeypatch.setattr("raglan.build.parts.sync", failing)
    told = ended(client, sent(client, ("a.txt", b"The door is green.\n")).json()["job"])
    assert (told["state"], told["code"]) == ("failed", code)
    assert told["message"]
    assert "secret" not in told["message"]


def test_a_job_of_an_older_version_is_told_of(client, service):
    job = service.jobs.new(["a.png"], ANYBODY.id)
    skipped = {"path": "a.png", "reason": "an image (PNG), not a text", "hint": ""}
    service.jobs.end(job.id, "done", {"added": 0, "skipped": [skipped], "documents": [], "message": ""})
    told = client.get(f"/v1/jobs/{job.id}").json()
    assert (told["skipped"][0]["code"], told["code"]) == ("image", "")


def test_sent_again_it_takes_the_place_of_the_old(client):
    first = ended(client, sent(client, ("a.txt", b"The door is green.\n")).json()["job"])
    again = ended(client, sent(client, ("a.txt", b"The door is red now.\n")).json()["job"])
    assert first["documents"] == again["documents"]
    assert "red" in client.get(f"/v1/documents/{again['documents'][0]}").json()["text"]


def test_a_job_that_is_cancelled_before_it_begins_leaves_nothing(client, service):
    # As if another worker were at it.
    with FileLock(service.folder / "jobs.lock"):
        job = sent(client, ("b.txt", b"Nobody should read this.\n")).json()["job"]
        assert client.get(f"/v1/jobs/{job}").json()["state"] == "queued"
        client.delete(f"/v1/jobs/{job}")
    told = ended(client, job)
    assert (told["state"], told["added"], told["documents"]) == ("cancelled", 0, [])
    assert not list((service.folder / "uploads").rglob("b.txt"))
    assert not list((service.folder / "incoming").rglob("b.txt"))


def test_a_job_that_is_cancelled_in_the_middle_keeps_what_was_read(client, service, monkeypatch):
    from raglan.serve import indexing

    monkeypatch.setattr(indexing, "_TELL", 0.0)
    noted = service.jobs.at

    def at(job, state, done=0, total=0):
        if state == "reading" and done:
            service.jobs.cancel(job)
        return noted(job, state, done, total)

    monkeypatch.setattr(service.jobs, "at", at)
    told = ended(client, sent(client, ("c1.txt", b"One is here.\n"), ("c2.txt", b"Two is not.\n")).json()["job"])
    assert (told["state"], told["added"]) == ("cancelled", 1)
    assert [name.endswith("c1.txt") for name in told["documents"]] == [True]
    assert [path.name for path in (service.folder / "uploads").iterdir()] == ["c1.txt"]


def test_an_interrupted_job_goes_on_after_a_start(store):
    from raglan.serve.service import Service
    from tests.serve.conftest import HASHING

    first = Service(store, HASHING)
    with (store / "note.txt").open("w+b") as file:
        file.write(b"The lift holds six people.\n")
        file.seek(0)
        first.take("0" * 32, ANYBODY, [("note.txt", file)], [])
    first.jobs.at("0" * 32, "reading", 1, 2)
    first.close()
    second = Service(store, HASHING)
    second.indexing.start()
    until = time.monotonic() + 20
    while (job := second.jobs.get("0" * 32)) and job.state != "done" and time.monotonic() < until:
        time.sleep(0.02)
    assert (
        second.find(second.whole, Query("How many people does the lift hold?"), 1)
        .result()[0]
        .passage.text.startswith("The lift")
    )
    second.close()


def test_a_document_is_forgotten(client, service):
    name = ended(client, sent(client, ("d.txt", b"The key lies under the mat.\n")).json()["job"])["documents"][0]
    assert client.delete(f"/v1/documents/{name}").json() == {"deleted": 1}
    assert client.get(f"/v1/documents/{name}").status_code == 404
    assert client.delete(f"/v1/documents/{name}").status_code == 404
    assert not list((service.folder / "uploads").rglob("d.txt"))
    hits = client.post("/v1/search", json={"query": "Where is the key?"}).json()["hits"]
    assert name not in {hit["document"] for hit in hits}


def test_an_opinion_is_kept_for_training(client, service):
    passage = client.post("/v1/search", json={"query": "warranty"}).json()["hits"][0]["passage"]
    given = {"query": "warranty?", "passage": passage, "verdict": -1, "note": "too old", "answer_id": "abc"}
    assert client.post("/v1/feedback", json=given).json() == {"kept": True}
    [kept] = FeedbackLog(service.whole.store).all()
    assert (kept.query, kept.passage, kept.verdict) == ("warranty?", passage, -1)
    assert "too old" in kept.note
    assert kept.hash
    assert client.post("/v1/feedback", json={**given, "passage": "none"}).status_code == 404
    assert client.post("/v1/feedback", json={**given, "verdict": 2}).status_code == 422


def test_an_unknown_job_is_told(client):
    assert client.get("/v1/jobs/" + "0" * 32).status_code == 404
    assert client.get("/v1/jobs/x").status_code == 422

"""A key sees what a library sees that holds nothing else: every reply, every count, every error, byte for byte."""

import random
import re
import shutil

import pytest
from fastapi.testclient import TestClient

from raglan.build.parts import library
from raglan.graph.following import refreshed
from raglan.serve.app import app
from raglan.serve.keys import Keys
from raglan.serve.service import Options, Service
from raglan.store.access import grant
from raglan.store.store import Store

from .conftest import HASHING, TEXTS, filled
from .oracle import CONFIG, GROUPS, World, asked, different, seen
from .test_writing import ended, sent

HIDDEN = {
    "pay.md": "# Pay\n\nThe warranty of the director Zebulon is 90000 pounds. See FX-200 and E-07.\n",
    "工资.md": "# 工资\n\n保修期内经理的工资是九万元。\n",
    "pay-tickets.jsonl": '{"id": 1, "text": "Zebulon has no warranty."}\n{"id": 2, "text": "Zebulon is ill."}\n',
}
FEW = Options(queue=16, threads=2)


@pytest.mark.parametrize("seed", range(2))
def test_a_view_is_a_library_of_what_it_shows(tmp_path, seed):
    """The law of :mod:`raglan.store.view`; ``bench/permissions.py`` draws a thousand of each."""
    chance = random.Random(seed)
    made = library(tmp_path / "store", CONFIG)
    world = World(made.store, chance)
    world.add(40)
    made.encode()
    views = {groups: seen(made, groups) for groups in (frozenset(chance.sample(GROUPS, n)) for n in (0, 1, 2))}
    for _ in range(3):
        for groups, limited in views.items():
            with_others = limited if chance.random() < 0.5 else seen(made, groups)
            oracle = world.oracle(groups)
            assert with_others.store.documents() == oracle.store.documents()
            assert len(with_others.store) == len(oracle.store)
            for _ in range(4):
                query = world.query()
                text = chance.choice(chance.choice(list(world.written.values())).texts)
                assert not different(asked(with_others, query, text), asked(oracle, query, text)), (groups, query)
            oracle.close()
        for _ in range(4):
            world.edit()
        made.encode()
    made.close()


@pytest.fixture(scope="session")
def two_once(tmp_path_factory):
    """The folders of two stores: one has documents that are not for everybody."""
    made = tmp_path_factory.mktemp("two")
    for name, hidden in (("with", HIDDEN), ("without", {})):
        store = Store(filled(made / name / "papers", {**TEXTS, **hidden}))
        for file in hidden:
            grant(store, file, ["hr"])
        refreshed(store)
        store.close()
    return made


@pytest.fixture
def two(two_once, tmp_path):
    """Their servers, each with a key that may read and write and is in another group."""
    made = []
    for name in ("with", "without"):
        folder = shutil.copytree(two_once / name, tmp_path / name) / "papers" / ".raglan"
        keys = Keys(folder)
        secrets = keys.add("ann", ["read", "write"], ["sales"])[1], keys.add("root", ["admin"])[1]
        keys.close()
        made.append(Asking(TestClient(app(Service(folder, HASHING, FEW)), "http://127.0.0.1"), *secrets))
    with made[0].client, made[1].client:
        yield made


class Asking:
    """A server and two of its keys."""

    def __init__(self, client, secret, root):
        self.client = client
        self.mine = {"Authorization": f"Bearer {secret}"}
        self.root = {"Authorization": f"Bearer {root}"}

    def __call__(self, method, path, **given):
        reply = self.client.request(method, path, headers=self.mine, **given)
        text = re.sub(r'"(id|job)":\s*"[0-9a-f]{32}"|"(search|write)":\s*[\d.e-]+', "", reply.text)
        return reply.status_code, text, reply.headers.get("content-type"), reply.headers.get("content-length", "")[:1]


REQUESTS = [
    ("GET", "/v1/documents", None),
    ("GET", "/v1/documents?limit=1", None),
    ("GET", "/v1/documents?after=pay.md", None),
    ("GET", "/v1/about", None),
    ("GET", "/v1/skipped", None),
    *((method, f"/v1/{what}/{name}", None) for name in (*HIDDEN, "pay-tickets.jsonl%231") for method, what in (
        ("GET", "documents"), ("GET", "files"), ("DELETE", "documents"), ("GET", "pages/1"))),
    ("PUT", "/v1/access/pay.md", {"access": ["sales"]}),
    ("PUT", "/v1/access/none.md", {"access": ["sales"]}),
    ("GET", "/v1/jobs/" + "0" * 32, None),
    *(("POST", "/v1/search", {"query": query, "k": 20}) for query in ("warranty", "Zebulon", "E-07", "pay", "工资 保修")),
    ("POST", "/v1/search", {"query": "warranty", "where": {"access": "hr"}}),
    ("POST", "/v1/search", {"query": "warranty", "where": {"file": "pay.md"}}),
    *(("POST", "/v1/answer", {"question": asked_}) for asked_ in (
        "What is the warranty of the director?", "How many documents mention the warranty?", "List all pay tickets",
        "How many pay tickets are there?", "经理的工资是多少？", 'Where is "Zebulon is ill"?')),
    ("POST", "/v1/answer", {"question": "Who is Zebulon?", "stream": True}),
    *(("GET", f"/v1/graph{what}", None) for what in (
        "", "?limit=60", "?entity=warranty", "?entity=Zebulon", "?entity=FX-200", "?entity=director", "?entity=工资",
        "?passage=pay.md:7-87", "?passage=warranty.md:12-140&passage=pay.md:0")),
    ("POST", "/v1/why", {"query": "warranty", "text": "Zebulon has no warranty."}),
    ("POST", "/v1/why", {"query": "warranty", "text": "The warranty of the director Zebulon is 90000 pounds."}),
    ("POST", "/v1/feedback", {"query": "pay", "passage": "pay.md:7", "verdict": 1}),
    ("POST", "/v1/feedback", {"query": "pay", "passage": "pay.md:0", "verdict": 1}),
]  # fmt: skip


def test_a_server_says_nothing_of_what_is_hidden(two, caplog):
    one, other = two
    for method, path, body in REQUESTS:
        replies = [ask(method, path, json=body) for ask in (one, other)]
        assert replies[0] == replies[1], (method, path, body)
        assert replies[0][0] < 500
    there = one.client.get("/v1/documents", headers=one.root).json()
    assert there["total"] == len(TEXTS) + len(HIDDEN) + 1
    assert "Zebulon" not in caplog.text
    assert "九万" not in caplog.text


def test_a_job_is_its_owners(two):
    one, _ = two
    sends = one.client.post("/v1/documents", headers=one.root, files=[("files", ("a.md", b"# A\n\nText of a.\n"))])
    assert one("GET", f"/v1/jobs/{sends.json()['job']}")[0] == 404
    assert one("DELETE", f"/v1/jobs/{sends.json()['job']}")[0] == 404


def test_files_of_different_groups_never_meet(two):
    """Neither can one replace, nor notice, what lies under the same name for others."""
    one, _ = two
    secret = b"# Plan\n\nThe merger with Quagga is on Monday.\n"
    for headers, data, form in ((one.root, secret, {"access": "hr"}), (one.mine, b"# Plan\n\nMow the lawn.\n", {})):
        one.client.headers = headers
        job = sent(one.client, ("plan.md", data), **form).json()["job"]
        assert ended(one.client, job)["added"] == 1
    listed = one.client.get("/v1/documents").json()["documents"]
    assert [d["access"] for d in listed if d["id"].endswith("plan.md")] == [["sales"]]
    assert "Quagga" not in one("POST", "/v1/search", json={"query": "plan Quagga"})[1]
    one.client.headers = one.root
    assert len([d for d in one.client.get("/v1/documents").json()["documents"] if d["id"].endswith("plan.md")]) == 2


def test_what_is_withdrawn_stays_when_its_name_is_sent_again(two):
    one, _ = two
    one.client.headers = one.mine
    first = ended(one.client, sent(one.client, ("note.md", b"# Note\n\nFirst text.\n")).json()["job"])
    [name] = first["documents"]
    one.client.put(f"/v1/access/{name}", headers=one.root, json={"access": ["board"]})
    assert one("GET", f"/v1/documents/{name}")[0] == 404
    second = ended(one.client, sent(one.client, ("note.md", b"# Note\n\nSecond text.\n")).json()["job"])
    assert second["documents"] != [name]
    kept = one.client.get(f"/v1/documents/{name}", headers=one.root).json()
    assert "First" in kept["text"]
    assert kept["access"] == ["board"]


def test_only_own_groups_can_be_given(two):
    one, _ = two
    one.client.headers = one.mine
    assert sent(one.client, ("x.md", b"# X\n\nText.\n"), access="hr").status_code == 403


def test_what_is_granted_reaches_every_key_at_once(two):
    one, _ = two
    assert "Zebulon" not in one("POST", "/v1/search", json={"query": "Zebulon"})[1]
    one.client.put("/v1/access/pay.md", headers=one.root, json={"access": ["sales", "hr"]})
    assert "Zebulon" in one("POST", "/v1/search", json={"query": "Zebulon"})[1]
    one.client.put("/v1/access/pay.md", headers=one.root, json={"access": ["hr"]})
    assert "Zebulon" not in one("POST", "/v1/search", json={"query": "Zebulon"})[1]
    one.client.put("/v1/access/warranty.md", headers=one.root, json={"access": ["hr"]})
    assert "warranty.md" not in one("POST", "/v1/search", json={"query": "warranty"})[1]

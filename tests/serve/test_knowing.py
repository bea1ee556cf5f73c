"""The graph over HTTP: what documents say of a thing, where they say it, and nothing of what a key may not see."""

import random

import pytest
from fastapi.testclient import TestClient

from raglan.graph.following import refreshed
from raglan.graph.view import graph
from raglan.serve.app import app
from raglan.serve.keys import Keys
from raglan.serve.options import Options
from raglan.serve.service import Service
from raglan.store.access import grant
from raglan.store.graph import GraphTables
from raglan.store.store import Store

from .conftest import HASHING, filled

TEXTS = {
    "rome.md": "# Rome\n\nRome is the capital of Italy. The Tiber flows through Rome. Rome was founded in 753 BC.\n",
    "italy.md": "# Italy\n\nRome is the capital of Italy. Italy contains twenty regions.\n",
    "苏州.md": "# 苏州\n\n苏州位于江苏省。苏州又称姑苏。\n",
    "parts.csv": "Part,Price,Fits\nLid,12 pounds,Kettle\nBase,30 pounds,Kettle\n",
}
HIDDEN = {
    "plan.md": "# Plan\n\nRome is the target of Quagga. Quagga is a secret fund. Italy contains a hidden office.\n",
    "contact.md": "# Contact\n\nThe agent is a person with the number +44 20 7946 0958. Lid is the alias of Zebulon.\n",
}


def served(folder, texts, hidden=(), *, read=True, options=None):
    """A server over these texts, of which some are for a group alone; and a key of another group, and one that sees all."""
    place = filled(folder, texts)
    store = Store(place)
    for name in hidden:
        grant(store, name, ["hr"])
    if read:
        refreshed(store)
    store.close()
    keys = Keys(place)
    secrets = keys.add("ann", ["read"], ["sales"])[1], keys.add("root", ["admin"], ["*"])[1]
    keys.close()
    client = TestClient(app(Service(place, HASHING, options or Options(queue=16, threads=2))), "http://127.0.0.1")
    return client, *({"Authorization": f"Bearer {one}"} for one in secrets)


@pytest.fixture(scope="module")
def open_once(tmp_path_factory):
    client, mine, root = served(tmp_path_factory.mktemp("open"), TEXTS)
    with client:
        yield client, mine, root


@pytest.fixture
def ask(open_once):
    client, mine, _ = open_once

    def asked(**what):
        reply = client.get("/v1/graph", params=what, headers=mine)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return asked


def test_facts_around_a_thing_lead_to_their_characters(ask, open_once):
    client, mine, _ = open_once
    found = ask(entity="rome")
    labels = {one["name"]: one["label"] for one in found["things"]}
    assert (found["starts"], found["read"], found["unread"], found["hint"]) == (["rome"], True, 0, "")
    assert labels["rome"] == "Rome"
    [capital] = [one for one in found["facts"] if "capital" in labels[one["tail"]]]
    assert (labels[capital["head"]], capital["relation"], capital["count"]) == ("Rome", "is", 2)
    assert {one["document"] for one in capital["statements"]} == {"rome.md", "italy.md"}
    for fact in found["facts"]:
        assert {fact["head"], fact["tail"]} <= labels.keys()
        for one in fact["statements"]:
            text = client.get(f"/v1/documents/{one['document']}", headers=mine).json()["text"]
            assert text[one["start"] : one["end"]] == one["text"]
    assert all(0 <= one["x"] <= 1 and 0 <= one["y"] <= 1 for one in found["things"])


@pytest.mark.parametrize(
    ("entity", "label"), [("Kettle", "Kettle"), ("姑苏", "姑苏"), ("苏州", "苏州"), ("ROME", "Rome")]
)
def test_a_thing_is_found_however_it_is_written(ask, entity, label):
    found = ask(entity=entity)
    assert found["matches"][0]["label"] == label
    assert found["facts"]
    # By the name that the reply gives one comes to the same place.
    assert ask(entity=found["starts"][0])["facts"] == found["facts"]


def test_what_is_asked_of_nothing_is_an_overview_and_of_nothing_known_is_empty(ask):
    found = ask()
    assert found["starts"]
    assert found["facts"]
    empty = ask(entity="Atlantis")
    assert (empty["things"], empty["facts"], empty["matches"], empty["read"]) == ([], [], [], True)


def test_the_graph_around_passages_begins_with_what_they_state(ask, open_once):
    client, mine, _ = open_once
    hits = client.post("/v1/search", json={"query": "twenty regions"}, headers=mine).json()["hits"]
    [passage] = [hit["passage"] for hit in hits if "twenty" in hit["text"]]
    found = ask(passage=passage)
    assert found["facts"][0]["statements"][0]["document"] == "italy.md"
    assert ask(passage="nothing:0")["facts"] == []


def test_few_things_are_told_and_the_others_counted(ask):
    few, all_ = ask(entity="rome", limit=2), ask(entity="rome", limit=60)
    assert len(few["things"]) == 2
    assert few["left"] == sum("rome" in (one["head"], one["tail"]) for one in all_["facts"]) - len(few["facts"])
    assert few["left"] > 0
    assert all_["left"] == 0


def test_a_store_that_was_not_read_says_how_it_is(tmp_path):
    client, mine, _ = served(tmp_path, TEXTS, read=False)
    with client:
        found = client.get("/v1/graph", headers=mine).json()
        assert (found["read"], found["facts"], found["unread"] > 3) == (False, [], True)
        assert "raglan graph PATH" in found["hint"]
        store = Store(tmp_path / ".raglan")
        refreshed(store)
        store.close()
        # What was read meanwhile is there at once.
        found = client.get("/v1/graph", headers=mine).json()
        assert (found["read"], bool(found["facts"]), found["hint"]) == (True, True, "")


def test_only_who_may_read_is_told(open_once):
    client, _, _ = open_once
    assert client.get("/v1/graph").status_code == 401


def test_what_a_key_may_not_see_is_not_there(tmp_path):
    """The law: every reply is that of a server which holds nothing else, byte for byte."""
    one, mine, root = served(tmp_path / "one", {**TEXTS, **HIDDEN}, HIDDEN)
    other, alone, _ = served(tmp_path / "other", TEXTS)
    tables = GraphTables(Store(tmp_path / "one" / ".raglan"))
    names = sorted(graph(tables).things)
    passages = sorted(tables.ids().values())
    tables.store.close()
    chance = random.Random(0)
    asked = [
        {"entity": name} for name in [*chance.sample(names, 12), "Quagga", "Zebulon", "plan", "Lid", "Italy", "Rome"]
    ]
    asked += [{"passage": name} for name in passages] + [{}, {"limit": "60"}, {"entity": "Rome", "limit": "3"}]
    with one, other:
        whole = one.get("/v1/graph", params={"entity": "Quagga"}, headers=root)
        assert "secret fund" in whole.text
        for what in asked:
            replies = [
                client.get("/v1/graph", params=what, headers=key) for client, key in ((one, mine), (other, alone))
            ]
            assert replies[0].content == replies[1].content, what
        # What is granted is there, and what is deleted is gone, at once.
        one.put("/v1/access/plan.md", headers=root, json={"access": ["hr", "sales"]})
        refreshed(Store(tmp_path / "one" / ".raglan"))
        assert "secret fund" in one.get("/v1/graph", params={"entity": "Quagga"}, headers=mine).text
        one.delete("/v1/documents/plan.md", headers=root)
        assert one.get("/v1/graph", params={"entity": "Quagga"}, headers=root).json()["facts"] == []


def test_personal_data_is_hidden_where_the_server_masks(tmp_path):
    client, mine, _ = served(tmp_path, {**TEXTS, "contact.md": HIDDEN["contact.md"]}, options=Options(mask=True))
    with client:
        for what in ({"entity": "agent"}, {"entity": "Zebulon"}, {"limit": 60}, {"entity": "7946"}):
            assert "7946 0958" not in client.get("/v1/graph", params=what, headers=mine).text
        assert client.get("/v1/graph", params={"entity": "Rome"}, headers=mine).json()["facts"]

"""Views: what is hidden is not there, whichever way one asks; and it comes and goes with what is granted."""

from pathlib import Path

import pytest

from raglan.errors import StoreError
from raglan.graph.following import refreshed
from raglan.store.access import grant, grants
from raglan.store.feedback import Feedback, FeedbackLog
from raglan.store.groups import groups_of
from raglan.store.ledger import FileState, Ledger
from raglan.store.sequence import net
from raglan.store.store import Change, Store
from raglan.store.view import _SHADOWS, view, view_folder
from raglan.types import Document
from tests.samples import document

from .conftest import Opened


@pytest.fixture
def whole(opened: Opened, tmp_path: Path) -> Store:
    store = opened(tmp_path / "store")
    put(store, "open.txt", "For all to read.", "A second passage.")
    put(store, "hr.txt", "Salaries are secret.", access=("hr",))
    put(store, "both.txt", "Contracts of people.", access=("hr", "legal"))
    return store


def put(store: Store, name: str, *texts: str, file: str | None = None, **meta: object) -> None:
    passages = document(name, texts, **meta)
    store.put(Document(name, "\n".join(texts), name, meta=meta), passages, file=file or name)


def seen(store: Store, *groups: str) -> list[str]:
    limited = view(store, groups)
    try:
        return limited.documents()
    finally:
        limited.close()


def test_each_sees_what_is_for_it(whole):
    assert seen(whole) == ["open.txt"]
    assert seen(whole, "legal") == ["open.txt", "both.txt"]
    assert seen(whole, "hr") == ["open.txt", "hr.txt", "both.txt"]
    assert seen(whole, "*", "HR", "hr ", "h", "%") == ["open.txt"]
    assert whole.documents() == ["open.txt", "hr.txt", "both.txt"]


def test_what_is_hidden_is_nowhere(whole):
    whole.set({"x": "y"})
    Ledger(whole).note(FileState("hr.txt", 1, 1, b""))
    Ledger(whole).note(FileState("open.txt", 1, 1, b""))
    Ledger(whole).note(FileState("broken.pdf", 1, 1, b"", "damaged"))
    FeedbackLog(whole).add(Feedback("2026", "secret?", "hr.txt:0", 1.0))
    limited = view(whole, ["legal"])
    [hidden] = whole.passages("hr.txt")
    assert limited.document("hr.txt") is None
    assert limited.passages("hr.txt") == limited.get([hidden]) == limited.holding("Salaries") == {}
    assert limited.find("hr.txt:0") is None
    assert limited.places([hidden]) == []
    assert limited.documents("hr.txt") == []
    assert limited.allowed({"access": "hr"}) == set(limited.passages("both.txt"))
    assert limited.allowed({"document": "hr.txt"}) == set()
    assert {hidden}.isdisjoint(limited.keys())
    assert len(limited) == 3
    assert set(Ledger(limited).states()) == {"open.txt"}
    assert FeedbackLog(limited).all() == []
    assert grants(limited) == {}
    assert limited.setting("x") == "y"
    limited.close()


def test_it_is_as_a_store_that_holds_nothing_else(whole, opened, tmp_path):
    other = opened(tmp_path / "other")
    put(other, "open.txt", "For all to read.", "A second passage.")
    limited = view(whole, [])
    assert limited.changes(0, 100) == other.changes(0, 100)
    assert (limited.seq, len(limited)) == (other.seq, len(other))
    assert limited.get(limited.keys()) == other.get(other.keys())
    limited.close()


def test_every_table_is_shadowed(whole):
    tables = {name for [name] in whole.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    open_to_all = {"setting", "sqlite_sequence"}
    assert tables - open_to_all == set(_SHADOWS), "a new table must say what a view shows of it"


def test_what_is_read_out_of_hidden_passages_is_hidden(whole):
    refreshed(whole)
    assert {passage for [passage] in whole.rows("SELECT DISTINCT passage FROM sketch")} == set(whole.keys())
    seen = view(whole, [])
    assert {passage for [passage] in seen.rows("SELECT DISTINCT passage FROM sketch")} == set(seen.keys())
    assert len(seen.keys()) < len(whole.keys())


def test_nothing_can_be_written(whole):
    limited = view(whole, ["hr"])
    for write in (
        lambda: put(limited, "new.txt", "x"),
        lambda: limited.drop(["open.txt"]),
        lambda: limited.set({"a": "b"}),
        lambda: limited.change("DELETE FROM main.document", [()]),
        lambda: grant(limited, "open.txt", []),
    ):
        with pytest.raises(StoreError, match="view"):
            write()
    for statement in ("DELETE FROM main.document", "DELETE FROM temp.viewer", "INSERT INTO temp.viewer VALUES ('x')"):
        with pytest.raises(StoreError, match="database failed"):
            limited.rows(statement)
    limited.close()


def test_what_is_granted_reaches_open_views(whole):
    limited = view(whole, ["legal"])
    assert grant(whole, "hr.txt", ["legal"]) == ["hr.txt"]
    assert limited.documents() == ["open.txt", "hr.txt", "both.txt"]
    grant(whole, "both.txt", ["board"])
    grant(whole, "open.txt", ["hr"])
    assert limited.documents() == ["hr.txt"]
    grant(whole, "open.txt", [])
    assert limited.documents() == ["open.txt", "hr.txt"]
    limited.close()


def test_a_passage_never_changes_sides(whole):
    """The index of a view hears of what comes to it and of what goes from it, and of nothing else."""
    limited = view(whole, ["legal"])
    before, [old] = limited.seq, whole.passages("both.txt")
    grant(whole, "both.txt", ["hr"])
    assert net(limited, before, limited.seq, old) == ([], [old])
    before = limited.seq
    put(whole, "hr.txt", "Salaries are more secret.", access=("hr",))
    whole.drop(["hr.txt"])
    assert limited.seq == before
    grant(whole, "both.txt", ["legal"])
    [new] = whole.passages("both.txt")
    [came], gone = net(limited, before, limited.seq, new)
    assert (came.key, gone) == (new, [])
    limited.close()


def test_a_new_key_tells_the_old_one(whole):
    [old] = whole.passages("hr.txt")
    grant(whole, "hr.txt", ["board"])
    [new] = whole.passages("hr.txt")
    assert whole.changes(whole.seq - 2, whole.seq) == [
        Change(whole.seq - 1, new, 1, old),
        Change(whole.seq, old, -1),
    ]
    grant(whole, "hr.txt", ["board"])
    assert list(whole.passages("hr.txt")) == [new]


def test_what_was_granted_outlives_the_file(whole):
    grant(whole, "open.txt", ["hr"])
    put(whole, "open.txt", "Another text.")
    assert seen(whole) == []
    whole.drop(["open.txt"])
    put(whole, "open.txt", "It is back.", access=("legal",))
    assert seen(whole, "legal") == ["both.txt"]
    assert "open.txt" in seen(whole, "hr")


def test_folders_are_granted_for_what_is_there_and_what_comes(whole):
    put(whole, "a/one.txt", "One.")
    put(whole, "ab/two.txt", "Two.")
    assert grant(whole, "a/", ["hr"]) == ["a/one.txt"]
    assert grant(whole, "a/b/", ["legal"]) == []
    put(whole, "a/three.txt", "Three.", access=("legal",))
    put(whole, "a/b/four.txt", "Four.")
    put(whole, "rows#1", "A row.", file="a/b/rows.csv")
    assert seen(whole, "legal") == ["open.txt", "both.txt", "ab/two.txt", "a/b/four.txt", "rows#1"]
    assert seen(whole, "hr")[-2:] == ["ab/two.txt", "a/three.txt"]
    grant(whole, "rows#1", ["board"])
    assert "rows#1" in seen(whole, "board")
    assert "rows#1" not in seen(whole, "legal")
    grant(whole, "", ["staff"])
    assert seen(whole) == []
    assert grants(whole)["a/"] == ("hr",)


def test_passages_say_what_their_document_says(whole):
    [one] = whole.passages("hr.txt").values()
    assert one.meta["access"] == ("hr",)
    grant(whole, "hr.txt", ["legal", "board"])
    [one] = whole.passages("hr.txt").values()
    assert one.meta["access"] == whole.document("hr.txt").meta["access"] == ("board", "legal")


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        ("hr", ("hr",)),
        ("hr, legal", ("hr", "legal")),
        ("[hr, 'legal']", ("hr", "legal")),
        (["b", "a", "a"], ("a", "b")),
        (None, ()),
        ((), ()),
        (7, ("7",)),
        (True, ("True",)),
        ({"a": 1}, ("{'a': 1}",)),
    ],
)
def test_what_a_document_says_of_itself(value, groups):
    assert groups_of({"access": value}) == groups


def test_what_cannot_be_understood_is_hidden(whole):
    put(whole, "odd.txt", "Odd.", access={"role": "hr"})
    passages = [*document("apart.txt", ["One."], access="hr"), *document("apart.txt", ["Two."], access="legal")]
    whole.put(Document("apart.txt", "One."), passages)
    assert seen(whole, "hr", "legal", "role", "{'role': 'hr'}") == [
        "open.txt",
        "hr.txt",
        "both.txt",
        "odd.txt",
    ]
    assert "apart.txt" in whole.documents()


def test_each_set_of_groups_has_a_folder(tmp_path):
    assert view_folder(tmp_path, ["a", "b"]) == view_folder(tmp_path, ["b", "a", "a"])
    assert len({view_folder(tmp_path, groups) for groups in ([], ["a"], ["a,b"], ["a", "b"], ["../x"])}) == 5
    assert view_folder(tmp_path, ["../../x"]).parent == tmp_path / "views"


def test_a_store_in_memory_has_none(opened):
    with pytest.raises(StoreError, match="memory"):
        view(opened(), ["hr"])

"""Feedback, and what is known of files."""

from pathlib import Path

import pytest

from raglan.store.bookmark import Bookmark
from raglan.store.feedback import Feedback, FeedbackLog
from raglan.store.ledger import FileState, Ledger
from raglan.store.store import Store
from raglan.types import Document
from tests.samples import passage

from .conftest import Opened


def test_feedback_is_kept_in_order(tmp_path: Path, opened: Opened) -> None:
    log = FeedbackLog(opened(tmp_path))
    said = [
        Feedback("2026-01-02T03:04:05Z", "保修期多久？", "保修.md:0", 1.0),
        Feedback("2026-01-02T03:04:05Z", "How long?", "gone:0", -1.0, "wrong 🙂"),
    ]
    for one in (*said, said[0]):
        log.add(one)
    assert FeedbackLog(opened(tmp_path)).all() == [*said, said[0]]


def test_feedback_outlives_its_passage(store: Store) -> None:
    store.put(Document("a", "a"), [passage("a", "a")])
    FeedbackLog(store).add(Feedback("2026-01-01T00:00:00Z", "q", "a:0", 0.5))
    store.drop(["a"])
    assert len(FeedbackLog(store).all()) == 1


def state(path: str, **more: str) -> FileState:
    return FileState(path, 3, 1_700_000_000_000_000_000, b"\x00\xff", **more)


def test_the_ledger_keeps_the_last_state_of_each_file(store: Store) -> None:
    ledger = Ledger(store)
    assert ledger.states() == {}
    ledger.note(state("b", root="/docs"))
    ledger.note(state("a", reason="damaged", hint="save it anew"))
    ledger.note(state("b", reason="empty"))
    assert list(ledger.states().values()) == [
        state("a", reason="damaged", hint="save it anew"),
        state("b", reason="empty"),
    ]


def test_forgetting_a_file_forgets_its_documents(store: Store) -> None:
    ledger = Ledger(store)
    for name, file in (("a:1", "a"), ("a:2", "a"), ("b", "b")):
        store.put(Document(name, name), [passage(name, name)], file=file)
        ledger.note(state(file))
    ledger.forget("a")
    ledger.forget("unknown")
    assert store.documents() == ["b"]
    assert list(ledger.states()) == ["b"]


def test_a_state_and_its_documents_come_together(store: Store) -> None:
    ledger = Ledger(store)

    def half() -> None:
        with store.transaction():
            store.put(Document("a", "a"), [passage("a", "a")], file="a")
            ledger.note(state("a"))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    assert ledger.states() == {}
    assert store.documents() == []


def test_one_file_by_its_path(store: Store) -> None:
    ledger = Ledger(store)
    state = FileState("a.txt", 1, 2, b"3", root=".")
    ledger.note(state)
    assert ledger.state("a.txt") == state
    assert ledger.state("b.txt") is None


def test_documents_of_a_file_go_a_few_at_a_time(store: Store) -> None:
    for number in range(5):
        store.put(Document(f"{number}", "a"), [passage("a", f"{number}")], file="rows.tsv")
    store.put(Document("other", "a"), [passage("a", "other")])
    assert [Ledger(store).thin("rows.tsv", 2) for _ in range(4)] == [2, 2, 1, 0]
    assert store.documents() == ["other"]


def test_a_bookmark_is_told_from_a_hash() -> None:
    mark = Bookmark("5f", 7, 2, 9, 1, 1, ('line 2 ("保修")',), done=True)
    assert Bookmark.of(mark.packed()) == mark
    for other in (b"", bytes(16), b"{}", b'{"head": 1}', b"7", b'{"head": "", "told": [], "more": 1}'):
        assert Bookmark.of(other) is None

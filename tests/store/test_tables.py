"""Feedback, and what is known of files."""

from pathlib import Path

import pytest

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

"""Stores of older formats: they open, nothing in them is lost, and what is new can be kept in them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from raglan.errors import StoreError
from raglan.store import schema
from raglan.store.feedback import Feedback, FeedbackLog, hashed
from raglan.store.ledger import FileState, Ledger
from raglan.store.schema import DATABASE, FORMAT
from raglan.store.store import Store

from .conftest import Opened

SAID = [
    Feedback("2026-01-01T00:00:00Z", "How much water?", "machine.txt:0", 1.0, "thumb"),
    Feedback("2026-01-02T00:00:00Z", "除垢？", "machine.txt:29", -1.0, "wrong 🙂"),
    Feedback("2026-01-03T00:00:00Z", "How much water?", "gone:0", 0.5),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store as a raglan of format 1 left it."""
    place = tmp_path / "store"
    place.mkdir()
    database = sqlite3.connect(place / DATABASE)
    database.executescript((Path(__file__).parent / "format1.sql").read_text(encoding="utf-8"))
    database.close()
    return place


def ask(place: Path, statement: str) -> list[tuple[object, ...]]:
    database = sqlite3.connect(place / DATABASE)
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


def test_nothing_is_lost(old: Path, opened: Opened) -> None:
    store = opened(old)
    assert FeedbackLog(store).all() == SAID
    assert [one.text for one in store.passages("machine.txt").values()] == [
        "The boiler holds two litres.",
        "Descale it every three months.",
    ]
    assert (store.seq, store.setting("x"), store.allowed({"title": "Machine"})) == (2, "y", {1, 2})
    state = FileState("machine.txt", 59, 1_700_000_000_000_000_000, b"\x00\xff", root=".")
    assert Ledger(store).states() == {"machine.txt": state}


def test_it_is_as_a_new_one_from_then_on(old: Path, opened: Opened) -> None:
    more = Feedback("2026-02-01T00:00:00Z", "q", "machine.txt:0", 1.0, person="ann", hash=hashed("something"))
    log = FeedbackLog(opened(old))
    log.add(more)
    assert log.all() == [*SAID, more]
    assert FeedbackLog(opened(old)).all() == [*SAID, more]
    columns = "SELECT name, type, [notnull], dflt_value FROM pragma_table_info('{}') ORDER BY name"
    fresh = old.parent / "fresh"
    opened(fresh)
    tables = "feedback document passage change file setting tag mention fact alias sketch triple summary summarised"
    for table in tables.split():
        assert ask(old, columns.format(table)) == ask(fresh, columns.format(table))
    assert ask(old, "PRAGMA user_version") == [(FORMAT,)]


def test_several_at_once_renew_it_once(old: Path, opened: Opened) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(opened, [old] * 4))
    assert [FeedbackLog(store).all() for store in stores] == [SAID] * 4


def test_a_reader_of_before_reads_on(old: Path, opened: Opened) -> None:
    """A process that has the store open does not notice."""
    before = sqlite3.connect(old / DATABASE)
    statement = "SELECT at, query, passage, verdict, note FROM feedback ORDER BY key"
    found = before.execute(statement).fetchall()
    opened(old)
    assert before.execute(statement).fetchall() == found
    before.execute("INSERT INTO feedback(at, query, passage, verdict, note) VALUES ('a', 'b', 'c', 1, '')")
    before.commit()
    before.close()
    assert FeedbackLog(opened(old)).all() == [*SAID, Feedback("a", "b", "c", 1.0)]


def test_stopped_half_way_it_is_as_it_was(old: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_SINCE", {1: (schema._SINCE[1][0], "ALTER nonsense")})
        with pytest.raises(StoreError, match="nonsense"):
            Store(old)
    assert ask(old, "PRAGMA user_version") == [(1,)]
    assert FeedbackLog(opened(old)).all() == SAID


def test_a_store_of_this_format_gets_the_tables_that_came_later(opened: Opened, tmp_path: Path) -> None:
    opened(tmp_path / "store").close()
    database = sqlite3.connect(tmp_path / "store" / DATABASE)
    database.executescript("DROP TABLE summary; DROP TABLE summarised;")
    database.close()
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(opened, [tmp_path / "store"] * 4))
    assert [store.rows("SELECT count(*) FROM summary") for store in stores] == [[(0,)]] * 4
    assert ask(tmp_path / "store", "PRAGMA user_version") == [(FORMAT,)]

"""Folders that are no store, databases that are damaged, formats from the future."""

import sqlite3
from pathlib import Path

import pytest

from raglan.errors import StoreError
from raglan.store.schema import DATABASE, FORMAT
from raglan.store.store import Store
from raglan.types import Document
from tests.samples import passage

from .conftest import Opened


def refused(place: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Store(place)
    assert str(place) in caught.value.path
    return str(caught.value)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A store with much in it, closed."""
    store = Store(tmp_path / "store")
    for number in range(60):
        text = f"boiler {number} " * 100
        store.put(Document(f"{number}.txt", text), [passage(text, f"{number}.txt")])
    store.close()
    return tmp_path / "store"


def test_it_makes_its_folder(tmp_path: Path, opened: Opened) -> None:
    opened(tmp_path / "a" / "b").set({"x": "y"})
    assert opened(tmp_path / "a" / "b").setting("x") == "y"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "name another place" in refused(tmp_path / "file")
    refused(tmp_path / "file" / "below")


def test_a_folder_that_must_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    assert "Permission denied" in refused(tmp_path / "x")


@pytest.mark.parametrize("content", [b"no database at all, only text" * 200, b"SQLite format 3\0" + b"\xff" * 9_000])
def test_no_database(place: Path, content: bytes) -> None:
    for path in place.glob("store.sqlite*"):
        path.unlink()
    (place / DATABASE).write_bytes(content)
    assert "cannot be opened as a store" in refused(place)


def test_an_empty_file_is_a_new_store(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / DATABASE).touch()
    assert opened(tmp_path).seq == 0


def test_damage_within_is_told_with_the_place(place: Path, opened: Opened) -> None:
    data = bytearray((place / DATABASE).read_bytes())
    assert len(data) > 50_000
    data[8_192:-4_096] = b"\x5a" * (len(data) - 12_288)
    (place / DATABASE).write_bytes(data)

    def use() -> None:
        store = opened(place)
        for name in store.documents():
            store.passages(name)

    with pytest.raises(StoreError) as caught:
        use()
    assert str(place) in str(caught.value)


def test_a_format_from_the_future(place: Path) -> None:
    database = sqlite3.connect(place / DATABASE)
    database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.close()
    told = refused(place)
    assert f"has format {FORMAT + 1}" in told
    assert "use a newer raglan" in told


def test_a_refused_store_is_let_go(place: Path, opened: Opened) -> None:
    database = sqlite3.connect(place / DATABASE)
    database.execute("PRAGMA user_version = 99")
    refused(place)
    database.execute(f"PRAGMA user_version = {FORMAT}")
    database.close()
    assert len(opened(place)) == 60

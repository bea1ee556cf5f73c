"""Stores that are closed after the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from raglan.store.store import Store

Opened = Callable[[Path | None], Store]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens stores, in a folder or in memory."""
    stores: list[Store] = []

    def opened(place: Path | None = None) -> Store:
        stores.append(Store(place, patience=0.2))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, opened: Opened, tmp_path: Path) -> Store:
    """A new store, in memory and in a folder."""
    return opened(tmp_path / "store" if request.param == "folder" else None)

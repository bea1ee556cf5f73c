"""Vectors that are there already are not computed again, and are those that would be."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.encode.hashing import HashingEncoder
from raglan.protocols import Covers
from raglan.search.dense import DenseIndex
from raglan.search.view import spoken
from raglan.store.store import Store
from raglan.train.known import Known
from tests.samples import WRITTEN

DIM = 32
SPOKEN = [spoken(one) for one in WRITTEN]


class Counts(HashingEncoder):
    """The hashing encoder, which keeps what it is asked."""

    def __init__(self, dim: int = DIM) -> None:
        super().__init__(dim)
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        self.seen += texts
        return super().encode(texts, role=role)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A folder in which the hashing encoder's vectors lie."""
    made = Store(tmp_path / "store")
    DenseIndex(HashingEncoder(DIM), made).add(WRITTEN)
    yield made
    made.close()


def test_it_is_the_encoder() -> None:
    encoder, plain = Counts(), HashingEncoder(DIM)
    known = Known(encoder)
    assert (known.dim, known.identity, isinstance(known, Covers)) == (DIM, plain.identity, True)
    for texts in (SPOKEN, [], SPOKEN[2:4] * 2, ["new", SPOKEN[0]]):
        for role in ("query", "passage"):
            assert np.array_equal(known.encode(texts, role=role), plain.encode(texts, role=role))
    assert known.encode([], role="query").shape == (0, DIM)
    assert len(encoder.seen) == 2 * (len(SPOKEN) + 1)


def test_what_an_index_has_is_not_encoded_again(store: Store) -> None:
    encoder = Counts()
    known = Known(encoder)
    assert known.recall(store) == len(WRITTEN)
    found = known.encode(SPOKEN, role="passage")
    assert encoder.seen == []
    assert found == pytest.approx(HashingEncoder(DIM).encode(SPOKEN, role="passage"), abs=1e-3)
    known.encode(SPOKEN[:1], role="query")
    assert encoder.seen == SPOKEN[:1]


def test_what_is_gone_or_new_is_not_taken_from_it(store: Store) -> None:
    store.drop(["warranty.md"])
    encoder = Counts()
    known = Known(encoder)
    assert known.recall(store) == len(WRITTEN) - 2
    known.encode([*SPOKEN, "new"], role="passage")
    assert encoder.seen == [*SPOKEN[:2], "new"]


def test_of_another_encoder_nothing_is_taken_and_nothing_is_left_behind(store: Store) -> None:
    assert store.folder is not None
    before = sorted(store.folder.rglob("*"))
    encoder = Counts(DIM + 1)
    assert Known(encoder).recall(store) == 0
    assert sorted(store.folder.rglob("*")) == before
    assert Known(Counts()).recall(Store()) == 0


def test_damaged_vectors_are_not_used(store: Store) -> None:
    assert store.folder is not None
    [rows] = store.folder.rglob("rows.f16")
    rows.write_bytes(bytes(len(rows.read_bytes())))
    assert Known(Counts()).recall(store) == 0


def test_who_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raglan.train.known._PART", 4)
    told: list[tuple[int, int]] = []
    Known(HashingEncoder(DIM), told=lambda done, total: told.append((done, total))).encode(SPOKEN[:10], role="passage")
    assert told == [(4, 10), (8, 10), (10, 10)]

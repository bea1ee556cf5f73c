"""Queries through a matrix: what changes, what must not, and that an index goes on serving without encoding anything."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.encode.adapted import Adapted, Translated, read_matrix, write_matrix
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, ModelError
from raglan.protocols import Covers
from raglan.search.dense import DenseIndex
from raglan.store.store import Store
from raglan.types import Query
from tests.samples import ASKED, WRITTEN, differ

DIM = 32
TEXTS = ["Descale the boiler.", "保修期为两年", "", "24"]


class Counts(HashingEncoder):
    """The hashing encoder, which counts the passages that it is given."""

    passages = 0

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        self.passages += len(texts) if role == "passage" else 0
        return super().encode(texts, role=role)


class Turned(HashingEncoder):
    """Another encoder that says the same in other words: its vectors are turned, and have more dimensions."""

    def __init__(self, dim: int = DIM, more: int = 8) -> None:
        super().__init__(dim)
        turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(dim + more, dim + more)))
        self.turn = turn[:, :dim].astype(np.float32)  # [dim + more, dim], its columns orthogonal
        self.inner, self.dim = HashingEncoder(dim), dim + more

    @property
    def identity(self) -> str:
        return "turned"

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        return self.inner.encode(texts, role=role) @ self.turn.T


def drawn(rows: int, columns: int, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(rows, columns))


def test_queries_are_multiplied_and_passages_are_not() -> None:
    encoder, matrix = HashingEncoder(DIM), drawn(DIM, DIM)
    made = Adapted(encoder, matrix)
    assert np.array_equal(made.encode(TEXTS, role="passage"), encoder.encode(TEXTS, role="passage"))
    plain = encoder.encode(TEXTS, role="query").astype(float) @ matrix.T
    found = made.encode(TEXTS, role="query")
    assert found.dtype == np.float32
    assert found == pytest.approx(plain / np.linalg.norm(plain, axis=1, keepdims=True), abs=1e-5)


def test_the_identity_matrix_changes_nothing() -> None:
    made = Adapted(HashingEncoder(DIM), np.eye(DIM))
    assert made.encode(TEXTS, role="query") == pytest.approx(HashingEncoder(DIM).encode(TEXTS, role="query"), abs=1e-6)


def test_a_query_alone_is_as_in_a_batch() -> None:
    made = Adapted(HashingEncoder(DIM), drawn(DIM, DIM))
    batch = made.encode(TEXTS, role="query")
    for text, vector in zip(TEXTS, batch, strict=True):
        assert np.array_equal(made.encode([text], role="query")[0], vector)
    assert made.encode([], role="query").shape == (0, DIM)


def test_what_a_matrix_takes_to_nothing_stays_as_it_was() -> None:
    encoder = HashingEncoder(DIM)
    assert np.array_equal(
        Adapted(encoder, np.zeros((DIM, DIM))).encode(TEXTS, role="query"), encoder.encode(TEXTS, role="query")
    )
    lost = Translated(encoder, np.zeros((5, DIM)), "old").encode(TEXTS, role="query")
    assert np.array_equal(lost, np.tile(np.eye(1, 5, dtype=np.float32), (len(TEXTS), 1)))


def test_it_is_known_by_the_encoder_of_its_passages() -> None:
    encoder = HashingEncoder(DIM)
    one, other = Adapted(encoder, np.eye(DIM)), Adapted(encoder, drawn(DIM, DIM))
    assert (one.identity, one.dim) == (encoder.identity, encoder.dim) == (other.identity, other.dim)
    assert one.adapter != other.adapter
    assert one.adapter == Adapted(encoder, np.eye(DIM)).adapter
    new = Translated(encoder, drawn(5, DIM), "old")
    assert (new.identity, new.dim) == ("old", 5)


def test_what_it_can_read_is_what_the_encoder_can_read() -> None:
    class Ascii(HashingEncoder):
        def covers(self, texts: Sequence[str]) -> list[float]:
            return [float(text.isascii()) for text in texts]

    for encoder, wanted in ((Ascii(DIM), [1.0, 0.0, 1.0, 1.0]), (HashingEncoder(DIM), [1.0] * 4)):
        for made in (Adapted(encoder, np.eye(DIM)), Translated(encoder, np.eye(DIM), "old")):
            assert isinstance(made, Covers)
            assert made.covers(TEXTS) == wanted


def test_an_index_serves_an_adapted_encoder_without_encoding_again(tmp_path: Path) -> None:
    encoder = Counts(DIM)
    store = Store(tmp_path)
    plain = DenseIndex(encoder, store)
    plain.add(WRITTEN)
    count = encoder.passages
    adapted = DenseIndex(Adapted(encoder, np.eye(DIM)), store)
    assert adapted.generation == plain.generation
    for one, other in zip(plain.search(ASKED, 5), adapted.search(ASKED, 5), strict=True):
        assert not differ(one, other)
    turned = DenseIndex(Adapted(encoder, -np.eye(DIM)), store)
    [hits] = turned.search([Query("Descale the boiler every three months.")], len(WRITTEN))
    assert (hits[-1].passage.text, encoder.passages) == ("Descale the boiler every three months.", count)
    store.close()


def test_an_old_index_serves_a_new_encoder_through_the_map(tmp_path: Path) -> None:
    old, new = Counts(DIM), Turned()
    store = Store(tmp_path)
    index = DenseIndex(old, store)
    index.add(WRITTEN)
    count = old.passages
    serving = DenseIndex(Translated(new, new.turn.T, old.identity), store)
    for one, other in zip(index.search(ASKED, 5), serving.search(ASKED, 5), strict=True):
        assert not differ(one, other, by=2e-3)
    assert old.passages == count
    store.close()


def test_new_passages_are_not_put_among_old_vectors() -> None:
    made = Translated(Turned(), Turned().turn.T, HashingEncoder(DIM).identity)
    with pytest.raises(ConfigError, match="passages of turned do not belong among those of hashing:32"):
        made.encode(["new"], role="passage")
    assert made.encode([], role="passage").shape == (0, DIM)
    with pytest.raises(ConfigError, match="need not be translated"):
        Translated(HashingEncoder(DIM), np.eye(DIM), HashingEncoder(DIM).identity)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(DIM + 1), r"shape \[33, 33\], must have \[32, 32\]"),
        (np.ones((DIM, 3)), r"shape \[32, 3\]"),
        (np.ones(DIM), r"shape \[32\]"),
        (np.ones((0, 0)), r"shape \[0, 0\]"),
        (np.full((DIM, DIM), np.nan), "NaN"),
        (np.full((DIM, DIM), np.inf), "infinite"),
    ],
)
def test_a_matrix_that_is_none_is_refused(matrix: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Adapted(HashingEncoder(DIM), matrix)


def test_a_translation_must_fit_the_new_encoder() -> None:
    with pytest.raises(ModelError, match=r"must have \[any, 32\]"):
        Translated(HashingEncoder(DIM), np.ones((DIM, 5)), "old")


def test_what_is_done_to_the_array_afterwards_changes_nothing() -> None:
    matrix = np.eye(DIM, dtype=np.float32)
    made = Adapted(HashingEncoder(DIM), matrix)
    before = made.encode(TEXTS, role="query")
    matrix *= np.nan
    assert np.array_equal(made.encode(TEXTS, role="query"), before)


def test_a_matrix_is_kept_with_the_encoders_that_it_belongs_to(tmp_path: Path) -> None:
    path, matrix = tmp_path / "new" / "adapter.npz", drawn(5, DIM)
    write_matrix(path, matrix, queries="new", passages="old")
    assert np.array_equal(read_matrix(path, queries="new", passages="old"), matrix.astype(np.float32))
    assert [one.name for one in path.parent.iterdir()] == ["adapter.npz"]
    with pytest.raises(ModelError, match="leads from queries of new to passages of old, not from newer to old"):
        read_matrix(path, queries="newer", passages="old")


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "short", "pickle", "array", "other"])
def test_a_damaged_file_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "adapter.npz"
    write_matrix(path, drawn(DIM, DIM), queries="a", passages="a")
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage in ("pickle", "array"):
        np.save(path.with_suffix(".npy"), np.array([{}], object) if damage == "pickle" else np.eye(3))
        path.with_suffix(".npy").replace(path)
    elif damage == "other":
        np.savez(path, something=np.eye(3))
    else:
        path.write_bytes({"empty": b"", "text": b"hello", "short": whole[: len(whole) // 2]}[damage])
    with pytest.raises(ModelError, match="cannot be read as a matrix"):
        read_matrix(path, queries="a", passages="a")

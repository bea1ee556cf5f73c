"""Rows of vectors on disk: what another encoder's look finds there, and the rows that two have in common."""

from pathlib import Path

import numpy as np

from raglan.encode.hashing import HashingEncoder
from raglan.search.dense import DenseIndex, generation
from raglan.search.rows import Rows, common, kept
from raglan.search.view import spoken
from tests.samples import WRITTEN

from .conftest import Opened


def rows(keys: list[int], dim: int) -> Rows:
    """Each row holds its key."""
    return Rows(np.repeat(np.array(keys, np.float16)[:, None], dim, axis=1), np.array(keys, np.int64))


def test_what_an_index_has_kept_can_be_looked_at(opened: Opened, tmp_path: Path) -> None:
    encoder, store = HashingEncoder(8), opened(tmp_path)
    DenseIndex(encoder, store).add(WRITTEN)
    folder = tmp_path / "vectors" / generation(encoder.identity)
    found = kept(folder, 8)
    assert found is not None
    texts = [spoken(store.get([key])[key]) for key in found.keys.tolist()]
    assert len(texts) == len(WRITTEN)
    assert np.allclose(found.rows, encoder.encode(texts, role="passage"), atol=1e-3)


def test_nothing_is_made_where_nothing_is_kept(opened: Opened, tmp_path: Path) -> None:
    encoder, store = HashingEncoder(8), opened(tmp_path)
    DenseIndex(encoder, store).add(WRITTEN)
    folder = tmp_path / "vectors" / generation(encoder.identity)
    assert kept(tmp_path / "vectors" / "nothing", 8) is None
    assert not (tmp_path / "vectors" / "nothing").exists()
    (folder / "rows.f16").unlink()
    assert kept(folder, 8) is None
    (folder / "seal").write_text("broken")
    assert kept(folder, 8) is None


def test_rows_in_common_are_of_the_same_keys() -> None:
    one, other = common(rows([1, 5, 3, 9, 7], 2), rows([9, 2, 3, 1], 4), 10)
    assert (one.shape, other.shape) == ((3, 2), (3, 4))
    assert one.dtype == other.dtype == np.float32
    assert one[:, 0].tolist() == other[:, 0].tolist() == [1, 3, 9]
    one, other = common(rows([1], 2), rows([2], 4), 10)
    assert (one.shape, other.shape) == ((0, 2), (0, 4))


def test_of_many_some_are_drawn_from_all_over() -> None:
    one, other = common(rows(list(range(1_000)), 1), rows(list(range(0, 1_000, 2)), 1), 5)
    assert one[:, 0].tolist() == other[:, 0].tolist() == [0, 248, 498, 748, 998]

"""The encoder that needs no model."""

import numpy as np
import pytest

from raglan.encode.hashing import HashingEncoder

TEXTS = ["Descale the boiler.", "保修期为两年", "", "?!", "24", "boiler " * 5_000, "🙂"]


@pytest.mark.parametrize("dim", [8, 64, 256])
def test_vectors_have_length_one(dim: int) -> None:
    vectors = HashingEncoder(dim).encode(TEXTS, role="passage")
    assert vectors.shape == (len(TEXTS), dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_batch_is_one_by_one() -> None:
    encoder = HashingEncoder()
    together = encoder.encode(TEXTS, role="passage")
    for text, vector in zip(TEXTS, together, strict=True):
        [alone] = encoder.encode([text], role="query")
        assert np.array_equal(alone, vector)


def test_nothing_is_no_rows() -> None:
    assert HashingEncoder(16).encode([], role="query").shape == (0, 16)


def test_the_same_words_are_the_same_vector() -> None:
    one, two, other = HashingEncoder().encode(["Boilers leak", "leak: the BOILER", "a grinder"], role="passage")
    assert one @ two == pytest.approx(two @ one)
    assert one @ two > 0.7 > one @ other


def test_identity_tells_the_dimension() -> None:
    assert HashingEncoder(64).identity != HashingEncoder(65).identity
    assert HashingEncoder(64).identity == HashingEncoder(64).identity


def test_it_is_the_same_in_every_process() -> None:
    # Python's own hash would not be; stored vectors would not match those of the next run.
    vector = HashingEncoder(16).encode(["boiler"], role="passage")[0]
    assert np.flatnonzero(vector).tolist() == [0, 14]

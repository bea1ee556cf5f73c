"""An encoder that does not encode twice."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.encode.hashing import HashingEncoder
from raglan.encode.remembering import Remembering
from raglan.protocols import Covers

TEXTS = ["Descale the boiler.", "保修期为两年", "", "24"]


class Counts(HashingEncoder):
    """The hashing encoder with a tower for each role, that writes down what it was given."""

    def __init__(self) -> None:
        super().__init__(16)
        self.asked: list[tuple[str, list[str]]] = []

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        self.asked.append((role, list(texts)))
        vectors = super().encode(texts, role=role)
        return vectors if role == "passage" else -vectors


def wanted(texts: Sequence[str], role: str = "passage") -> NDArray[np.float32]:
    return Counts().encode(texts, role=role)


def test_vectors_are_those_of_the_encoder() -> None:
    made = Remembering(Counts())
    for texts in (TEXTS, TEXTS[::-1], ["new", *TEXTS[1:3], "newer"], [TEXTS[0]] * 3):
        for role in ("passage", "query"):
            found = made.encode(texts, role=role)
            assert found.dtype == np.float32
            assert np.array_equal(found, wanted(texts, role))


def test_a_text_is_encoded_once_for_each_role() -> None:
    made = Remembering(counts := Counts())
    made.encode(["a", "b", "a"], role="passage")
    made.encode(["c", "b", "a"], role="passage")
    made.encode(["a", "b", "c"], role="passage")
    made.encode(["b"], role="query")
    made.encode(["b"], role="query")
    assert counts.asked == [("passage", ["a", "b"]), ("passage", ["c"]), ("query", ["b"])]


def test_nothing_is_no_rows_and_asks_nobody() -> None:
    made = Remembering(counts := Counts())
    assert made.encode([], role="query").shape == (0, 16)
    assert made.encode([], role="query").dtype == np.float32
    assert counts.asked == []


def test_what_is_done_to_vectors_is_not_remembered() -> None:
    made = Remembering(Counts())
    for _ in range(3):
        found = made.encode(TEXTS, role="passage")
        assert np.array_equal(found, wanted(TEXTS))
        found *= 2


def test_when_it_is_full_it_begins_anew() -> None:
    made = Remembering(counts := Counts(), most=3)
    made.encode(["a", "b", "c"], role="passage")
    made.encode(["a"], role="passage")
    assert len(counts.asked) == 1
    # What is asked for together with the one too many is kept, the others are not.
    assert np.array_equal(made.encode(["c", "d"], role="passage"), wanted(["c", "d"]))
    made.encode(["c", "d"], role="passage")
    assert counts.asked[1:] == [("passage", ["d"])]
    assert np.array_equal(made.encode(["a", "b"], role="passage"), wanted(["a", "b"]))
    assert counts.asked[2:] == [("passage", ["a", "b"])]


@pytest.mark.parametrize("seed", range(20))
def test_it_never_keeps_more_than_it_may(seed: int) -> None:
    made = Remembering(counts := Counts(), most=3)
    chance = np.random.default_rng(seed)
    for _ in range(6):
        texts = [str(n) for n in chance.integers(12, size=chance.integers(1, 6))]
        assert np.array_equal(made.encode(texts, role="passage"), wanted(texts))
    counts.asked.clear()
    made.encode([str(n) for n in range(12)], role="passage")
    # What is kept is not asked for again.
    [(_, again)] = counts.asked
    assert len(again) >= 12 - 3


def test_dimension_and_identity_are_those_of_the_encoder() -> None:
    made = Remembering(HashingEncoder(24))
    assert (made.dim, made.identity) == (24, HashingEncoder(24).identity)


def test_what_it_can_read_is_what_the_encoder_can_read() -> None:
    class Latin(HashingEncoder):
        def covers(self, texts: Sequence[str]) -> list[float]:
            return [float(text.isascii()) for text in texts]

    assert Remembering(Latin()).covers(TEXTS) == [1.0, 0.0, 1.0, 1.0]
    assert not isinstance(HashingEncoder(), Covers)
    assert Remembering(HashingEncoder()).covers(TEXTS) == [1.0] * 4


@pytest.mark.parametrize("most", [3, 1000])
def test_threads_may_share_one(most: int) -> None:
    made = Remembering(HashingEncoder(16), most=most)
    lists = [[str((start * step) % 17) for step in range(5)] for start in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda texts: made.encode(texts, role="passage"), lists))
    for texts, vectors in zip(lists, found, strict=True):
        assert np.array_equal(vectors, HashingEncoder(16).encode(texts, role="passage"))

"""Labels: what rows become, what is refused, and who is held out together."""

import numpy as np
import pytest

from raglan.datasets.dataset import Dataset
from raglan.encode.hashing import HashingEncoder
from raglan.errors import DataError
from raglan.search.view import spoken
from raglan.train.labels import grouped, labelled
from raglan.train.rows import gathered
from raglan.types import Example, Query
from tests.samples import WRITTEN

from .vectors import DIM, Matrix, drawn, toy


def test_labels_are_encoded_as_an_index_encodes() -> None:
    encoder = HashingEncoder(DIM)
    names = [one.id for one in WRITTEN]
    examples = (
        Example(Query("hot?"), positives=(names[4],)),
        Example(Query("empty?"), positives=(names[3],), negatives=(names[0],)),
        Example(Query("hot?"), positives=(names[2],)),
        Example(Query("why?"), negatives=(names[1],)),
    )
    rows = gathered([Dataset("set", examples, WRITTEN)])
    labels = labelled(rows, lambda texts, role: encoder.encode(texts, role=role))
    assert np.array_equal(labels.queries, encoder.encode(["hot?", "empty?"], role="query"))
    assert np.array_equal(labels.passages, encoder.encode([spoken(one) for one in WRITTEN], role="passage"))
    assert [one.tolist() for one in labels.positives] == [[2, 4], [3]]
    assert [one.tolist() for one in labels.negatives] == [[], [0]]
    assert len(labels) == 2


def test_groups_share_a_positive_or_the_question() -> None:
    chance = np.random.default_rng(4)
    queries = drawn(200).astype(np.float32)
    queries[1::7] = queries[0::7][: len(queries[1::7])]
    right = [sorted({int(at) for at in chance.integers(0, 300, 2)}) for _ in range(200)]
    group = toy(queries, drawn(300, seed=1), right).groups
    for a in range(200):
        for b in range(a):
            if set(right[a]) & set(right[b]) or np.array_equal(queries[a], queries[b]):
                assert group[a] == group[b]
    assert len(set(group.tolist())) > 1


def test_groups_are_no_larger_than_they_must_be() -> None:
    labels = toy(drawn(4), drawn(5, seed=1), [[0, 1], [2], [1, 3], [4]])
    assert labels.groups.tolist() == [0, 1, 0, 2]
    assert grouped([]).tolist() == []


def test_long_chains_are_one_group() -> None:
    assert set(grouped([(at, at + 1) for at in range(20_000)]).tolist()) == {0}


def test_fewer_passages_keep_what_is_labelled() -> None:
    labels = toy(drawn(3), drawn(40, seed=1), [[7, 2], [30], [31]], [[5], [], [39]])
    few = labels.among(4, seed=0)
    assert len(few.passages) == 6 + 4
    for lists, those in ((labels.positives, few.positives), (labels.negatives, few.negatives)):
        for old, new in zip(lists, those, strict=True):
            assert np.array_equal(labels.passages[old], few.passages[new])
    assert np.array_equal(labels.among(1_000, seed=0).passages, labels.passages)


def bad(at: int) -> Matrix:
    found = drawn(3)
    found[at, 2] = np.nan
    return found


@pytest.mark.parametrize(
    ("queries", "passages", "right", "message"),
    [
        (bad(1), drawn(5), [[0], [1], [2]], "row 1 of queries holds a number that is none"),
        (drawn(3), bad(2), [[0], [1], [2]], "row 2 of passages"),
        (drawn(3, 5), drawn(5), [[0], [1], [2]], "do not go together"),
        (drawn(2), drawn(5), [[0], [1], [2]], "do not go together"),
        (drawn(3), drawn(5), [[0], [], [2]], r"query 1: positives \[\]"),
        (drawn(3), drawn(5), [[0], [5], [2]], r"query 1: positives \[5\] and negatives \[\] of 5 passages"),
        (drawn(3), drawn(5), [[0], [1], [-1]], "query 2"),
        (drawn(3), drawn(5), [[0], [1, 1], [2]], "query 1"),
        (np.empty((0, DIM)), drawn(5), [], "there are none"),
    ],
)
def test_labels_that_are_none_are_refused(
    queries: Matrix, passages: Matrix, right: list[list[int]], message: str
) -> None:
    with pytest.raises((ValueError, DataError), match=message):
        toy(queries, passages, right)

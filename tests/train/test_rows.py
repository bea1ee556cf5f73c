"""Rows: what teaches nothing is left out and counted; positives are never negatives."""

import numpy as np
import pytest

from raglan.datasets.dataset import Dataset
from raglan.errors import ConfigError, DataError
from raglan.train.drawing import Drawing, Hard
from raglan.train.mining import finder
from raglan.train.rows import Drawn, Row, drawn, gathered
from raglan.types import Example, Query
from tests.train.toy import passage

TEXTS = {"a": "one", "b": "two", "c": "three", "d": "four"}
PASSAGES = tuple(passage(name, text) for name, text in TEXTS.items())


def rows(*examples: Example, **more):
    return gathered([Dataset("set", examples, PASSAGES, **more)])


def asked(text: str, positives: tuple[str, ...] = (), negatives: tuple[str, ...] = ()) -> Example:
    return Example(Query(text), positives=positives, negatives=negatives)


def test_what_is_left_out_is_counted() -> None:
    found = rows(
        asked("which?", ("a",), ("b",)),
        asked("what?"),
        asked("who?", ("gone",)),
        asked(" ", ("a",)),
        asked("where?", ("b", "b", "gone"), ("c", "b", "c")),
        asked("which?", ("c",), ("d",)),
    )
    assert found.rows == (
        Row("which?", ("set/a", "set/c"), ("set/b", "set/d"), set="set"),
        Row("where?", ("set/b",), ("set/c",), set="set"),
    )
    assert found.left == {
        "questions without a known passage": 2,
        "questions without words": 1,
        "questions that were there before": 1,
        "positives that are not among the passages": 2,
        "positives that were listed as negatives too": 1,
    }
    assert found.texts["set/b"] == "b. two"


def test_grades_decide_where_there_are_any() -> None:
    found = rows(asked("which?", ("a",)), asked("what?", ("a",)), grades={0: {"b": 2, "c": 0, "d": 1}})
    assert [row.positives for row in found.rows] == [("set/b", "set/d"), ("set/a",)]


def test_copies_of_a_passage_are_one() -> None:
    title = {"title": "T"}
    same = [passage("a", "one"), passage("b", "one"), passage("c", " ")]
    same = [type(one)(one.id, one.text, one.document, one.span, meta=title) for one in same]
    found = gathered([Dataset("set", (asked("which?", ("a",), ("b",)),), same)])
    assert list(found.texts) == list(found.passages) == ["set/a"]
    assert found.rows == (Row("which?", ("set/a",), set="set"),)
    assert found.left["passages that say what another says"] == found.left["passages without words"] == 1


def test_nothing_to_learn_from() -> None:
    with pytest.raises(DataError, match=r"set: no question has a passage to learn from \(1 questions without a known"):
        rows(asked("what?"))
    with pytest.raises(DataError, match=r"no question has a passage to learn from \(there are none"):
        rows()
    with pytest.raises(ConfigError, match="two sets are called 'set'"):
        gathered([Dataset("set", (asked("what?", ("a",)),), PASSAGES)] * 2)


def test_drawn_negatives_are_wrong_and_each_once() -> None:
    row = Row("which?", ("a", "b"), ("c", "d"))
    for seed in range(20):
        [one] = drawn([row], [["d", "a", "e"]], 3, np.random.default_rng(seed))
        assert one.positive in row.positives
        assert sorted(one.negatives) == ["c", "d", "e"]
    [one] = drawn([row], [[]], 1, np.random.default_rng(0))
    assert len(one.negatives) == 1


def batches(found, **more):
    return Drawing(found, 2, list, **more)


def test_negatives_are_found_once_or_each_epoch() -> None:
    found = rows(*(asked(f"{at}?", ("a",)) for at in range(4)))
    for refresh, wanted in ((False, [0]), (True, [0, 1, 2])):
        epochs: list[int] = []

        def find(epoch: int, epochs: list[int] = epochs) -> list[list[str]]:
            epochs.append(epoch)
            return [["set/b"]] * 4

        source = batches(found, hard=Hard(1, find, refresh))
        for _ in range(6):
            made: list[Drawn] = next(source)
            assert [one.negatives for one in made] == [("set/b",)] * 2
        assert epochs == wanted


def test_a_place_in_the_data_can_be_gone_back_to() -> None:
    found = rows(*(asked(f"{at}?", ("a", "b"), ("c", "d")) for at in range(5)))
    source = batches(found, seed=3)
    for _ in range(3):
        next(source)
    state = source.state_dict()
    rest = [next(source) for _ in range(4)]
    other = batches(found, seed=3)
    other.load_state_dict(state)
    assert [next(other) for _ in range(4)] == rest
    more = gathered([Dataset("set", (asked("0?", ("a",)),) * 5, PASSAGES[:2])])
    with pytest.raises(ConfigError, match="the checkpoint is of"):
        batches(more, seed=3).load_state_dict(state)


def test_words_find_negatives_that_hold_no_answer() -> None:
    passages = (passage("a", "a kettle boils"), passage("b", "a kettle sings"), passage("c", "this kettle is red"))
    example = Example(Query("what does a kettle do"), ("boils", "is red"), ("a",))
    found = gathered([Dataset("set", (example,), passages)])
    find = finder("bm25", found, count=4)
    assert find is not None
    [names] = find(0)
    assert set(names) <= {"set/b"}
    assert finder("in-batch", found) is None
    with pytest.raises(ConfigError, match="there are in-batch, bm25, mined"):
        finder("words", found)
    with pytest.raises(ConfigError, match="only an encoder"):
        finder("mined", found)

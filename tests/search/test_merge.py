"""Merging and reranking, by hand."""

import pytest

from raglan.search.merge import minmax, rrf
from raglan.search.mmr import Mmr
from raglan.types import Hit, Query
from tests.laws import hit
from tests.samples import passage

WORDS = [hit("a", 12.0), hit("b", 9.0), hit("c", 4.0)]
VECTORS = [hit("b", 0.8, "vectors"), hit("d", 0.7, "vectors"), hit("a", 0.4, "vectors")]
ASK = Query("x")


def scores(hits: list[Hit]) -> dict[str, float]:
    return {one.passage.document: round(one.score, 4) for one in hits}


def test_minmax() -> None:
    # words: a 1, b 5/8, c 0; vectors: b 1, d 3/4, a 0; half of each.
    assert scores(minmax(dense=0.5)(ASK, [WORDS, VECTORS])) == {"b": 0.8125, "a": 0.5, "d": 0.375, "c": 0.0}


def test_minmax_with_more_weight_on_vectors() -> None:
    found = scores(minmax(dense=0.75)(ASK, [WORDS, VECTORS]))
    assert found == {"b": pytest.approx(0.25 * 0.625 + 0.75, abs=1e-4), "d": 0.5625, "a": 0.25, "c": 0.0}


def test_an_empty_list_has_no_say() -> None:
    assert scores(minmax()(ASK, [WORDS, []])) == {"a": 1.0, "b": 0.625, "c": 0.0}
    assert scores(minmax(dense=0.9)(ASK, [[], VECTORS])) == {"b": 1.0, "d": 0.75, "a": 0.0}


def test_what_is_mentioned_counts_on_top() -> None:
    mentioned = [hit("c", 1.0, "mentions"), hit("e", 1.0, "mentions")]
    # The weights of words, vectors and mentions: 0.6, 0.4 and 0.25; 1.25 in all.
    found = scores(minmax(mentions=0.25)(ASK, [WORDS, VECTORS, mentioned]))
    assert found == {"b": 0.62, "a": 0.48, "d": 0.24, "c": 0.2, "e": 0.2}


def test_a_search_without_a_weight_counts_as_words() -> None:
    found = scores(minmax(dense=0.75)(ASK, [VECTORS, [hit("g", 3.0, "graph")]]))
    assert found == {"b": 0.75, "d": 0.5625, "g": 0.25, "a": 0.0}


def test_lists_that_weigh_nothing_rank_where_there_is_no_other() -> None:
    names = ["z", "y", "x"]
    for by, dense in (("words", 1.0), ("vectors", 0.0)):
        hits = [hit(name, 9.0 - place, by) for place, name in enumerate(names)]
        assert [one.passage.document for one in minmax(dense=dense)(ASK, [hits])] == names
    assert scores(minmax(dense=1)(ASK, [WORDS, VECTORS])) == {"b": 1.0, "d": 0.75, "a": 0.0, "c": 0.0}


def test_equals_were_all_found() -> None:
    assert scores(minmax()(ASK, [[hit("a", 3.0), hit("b", 3.0)]])) == {"a": 1.0, "b": 1.0}
    assert scores(minmax()(ASK, [[hit("a", 0.0)], [hit("a", -1.0, "vectors")]])) == {"a": 1.0}


def test_rrf() -> None:
    found = rrf(k=60)(ASK, [WORDS, VECTORS])
    expected = {"a": (1 + 61 / 63) / 2, "b": (61 / 62 + 1) / 2, "c": 61 / 63 / 2, "d": 61 / 62 / 2}
    assert scores(found) == {name: round(score, 4) for name, score in expected.items()}
    assert [one.passage.document for one in found] == ["b", "a", "d", "c"]


def test_by_says_who_found_it() -> None:
    found = {one.passage.document: one.by for one in minmax()(ASK, [WORDS, VECTORS])}
    assert found == {"a": "words+vectors", "b": "words+vectors", "c": "words", "d": "vectors"}


def test_ties_go_by_name() -> None:
    lists = [[hit("b", 1.0), hit("a", 1.0), hit("c", 1.0)]]
    assert [one.passage.document for one in minmax()(ASK, lists)] == ["a", "b", "c"]


@pytest.mark.parametrize("dense", [-0.1, 1.1])
def test_a_weight_is_a_share(dense: float) -> None:
    with pytest.raises(ValueError, match=f"dense is {dense}"):
        minmax(dense=dense)


@pytest.mark.parametrize("mentions", [-0.1, float("inf"), float("nan")])
def test_a_bonus_is_a_number(mentions: float) -> None:
    with pytest.raises(ValueError, match=f"mentions is {mentions}"):
        minmax(mentions=mentions)


ECHO = [
    Hit(passage("the boiler leaks water", "one"), 1.0, "words"),
    Hit(passage("the boiler leaks water", "two"), 0.95, "words"),
    Hit(passage("the grinder makes noise", "three"), 0.6, "words"),
    Hit(passage("nothing at all", "four"), 0.0, "words"),
]


def order(reranker: Mmr) -> list[str]:
    return [one.passage.document for one in reranker.rerank(ASK, ECHO)]


def test_mmr_puts_an_echo_behind_what_is_new() -> None:
    assert order(Mmr(0.5))[:2] == ["one", "three"]
    assert order(Mmr(1)) == ["one", "two", "three", "four"]


def test_mmr_leaves_what_is_deeper_as_it_was() -> None:
    assert order(Mmr(0, depth=2)) == ["one", "two", "three", "four"]
    with pytest.raises(ValueError, match="balance is 2"):
        Mmr(2)

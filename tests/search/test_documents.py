"""Documents from passages: each rule against a plain sum, the laws of a retriever, and how deep it looks."""

import math
import random
from collections.abc import Callable, Sequence

import pytest

from raglan.errors import ConfigError
from raglan.protocols import Retriever
from raglan.search.documents import RULES, DocumentHit, Documents, Found, Rule, best, mean, soft, votes
from raglan.search.lexical import LexicalIndex
from raglan.types import Hit, Passage, Query
from tests import laws
from tests.samples import ASKED, drawn, passage

from .conftest import Opened


class Listed:
    """Finds the same for every query, and writes down how deep it was asked to look, by how many."""

    def __init__(self, *lists: Sequence[Hit]) -> None:
        self.lists = lists
        self.asked: list[tuple[int, int]] = []

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        self.asked.append((len(queries), k))
        return [list(self.lists[int(query.text)][:k]) for query in queries]


def hits(*found: tuple[str, float]) -> list[Hit]:
    """Passages of the named documents, one after the other."""
    return [Hit(passage(f"text {n}", name, 20 * n), score, "words") for n, (name, score) in enumerate(found)]


def chance_hits(seed: int, *, count: int = 60, documents: int = 9) -> list[Hit]:
    chance = random.Random(seed)
    scores = sorted((round(chance.uniform(-1, 1), 1) for _ in range(count)), reverse=True)
    return hits(*((f"d{chance.randrange(documents)}", score) for score in scores))


def shown(found: Sequence[Hit]) -> list[tuple[str, float]]:
    return [(hit.passage.document, round(hit.score, 6)) for hit in found]


def plain(rule: str, scores: Sequence[float], ranks: Sequence[int], floor: float) -> float:
    """Each rule once more, the long way."""
    if rule == "max":
        return max(scores)
    if rule == "mean":
        three = [scores[at] if at < len(scores) else floor for at in range(3)]
        return sum(three) / 3
    if rule == "votes":
        return sum(1 / rank for rank in ranks)
    return max(scores) + 0.1 * math.log(sum(math.exp(score) for score in scores))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(5))
def test_every_rule_is_what_a_plain_count_gives(rule: str, seed: int) -> None:
    every = chance_hits(seed)
    depth = 40
    pool = every[:depth]
    wanted = {}
    for name in {hit.passage.document for hit in pool}:
        own = [(hit.score, rank) for rank, hit in enumerate(pool, 1) if hit.passage.document == name]
        wanted[name] = plain(rule, [s for s, _ in own], [r for _, r in own], pool[-1].score)
    [found] = Documents(Listed(every), rule=rule, depth=depth).search([Query("0")], len(wanted))
    assert dict(shown(found)) == pytest.approx(wanted, abs=1e-5)
    for hit in found:
        assert hit.passage == next(one.passage for one in pool if one.passage.document == hit.passage.document)


def over_words(rule: str, depth: int, opened: Opened) -> Callable[[Sequence[Passage]], Retriever]:
    def make(passages: Sequence[Passage]) -> Retriever:
        index = LexicalIndex(opened(None))
        index.add(passages)
        return Documents(index, rule=rule, depth=depth)

    return make


@pytest.mark.parametrize("depth", [1, 7, 100])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("law", laws.RETRIEVER_LAWS)
def test_it_is_a_retriever(law: laws.RetrieverLaw, rule: str, depth: int, opened: Opened) -> None:
    law(over_words(rule, depth, opened), ASKED)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("depth", [1, 3, 50])
def test_it_finds_as_many_documents_as_there_are(rule: str, depth: int, opened: Opened) -> None:
    passages = drawn(300, seed=3, per_document=30)
    made = over_words(rule, depth, opened)(passages)
    query = Query("boiler pump valve 电池 水泵 锅炉")
    index = LexicalIndex(opened(None))
    index.add(passages)
    [every] = index.search([query], 300)
    there = {hit.passage.document for hit in every}
    for k in (1, 5, 10, 500):
        [found] = made.search([query], k)
        names = [hit.passage.document for hit in found]
        assert len(names) == len(set(names)) == min(k, len(there))


def test_it_looks_deeper_only_for_those_that_need_it() -> None:
    one = hits(*[("a", 9.0 - n / 10) for n in range(20)], ("b", 1.0), ("c", 0.5))
    other = hits(("x", 3.0), ("y", 2.0), ("z", 1.0), ("x", 0.5))
    short = hits(("p", 1.0))
    inner = Listed(one, other, short)
    found = Documents(inner, depth=4).search([Query("0"), Query("1"), Query("2")], 3)
    assert [shown(each) for each in found] == [
        [("a", 9.0), ("b", 1.0), ("c", 0.5)],
        [("x", 3.0), ("y", 2.0), ("z", 1.0)],
        [("p", 1.0)],
    ]
    assert inner.asked == [(3, 4), (1, 8), (1, 16), (1, 32)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_a_longer_list_begins_like_a_shorter_one(rule: str, seed: int) -> None:
    made = Documents(Listed(chance_hits(seed, count=200, documents=40)), rule=rule, depth=10)
    [long] = made.search([Query("0")], 100)
    assert [hit.score for hit in long] == sorted((hit.score for hit in long), reverse=True)
    for k in range(1, len(long)):
        [found] = made.search([Query("0")], k)
        assert found == long[:k]


def test_who_lists_no_more_however_often_asked_is_left_alone() -> None:
    class Stubborn(Listed):
        def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            return super().search(queries, 10**9)

    inner = Stubborn(hits(*[("a", 1.0)] * 50))
    [found] = Documents(inner, depth=5).search([Query("0")], 3)
    assert shown(found) == [("a", 1.0)]


def test_a_search_that_ranks_anew_when_it_looks_deeper_names_no_document_twice() -> None:
    class Fickle(Listed):
        def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            every = hits(*((f"d{n % 7}", 1.0) for n in range(60)))[:k]
            return [[Hit(hit.passage, 60.0 - n, "words") for n, hit in enumerate(reversed(every))] for _ in queries]

    [found] = Documents(Fickle(), depth=2).search([Query("0")], 7)
    assert len({hit.passage.document for hit in found}) == len(found) == 7
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


@pytest.mark.parametrize("rule", [best, mean(1), mean(3), mean(10), votes, soft(), soft(0)])
def test_one_more_passage_never_lowers_a_document(rule: Rule) -> None:
    chance = random.Random(2)
    for _ in range(200):
        scores = sorted((chance.uniform(-5, 5) for _ in range(chance.randint(2, 8))), reverse=True)
        ranks = sorted(chance.sample(range(1, 50), len(scores)))
        floor = scores[-1] - chance.random()
        fewer = rule(Found(scores[:-1], ranks[:-1], floor))
        assert rule(Found(scores, ranks, floor)) >= fewer - 1e-12


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("depth", [3, 50])
def test_a_document_brings_its_passages_best_first(rule: str, depth: int) -> None:
    every = chance_hits(4)
    made = Documents(Listed(every), rule=rule, depth=depth)
    [documents], [alone] = made.find([Query("0")], 9), made.search([Query("0")], 9)
    assert [Hit(one.hits[0].passage, one.score, one.by) for one in documents] == alone
    for one in documents:
        own = [hit for hit in every if hit.passage.document == one.document]
        assert list(one.hits) == own[: len(one.hits)]
    assert sum(len(one.hits) for one in documents) >= depth


def test_one_that_was_met_deeper_brings_what_was_found_there() -> None:
    found = hits(("a", 9.0), ("a", 8.0), ("b", 3.0), ("b", 2.0))
    [documents] = Documents(Listed(found), depth=2).find([Query("0")], 2)
    assert documents == [
        DocumentHit("a", 9.0, "words", tuple(found[:2])),
        DocumentHit("b", 3.0, "words", tuple(found[2:])),
    ]
    # What is not among the first is judged by its best passage alone, as if others were no worse.
    [documents] = Documents(Listed(found), rule="mean", n=2, depth=2).find([Query("0")], 2)
    assert [(one.document, one.score) for one in documents] == [("a", 8.5), ("b", 3.0)]


def test_many_passages_outvote_one() -> None:
    found = hits(("one", 0.9), ("many", 0.85), ("many", 0.8), ("many", 0.75), ("many", 0.7), ("last", 0.1))
    first = {rule: Documents(Listed(found), rule=rule).search([Query("0")], 1)[0][0].passage.document for rule in RULES}
    assert first == {"max": "one", "mean": "many", "votes": "many", "soft": "many"}


def test_equals_keep_their_order_and_a_rule_may_be_ones_own() -> None:
    found = hits(("b", 1.0), ("a", 1.0), ("c", 1.0), ("a", 0.5))
    made = Documents(Listed(found), rule=lambda one: float(len(one.scores)))
    assert shown(made.search([Query("0")], 5)[0]) == [("a", 2.0), ("b", 1.0), ("c", 1.0)]
    assert [hit.by for hit in made.search([Query("0")], 5)[0]] == ["words"] * 3


def test_great_scores_do_not_overflow() -> None:
    [found] = Documents(Listed(hits(("a", 900.0), ("a", 900.0), ("b", -900.0))), rule="soft").search([Query("0")], 2)
    assert shown(found) == [("a", round(990.0 + 0.1 * math.log(2), 6)), ("b", -990.0)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "median"}, "no rule is called 'median'; there are max, mean, votes, soft"),
        ({"rule": "mean", "n": 0}, "n is 0"),
        ({"depth": 0}, "depth is 0"),
    ],
)
def test_what_means_nothing_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Documents(Listed(), **options)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="share"):
        soft(-0.1)

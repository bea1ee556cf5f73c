"""What every merge does, whatever the searches found: over lists drawn by chance, of words, of vectors, of mentions."""

import random
from collections.abc import Callable, Sequence
from itertools import permutations

import pytest

from raglan.protocols import Merge
from raglan.search.learned import learned
from raglan.search.merge import minmax, rrf
from raglan.types import Hit, Query
from tests.laws import hit
from tests.samples import differ, ids

Lists = list[list[Hit]]

MERGES: dict[str, Callable[[], Merge]] = {
    "minmax": minmax,
    "words alone": lambda: minmax(dense=0, mentions=0),
    "vectors alone": lambda: minmax(dense=1),
    "rrf": rrf,
    "learned": learned,
}
TEXTS = ["", "?", "a", "What is a kettle?", "b c boiler", "the who", "水箱在哪里？", "E-07 " * 40]
ANY = pytest.mark.parametrize("make", MERGES.values(), ids=MERGES)


def found(chance: random.Random, by: str) -> list[Hit]:
    """What one search may have found: often nothing or little, now and then equal or negative scores."""
    names = chance.sample("abcdefghijklmnop", chance.choice([0, 1, 2, 5, 16]))
    low, high = chance.choice([(0, 20), (-1, 1), (-3, -1), (0, 0)])
    scores = [1.0 if by == "mentions" else chance.choice([chance.uniform(low, high), high]) for _ in names]
    return [hit(name, score, by) for name, score in zip(names, sorted(scores, reverse=True), strict=True)]


def asked() -> list[tuple[Query, Lists]]:
    chance = random.Random(12)
    return [
        (Query(chance.choice(TEXTS)), [found(chance, by) for by in ("words", "vectors", "mentions")])
        for _ in range(150)
    ]


ASKED = asked()


def test_the_lists_are_such_as_say_something() -> None:
    full = [tuple(bool(hits) for hits in lists) for _, lists in ASKED]
    assert len(set(full)) == 8
    assert sum(all(some) for some in full) > 30


@ANY
def test_all_that_was_found_is_ranked_once(make: Callable[[], Merge]) -> None:
    for query, lists in ASKED:
        hits = make()(query, lists)
        assert sorted(ids(hits)) == sorted({one.passage.id for some in lists for one in some})
        for one in hits:
            finders = [some[0].by for some in lists if one.passage in [other.passage for other in some]]
            assert one.by == "+".join(finders)


@ANY
def test_best_first_and_equals_by_id(make: Callable[[], Merge]) -> None:
    equals = 0
    for query, lists in ASKED:
        keys = [(-one.score, one.passage.id) for one in make()(query, lists)]
        assert keys == sorted(keys)
        equals += len(keys) - len({score for score, _ in keys})
    assert equals > 50, "there must be equals to tell apart"


@ANY
def test_scores_are_shares(make: Callable[[], Merge]) -> None:
    for query, lists in ASKED:
        assert all(0 <= one.score <= 1 + 1e-12 for one in make()(query, lists))


@ANY
def test_who_found_nothing_has_no_say(make: Callable[[], Merge]) -> None:
    merge = make()
    for query, lists in ASKED:
        full = [hits for hits in lists if hits]
        alone = merge(query, full)
        assert merge(query, lists) == alone
        for place in range(len(full) + 1):
            assert merge(query, [*full[:place], [], *full[place:]]) == alone


@ANY
def test_the_same_gives_the_same(make: Callable[[], Merge]) -> None:
    merge = make()
    first = [merge(query, lists) for query, lists in ASKED]
    for (query, lists), hits in zip(ASKED, first, strict=True):
        assert merge(query, lists) == hits
        assert make()(query, [tuple(some) for some in lists]) == hits


@ANY
def test_the_order_of_the_lists_says_nothing(make: Callable[[], Merge]) -> None:
    merge = make()
    for query, lists in ASKED:
        hits = merge(query, lists)
        for other in permutations(lists):
            # Sums may differ in their last bit, and neighbours change places with it.
            assert not differ(merge(query, other), hits, by=1e-12)


def test_learned_is_minmax_where_there_is_nothing_to_balance() -> None:
    others = 0
    for query, lists in ASKED:
        words, vectors, mentions = lists
        for less in ([[], vectors, mentions], [words, [], mentions], [words, vectors]):
            if less == [words, vectors] and words and vectors:
                others += bool(differ(learned()(query, less), minmax()(query, less)))
            else:
                assert learned()(query, less) == minmax()(query, less)
    assert others > 20, "where there is something, it weighs anew"


def scaled(hits: Sequence[Hit], by: float, plus: float) -> list[Hit]:
    return [Hit(one.passage, one.score * by + plus, one.by) for one in hits]


@pytest.mark.parametrize("merge", [minmax(), minmax(dense=0.9, mentions=2), rrf()])
@pytest.mark.parametrize(("by", "plus"), [(3.0, 0.0), (0.25, 0.0), (1.0, 7.0), (100.0, -42.0)])
def test_a_search_may_count_in_any_unit(merge: Merge, by: float, plus: float) -> None:
    for query, lists in ASKED:
        hits = merge(query, lists)
        for place in range(len(lists)):
            other = [scaled(some, by, plus) if at == place else some for at, some in enumerate(lists)]
            assert not differ(merge(query, other), hits, by=1e-9)

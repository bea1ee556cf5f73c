"""What was mentioned is raised, what was named is lifted: by hand."""

from collections.abc import Sequence

from raglan.search.hybrid import Hybrid, lifted, raised
from raglan.search.merge import minmax
from raglan.types import Hit, Query
from tests.laws import hit

MERGED = [hit(name, 1 - place / 10) for place, name in enumerate("abcdef")]


class Finds:
    """A search that finds the same for every query, in the order that is given."""

    def __init__(self, names: str, by: str) -> None:
        self.hits = [hit(name, 1.0 if by in ("mentions", "exact") else 9.0 - at, by) for at, name in enumerate(names)]

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        return [self.hits[:k] for _ in queries]


def named(hits: list[Hit]) -> str:
    return "".join(one.passage.document for one in hits)


def test_the_best_that_is_mentioned_is_raised_to_the_third_place() -> None:
    hits = raised(MERGED, [hit("f", 1.0, "mentions"), hit("e", 1.0, "mentions")])
    assert named(hits) == "abecdf"
    assert [one.score for one in hits] == [1.0, 0.9, 0.8, 0.8, 0.7, 0.5]
    assert named(raised(MERGED, [hit("d", 1.0, "mentions")])) == "abdcef"


def test_what_stands_there_already_stays() -> None:
    for mentioned in ("", "a", "c", "cf", "fc", "x"):
        assert raised(MERGED, [hit(name, 1.0, "mentions") for name in mentioned]) == MERGED
    assert raised(MERGED[:2], [hit("b", 1.0, "mentions")]) == MERGED[:2]
    assert raised([], []) == []


def test_what_is_named_is_lifted_by_a_step_for_each_share() -> None:
    hits = lifted(
        MERGED, [hit("e", 1.0, "exact"), hit("b", 0.5, "exact"), hit("f", 0.5, "exact"), hit("x", 0.5, "exact")]
    )
    assert [(one.passage.document, round(one.score, 6), one.by) for one in hits] == [
        ("e", 2.6, "words+exact"),
        ("b", 1.9, "words+exact"),
        ("f", 1.5, "words+exact"),
        ("x", 1.0, "exact"),
        ("a", 1.0, "words"),
        ("c", 0.8, "words"),
        ("d", 0.7, "words"),
    ]


def test_more_of_what_is_named_goes_before_a_better_score() -> None:
    # Merged, a has 1 and f has 0: both are at 2 when they are lifted.
    hits = lifted([hit("a", 1.0), hit("f", 0.0)], [hit("f", 1.0, "exact"), hit("a", 0.5, "exact")])
    assert [(one.passage.document, one.score) for one in hits] == [("f", 2.0), ("a", 2.0)]


def test_both_together() -> None:
    hybrid = Hybrid(
        [Finds("abcdefgh", "words")],
        minmax(mentions=0),
        exact=Finds("h", "exact"),
        mentions=Finds("ge", "mentions"),
    )
    [hits] = hybrid.search([Query("x")], 6)
    # The best mention is the third of what is not named.
    assert named(hits) == "habecd"
    assert [one.score for one in hits] == sorted((one.score for one in hits), reverse=True)


def test_a_mention_that_no_search_found_is_there() -> None:
    for mentions in (0.0, 0.35):
        hybrid = Hybrid([Finds("abcd", "words")], minmax(mentions=mentions), mentions=Finds("z", "mentions"))
        for k in (3, 10):
            [hits] = hybrid.search([Query("x")], k)
            assert "z" in named(hits)[:3]
            assert len(hits) == min(k, 5)


def test_without_the_two_the_merge_decides() -> None:
    [hits] = Hybrid([Finds("abcd", "words")], minmax()).search([Query("x")], 10)
    assert named(hits) == "abcd"

"""Key phrases: how they are told."""

from raglan.graph.phrases import phrases


def test_a_phrase_over_two_lines_is_told_on_one() -> None:
    [found] = [one for one in phrases("It dissolves the coffee\noils.") if "coffee" in one.said]
    assert found.said == "coffee oils"
    assert found.span.of("It dissolves the coffee\noils.") == "coffee\noils"

from dataclasses import replace

from raglan.evaluate.reading import losses, primary, shared, wins, worst
from raglan.evaluate.report import Outcome, Report, Row, Told


def report(told, metrics=("f1", "recall@5"), lower=()):
    """``told``: for every system the scores of its rows, or what it told."""
    columns = {
        name: [one if isinstance(one, Told) else Told(one, answer="x", confidence=0.5) for one in column]
        for name, column in told.items()
    }
    count = max((len(column) for column in columns.values()), default=0)
    rows = tuple(
        Row(f"q{at}", "why?", (), (), {name: column[at] for name, column in columns.items() if at < len(column)})
        for at in range(count)
    )
    systems = {name: Outcome({}, {}, 0.0) for name in columns}
    return Report("data", 0, 3, tuple(metrics), systems, rows, frozenset(lower))


def f1(*values):
    return [{} if value is None else {"f1": value} for value in values]


def test_the_first_metric_with_scores_is_the_primary_one():
    made = report(
        {"rag": [{"recall@5": 1.0, "f1": 0.5}], "search": [{"recall@5": 0.5}], "mute": [{}]}, ["bleu", "f1", "recall@5"]
    )
    assert [primary(made, name) for name in made.systems] == ["f1", "recall@5", None]


def test_of_a_system_that_answers_an_answer_metric_is_the_primary_one():
    made = replace(report({"rag": [{"recall@5": 1.0, "f1": 0.5}]}, ["recall@5", "f1"]), judged=frozenset({"f1"}))
    assert primary(made, "rag") == "f1"


def test_the_shared_metric_is_one_that_both_have_for_the_same_row():
    made = report({"search": [{"recall@5": 0.5}, {"f1": 1.0}], "rag": [{"f1": 0.5, "recall@5": 1.0}, {}]})
    assert shared(made, "rag") == "recall@5"
    assert wins(made, "rag") == (0,)


def test_worst_first_without_perfect_ones_and_those_that_have_no_score():
    made = report({"a": f1(0.5, 1.0, 0.25, None, 0.0, 0.75)})
    assert worst(made, "a") == (4, 2, 0, 5)
    assert worst(made, "a", most=2) == (4, 2)


def test_of_less_is_better_the_highest_come_first_and_zero_is_perfect():
    made = report({"a": f1(0.5, 1.0, 0.0, None, 0.25)}, lower=["f1"])
    assert worst(made, "a") == (1, 0, 4)


def test_of_equal_scores_the_surest_answers_come_first_and_abstentions_last_in_their_order():
    said = [("", 0.9), ("yes", 0.2), ("no", 0.8), ("", 0.95), (None, 0.0), ("so", 0.8)]
    made = report({"a": [Told({"f1": 0.0}, answer=answer, confidence=sure) for answer, sure in said]})
    assert worst(made, "a") == (2, 5, 1, 0, 3, 4)


def test_a_metric_that_goes_beyond_one_is_perfect_where_no_row_is_better():
    made = report({"a": f1(40.0, 80.0, 1.0), "b": f1(0.0, 0.0, 60.0)})
    assert worst(made, "a") == (2, 0)
    assert worst(made, "b") == (0, 1, 2)


def test_wins_and_losses_by_the_size_of_the_difference_then_by_row():
    made = report({"a": f1(0.5, 0.5, 0.5, 0.5, None, 0.5), "b": f1(1.0, 0.0, 0.75, 0.5, 1.0, 1.0)})
    assert wins(made, "b") == (0, 5, 2)
    assert losses(made, "b") == (1,)
    assert wins(made, "b", most=1) == (0,)


def test_wins_where_less_is_better():
    made = report({"a": f1(0.5, 0.5), "b": f1(0.75, 0.1)}, lower=["f1"])
    assert (wins(made, "b"), losses(made, "b")) == ((1,), (0,))


def test_a_difference_of_rounding_is_none():
    made = report({"a": f1(0.3), "b": f1(0.1 + 0.2)})
    assert (wins(made, "b"), losses(made, "b")) == ((), ())


def test_the_first_system_neither_wins_nor_loses_against_itself():
    made = report({"a": f1(0.0, 1.0)})
    assert (wins(made, "a"), losses(made, "a")) == ((), ())


def test_nothing_to_read_where_nothing_is_scored():
    for made in (report({"a": []}), report({"a": [{}], "b": [{}]}), report({"a": f1(0.0), "b": [{}]})):
        name = list(made.systems)[-1]
        assert (wins(made, name), losses(made, name)) == ((), ())
    assert worst(report({"a": [{}]}), "a") == ()

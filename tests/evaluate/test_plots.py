import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from raglan.evaluate import plots
from raglan.evaluate.axes import linear, logarithmic
from raglan.evaluate.report import Outcome, Report, Score
from raglan.metrics.value import Undefined

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
SHARES = st.floats(0, 1)
_PATH = re.compile(r"([A-Za-z])([^A-Za-z]*)")


def report(**outcomes):
    return Report("data", 0, 3, ("f1",), outcomes, ())


def scored(value, low=None, high=None):
    return Outcome({"f1": Score(value, low, high, 10)}, {}, 0.0)


def drawn(markup):
    """The first drawing in ``markup``, which must be well-formed XML too."""
    return next(iter(etree.fromstring(f"<div>{markup}</div>").iter("svg")))


def points(svg):
    """Every point that a shape reaches."""
    for one in svg.iter():
        at = {
            key: float(value) for key, value in one.attrib.items() if key in {"x", "y", "width", "height", "cx", "cy"}
        }
        if one.tag == "rect":
            yield from ((at["x"], at["y"]), (at["x"] + at["width"], at["y"] + at["height"]))
        elif one.tag == "circle":
            yield at["cx"], at["cy"]
        elif one.tag == "text":
            yield at["x"], at["y"]
        elif one.tag == "line":
            yield from ((float(one.get(f"x{n}")), float(one.get(f"y{n}"))) for n in "12")
        elif one.tag == "polyline":
            yield from (tuple(map(float, point.split(","))) for point in one.get("points").split())
        elif one.tag == "path":
            yield from walked(one.get("d"))


def walked(path):
    x = y = 0.0
    for letter, moves in _PATH.findall(path):
        numbers = [float(number) for number in moves.split()]
        if letter == "M":
            x, y = numbers
        elif letter == "l":
            x, y = x + numbers[0], y + numbers[1]
        elif letter in "hv":
            x, y = (x + numbers[0], y) if letter == "h" else (x, y + numbers[0])
        elif letter == "H":
            x = numbers[0]
        else:
            assert letter == "z", path
        yield x, y


def assert_inside(svg):
    left, top, width, height = map(float, svg.get("viewBox").split())
    for x, y in points(svg):
        assert left <= x <= left + width, etree.tostring(svg)
        assert top <= y <= top + height, etree.tostring(svg)


def widths(svg):
    return [float(one.get("width")) for one in svg.iter("rect")]


def texts(svg):
    return [one.text for one in svg.iter("text")]


def test_a_bar_is_as_long_as_its_value_and_stands_beside_its_number():
    svg = drawn(plots.bars(report(a=scored(0.25), b=scored(0.5), c=scored(0.0)), "f1"))
    short, long, none = widths(svg)
    assert long == pytest.approx(2 * short, abs=0.02)
    assert none == 0
    assert {"a", "b", "c", "0.250", "0.500", "0.000"} <= set(texts(svg))


def test_whiskers_reach_from_low_to_high():
    svg = drawn(plots.bars(report(a=scored(0.5, 0.25, 1.0)), "f1"))
    (bar,), (whisker,) = svg.iter("rect"), svg.iter("path")
    start, half = float(bar.get("x")), float(bar.get("width"))
    across = [x for x, _ in walked(whisker.get("d"))]
    assert (min(across), max(across)) == pytest.approx((start + half / 2, start + 2 * half), abs=0.02)


def test_without_an_interval_no_whisker():
    assert not list(drawn(plots.bars(report(a=scored(0.5)), "f1")).iter("path"))


def test_a_value_below_nothing_goes_to_the_left_of_it():
    svg = drawn(plots.bars(report(a=scored(-0.5, -0.8, 0.1), b=scored(0.5)), "f1"))
    below, above = svg.iter("rect")
    assert float(below.get("x")) + float(below.get("width")) == pytest.approx(float(above.get("x")), abs=0.02)
    assert "−0.500" in texts(svg)
    assert_inside(svg)


def test_what_is_undefined_is_not_drawn():
    svg = drawn(plots.bars(report(a=scored(Undefined("no gold")), b=scored(0.5)), "f1"))
    assert len(widths(svg)) == 1
    assert plots.bars(report(a=scored(Undefined("no gold"))), "f1") == ""
    assert plots.bars(report(a=Outcome({}, {}, 0.0)), "f1") == ""
    assert plots.bars(report(), "f1") == ""


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12))
def test_bars_of_any_values_stay_in_the_drawing(values):
    outcomes = {f"s{at}": scored(middle, low, high) for at, (low, middle, high) in enumerate(map(sorted, values))}
    assert_inside(drawn(plots.bars(report(**outcomes), "f1")))


@given(st.lists(st.lists(st.tuples(SHARES, SHARES), max_size=20), min_size=1, max_size=12))
def test_curves_of_any_shares_stay_in_the_drawing(curves):
    outcomes = {
        f"s{at}": Outcome({}, {}, 0.0, tuple((float(k), y) for k, (_, y) in enumerate(curve, 1)), tuple(sorted(curve)))
        for at, curve in enumerate(curves)
    }
    for plot in (plots.recall, plots.risk):
        markup = plot(report(**outcomes))
        assert bool(markup) == any(curves)
        if markup:
            assert_inside(drawn(markup))


def test_depth_is_on_a_logarithmic_axis_from_1_to_100():
    curve = ((1.0, 0.2), (10.0, 0.6), (100.0, 0.9))
    svg = drawn(plots.recall(report(a=Outcome({}, {}, 0.0, recall=curve))))
    (one, _), (ten, _), (hundred, _) = (
        map(float, point.split(",")) for point in next(svg.iter("polyline")).get("points").split()
    )
    assert ten - one == pytest.approx(hundred - ten, abs=0.02)
    assert {"1", "10", "100"} <= set(texts(svg))


def test_higher_is_further_up_and_systems_without_a_curve_are_not_in_the_legend():
    up, down = Outcome({}, {}, 0.0, recall=((1.0, 0.9),)), Outcome({}, {}, 0.0, recall=((1.0, 0.1),))
    markup = plots.recall(report(up=up, down=down, none=Outcome({}, {}, 0.0)))
    high, low = (float(one.get("points").split(",")[1]) for one in drawn(markup).iter("polyline"))
    assert high < low
    legend = etree.fromstring(f"<div>{markup}</div>").findall("ul/li")
    assert [item.xpath("string()") for item in legend] == ["up", "down"]


def test_one_point_is_seen_as_a_mark():
    svg = drawn(plots.risk(report(a=Outcome({}, {}, 0.0, risk=((0.5, 0.5),)))))
    assert len(list(svg.iter("circle"))) == 1


@pytest.mark.parametrize("plot", [lambda made: plots.bars(made, "f1"), plots.recall, plots.risk])
def test_a_drawing_says_what_it_shows(plot):
    curve = ((0.5, 0.25), (1.0, 0.5))
    svg = drawn(plot(report(**{"<b>&": Outcome({"f1": Score(0.5, 0.25, 0.75)}, {}, 0.0, curve, curve)})))
    assert svg.get("role") == "img"
    assert svg[0].tag == "title"
    assert svg[0].text
    assert svg[1].tag == "desc"
    assert "<b>&" in svg[1].text
    assert "0.500" in svg[1].text
    assert not svg.xpath("//script | //@onload | //b")


def test_systems_are_told_apart_without_colour():
    keys = [re.sub(r'class="s\d"', "", plots.key(place)) for place in range(5)]
    assert len(set(keys)) == 5
    assert len({plots.key(place) for place in range(40)}) == 40


def test_a_long_name_is_cut_in_its_middle_and_whole_in_the_title():
    name = "hybrid+learned+diversified+mmr"
    svg = drawn(plots.bars(report(**{name: scored(0.5), "混合检索与微调的系统": scored(0.5)}), "f1"))
    english, chinese = [text for text in texts(svg) if "…" in text]
    assert name.startswith(english.split("…")[0])
    assert name.endswith(english.split("…")[1])
    assert len(chinese) <= 9
    assert name in etree.tostring(svg, encoding="unicode")


def test_a_balance_is_as_wide_as_its_shares():
    _, won, lost = drawn(plots.balance(3, 1, 8)).iter("rect")
    assert (won.get("width"), lost.get("width"), lost.get("x")) == ("30", "10", "70")
    assert_inside(drawn(plots.balance(0, 0, 0)))


@given(st.lists(NUMBERS, max_size=5))
def test_an_axis_holds_its_values_and_names_round_numbers(values):
    axis = linear(values, 0, 100)
    near = 1e-6 * (axis.high - axis.low)
    assert axis.low <= min([*values, 0.0]) + near
    assert axis.high >= max([*values, 0.0]) - near
    assert 2 <= len(axis.ticks) <= 12
    assert axis.ticks[0] == axis.low < axis.high == axis.ticks[-1]
    assert 0.0 in axis.ticks


@given(st.floats(1, 1e6))
def test_a_logarithmic_axis_holds_its_values(high):
    axis = logarithmic(high, 0, 100)
    assert axis.high >= max(high, 100)
    assert axis.at(1) == 0
    assert axis.at(axis.high) == 100
    assert math.isclose(axis.at(axis.high / 2) - axis.at(axis.high / 4), axis.at(4) - axis.at(2), abs_tol=0.02)

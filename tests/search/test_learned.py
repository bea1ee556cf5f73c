"""The merge that learns: its features by hand, its weights from a file, and the network against numpy's."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raglan.config import Config
from raglan.errors import ModelError
from raglan.models.shipped import shipped
from raglan.plugins import make
from raglan.search import learned as module
from raglan.search.learned import FEATURES, features, learned, weights
from raglan.search.merge import joined, minmax
from raglan.train.merge import Fit
from raglan.train.merge import weights as by_numpy
from raglan.types import Hit, Query
from tests.laws import hit
from tests.samples import passage

Table = dict[str, Any]


def said(text: str, name: str, score: float, by: str, **meta: object) -> Hit:
    return Hit(passage(text, name, 0, **meta), score, by)


ASK = Query("How long does the warranty last?")
WORDS = [
    said("The warranty lasts 24 months.", "a", 6.0, "words", title="Warranty"),
    said("Long ago.", "b", 4.5, "words", title="History"),
    said("Nothing.", "c", 3.0, "words", title="Other"),
]
VECTORS = [
    said("We answer before long.", "d", 0.8, "vectors", title="Delivery", headings=("Last resort",)),
    said("The warranty lasts 24 months.", "a", 0.6, "vectors", title="Warranty"),
    said("Everything.", "e", 0.5, "vectors", title="Else"),
]
MENTIONS = [
    said("The warranty lasts 24 months.", "a", 1.0, "mentions", title="Warranty"),
    said("More.", "f", 1.0, "mentions", title="Warranty"),
]

# Asked are how, long, doe, the, warranti, last; of these long, warranti and last carry the question.
BY_HAND = {
    "words asked": math.log(4),
    "words that only join": 3,
    "asked with a mark": 1,
    "begins with a capital": 1,
    "share that is Chinese": 0,
    "held by best of words": 2 / 3,
    "held by best of vectors": 2 / 3,
    "in names of best of words": 1 / 3,
    "in names of best of vectors": 1 / 3,
    "cosine of best": 0.8,
    "lead of best by vectors": 0.2,
    "lead over ten by vectors": 0.25,
    "range of vectors": 0.3,
    "spread of first twenty by vectors": math.sqrt(42 / 2700),
    "score a word of best": 2,
    "lead of best by words": 0.25,
    "lead over ten by words": 0.375,
    "last to best by words": 0.5,
    "shared among ten": 0.1,
    "shared among all": 0.01,
    "best of vectors in words": 0.001,
    "best of words in vectors": 0.5,
    "five best of vectors in words": (0.001 + 1 + 0.001) / 3,
    "something mentioned": 1,
    "how much is mentioned": math.log(3),
    "best of words mentioned": 1,
    "best of vectors mentioned": 0,
}


def told(query: Query, *lists: list[Hit]) -> dict[str, float]:
    return dict(zip(FEATURES, features(query, *lists), strict=True))


def test_every_feature_by_hand() -> None:
    assert list(BY_HAND) == list(FEATURES)
    assert told(ASK, WORDS, VECTORS, MENTIONS) == pytest.approx(BY_HAND, rel=1e-12)


def test_nothing_mentioned() -> None:
    gone = ("something mentioned", "how much is mentioned", "best of words mentioned", "best of vectors mentioned")
    assert told(ASK, WORDS, VECTORS) == pytest.approx({**BY_HAND, **dict.fromkeys(gone, 0.0)})
    only = told(ASK, WORDS, VECTORS, [hit("d", 1.0, "mentions")])
    assert [only[name] for name in gone] == [1, math.log(2), 0, 1]


def test_how_it_is_written() -> None:
    written = list(FEATURES[:5])
    for text, expected in {
        "": [0, 0, 0, 0, 0],
        "warranty warranty period": [math.log(3), 1, 0, 0, 0],
        "  Is it broken?  ": [math.log(2), 2, 1, 1, 0],
        "what is it": [math.log(4), 0, 0, 0, 0],
        "保修期是多久？": [math.log(5), 1, 1, 0, 1],
        "Élan": [math.log(2), 0, 0, 1, 0],
    }.items():
        found = told(Query(text), WORDS, VECTORS)
        assert [found[name] for name in written] == pytest.approx(expected), text


def hundred(by: str, best: float, step: float, *, backwards: bool = False) -> list[Hit]:
    names = [f"{n:03}" for n in range(100)]
    if backwards:
        names.reverse()
    return [hit(name, best - place * step, by) for place, name in enumerate(names)]


def test_a_hundred_hits_that_two_searches_order_the_other_way_round() -> None:
    found = told(ASK, hundred("words", 100.0, 0.5), hundred("vectors", 0.9, 0.002, backwards=True))
    expected = {
        "cosine of best": 0.9,
        "lead of best by vectors": 0.002,
        "lead over ten by vectors": 0.002 * 5.5,
        "range of vectors": 0.002 * 99,
        "spread of first twenty by vectors": 0.002 * math.sqrt((400 - 1) / 12),
        "score a word of best": 100 / 3,
        "lead of best by words": 0.005,
        "lead over ten by words": 0.005 * 5.5,
        "last to best by words": 1 - 0.005 * 99,
        "shared among ten": 0,
        "shared among all": 1,
        "best of vectors in words": 0.01,
        "best of words in vectors": 0.01,
        "five best of vectors in words": (1 / 100 + 1 / 99 + 1 / 98 + 1 / 97 + 1 / 96) / 5,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_the_first_ten_are_ten() -> None:
    words = [hit(name, 20.0 - place) for place, name in enumerate("abcdefghijkl")]
    for vectors, shared in (("kxyz", 0.0), ("jxyz", 0.1), ("0123456789a", 0.0), ("012345678a", 0.1)):
        hits = [hit(name, 0.9 - place / 100, "vectors") for place, name in enumerate(vectors)]
        assert told(ASK, words, hits)["shared among ten"] == shared


ODD: dict[str, tuple[str, list[Hit], list[Hit]]] = {
    "nothing asked": ("", WORDS, VECTORS),
    "blanks": (" \n ", WORDS, VECTORS),
    "marks": ("?!…", WORDS, VECTORS),
    "half a character": ("\ud800", WORDS, VECTORS),
    "chinese": (
        "保修期是多久？",
        [said("保修期两年。", "保修", 3.0, "words")],
        [said("电池。", "电池", 0.3, "vectors")],
    ),
    "one hit": ("x", WORDS[:1], VECTORS[:1]),
    "the same hit": ("x", WORDS[:1], VECTORS[1:2]),
    "equals": ("x", [hit(name, 2.0) for name in "abc"], [hit(name, 0.5, "vectors") for name in "abc"]),
    "zeros": ("x", [hit(name, 0.0) for name in "abc"], [hit(name, 0.0, "vectors") for name in "abc"]),
    "negative": ("x", [hit("a", -1.0), hit("b", -9.0)], [hit("c", -0.1, "vectors"), hit("a", -0.9, "vectors")]),
    "tiny": ("x", [hit("a", 1e-300), hit("b", 0.0)], [hit("a", 1e-300, "vectors"), hit("b", 0.0, "vectors")]),
    "huge": ("x", [hit("a", 1e15), hit("b", 1.0)], [hit("a", 1.0, "vectors"), hit("b", -1.0, "vectors")]),
    "a hundred": ("x " * 5_000, hundred("words", 100.0, 1.0), hundred("vectors", 0.9, 0.002)),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("mentions", [[], MENTIONS], ids=["", "mentions"])
def test_odd_lists_have_features_and_weights(name: str, mentions: list[Hit]) -> None:
    text, words, vectors = ODD[name]
    found = features(Query(text), words, vectors, mentions)
    assert len(found) == len(FEATURES) == 27
    assert all(isinstance(value, float) and math.isfinite(value) for value in found)
    decided = weights(Query(text), [words, vectors, mentions])
    assert decided is not None
    assert 0 <= decided[0] <= 1
    assert 0 <= decided[1] < math.inf
    assert all(0 <= one.score <= 1 + 1e-12 for one in learned()(Query(text), [words, vectors, mentions]))


def test_scores_that_are_not_above_zero_tell_nothing_of_words() -> None:
    silent = ("score a word of best", "lead of best by words", "lead over ten by words", "last to best by words")
    found = told(ASK, [hit("a", -1.0), hit("b", -2.0)], VECTORS)
    assert [found[name] for name in silent] == [0, 0, 0, 0]


# Weights.


def network(weight: list[float], bonus: list[float], *hidden: dict[str, float]) -> Table:
    """Units that look at features by name; ``1`` is the constant, and the features are as they come."""
    width = len(FEATURES)
    return {
        "mean": [[0.0] * width],
        "scale": [[1.0] * width],
        "hidden": [[unit.get(name, 0.0) for name in (*FEATURES, "1")] for unit in hidden],
        "weight": [weight],
        "bonus": [bonus],
    }


def written(folder: Path, table: object) -> str:
    path = folder / "mine.json"
    path.write_text(table if isinstance(table, str) else json.dumps(table), encoding="utf-8")
    return str(path)


def test_own_weights_are_used(tmp_path: Path) -> None:
    path = written(tmp_path, network([0.0, math.log(3)], [0.0, math.log(math.e - 1)], {}))
    assert weights(ASK, [WORDS, VECTORS, MENTIONS], weights=path) == pytest.approx((0.75, 1.0))
    found = {one.passage.document: one.score for one in learned(weights=path)(ASK, [WORDS, VECTORS, MENTIONS])}
    # Words 1/4, vectors 3/4, and 1 for a mention: 2 in all. Scaled, words give 1, 1/2, 0 and vectors 1, 1/3, 0.
    assert found == pytest.approx({"a": 0.75, "f": 0.5, "d": 0.375, "b": 0.0625, "c": 0.0, "e": 0.0})
    assert make("merge", "learned", {"weights": path})(ASK, [WORDS, VECTORS]) == learned(weights=path)(
        ASK, [WORDS, VECTORS]
    )


def test_a_query_decides_for_itself(tmp_path: Path) -> None:
    unit = {"asked with a mark": 2.0, "1": -1.0}
    path = written(tmp_path, network([9.0, 0.0], [-9.0, 0.0], unit))
    squashed = math.tanh(1.0)
    for text, sign in (("Why?", 1), ("why", -1)):
        found = weights(Query(text), [WORDS, VECTORS], weights=path)
        expected = (1 / (1 + math.exp(-9 * sign * squashed)), math.log1p(math.exp(-9 * sign * squashed)))
        assert found == pytest.approx(expected)


def test_it_joins_by_what_it_decides() -> None:
    for lists in ([WORDS, VECTORS, MENTIONS], [WORDS, VECTORS, []], [VECTORS, WORDS]):
        decided = weights(ASK, lists)
        assert decided is not None
        weight, bonus = decided
        assert learned()(ASK, lists) == joined(lists, {"words": 1 - weight, "vectors": weight, "mentions": bonus})
    for lists in ([WORDS, [], MENTIONS], [[], VECTORS], []):
        assert weights(ASK, lists) is None
        assert learned()(ASK, lists) == minmax()(ASK, lists)


def test_it_is_the_default() -> None:
    spec = Config().specs["merge"]
    assert make("merge", spec.use, spec.options)(ASK, [WORDS, VECTORS, MENTIONS]) == learned()(
        ASK, [WORDS, VECTORS, MENTIONS]
    )


def test_weights_far_out_do_no_harm(tmp_path: Path) -> None:
    for far in (1e4, -1e4, 1e300, -1e300):
        path = written(tmp_path, network([0.0, far], [0.0, far], {}))
        found = weights(ASK, [WORDS, VECTORS], weights=path)
        assert found is not None
        assert found[0] == pytest.approx(float(far > 0), abs=1e-9)
        assert found[1] == pytest.approx(30.0 if far > 0 else 0.0, abs=1e-9)


def without(name: str) -> Table:
    table = network([0.0, 0.0], [0.0, 0.0], {})
    del table[name]
    return table


def changed(name: str, change: Callable[[list[list[Any]]], object]) -> Table:
    table = network([0.0, 0.0], [0.0, 0.0], {})
    change(table[name])
    return table


def cut(table: Table, width: int) -> Table:
    """A sound table for another number of features."""
    rows = {name: [row[:width] for row in table[name]] for name in ("mean", "scale")}
    return {**table, **rows, "hidden": [[*row[:width], 0.0] for row in table["hidden"]]}


FAULTS: dict[str, tuple[object, str]] = {
    "no json": ("weights = 3", "Expecting value"),
    "nothing": ("", "Expecting value"),
    "a list": ([1, 2], "no table of mean, scale, hidden, weight, bonus"),
    "a number": (3, "no table of mean"),
    **{f"no {name}": (without(name), "no table of mean") for name in ("mean", "scale", "hidden", "weight", "bonus")},
    "wrong width": (cut(network([0.0, 0.0], [0.0, 0.0], {}), 7), "for 7 features, not for the 27 of this version"),
    "ragged hidden": (changed("hidden", lambda rows: rows.append([0.0] * 3)), "do not fit together"),
    "ragged mean": (changed("mean", lambda rows: rows[0].pop()), "do not fit together"),
    "two means": (changed("mean", lambda rows: rows.append(rows[0])), "do not fit together"),
    "two weights": (changed("weight", lambda rows: rows.append(rows[0])), "do not fit together"),
    "no bonus in it": (changed("bonus", lambda rows: rows.clear()), "do not fit together"),
    "a unit too many": (changed("weight", lambda rows: rows[0].append(0.0)), "do not fit together"),
    "no units": ({**network([0.0], [0.0]), "hidden": []}, "do not fit together"),
    "nan": (changed("hidden", lambda rows: rows[0].__setitem__(3, math.nan)), "not all of them are finite"),
    "infinite": (changed("bonus", lambda rows: rows[0].__setitem__(0, math.inf)), "not all of them are finite"),
    "text": (changed("weight", lambda rows: rows[0].__setitem__(0, "0.5")), "must be real number"),
    "nothing in it": (changed("scale", lambda rows: rows[0].__setitem__(0, None)), "must be real number"),
    "out of bounds": (changed("mean", lambda rows: rows[0].__setitem__(0, 10**400)), "too large"),
    "flat": ({**network([0.0, 0.0], [0.0, 0.0], {}), "mean": [0.0] * 27}, "has no len"),
    "scale of zero": (changed("scale", lambda rows: rows[0].__setitem__(5, 0.0)), "a scale is not above 0"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_holds_no_weights(name: str, tmp_path: Path) -> None:
    table, fault = FAULTS[name]
    path = written(tmp_path, table)
    with pytest.raises(ModelError) as caught:
        learned(weights=path)
    message = str(caught.value)
    assert message.startswith(f"{path} holds no weights of a merge")
    assert fault in message
    assert message.endswith("raglan train merge writes some")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "nowhere.json", tmp_path, tmp_path / "bytes.json"):
        with pytest.raises(ModelError, match="raglan train merge writes some") as caught:
            learned(weights=str(path))
        assert str(path) in str(caught.value)


def test_the_table_that_the_faults_begin_with_is_sound(tmp_path: Path) -> None:
    learned(weights=written(tmp_path, network([0.0, 0.0], [0.0, 0.0], {})))
    (tmp_path / "shipped.json").write_bytes(shipped("merge.json"))
    again = learned(weights=str(tmp_path / "shipped.json"))
    assert again(ASK, [WORDS, VECTORS, MENTIONS]) == learned()(ASK, [WORDS, VECTORS, MENTIONS])


def test_it_weighs_as_numpy_does() -> None:
    table = json.loads(shipped("merge.json"))
    mean, scale, weight, bonus = (np.array(table[name][0]) for name in ("mean", "scale", "weight", "bonus"))
    fit = Fit(mean, scale, np.array(table["hidden"]), weight, bonus)
    chance = np.random.default_rng(3)
    rows = mean + scale * chance.normal(size=(500, len(FEATURES))) * chance.choice([0.1, 1.0, 10.0], (500, 1))
    found = np.array([module._weigh(row.tolist(), table) for row in rows])
    expected = np.stack(by_numpy(fit, rows), axis=1)
    assert np.abs(found - expected).max() < 1e-9
    # Otherwise they would agree on nothing.
    assert (np.quantile(expected, 0.9, axis=0) - np.quantile(expected, 0.1, axis=0) > 0.1).all()

"""A merge that learns, per query, how far to trust words and vectors, and what a title that is mentioned should count.

The lists tell much: a clear winner by words, a query whose words the best passage holds, two searches that agree; so does
the way a query is written. From such features a small model gives the weight of vectors and the bonus of a mention; scores
are scaled and joined as :mod:`raglan.search.merge` does. Which search is the better one differs from corpus to corpus; a
weight per query follows that without knowing the corpus. Fitted by :mod:`raglan.train.merge`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from raglan.errors import ModelError
from raglan.models.shipped import shipped
from raglan.protocols import Merge
from raglan.search.merge import by_search, joined, minmax
from raglan.search.view import body, names
from raglan.text.words import chinese_share, content_terms, terms
from raglan.types import Hit, Query

__all__ = ["FEATURES", "features", "learned", "weights"]

FEATURES = (
    "words asked",
    "words that only join",
    "asked with a mark",
    "begins with a capital",
    "share that is Chinese",
    "held by best of words",
    "held by best of vectors",
    "in names of best of words",
    "in names of best of vectors",
    "cosine of best",
    "lead of best by vectors",
    "lead over ten by vectors",
    "range of vectors",
    "spread of first twenty by vectors",
    "score a word of best",
    "lead of best by words",
    "lead over ten by words",
    "last to best by words",
    "shared among ten",
    "shared among all",
    "best of vectors in words",
    "best of words in vectors",
    "five best of vectors in words",
    "something mentioned",
    "how much is mentioned",
    "best of words mentioned",
    "best of vectors mentioned",
)

_Table = Mapping[str, Sequence[Sequence[float]]]
_SHAPE = ("mean", "scale", "hidden", "weight", "bonus")


def learned(*, weights: str = "") -> Merge:
    """The merge with the shipped weights, or those of a file that ``raglan train merge`` wrote.

    Where words or vectors find nothing there is nothing to balance: then it is min-max.
    """
    table = _own(weights) if weights else _fitted()
    otherwise = minmax()

    def merge(query: Query, lists: Sequence[Sequence[Hit]]) -> list[Hit]:
        by = by_search(lists)
        if "words" not in by or "vectors" not in by:
            return otherwise(query, lists)
        weight, bonus = _weigh(features(query, by["words"], by["vectors"], by.get("mentions", ())), table)
        return joined(lists, {"words": 1 - weight, "vectors": weight, "mentions": bonus})

    return merge


def weights(query: Query, lists: Sequence[Sequence[Hit]], *, weights: str = "") -> tuple[float, float] | None:
    """The weight of vectors and the bonus of a mention for one query; ``None`` where there is nothing to balance."""
    by = by_search(lists)
    if "words" not in by or "vectors" not in by:
        return None
    table = _own(weights) if weights else _fitted()
    return _weigh(features(query, by["words"], by["vectors"], by.get("mentions", ())), table)


@lru_cache(maxsize=1)
def _fitted() -> _Table:
    found: _Table = json.loads(shipped("merge.json"))
    return found


def _own(path: str) -> _Table:
    try:
        found: _Table = json.loads(Path(path).read_text(encoding="utf-8"))
        fault = _fault(found)
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise ModelError(f"{path} holds no weights of a merge ({error}); raglan train merge writes some") from error
    if fault:
        raise ModelError(f"{path} holds no weights of a merge: {fault}; raglan train merge writes some")
    return found


def _fault(table: _Table) -> str:
    """What is wrong with a table that came from a file; empty if nothing is."""
    if not isinstance(table, Mapping) or not table.keys() >= set(_SHAPE):
        return f"it is no table of {', '.join(_SHAPE)}"
    lengths = {name: [len(row) for row in table[name]] for name in _SHAPE}
    units = len(lengths["hidden"])
    widths = {*lengths["mean"], *lengths["scale"], *(length - 1 for length in lengths["hidden"])}
    one_each = all(len(lengths[name]) == 1 for name in _SHAPE if name != "hidden")
    if not one_each or not units or len(widths) > 1 or {*lengths["weight"], *lengths["bonus"]} != {units + 1}:
        return "its rows do not fit together"
    if widths != {len(FEATURES)}:
        return f"they are for {widths.pop()} features, not for the {len(FEATURES)} of this version"
    if not all(math.isfinite(value) for name in _SHAPE for row in table[name] for value in row):
        return "not all of them are finite"
    return "" if min(table["scale"][0]) > 0 else "a scale is not above 0"


def _weigh(found: Sequence[float], table: _Table) -> tuple[float, float]:
    """One hidden layer of tanh units over scaled features: weight of vectors, 0 to 1, and bonus, 0 or more."""
    [mean], [scale] = table["mean"], table["scale"]
    x = [(value - m) / s for value, m, s in zip(found, mean, scale, strict=True)]
    units = [math.tanh(_dot(row, x)) for row in table["hidden"]]
    [to_weight], [to_bonus] = table["weight"], table["bonus"]
    # Far out nothing changes any more, and exp would overflow.
    weight = 1 / (1 + math.exp(-max(_dot(to_weight, units), -30.0)))
    return weight, math.log1p(math.exp(min(_dot(to_bonus, units), 30.0)))


def _dot(row: Sequence[float], values: Sequence[float]) -> float:
    """With the constant, which stands last in ``row``."""
    return sum(a * b for a, b in zip(row[:-1], values, strict=True)) + row[-1]


def features(query: Query, words: Sequence[Hit], vectors: Sequence[Hit], mentions: Sequence[Hit] = ()) -> list[float]:
    """What the lists, the first two of them not empty, say of a query; in the order of ``FEATURES``."""
    by_words, by_vectors = _ranks(words), _ranks(vectors)
    mentioned = {hit.passage.id for hit in mentions}
    first, nearest = words[0].passage.id, vectors[0].passage.id
    return [
        *_written(query.text),
        *_held(query.text, words[0], vectors[0]),
        *_dense_shape([hit.score for hit in vectors]),
        *_lexical_shape([hit.score for hit in words], len(set(content_terms(query.text)))),
        len(_ranks(words[:10]).keys() & _ranks(vectors[:10]).keys()) / 10,
        len(by_words.keys() & by_vectors.keys()) / 100,
        1 / by_words.get(nearest, 1_000),
        1 / by_vectors.get(first, 1_000),
        _mean([1 / by_words.get(hit.passage.id, 1_000) for hit in vectors[:5]], 0.0),
        float(bool(mentioned)),
        math.log1p(len(mentioned)),
        float(first in mentioned),
        float(nearest in mentioned),
    ]


def _written(text: str) -> tuple[float, ...]:
    asked = len(set(content_terms(text)))
    return (
        math.log1p(asked),
        float(len(terms(text)) - asked),
        float(text.rstrip().endswith(("?", "？"))),
        float(text.lstrip()[:1].isupper()),
        chinese_share(text),
    )


def _held(text: str, *hits: Hit) -> list[float]:
    """The share of the words asked that each hit holds anywhere; then the share in its names."""
    asked = set(content_terms(text))
    called = [set(terms(" ".join(names(hit.passage)))) for hit in hits]
    said = [own | set(terms(body(hit.passage))) for own, hit in zip(called, hits, strict=True)]
    return [len(asked & held) / max(1, len(asked)) for held in [*said, *called]]


def _dense_shape(scores: Sequence[float]) -> tuple[float, ...]:
    best, some = scores[0], scores[:20]
    middle = sum(some) / len(some)
    return (
        best,
        best - _at(scores, 1),
        best - _mean(scores[1:11], best),
        best - scores[-1],
        math.sqrt(sum((score - middle) ** 2 for score in some) / len(some)),
    )


def _lexical_shape(scores: Sequence[float], asked: int) -> tuple[float, ...]:
    best = scores[0]
    if best <= 0:
        return 0.0, 0.0, 0.0, 0.0
    return (
        best / max(1, asked),
        (best - _at(scores, 1)) / best,
        (best - _mean(scores[1:11], best)) / best,
        scores[-1] / best,
    )


def _ranks(hits: Sequence[Hit]) -> dict[str, int]:
    return {hit.passage.id: rank for rank, hit in enumerate(hits, 1)}


def _at(scores: Sequence[float], place: int) -> float:
    return scores[place] if len(scores) > place else scores[-1]


def _mean(scores: Sequence[float], otherwise: float) -> float:
    return sum(scores) / len(scores) if scores else otherwise

"""What a question back is worth: the chance that the answer becomes right by it, less what asking costs.

The expected value of information with two outcomes (Raiffa and Schlaifer 1961; Rao and Daumé 2018 for questions back):
``EVI = P(right after) - P(right before) - cost``. The difference is fitted to simulated users
(:mod:`raglan.talk.simulating`) by models/asking/recipe.py: one logistic model for each kind of question, over the shape of
the search and how many choices there are; topics in Chinese, where words are pairs of characters, have their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from raglan.models.shipped import shipped
from raglan.search.view import body, names
from raglan.talk.facets import MOST, Facet
from raglan.talk.mention import telling
from raglan.talk.shape import SHAPE, shape
from raglan.text.words import is_chinese, terms
from raglan.types import Hit, Meta, Passage, Query

__all__ = ["FEATURES", "features", "gain"]

FEATURES = (
    *SHAPE,
    "choices",
    "choices left out",
    "words asked beside what all choices have",
    "how much of what is asked the second choice holds, beside the first",
    "how much all choices hold, beside the first",
)

Table = Mapping[str, Mapping[str, Sequence[float]]]


def features(query: Query, hits: Sequence[Hit], facet: Facet) -> list[float]:
    """What speaks for and against asking ``facet`` of ``query``, which found ``hits``; in the order of ``FEATURES``."""
    asked = set(telling(query.text))
    common = set.intersection(*(set(terms(option)) for option in facet.asked.options))
    held = sorted((_held(asked, hits, _added(query, one)) for one in facet.asked.queries), reverse=True)
    best = max(held[0], 1e-9)
    return [
        *shape(query, hits),
        len(facet.asked.options) / MOST,
        math.log1p(facet.others),
        math.log1p(len(asked - common)),
        held[1] / best,
        sum(held) / len(held) / best,
    ]


def _added(query: Query, choice: Query) -> Meta:
    """What a choice filters by beside ``query``, whose filters all that was found has passed."""
    return {name: value for name, value in choice.where.items() if query.where.get(name) != value}


def _held(asked: set[str], hits: Sequence[Hit], where: Meta) -> float:
    """The greatest share of what is asked that a passage of one choice holds: one that cannot answer is none."""
    shares = (
        len(asked & set(terms(" ".join([*names(hit.passage), body(hit.passage)])))) / max(1, len(asked))
        for hit in hits
        if all(_own(hit.passage, name) in _each(value) for name, value in where.items())
    )
    return max(shares, default=0.0)


def _each(value: object) -> Collection[str]:
    """The values that a filter lets through, as text: it is one of them, or several."""
    return set(map(str, value)) if isinstance(value, (tuple, list, set, frozenset)) else {str(value)}


def _own(passage: Passage, name: str) -> str:
    return passage.document if name == "document" else str(passage.meta.get(name, ""))


def gain(query: Query, hits: Sequence[Hit], facet: Facet, table: Table | None = None) -> float:
    """The chance, 0 to 1, that the answer is wrong without the question and right with it."""
    known = table or _fitted()
    fitted = known.get(f"{facet.kind} zh" if is_chinese(query.text) else facet.kind) or known[facet.kind]
    found = features(query, hits, facet)
    scaled = [(one - mean) / scale for one, mean, scale in zip(found, fitted["mean"], fitted["scale"], strict=True)]
    *weights, constant = fitted["weights"]
    odds = sum(weight * one for weight, one in zip(weights, scaled, strict=True)) + constant
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))


@lru_cache(maxsize=1)
def _fitted() -> Table:
    found: Table = json.loads(shipped("asking.json"))
    return found

"""What speaks for an option of a slot: features of the thing, of the slot and of both, as the fitted weights read them.

Every feature goes by signs that no language owns (how long ago, how often, in what role, how written), so that the weights
fitted on English follow-ups (CANARD, Elgohary et al. 2019) order Chinese candidates as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raglan.talk.heard import heard
from raglan.talk.naming import Candidate
from raglan.talk.signs import BEING, CLASSES, LEANING, MORE, WH, classed
from raglan.talk.slots import CONNECTORS, Option, Slot
from raglan.text.words import content_terms, is_chinese
from raglan.types import Turn

__all__ = ["WIDTH", "features"]

Matrix = NDArray[np.float64]
KINDS = (*CLASSES, "end", "more")
_THING = 25
_NONE = 15
_JOINT = 3
WIDTH = _THING * (1 + len(KINDS)) + _NONE * len(KINDS) + _JOINT * len(CONNECTORS)


def features(question: str, slot: Slot, choices: Sequence[Option], history: Sequence[Turn]) -> Matrix:
    """One row an option [options, WIDTH]: of the thing, shared and the slot kind's own; of leaving it; of connectors."""
    rows = np.zeros((len(choices), WIDTH))
    kind = KINDS.index(slot.kind)
    own = _THING * (1 + kind)
    none = _THING * (1 + len(KINDS)) + _NONE * kind
    joint = _THING * (1 + len(KINDS)) + _NONE * len(KINDS)
    known: dict[int, list[float]] = {}
    last = question.rstrip(" ?").rpartition(" ")[2].lower()
    for row, option in zip(rows, choices, strict=True):
        thing = option.candidate
        if thing is None:
            row[none : none + _NONE] = _left(question, slot, history)
            continue
        if id(thing) not in known:
            known[id(thing)] = _thing(thing, slot, history)
        row[:_THING] = row[own : own + _THING] = known[id(thing)]
        if option.connector in CONNECTORS and slot.kind in ("end", "more"):
            at = joint + _JOINT * CONNECTORS.index(option.connector)
            row[at : at + _JOINT] = 1.0, float(thing.kind in ("name", "whole")), float(last == option.connector)
    return rows


def _thing(thing: Candidate, slot: Slot, history: Sequence[Turn]) -> list[float]:
    back = len(history) - thing.turns[-1]
    words = thing.text.split()
    size = len(thing.text) / 2 if is_chinese(thing.text) else len(words)
    asked = {number for number in thing.turns if history[number].role == "user"}
    named = thing.kind in ("name", "whole", "quoted") or is_chinese(thing.text)
    final = words[-1].lower()
    place = history[thing.turns[-1]].text
    return [
        1.0,
        math.log(back),
        float(back == 1),
        float(back == 2),
        math.log(len(thing.turns)),
        float(thing.turns[0] == 0),
        float(thing.turns[0] == 1),
        float(thing.at <= 4),
        thing.at / (len(place) + 1),
        float(bool(asked)),
        float(len(asked) > 1),
        float(named and len(words) > 1),
        float(named),
        float(thing.kind == "whole"),
        float(thing.kind == "number"),
        float(thing.kind == "quoted"),
        float(words[0].lower() == "the"),
        float(final.endswith("s") and not final.endswith("ss")),
        min(size, 8.0) / 4,
        float(size == 1),
        float(len(words) in (2, 3) and all(word[:1].isupper() for word in words)),
        float(bool(slot.points) and slot.points.rstrip("s") in thing.text.lower()),
        math.log(len(thing.turns)) * float(thing.turns[0] == 0),
        float(BEING.search(thing.text) is not None),
        float(" of " in thing.text or "的" in thing.text),
    ]


def _left(question: str, slot: Slot, history: Sequence[Turn]) -> list[float]:
    """What speaks for leaving the slot as it is."""
    words = question.rstrip("?").split()
    said = content_terms(question)
    # Where a question names something itself its pronouns may mean that.
    names = sum(word[:1].isupper() and word.lower() not in WH for word in words[1:])
    before = question[: slot.span.start]
    known, opening = heard(history), heard(history[:1])
    return [
        1.0,
        math.log(1 + len(said)),
        float(len(said) <= 2),
        float(slot.order > 0),
        float(slot.existing),
        float(bool(slot.points)),
        float(slot.owner),
        min(names, 4) / 2,
        float(LEANING.search(question) is None),
        slot.span.start / (len(question) + 1),
        float(bool(MORE.search(question))),
        float(any(classed(word.strip(",.")) for word in before.split())),
        float(any(word[:1].isupper() for word in before.split()[1:])),
        float(bool(opening & set(said))),
        sum(term in known for term in said) / (1 + len(said)),
    ]

"""How much a request calls for a question back, before anything is answered: ClariQ's need, 1 (not at all) to 4.

Read off the request (its length, how it begins, names, numbers) and off a bank of questions: how near the nearest lie, and
how far the nearness falls off. A multinomial logistic model, fitted by models/asking/recipe.py. Paper: Aliannejadi et al.
2021 (ClariQ).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from raglan.models.shipped import shipped
from raglan.talk.mention import telling
from raglan.text.words import is_chinese

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FEATURES", "features", "need"]

FEATURES = (
    "length",
    "words that say something",
    "ends as a question",
    "begins as a question",
    "begins as a request",
    "names",
    "a number",
    "nearest question",
    "nearest above the tenth",
    "mean of ten",
    "mean of thirty",
    "spread of thirty",
    "nearest above the thirtieth",
    "questions that are near",
)
_ASKS = re.compile(
    r"(what|how|where|when|who|which|why|is|are|do|does|can)\b|什么|怎|如何|哪|谁|为什么|多少|是否", re.IGNORECASE
)
_BEGS = re.compile(r"(tell|find|i|give|show)\b|请|我想|告诉|介绍|查", re.IGNORECASE)
_NEAR = 0.5

Table = Mapping[str, Sequence[Sequence[float]]]


def features(text: str, near: Sequence[float]) -> list[float]:
    """What tells the need of a request: ``near`` are cosines of questions in a bank, greatest first, thirty at least."""
    words = list(text) if is_chinese(text) else text.split()
    thirty = list(near[:30])
    mean = sum(thirty) / len(thirty)
    return [
        math.log(max(1, len(words))),
        math.log1p(len(telling(text))),
        float(text.strip().endswith(("?", "？"))),
        float(bool(_ASKS.match(text))),
        float(bool(_BEGS.match(text))),
        sum(word[:1].isupper() for word in words[1:]) / max(1, len(words)),
        float(any(character.isdigit() for character in text)),
        near[0],
        near[0] - near[9],
        sum(near[:10]) / 10,
        mean,
        math.sqrt(sum((one - mean) ** 2 for one in thirty) / len(thirty)),
        near[0] - thirty[-1],
        sum(one > _NEAR for one in near) / 30,
    ]


def need(text: str, near: Sequence[float], table: Table | None = None) -> NDArray[np.float64]:
    """The chances [4] of each need; raises :class:`ValueError` for fewer than thirty cosines."""
    import numpy as np

    if len(near) < 30:
        raise ValueError(f"there are {len(near)} cosines, must be 30 or more")
    table = table or _fitted()
    [mean], [scale] = table["mean"], table["scale"]
    x = (np.array(features(text, near)) - mean) / scale
    odds = np.append(x, 1.0) @ np.array(table["weights"])
    chances: NDArray[np.float64] = np.exp(odds - odds.max())
    chances /= chances.sum()
    return chances


@lru_cache(maxsize=1)
def _fitted() -> Table:
    found: Mapping[str, Table] = json.loads(shipped("asking.json"))
    return found["need"]

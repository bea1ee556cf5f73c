"""A question beside a text, character by character: what stands in both, how long in a row, and how near that is.

Chinese sets no spaces between words, so that the units are characters, Latin words and numbers. Whether a unit of the text
stands in the question is what small readers live on (Weissenborn et al. 2017, FastQA; Chen et al. 2017, DrQA); here it is
told with the length of the run that both share, which stands in for words. Needs no torch.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from raglan.text.script import simplified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Whole = NDArray[np.int64]

__all__ = ["CLOSE", "FEATURES", "LEVELS", "NAMES", "Aligned", "Units", "aligned", "units"]

NAMES = 8191  # rows of the table of units, which are told apart by their hash; the first is padding
_RUNS = (1, 2, 3, 4, 6)  # lengths of shared runs that are told apart
LEVELS = len(_RUNS) + 1
_AROUND = (5, 15, 40)  # units to both sides within which shared pairs are counted
_UNIT = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|\S")
_STOPS = frozenset("。！？!?；;\n")
_KINDS = (
    re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"),
    re.compile(r"\d"),
    re.compile(r"[a-z]"),
    re.compile(r"[。！？!?；;]"),
    re.compile(r"[，,、：:]"),
    re.compile(r"[“”‘’\"'「」『』《》〈〉【】（）()\[\]]"),
)
CLOSE = len(_RUNS) + len(_AROUND)  # the column of shared pairs within the widest neighbourhood
FEATURES = len(_RUNS) + 1 + len(_AROUND) + 2 + len(_KINDS) + 1


class Units(NamedTuple):
    """The ``names`` of a text's units, folded, and the characters ``spans`` that each stands for: from, and to before."""

    names: list[str]
    spans: list[tuple[int, int]]

    @property
    def rows(self) -> Whole:
        """For each unit its row in a table of :data:`NAMES`; of long numbers only their length is told."""
        import numpy as np

        told = (f"#{len(one)}" if one[0].isdigit() and len(one) > 2 else one for one in self.names)
        return np.array([1 + zlib.crc32(one.encode("utf-8", "replace")) % (NAMES - 1) for one in told], np.int64)

    @property
    def pairs(self) -> list[str]:
        """Each unit with the one behind it; a last one by itself."""
        return [*(a + b for a, b in zip(self.names, self.names[1:], strict=False)), *self.names[-1:]]


class Aligned(NamedTuple):
    """``features`` float32 [n, :data:`FEATURES`] of the n units of a text; ``levels`` int64 [n, m] beside m of a question.

    A level is 0 for units that differ, and grows with the length of the run, the same in both, that they stand in.
    """

    features: Array
    levels: Whole


def units(text: str) -> Units:
    """The units of a text, in lower case and simplified characters.

    >>> units("FX-200保修24個月").names
    ['fx', '-', '200', '保', '修', '24', '个', '月']
    """
    folded = simplified(text.lower())
    if len(folded) != len(text):  # a few letters grow; places must stay
        folded = simplified("".join(one if len(one.lower()) > 1 else one.lower() for one in text))
    found = list(_UNIT.finditer(folded))
    return Units([one.group() for one in found], [one.span() for one in found])


def aligned(question: Units, text: Units) -> Aligned:
    """How each unit of ``text`` stands to those of ``question``; neither may be empty."""
    import numpy as np

    levels = _levels(question.names, text.names)
    reached = levels.max(axis=1)
    runs = [(reached >= level).astype(np.float32) for level in range(1, LEVELS)]
    often = Counter(text.names)
    rare = runs[0] / np.sqrt([often[name] for name in text.names]).astype(np.float32)
    near = [_mean(runs[1], reach) for reach in _AROUND]
    kinds = [np.array([bool(kind.match(name)) for name in text.names], np.float32) for kind in _KINDS]
    place = np.arange(len(text.names), dtype=np.float32) / len(text.names)
    columns = [*runs, rare, *near, *_sentences(levels, text.names), *kinds, place]
    return Aligned(np.stack(columns, axis=1).astype(np.float32), levels)


def _levels(asked: Sequence[str], said: Sequence[str]) -> Whole:
    import numpy as np

    number = {name: at for at, name in enumerate(dict.fromkeys(asked))}
    own = np.array([number[name] for name in asked])
    other = np.array([number.get(name, -1) for name in said])
    telling = np.array([name.isalnum() for name in asked])
    same = (other[:, None] == own) & telling
    levels: Whole = same.astype(np.int64)
    run, length = same, 1
    for level, wanted in enumerate(_RUNS[1:], 2):
        while length < wanted and min(run.shape) > 1:
            run = run[:-1, :-1] & same[length:, length:]
            length += 1
        if length < wanted:
            break
        for at in range(wanted):  # all that such a run covers
            part = levels[at : at + run.shape[0], at : at + run.shape[1]]
            part[run] = level
    return levels


def _mean(values: Array, reach: int) -> Array:
    """The mean of the values to both sides, and of the own one."""
    import numpy as np

    sums = np.concatenate([[0.0], values.cumsum()])
    at = np.arange(len(values))
    first, last = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    return np.asarray((sums[last] - sums[first]) / (2 * reach + 1), np.float32)


def _sentences(levels: Whole, names: Sequence[str]) -> tuple[Array, Array]:
    """The share of the question's units that a unit's sentence has in runs of two or more, and that against the best."""
    import numpy as np

    stops = np.array([name in _STOPS for name in names])
    number = np.concatenate([[0], stops.cumsum()[:-1]])
    shares = np.zeros(number[-1] + 1, np.float32)
    for one in range(len(shares)):
        shares[one] = (levels[number == one] >= 2).any(axis=0).mean()
    best = shares.max()
    return shares[number], (shares / best if best else shares)[number]

"""How far evidence is trusted, question by question: λ(x) = σ(w · φ(x)), with φ from what a search found.

The λ of :mod:`raglan.generate.balanced`; fitted by :mod:`raglan.train.balancing`. A constant λ is the case in which only the
constant of w is not 0. Near: adaptive retrieval (Mallen et al. 2023), which decides yes or no.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from raglan.errors import ConfigError, ModelError
from raglan.generate.wanted import subject
from raglan.text.words import content_terms, terms
from raglan.types import Evidence, Passage, Query

__all__ = ["Balance", "Grounds", "grounds"]

_FAR = 30.0  # of what is weighed: e^30 to 1 is as good as sure


class Grounds(NamedTuple):
    """What speaks for evidence, each from 0 to 1.

    ``top``: the largest weight. ``clear``: how far the weights are from all the same, 1 less their entropy over its most.
    ``best``: the share of the question's terms that one passage holds, names of its document included; ``all``: that they
    hold together.
    """

    top: float
    clear: float
    best: float
    all: float


def grounds(query: Query, evidence: Sequence[Evidence]) -> Grounds:
    """What ``evidence`` has for it; zeros where there is none.

    >>> from raglan.types import Span
    >>> passage = Passage("a:0", "Lasts 24 months.", "a.md", Span(0, 16), meta={"title": "Warranty"})
    >>> grounds(Query("How long is the warranty of batteries?"), [Evidence(passage, 1.0)])
    Grounds(top=1.0, clear=1.0, best=0.5, all=0.5)
    """
    if not evidence:
        return Grounds(0.0, 0.0, 0.0, 0.0)
    asked = set(content_terms(subject(query.text)))
    held = [asked & set(terms(_names(piece.passage))) for piece in evidence]
    weights = [piece.weight for piece in evidence]
    entropy = -math.fsum(weight * math.log(weight) for weight in weights if weight > 0)
    most = math.log(len(weights)) or 1.0
    count = max(1, len(asked))
    best, together = max(map(len, held)), len(set[str]().union(*held))
    return Grounds(max(weights), min(1.0, max(0.0, 1 - entropy / most)), best / count, together / count)


@dataclass(frozen=True, slots=True)
class Balance:
    """``weights`` of the :class:`Grounds`, and a constant."""

    weights: tuple[float, ...]

    def share(self, found: Grounds) -> float:
        """λ: how much of 1 the evidence is given."""
        *weights, constant = self.weights
        told = math.fsum(weight * one for weight, one in zip(weights, found, strict=True)) + constant
        return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, told))))

    def text(self) -> str:
        """As a file holds it."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, data: bytes, source: object) -> Balance:
        """From the bytes of such a file. Raises :class:`ModelError`, which names ``source``, for others."""
        try:
            weights = tuple(float(one) for one in json.loads(data)["weights"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{source} holds no balance ({error!r})") from error
        if len(weights) != len(Grounds._fields) + 1 or not all(map(math.isfinite, weights)):
            raise ModelError(f"{source} holds no balance: {len(Grounds._fields) + 1} finite weights are needed")
        return cls(weights)

    @classmethod
    def open(cls, path: str | Path) -> Balance:
        """From the file at ``path``. Raises :class:`ConfigError` where none can be read, and as :meth:`read` does."""
        try:
            data = Path(path).expanduser().read_bytes()
        except OSError as error:
            raise ConfigError(
                f"balance={str(path)!r}: no such file can be read ({error.strerror}); it is a number from 0 to 1, or a file "
                "that holds a fitted balance (raglan.train.balancing)"
            ) from error
        return cls.read(data, path)


def _names(passage: Passage) -> str:
    meta = passage.meta
    return "\n".join([str(meta.get("title", "")), *map(str, meta.get("headings", ())), passage.text])

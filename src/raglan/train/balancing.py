"""Fitting how far evidence is trusted: the weights w of λ(x) = σ(w · φ(x)) in :mod:`raglan.generate.trusted`.

Rows: of each question φ, and of each token of its answer the chance by the evidence, a, and without it, b. Objective: the
negative log likelihood of the mixture, ``-Σ log(λ a + (1 - λ) b)``. Either side is an expert that stays as it is and λ its
gate, so that expectation and maximisation fit it (Jordan and Jacobs 1994): how likely it is that each token came from the
evidence, then a logistic regression on that. Nearest relative: a constant λ (Khandelwal et al. 2020).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from raglan.errors import DataError
from raglan.generate.trusted import Balance, Grounds, grounds
from raglan.train.logistic import Matrix, logistic
from raglan.types import Evidence, Query

__all__ = ["Case", "Foretells", "Row", "balanced", "loss", "rows"]

_ROUNDS = 200
_ENOUGH = 1e-7  # of the loss a token: less is no progress
_LEAST = 1e-30  # a chance below is as good as none
_RIDGE = 1e-3  # tokens tell all; this only keeps weights finite


class Case(NamedTuple):
    """A question, what was found for it, and its answer."""

    query: Query
    evidence: Sequence[Evidence]
    answer: str


class Row(NamedTuple):
    """What speaks for the evidence, and of each token of the answer the chances by it and without it."""

    grounds: Grounds
    evidence: Sequence[float]
    alone: Sequence[float]


class Foretells(Protocol):
    """A generator that exposes chances: of each token of an answer, by the evidence and without it."""

    def foretold(self, query: Query, evidence: Sequence[Evidence], answer: str) -> tuple[list[float], list[float]]:
        """Both empty where there is no evidence."""
        ...


def rows(generator: Foretells, cases: Iterable[Case]) -> list[Row]:
    """What ``generator`` foretells of ``cases``; those without evidence are left out."""
    found = (
        Row(grounds(case.query, case.evidence), *generator.foretold(case.query, case.evidence, case.answer))
        for case in cases
    )
    return [row for row in found if row.evidence]


def balanced(rows: Sequence[Row], *, ridge: float = _RIDGE) -> Balance:
    """The balance under which the answers are likeliest. Raises :class:`DataError` where there are none."""
    if not rows:
        raise DataError("no answer has chances by evidence and without it; name questions with both", place="balancing")
    x, counts = np.array([row.grounds for row in rows], float), np.array([len(row.evidence) for row in rows], float)
    of = np.repeat(np.arange(len(rows)), counts.astype(int))
    by, alone = _chances(rows)
    fit, best = np.zeros(x.shape[1] + 1), np.inf
    for _ in range(_ROUNDS):
        share = (1 / (1 + np.exp(-np.clip(x @ fit[:-1] + fit[-1], -30, 30))))[of]
        both = share * by + (1 - share) * alone
        told = -float(np.log(both).mean())
        if best - told < _ENOUGH:
            break
        best, kept = told, fit
        came = np.bincount(of, share * by / both, minlength=len(rows)) / counts
        fit = logistic(x, came, counts, ridge=ridge)
    return Balance(tuple(round(float(one), 5) for one in kept))


def loss(balance: float | Balance, rows: Sequence[Row]) -> float:
    """The mean negative log of the chance of a token under ``balance``, a share or what tells it."""
    shares = [balance.share(row.grounds) if isinstance(balance, Balance) else balance for row in rows]
    share = np.repeat(shares, [len(row.evidence) for row in rows])
    by, alone = _chances(rows)
    return -float(np.log(share * by + (1 - share) * alone).mean())


def _chances(rows: Sequence[Row]) -> tuple[Matrix, Matrix]:
    """Of the tokens of all answers in a row."""
    by = np.concatenate([np.asarray(row.evidence, float) for row in rows])
    alone = np.concatenate([np.asarray(row.alone, float) for row in rows])
    return np.maximum(by, _LEAST), np.maximum(alone, _LEAST)

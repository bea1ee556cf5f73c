"""Learning from labels: what is right must score above what is not. Softmax, margin, or one pair at a time.

====================  ===============================  ======================================================
objective             rows                             when
====================  ===============================  ======================================================
:func:`in_batch`      query, a positive, any           the default; the larger the batch, the better
                      hard negatives
:func:`hinge`         the same                         noisy negatives: pairs that are far enough apart rest
:func:`pointwise`     query, passage, right or wrong   scores that mean a probability (abstention, thresholds)
====================  ===============================  ======================================================

All take scores [q, p] of queries by passages (:mod:`raglan.train.similarity`) and return a number to minimise with a small
report. ``excluded`` [q, p] is true where a passage says nothing about a query; the gold one is never excluded.
Soft labels instead of hard ones: :mod:`raglan.train.distilling`. Batches larger than memory: :mod:`raglan.train.gradcache`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Calibration", "false_negatives", "hinge", "in_batch", "pointwise"]


def in_batch(
    scores: Tensor,
    *,
    gold: Tensor | None = None,
    hard: Tensor | None = None,
    excluded: Tensor | None = None,
    temperature: float = 0.05,
) -> tuple[Tensor, dict[str, float]]:
    """Softmax cross-entropy over the batch: every query's positive against all other passages (InfoNCE).

    Rows: query, one positive, none or more hard negatives. ``scores`` [q, p]; ``gold`` [q] is the column of each query's
    positive, by default its own row's number; hard negatives of all queries may stand among the columns, as in DPR. ``hard``
    [q, h] are scores of negatives that only their own query sees. ``excluded`` [q, p] marks false negatives
    (:func:`false_negatives`). ``temperature``: about 0.05 for cosines, 1 for inner products.

    ``L = mean_i -log( exp(s_i+ / t) / (Σ_j exp(s_ij / t) + Σ_h exp(s_ih / t)) )``

    Paper: van den Oord et al. 2018 (InfoNCE); Karpukhin et al. 2020 (DPR). Near: :func:`hinge` (a margin instead of all
    mass), :func:`raglan.train.distilling.listwise` (a teacher's shares instead of one gold).
    Report: ``recall@1``, the share of queries whose positive scores above all else (ties lose).
    """
    gold = _gold(scores, gold)
    logits = scores.float() if excluded is None else scores.float().masked_fill(_others(excluded, gold), -math.inf)
    logits = logits if hard is None else torch.cat([logits, hard.float()], dim=1)  # [q, p + h]
    loss = functional.cross_entropy(logits / temperature, gold)
    return loss, {"recall@1": _first(logits, gold)}


def hinge(
    scores: Tensor,
    *,
    gold: Tensor | None = None,
    excluded: Tensor | None = None,
    margin: float = 0.2,
    hardest: int = 8,
) -> tuple[Tensor, dict[str, float]]:
    """Each negative must stay ``margin`` below the positive; the ``hardest`` ones that do not, push.

    Rows: query, one positive, negatives from the batch or mined; arguments as of :func:`in_batch`, ``margin`` in units of
    the scores. With ``hardest=1`` only the worst counts, which can collapse at the start; with all of them, easy negatives
    drown the hard ones.

    ``L = mean_i Σ_{j in top-k of i} max(0, margin - s_i+ + s_ij)``

    Paper: Schroff et al. 2015 (FaceNet); Faghri et al. 2018 (VSE++) for the hardest only. Near: :func:`in_batch`, which
    never rests. Report: ``recall@1``, and ``violating``, the share of queries with a negative inside the margin.
    """
    gold = _gold(scores, gold)
    negatives = scores.float() if excluded is None else scores.float().masked_fill(_others(excluded, gold), -math.inf)
    positives = scores.float().gather(1, gold[:, None])  # [q, 1]
    report = {"recall@1": _first(negatives, gold)}
    negatives = negatives.scatter(1, gold[:, None], -math.inf)
    worst = negatives.topk(min(hardest, scores.shape[1]), dim=1).values  # [q, k]
    short = (margin - positives + worst).clamp(min=0.0)
    report["violating"] = float((short.detach() > 0).any(dim=1).float().mean())
    return short.sum(dim=1).mean(), report


def pointwise(logits: Tensor, relevant: Tensor, *, excluded: Tensor | None = None) -> tuple[Tensor, dict[str, float]]:
    """Binary cross-entropy of each pair by itself: scores become probabilities.

    Rows: query, passage, whether it is right. ``logits`` [q, p] of :class:`Calibration`, or of a ranker's head;
    ``relevant`` [q, p] within 0 and 1. Raises :class:`ValueError` if ``excluded`` leaves no pair.

    ``L = mean_ij BCE(σ(a s_ij + b), r_ij)`` with ``a``, ``b`` learned

    Paper: Nogueira and Cho 2019 (a ranker); Zhai et al. 2023 (SigLIP: over all pairs of a batch). Near: :func:`in_batch`,
    which only orders. Report: ``right``, ``wrong``, the mean probability that is given to what is right and what is wrong.
    """
    counted = torch.ones_like(logits, dtype=torch.bool) if excluded is None else ~excluded
    if not bool(counted.any()):
        raise ValueError("every pair is excluded: there is nothing to learn from")
    kept, wanted = logits.float()[counted], relevant.to(torch.float32)[counted]
    given = kept.detach().sigmoid()
    report = {"right": _mean(given, wanted), "wrong": _mean(given, 1 - wanted)}
    return functional.binary_cross_entropy_with_logits(kept, wanted), report


class Calibration(nn.Module):
    """The learned scale ``a > 0`` and bias ``b`` that turn scores into logits; train them with the encoders.

    Begins at a = 10, b = -10 (Zhai et al. 2023): nearly all pairs of a batch are wrong, and begin as such.
    """

    def __init__(self, scale: float = 10.0, bias: float = -10.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = nn.Parameter(torch.tensor(bias))

    def forward(self, scores: Tensor) -> Tensor:
        """``a · scores + b``, of any shape."""
        return self.log_scale.exp() * scores + self.bias


def false_negatives(positives: Sequence[Collection[str]], passages: Sequence[str]) -> Tensor:
    """Bool [q, p]: where passage ``passages[j]`` is among the known ``positives[i]`` of a query, whoever brought it.

    For ``excluded``: the gold column is in it too and is kept by the objectives; other copies of it are left out.

    >>> false_negatives([{"a", "b"}, {"c"}], ["a", "c", "b", "a"]).int().tolist()
    [[1, 0, 1, 1], [0, 1, 0, 0]]
    """
    rows = [[name in known for name in passages] for known in positives]
    return torch.tensor(rows, dtype=torch.bool).reshape(len(positives), len(passages))


def _gold(scores: Tensor, gold: Tensor | None) -> Tensor:
    if gold is not None:
        return gold.to(scores.device)
    if scores.shape[1] < scores.shape[0]:
        raise ValueError(f"{scores.shape[0]} queries but {scores.shape[1]} passages: say which is gold for which")
    return torch.arange(scores.shape[0], device=scores.device)


def _others(excluded: Tensor, gold: Tensor) -> Tensor:
    """``excluded`` [q, p] without the gold ones."""
    return excluded.to(gold.device).scatter(1, gold[:, None], value=False)


def _first(scores: Tensor, gold: Tensor) -> float:
    """The share of rows whose gold column is above all others; a draw is no win, or a collapsed model would look good."""
    own = scores.detach().gather(1, gold[:, None])
    return float(((scores.detach() >= own).sum(dim=1) == 1).float().mean())


def _mean(values: Tensor, weights: Tensor) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total else math.nan

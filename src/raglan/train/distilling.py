"""Learning from a teacher's scores: a ranker, a reader or a larger encoder says how good each candidate is.

====================  ====================================  ==================================================
objective             rows                                  when
====================  ====================================  ==================================================
:func:`listwise`      query, candidates, a score for each   the teacher's shares matter; any scale of scores
:func:`margin_mse`    query, a positive, negatives,         two trained on the same scale; few candidates
                      a score for each
====================  ====================================  ==================================================

Scores are [q, n]: each query with its own candidates, ``excluded`` [q, n] true where a short list is padded. Teachers get no
gradient. Hard labels: :mod:`raglan.train.contrastive`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["listwise", "margin_mse"]


def listwise(
    student: Tensor,
    teacher: Tensor,
    *,
    excluded: Tensor | None = None,
    student_temperature: float = 0.05,
    teacher_temperature: float = 1.0,
) -> tuple[Tensor, dict[str, float]]:
    """The divergence of the student's shares from the teacher's.

    Rows: query, candidates, the teacher's score for each. ``student``, ``teacher`` [q, n]; temperatures in units of the
    scores that they divide: about 0.05 for cosines, 1 for a ranker's logits. Gradients are not multiplied by the squared
    temperature, as the two differ. Raises :class:`ValueError` if a query has no candidate left.

    ``L = mean_i KL( softmax(c_i / Tc) || softmax(s_i / Ts) )``

    Paper: Hinton et al. 2015; for retrieval Izacard and Grave 2021, Ren et al. 2021 (RocketQAv2). Near: :func:`margin_mse`;
    :func:`raglan.train.contrastive.in_batch` is the limit of a teacher that is sure.
    Report: ``agreement``, the share of queries for which both put the same candidate first.
    """
    if excluded is not None and bool(excluded.all(dim=1).any()):
        raise ValueError("a query has no candidate that is not excluded")
    own, wanted = (
        _shares(scores, excluded, temperature)
        for scores, temperature in ((student, student_temperature), (teacher.detach(), teacher_temperature))
    )
    # Where the teacher gives nothing, 0 · log 0 counts as nothing; what is left out must not turn into NaN on the way.
    gap = (wanted - own).masked_fill(torch.isneginf(wanted) | torch.isneginf(own), 0.0)
    report = {"agreement": float((own.argmax(dim=1) == wanted.argmax(dim=1)).float().mean())}
    return (wanted.exp() * gap).sum(dim=1).mean(), report


def margin_mse(
    student: Tensor, teacher: Tensor, *, gold: Tensor | None = None, excluded: Tensor | None = None
) -> tuple[Tensor, dict[str, float]]:
    """The squared error of how far the positive stands above each negative.

    Rows: query, one positive, negatives, the teacher's score for each. ``student``, ``teacher`` [q, n] on one scale (train
    with inner products if the teacher's logits are large); ``gold`` [q] is the positive's column, by default the first.
    Raises :class:`ValueError` if no pair is left.

    ``L = mean_ij ( (s_i+ - s_ij) - (c_i+ - c_ij) )²``

    Paper: Hofstätter et al. 2020. Near: :func:`listwise`, which needs no positive and no common scale;
    :func:`raglan.train.contrastive.hinge` is the same with one margin for all.
    Report: ``agreement``, the share of pairs that both order alike.
    """
    column = torch.zeros(len(student), dtype=torch.long) if gold is None else gold
    column = column.to(student.device)[:, None]
    own, wanted = (scores.gather(1, column) - scores for scores in (student.float(), teacher.detach().float()))
    counted = torch.ones_like(own, dtype=torch.bool) if excluded is None else ~excluded
    counted = counted.scatter(1, column, value=False)
    if not bool(counted.any()):
        raise ValueError("no pair of a positive and a negative is left: there is nothing to learn from")
    own, wanted = own[counted], wanted[counted]
    report = {"agreement": float(((own.detach() > 0) == (wanted > 0)).float().mean())}
    return (own - wanted).square().mean(), report


def _shares(scores: Tensor, excluded: Tensor | None, temperature: float) -> Tensor:
    """The logarithm of each candidate's share [q, n]."""
    logits = scores.float() / temperature
    logits = logits if excluded is None else logits.masked_fill(excluded, -math.inf)
    return logits.log_softmax(dim=1)

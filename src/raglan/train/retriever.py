"""Two towers that learn from rows: the right passage must be nearer to its question than those of the others.

====================  ==========================================================================
what can be chosen    by which name
====================  ==========================================================================
``loss``              ``in_batch`` (softmax), ``hinge`` (margin), ``pointwise`` (probabilities)
``similarity``        ``cosine``, ``dot``, ``l2`` (minus the squared distance)
towers                one for both sides or two: :class:`raglan.nn.tower.Towers`
``frozen``            layers that stay as they are, and run once a text (:mod:`raglan.train.frozen`)
``part``              texts whose activations are held at once (:mod:`raglan.train.gradcache`)
====================  ==========================================================================

Rows: :mod:`raglan.train.rows`. Columns of a batch are the positives of all questions and then the hard negatives of all, as
in DPR (Karpukhin et al. 2020); a column that is right for a question without being its own is no negative to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from raglan.errors import ConfigError
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Towers
from raglan.train.contrastive import Calibration, false_negatives, hinge, in_batch, pointwise
from raglan.train.frozen import Frozen
from raglan.train.gradcache import in_parts
from raglan.train.guards import spread
from raglan.train.parts import Model, alike, side
from raglan.train.rows import Drawn
from raglan.train.similarity import Similarity, cosine, dot, negative_squared_l2, products
from raglan.train.step import Report

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LOSSES", "SIMILARITIES", "Columns", "Learning", "Retriever"]

SIMILARITIES: Mapping[str, Similarity] = {"cosine": cosine, "dot": dot, "l2": negative_squared_l2}
LOSSES = ("in_batch", "hinge", "pointwise")
_FEW = 5  # columns; fewer tell nothing of a collapse
_AT_ONCE = 32  # texts that are encoded at once where nothing is learned


@dataclass(frozen=True, slots=True)
class Learning:
    """How to learn; names are in this module's table.

    ``scale`` is the range of scores in units of a cosine's, by which temperature (0.05 of it), margin (0.2 of it) and the
    first calibration are set: 0 takes 1 for cosines, and for others measures how long the towers' vectors are. Without
    ``part`` a batch is encoded at once. Raises :class:`ConfigError` for a name that is not there.
    """

    loss: str = "in_batch"
    similarity: str = "cosine"
    scale: float = 0.0
    frozen: int = 0
    part: int = 0

    def __post_init__(self) -> None:
        for name, known in (("loss", LOSSES), ("similarity", tuple(SIMILARITIES))):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is {getattr(self, name)!r}; there are {', '.join(known)}")
        if min(self.scale, self.frozen, self.part) < 0:
            raise ConfigError("scale, frozen and part must be 0 or more")


class Columns(NamedTuple):
    """A batch: ``queries`` [q], ``passages`` [p], whose first q are the positives, and ``right`` bool [q, p]."""

    queries: tuple[str, ...]
    passages: tuple[str, ...]
    right: Tensor


class Retriever:
    """The objective over :class:`Columns` for ``towers``; ``model`` is what a :class:`raglan.train.step.Descend` gets.

    ``texts`` are the passages by name; ``before`` what stands before texts of each role. States of frozen layers are kept in
    the folder ``place``, or in memory. Make it before the optimiser: it says what is frozen. Raises :class:`ConfigError`
    if no layer is left to learn.
    """

    def __init__(
        self,
        towers: Towers,
        tokens: Tokens,
        texts: Mapping[str, str],
        learning: Learning | None = None,
        *,
        before: tuple[str, str] = ("", ""),
        place: Path | None = None,
    ) -> None:
        self.learning = learning or Learning()
        self._tokens, self._texts = tokens, texts
        self._before = dict(zip(("query", "passage"), before, strict=True))
        self._frozen: dict[str, Frozen] = {}
        self.model = Model(towers, None, self.learning.frozen)
        self._unit = towers.query.unit and towers.passage.unit
        self._far = self.learning.similarity == "l2"  # the nearest are at 0 there, not at 1
        self._scale = self.learning.scale or self._measured()
        if self.learning.loss == "pointwise":
            self.model.calibration = self._calibration()
        if self.learning.frozen:
            self._frozen = self._freeze(towers, place)

    def batch(self, rows: list[Drawn]) -> Columns:
        """The columns of drawn rows: positives in their order, then the negatives of all that are not among them."""
        positives = [row.positive for row in rows]
        there = set(positives)
        others = [name for name in dict.fromkeys(name for row in rows for name in row.negatives) if name not in there]
        names = [*positives, *others]
        right = false_negatives([set(row.row.positives) for row in rows], names)
        return Columns(tuple(row.row.query for row in rows), tuple(self._texts[name] for name in names), right)

    def objective(self, model: nn.Module, batch: Columns) -> tuple[Tensor, Report]:
        """Loss and report; ``alike`` and ``rank`` of the passages are for :class:`raglan.train.guards.Collapse`."""
        queries, passages = (
            self._vectors(model, batch.queries, "query"),
            self._vectors(model, batch.passages, "passage"),
        )
        scores = SIMILARITIES[self.learning.similarity](queries, passages)  # [q, p]
        loss, report = self._loss(scores, batch.right.to(scores.device))
        told = spread(passages) if len(passages) >= _FEW else {"alike": 0.0, "rank": float("inf")}
        return loss, {**report, **told}

    def encode(self, texts: Sequence[str], *, role: str, cached: bool = False) -> NDArray[np.float32]:
        """Vectors float32 [n, dim] without learning or dropout; ``cached``: through kept states, where there are any."""
        found = np.empty((len(texts), self.model.towers.query.dim), np.float32)
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for start in range(0, len(order), _AT_ONCE):
                part = order[start : start + _AT_ONCE]
                given, mask = self._given([texts[at] for at in part], role, cached=cached)
                found[part] = self.model(given, mask, role=role).float().cpu().numpy()
        self.model.train(training)
        return found

    def searched(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        """Vectors, through kept states, whose inner products put passages in the order of the similarity that is learned."""
        vectors = self.encode(texts, role=role, cached=True)
        # Of unit length, they are ranked alike by all.
        return vectors if self._unit else products(vectors, role, self.learning.similarity)

    def fill(self, queries: Sequence[str], watch: Callable[[int, int], object] | None = None) -> None:
        """Run all texts through the frozen layers now; ``watch`` is told how many are done, and of how many."""
        for role, texts in (("passage", list(self._texts.values())), ("query", list(queries))):
            if role in self._frozen:
                told = partial(_tell, watch, len(texts))
                self._frozen[role].fill([self._before[role] + text for text in texts], watch=told)

    def close(self) -> None:
        """Let go of the files of kept states."""
        for frozen in self._frozen.values():
            frozen.close()

    def _freeze(self, towers: Towers, place: Path | None) -> dict[str, Frozen]:
        layers = towers.query.trunk.shape.layers
        if self.learning.frozen >= layers:
            raise ConfigError(f"{self.learning.frozen} of {layers} layers frozen leaves none to learn")
        folders = dict.fromkeys(("query", "passage"), place)
        if towers.shared:
            one = Frozen(towers.query.trunk, self.learning.frozen, self._tokens.texts, place=place)
            return dict.fromkeys(folders, one)
        return {
            role: Frozen(
                side(towers, role).trunk, self.learning.frozen, self._tokens.texts, place=place and place / role
            )
            for role in folders
        }

    def _measured(self) -> float:
        """How far scores reach: inner products as far as a squared length, distances (of which 2 q·p counts) twice that."""
        square = 1.0
        if not self._unit and self.learning.similarity != "cosine":
            # From all over: sets stand one after another, and the texts of one are alike.
            texts = list(self._texts.values())[:: max(1, len(self._texts) // _AT_ONCE)]
            square = max(float(np.square(self.encode(texts, role="passage")).sum(axis=1).mean()), 1e-6)
        return 2 * square if self._far else square

    def _calibration(self) -> Calibration:
        """Nearly all pairs begin as wrong."""
        device = next(self.model.parameters()).device
        return Calibration(10 / self._scale, 0.0 if self._far else -10.0).to(device)

    def _given(self, texts: Sequence[str], role: str, *, cached: bool) -> tuple[Tensor, Tensor]:
        """Ids int [b, t], or states [b, t, d], and the mask bool [b, t], on the model's device."""
        texts = [self._before[role] + text for text in texts]
        if cached and role in self._frozen:
            return self._frozen[role](texts)
        batch = self._tokens.texts(texts).to(next(self.model.parameters()).device)
        return batch.ids, batch.mask

    def _vectors(self, model: nn.Module, texts: Sequence[str], role: str) -> Tensor:
        """Vectors [n, dim] to learn from: in parts of like length, since what is padded costs as much as what is read."""
        given, mask = self._given(texts, role, cached=True)
        lengths = mask.sum(dim=1)
        order = lengths.argsort(stable=True)
        given, mask = given[order], mask[order]
        if self.learning.part:
            found = in_parts(partial(model, role=role), given, mask, size=self.learning.part)
        else:
            # A GPU likes fewer, larger parts.
            sizes = alike(lengths[order].tolist()) if mask.device.type == "cpu" else ()
            found = model(given, mask, role=role, sizes=sizes)
        return found[order.argsort()]

    def _loss(self, scores: Tensor, right: Tensor) -> tuple[Tensor, Report]:
        if self.learning.loss == "in_batch":
            return in_batch(scores, excluded=right, temperature=0.05 * self._scale)
        if self.learning.loss == "hinge":
            return hinge(scores, excluded=right, margin=0.2 * self._scale)
        assert self.model.calibration is not None
        return pointwise(self.model.calibration(scores), right)


def _tell(watch: Callable[[int, int], object] | None, total: int, done: int) -> None:
    if watch is not None:
        watch(done, total)

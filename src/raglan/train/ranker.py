"""A ranker that learns from rows: read together with its question, the right passage must score above the wrong ones.

Each question comes with one positive and ``negatives`` passages that do not answer it: those that its set names, those that
a search found (:class:`raglan.train.drawing.Drawing`), and where these are too few, passages of other questions.

``L = mean_i -log( exp(c_i+) / Σ_j exp(c_ij) )`` over the candidates j of each question i

Rows: :mod:`raglan.train.rows`. Paper: Nogueira and Cho 2019; the softmax over a list, Gao et al. 2021 (LCE). Near:
:func:`raglan.train.contrastive.pointwise`, which judges each pair by itself; :mod:`raglan.train.retriever`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from raglan.errors import ConfigError
from raglan.nn.ranker import Ranker
from raglan.nn.tokens import Tokens
from raglan.train.contrastive import in_batch
from raglan.train.frozen import freeze
from raglan.train.gradcache import in_parts
from raglan.train.rows import Drawn
from raglan.train.step import Report

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Lists", "RankerLearning"]

_AT_ONCE = 32  # pairs that are scored at once where nothing is learned


class Lists(NamedTuple):
    """A batch: ``queries`` [q], and for each the texts of its ``candidates`` [q, n], the right one first."""

    queries: tuple[str, ...]
    candidates: tuple[tuple[str, ...], ...]


class RankerLearning:
    """The objective over :class:`Lists` for ``ranker``, which is the ``model`` of a :class:`raglan.train.step.Descend`.

    ``texts`` are the passages by name. With ``part`` so many pairs are held at once (:mod:`raglan.train.gradcache`). The
    embeddings and the layers under ``frozen`` stay as they are; a pair is rarely met twice, so their states are not kept.
    Raises :class:`ConfigError` if there are not ``negatives`` + 1 passages.
    """

    def __init__(
        self,
        ranker: Ranker,
        tokens: Tokens,
        texts: Mapping[str, str],
        *,
        negatives: int = 7,
        frozen: int = 0,
        part: int = 0,
    ) -> None:
        if negatives < 1 or len(texts) <= negatives:
            raise ConfigError(f"{len(texts)} passages are too few to give a question {negatives} that are wrong")
        self.model = ranker
        self._tokens, self._texts, self._negatives, self._part = tokens, texts, negatives, part
        self._names = list(texts)
        if frozen:
            freeze(ranker.trunk, frozen)

    def batch(self, rows: list[Drawn]) -> Lists:
        """The candidates of drawn rows; what is missing is filled up, always alike for the same row.

        Raises :class:`ConfigError` where nearly every passage answers a question.
        """
        filled = [(row.positive, *row.negatives[: self._negatives], *self._more(row)) for row in rows]
        texts = tuple(tuple(self._texts[name] for name in names) for names in filled)
        return Lists(tuple(row.row.query for row in rows), texts)

    def objective(self, model: nn.Module, batch: Lists) -> tuple[Tensor, Report]:
        """Loss and report: ``recall@1``, the share of questions whose positive scores above its other candidates."""
        given = self._given(
            [query for query, texts in zip(batch.queries, batch.candidates, strict=True) for _ in texts],
            [text for texts in batch.candidates for text in texts],
        )
        scores = in_parts(model, *given, size=self._part) if 0 < self._part < len(given[0]) else model(*given)
        listed = scores.view(len(batch.queries), -1)  # [q, n]
        gold = torch.zeros(len(listed), dtype=torch.long, device=listed.device)
        return in_batch(listed, gold=gold, temperature=1.0)

    def score(self, queries: Sequence[str], passages: Sequence[str]) -> NDArray[np.float32]:
        """Scores float32 [n] of pairs, without learning or dropout."""
        found = np.empty(len(queries), np.float32)
        order = sorted(range(len(queries)), key=lambda at: -len(passages[at]))
        training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for start in range(0, len(order), _AT_ONCE):
                part = order[start : start + _AT_ONCE]
                given = self._given([queries[at] for at in part], [passages[at] for at in part])
                found[part] = self.model(*given).cpu().numpy()
        self.model.train(training)
        return found

    def _given(self, queries: Sequence[str], passages: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        batch = self._tokens.pairs(queries, passages).to(next(self.model.parameters()).device)
        return batch.ids, batch.mask, batch.types

    def _more(self, drawn: Drawn) -> list[str]:
        """Passages of other questions for those that are missing."""
        missing = self._negatives - len(drawn.negatives)
        if missing <= 0:
            return []
        known = {*drawn.row.positives, *drawn.negatives}
        chance = np.random.default_rng(list(drawn.row.query.encode("utf-8", "surrogatepass")))
        # Beyond those that are known there are enough among so many.
        places = chance.permutation(len(self._names))[: missing + len(known)]
        more = [name for at in places if (name := self._names[int(at)]) not in known][:missing]
        if len(more) < missing:
            raise ConfigError(
                f"{drawn.row.query!r} has {len(known)} known passages of {len(self._names)}: too few wrong"
            )
        return more

"""A whole adaptation of the query side, from labelled sets to a verdict: rows, fits, and the gate.

Passages keep their vectors, so an index need not be made anew. A fit takes a moment, so each fifth of the documents can be
held out in turn: every question is asked of a matrix that was fitted without it, its document, and those that share a
positive with it. What is kept in the end is fitted to all. Where a fifth has questions enough, the last one decides alone,
the fifth that other trainings hold out.

Nearest relatives: :mod:`raglan.train.adapting`, which fits the matrix; :mod:`raglan.train.course`, which trains the encoder.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from raglan.datasets.dataset import Dataset
from raglan.datasets.parts import chosen, folds
from raglan.encode.adapted import Adapted
from raglan.protocols import Encoder
from raglan.search.view import spoken
from raglan.train.adapting import Adapter, Settings, adapter
from raglan.train.gate import Encode, asked, by_vectors
from raglan.train.known import Known
from raglan.train.labels import labelled
from raglan.train.rows import Rows, gathered
from raglan.train.verdict import Standing, Verdict, joined, judged, unsure

__all__ = ["Adaptation", "train_query"]

_FOLDS = 5
_MANY = 1_000  # held-out questions; more prove no more
_READABLE = 0.5  # share of letters that the encoder must know, as an index has it


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What came of it: the ``adapter`` fitted to all ``rows``, whether such a one is better, and what was ``left`` out."""

    adapter: Adapter
    verdict: Verdict
    rows: Rows
    left: Mapping[str, int]


def train_query(sets: Sequence[Dataset], known: Known, settings: Settings | None = None) -> Adaptation:
    """Fit a matrix for the queries of ``known`` to ``sets``, and judge it by documents that it has not seen.

    Raises :class:`raglan.errors.DataError` if no question has a passage to learn from, and
    :class:`raglan.errors.ConfigError` for two sets of one name.
    """
    settings = settings or Settings()
    left: Counter[str] = Counter()
    sets = [_readable(data, known, left) for data in sets]
    rows = gathered(sets)
    trial = _Trial(rows, known, settings, Counter(text for data in sets for text in _texts(data)))
    parts = [folds(data, _FOLDS, seed=settings.seed) for data in sets]
    if sum(len(one[-1][1].examples) for one in parts) >= _MANY:
        parts = [one[-1:] for one in parts]
    for fold in zip(*parts, strict=True):
        trial.hold_out({data.name: two for data, two in zip(sets, fold, strict=True)})
    found = adapter(trial.labels, settings)
    return Adaptation(found, trial.verdict(found), rows, dict(left + Counter(rows.left)))


class _Trial:
    """Fits without some of the questions, and what these find then, collected over all that were held out.

    ``whole`` counts how often each question is asked in all sets.
    """

    def __init__(self, rows: Rows, known: Known, settings: Settings, whole: Counter[str]) -> None:
        self.labels = labelled(rows, _function(known))
        self._known, self._settings, self._whole = known, settings, whole
        self._group = dict(zip((row.query for row in rows.rows), self.labels.groups.tolist(), strict=True))
        self._before: dict[str, list[Standing]] = {}
        self._after: dict[str, list[Standing]] = {}
        self._groups: dict[str, list[int]] = {}  # of the questions, in the same order

    def hold_out(self, fold: Mapping[str, tuple[Dataset, Dataset]]) -> None:
        """Fit to the first part of each set, and ask the questions of the second, before and after."""
        held = {name: second for name, (_, second) in fold.items() if second.examples}
        places = self._learnt((first for first, _ in fold.values()), held.values())
        if not held or not len(places):
            return
        adapted = Adapted(self._known, adapter(self.labels.at(places), self._settings).matrix)
        for name, data in held.items():
            self._before.setdefault(name, []).append(by_vectors(_function(self._known), data))
            self._after.setdefault(name, []).append(by_vectors(_function(adapted), data))
            groups = [self._group[data.examples[at].query.text.strip()] for at in asked(data)]
            self._groups.setdefault(name, []).extend(groups)

    def _learnt(self, first: Iterable[Dataset], held: Iterable[Dataset]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The places of the labels to learn from: none that shares a positive, or the question, with what is held out."""
        count = Counter(text for data in first for text in _texts(data))
        texts = {text for text, here in count.items() if here == self._whole[text]}
        out = {self._group[text] for data in held for text in _texts(data) if text in self._group}
        places = [at for at, (text, group) in enumerate(self._group.items()) if text in texts and group not in out]
        return np.array(places, np.int64)

    def verdict(self, found: Adapter) -> Verdict:
        """Whether fits like ``found`` are better than none, surely."""
        before = {name: joined(parts) for name, parts in self._before.items()}
        after = {name: joined(parts) for name, parts in self._after.items()}
        groups = {name: np.array(numbers, np.int64) for name, numbers in self._groups.items()}
        verdict = judged(before, after, seed=self._settings.seed)
        faults = verdict.faults or tuple(unsure(before, after, groups))
        if not faults and math.isinf(found.penalty):
            faults = ("questions that were left out found more as they are than by any matrix",)
        return replace(verdict, faults=faults)


def _texts(data: Dataset) -> Iterator[str]:
    return (one.query.text.strip() for one in data.examples)


def _function(encoder: Encoder) -> Encode:
    return lambda texts, role: encoder.encode(texts, role=role)


def _readable(data: Dataset, encoder: Known, left: Counter[str]) -> Dataset:
    """What of ``data`` the encoder can read; the rest has no vector in an index, and asks for none."""
    passages = list(data.passages)
    spoke = _read(encoder, [spoken(one) if one.text.strip() else "" for one in passages])
    heard = _read(encoder, [one.query.text for one in data.examples])
    for what, kept in (("passages", spoke), ("questions", heard)):
        if not all(kept):
            left[f"{what} that the encoder cannot read"] += kept.count(False)
    known = tuple(one for one, read in zip(passages, spoke, strict=True) if read)
    return replace(chosen(data, [at for at, read in enumerate(heard) if read], name=data.name), passages=known)


def _read(encoder: Known, texts: Sequence[str]) -> list[bool]:
    return [bool(text.strip()) and share >= _READABLE for text, share in zip(texts, encoder.covers(texts), strict=True)]

"""Parts of a dataset: some of its examples, and two or more parts that share no document."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from raglan.datasets.dataset import Dataset

__all__ = ["chosen", "folds", "sampled", "split"]


def chosen(dataset: Dataset, places: Sequence[int], *, name: str = "") -> Dataset:
    """The examples at ``places``, in that order, over the same passages."""
    new = {old: at for at, old in enumerate(places)}
    return replace(
        dataset,
        name=name or dataset.name,
        examples=tuple(dataset.examples[at] for at in places),
        ids=tuple(dataset.ids[at] for at in places) if dataset.ids else (),
        grades={new[at]: grades for at, grades in dataset.grades.items() if at in new},
        long=frozenset(new[at] for at in dataset.long if at in new),
        rewrites={new[at]: text for at, text in dataset.rewrites.items() if at in new},
        needs={new[at]: need for at, need in dataset.needs.items() if at in new},
    )


def sampled(dataset: Dataset, limit: int, seed: int) -> Dataset:
    """At most ``limit`` of the examples, in their order.

    They are drawn, for rows that stand together are alike; each has the same chance, whatever is known of it.
    """
    if limit >= len(dataset.examples):
        return dataset
    places = random.Random(seed).sample(range(len(dataset.examples)), limit)  # noqa: S311 (no secret)
    return chosen(dataset, sorted(places))


def split(dataset: Dataset, *, share: float = 0.5, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Two parts by document, the first with about ``share`` of them: settings chosen on one are measured on the other.

    A document's part hangs on its id and ``seed`` alone, whatever else there is. An example that names documents of both
    parts is in neither; one that names none goes by its own text.
    """
    return _parted(dataset, [{side >= share for side in sides} for sides in _sides(dataset, seed)])


def folds(dataset: Dataset, count: int, *, seed: int = 0) -> list[tuple[Dataset, Dataset]]:
    """The same ``count`` times, with every document in the second part once; the last is ``split(share=1 - 1 / count)``."""
    parts = [{min(int(side * count), count - 1) for side in sides} for sides in _sides(dataset, seed)]
    return [_parted(dataset, [{one == fold for one in part} for part in parts]) for fold in range(count)]


def _parted(dataset: Dataset, sides: Sequence[set[bool]]) -> tuple[Dataset, Dataset]:
    """The examples all of whose documents are on the first side (false), and on the second."""
    first, second = ([at for at, side in enumerate(sides) if side == {second}] for second in (False, True))
    return chosen(dataset, first, name=f"{dataset.name}/train"), chosen(dataset, second, name=f"{dataset.name}/dev")


def _sides(dataset: Dataset, seed: int) -> list[set[float]]:
    """Where in [0, 1) the documents of each example lie."""
    document = {passage.id: passage.document for passage in dataset.passages}
    return [{_side(name, seed) for name in _documents(dataset, at, document)} for at in range(len(dataset.examples))]


def _documents(dataset: Dataset, at: int, document: Mapping[str, str]) -> set[str]:
    example = dataset.examples[at]
    named = example.positives or example.negatives
    return {document.get(name, name) for name in named} or {example.query.text}


def _side(name: str, seed: int) -> float:
    drawn = hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:4], "big") / 2**32

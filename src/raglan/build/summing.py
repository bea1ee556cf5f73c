"""Summaries follow their store: a document whose passages changed is summed up anew, and a folder from its documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from raglan.generate.summarising import central, gist
from raglan.store.store import Store
from raglan.store.summaries import Summaries, SummaryRow

__all__ = ["IDENTITY", "folders", "summaries", "summed"]

IDENTITY = "gist-1"  # changes whenever the same passages would give other sentences
_SENTENCES = 3


def summed(store: Store) -> Iterator[int]:
    """Sum up every document that needs it; yields how many are left, at the start and after each that is kept.

    What is kept of one is kept, so a process that is stopped goes on where it was.
    """
    kept = Summaries(store, IDENTITY)
    due = kept.due()
    yield len(due)
    for left, name in enumerate(reversed(due)):
        state = kept.state(name)
        said = gist(store.passages(name).values(), most=_SENTENCES)
        rows = [SummaryRow(one.passage.id, one.quote.start, one.quote.end, one.says) for one in said]
        kept.keep(name, state, rows)
        yield len(due) - left - 1


def summaries(store: Store) -> dict[str, list[SummaryRow]]:
    """The sentences of each document as they were kept, by its id; of a view, those of what it shows."""
    return Summaries(store, IDENTITY).all()


def folders(found: Mapping[str, Sequence[SummaryRow]]) -> dict[str, list[SummaryRow]]:
    """For each folder of the documents' ids, the whole ("") first, the most central of its documents' sentences.

    A folder that holds no more than another within it is left out.
    """
    within: dict[str, list[str]] = {"": sorted(found)}
    for name in sorted(found):
        for folder in PurePosixPath(name).parents:
            if str(folder) not in (".", "/"):
                within.setdefault(str(folder), []).append(name)
    told = {folder: names for folder, names in within.items() if not folder or 1 < len(names) < len(found)}
    return {folder: _central([row for name in told[folder] for row in found[name]]) for folder in sorted(told)}


def _central(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    once = list({row.says: row for row in reversed(rows)}.values())[::-1]
    return [once[at] for at in central([row.says for row in once], most=_SENTENCES)]

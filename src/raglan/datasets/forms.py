"""Every form that datasets come in, and the one way to load them.

A set in any other form can be brought into the folder form with :func:`raglan.datasets.saving.save`; whatever can make
a :class:`Dataset` needs no place in this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

from raglan.datasets import beir, clarify, dialogues, dpr, folder, plain, squad, trec
from raglan.datasets.dataset import Bad, Dataset, refuse
from raglan.datasets.recognise import found
from raglan.errors import ConfigError

__all__ = ["FORMS", "load", "recognised"]

FORMS: Mapping[str, Callable[[Path, Bad], Dataset]] = {
    "beir": beir.read,
    "canard": dialogues.read_canard,
    "clariq": clarify.read_requests,
    "clariq-turns": clarify.read_turns,
    "cmrc": squad.read_cmrc,
    "csv": plain.read_csv,
    "dpr": dpr.read_biencoder,
    "folder": folder.read,
    "nq-open": plain.read_nq_open,
    "psgs": dpr.read_psgs,
    "quac": dialogues.read_quac,
    "qulac": clarify.read_qulac,
    "squad": squad.read_squad,
    "trec": trec.read,
}


def recognised(path: Path) -> str:
    """The name of the form that the file or folder at ``path`` has."""
    return found(path)[0]


def load(path: Path, form: str | None = None, *, bad: Bad = refuse) -> Dataset:
    """The dataset at ``path``, in the form ``form``, or in the one that it seems to have.

    A malformed row raises a :class:`raglan.errors.DataError` with file and row. With ``bad=problems.append`` it is left
    out, its error kept in the list, and the rest is read.
    """
    if form is None:
        form, path = found(path)
    if form not in FORMS:
        near = get_close_matches(form, FORMS, n=1)
        told = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FORMS)}"
        raise ConfigError(f"no form of dataset is called {form!r}; {told}")
    return FORMS[form](path, bad)

"""Which form a file or folder has, told from what is in it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from raglan.datasets import beir
from raglan.datasets.array import array
from raglan.datasets.files import beginning, either, opened, some
from raglan.datasets.folder import question_files
from raglan.datasets.row import shown
from raglan.datasets.table import header
from raglan.datasets.unfold import unfolded
from raglan.errors import DataError

__all__ = ["found", "of_passages"]

# The fields of the first item of an array, of the first of many lines, and of a table; the first row that fits decides.
_ITEMS = (("dpr", {"question", "positive_ctxs"}), ("canard", {"History", "Rewrite"}), ("cmrc", {"context_text", "qas"}))
_LINES = (
    ("folder", {"question", "answers"}),
    ("folder", {"question", "positives"}),
    ("nq-open", {"question", "answer"}),
    ("canard", {"question", "history", "rewrite"}),
    ("folder", {"id", "text"}),
)
_COLUMNS = (
    ("clariq", {"initial_request", "clarification_need", "question_id"}),
    ("clariq-turns", {"initial_request", "question1"}),
    ("beir", set(beir.COLUMNS)),
    ("csv", {"question"}),
    ("psgs", {"id", "text"}),
)
_QULAC = re.compile(r'\{\s*"topic_id"\s*:\s*\{')
_DATA = re.compile(r"\.(jsonl?|tsv|csv|txt|qrels)(\.gz)?$")
_MOST = 50
_LONGEST = 1 << 20  # bytes of a first line


def found(path: Path) -> tuple[str, Path]:
    """The form's name, and the path to read it from: in a folder with one file that file."""
    return _in_folder(path) if path.is_dir() else (_in_file(path), path)


def of_passages(path: Path) -> str | None:
    """``psgs`` or ``corpus`` for a file whose rows are passages that were cut already; ``None`` for any other.

    A table is one by its columns ``id`` and ``text``, a file of JSON lines by its name too, for rows with these fields may
    well be whole documents.
    """
    try:
        with opened(path) as file:
            line = some(file.readline, _LONGEST, path)
    except DataError:
        return None  # whoever reads it says better what is wrong with it
    first = line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").strip("\r\n")
    if path.name.startswith("corpus.jsonl"):
        return "corpus" if _is_passage(first) else None
    delimiter, columns = header(first)
    return "psgs" if delimiter == "\t" and _fits(_COLUMNS, set(columns)) == "psgs" else None


def _is_passage(line: str) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and "text" in row and bool({"id", "_id"} & row.keys())


def _in_folder(folder: Path) -> tuple[str, Path]:
    if either(folder / "corpus.jsonl") and either(folder / "queries.jsonl"):
        return "beir", folder
    if either(folder / "corpus.jsonl") or question_files(folder):
        return "folder", folder
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and _DATA.search(path.name)]
    if any("qrels" in path.name for path in files):
        return "trec", folder
    known = list(_recognised(files[:_MOST]))
    if len(known) == 1:
        return known[0]
    parts = [path.name for _, path in known] or [path.name for path in sorted(folder.iterdir()) if path.is_dir()]
    told = f"holds {', '.join(parts[:10])}: name one of them" if parts else "holds no dataset"
    raise DataError(told, place=str(folder))


def _recognised(files: list[Path]) -> Iterator[tuple[str, Path]]:
    for path in files:
        try:
            form = _in_file(path)
        except DataError:
            continue  # a file of another kind, beside the data
        yield form, path


def _in_file(path: Path) -> str:
    text = beginning(path).lstrip()
    first = text.partition("\n")[0].rstrip("\r")
    if text.startswith("["):
        form = _fits(_ITEMS, _first_item(path))
    elif text.startswith("{"):
        form = _in_object(text, first, path)
    else:
        form = _in_table(first, path)
    if form is None:
        raise DataError(f"has none of the known forms: it begins with {shown(first)}", place=str(path))
    return form


def _fits(forms: tuple[tuple[str, set[str]], ...], fields: set[str]) -> str | None:
    return next((form for form, needed in forms if needed <= fields), None)


def _first_item(path: Path) -> set[str]:
    return {key for row in islice(array(path), 1) if isinstance(row.value, dict) for key in row.value}


def _in_object(text: str, first: str, path: Path) -> str | None:
    if '"paragraphs"' in text:
        return "quac" if '"followup"' in text or '"orig_answer"' in text else "squad"
    if _QULAC.match(text):
        return "qulac"
    try:
        row = json.loads(first)
    except (ValueError, RecursionError) as error:
        raise DataError(f"is not JSON ({error})", place=f"{path}:1") from error
    if {"_id", "text"} <= row.keys():
        raise DataError("is a part of a BEIR folder: name the folder", place=str(path))
    return _fits(_LINES, set(row))


def _in_table(first: str, path: Path) -> str | None:
    _, columns = header(first)
    form = _fits(_COLUMNS, set(columns))
    if form or (len(columns) == 2 and unfolded((columns[1],)) != (columns[1],)):
        return form or "csv"
    words = first.split()
    if len(words) == 6 and words[1].upper() == "Q0":
        raise DataError(
            "is a run: raglan.datasets.trec.run reads it, and there are no questions in it", place=str(path)
        )
    return "trec" if len(words) == 4 and words[3].lstrip("-").isdecimal() else None

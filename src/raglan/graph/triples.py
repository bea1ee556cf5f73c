"""Triples from files: N-Triples as Wikidata and DBpedia give them, and CSV with a head, a relation and a tail a row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from raglan.errors import ReadError

__all__ = ["triples"]

_SUBJECT = r"(?:<(?P<{0}>[^<>\s]*)>|_:(?P<{0}b>[\w.-]+))"
_LINE = re.compile(
    rf"^\s*{_SUBJECT.format('s')}\s+<(?P<p>[^<>\s]*)>\s+"
    rf'(?:{_SUBJECT.format("o")}|"(?P<text>(?:[^"\\]|\\.)*)"(?:\^\^<[^<>\s]*>|@[\w-]+)?)\s*\.\s*(?:#.*)?$'
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_HEADS = frozenset(["head", "subject", "s", "主语", "头实体", "主体"])
_LABELS = ("http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel")


def triples(path: Path) -> list[tuple[str, str, str]]:
    """Head, relation and tail of each row of a file, ``.nt`` or else CSV (``,``, ``;`` or tab).

    A resource is called by its label if the file gives one, else by the end of its address. Raises :class:`ReadError` for a
    file that holds a line which is no triple, with its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"cannot be read as UTF-8 text ({error})", source=str(path)) from error
    if path.suffix.lower() in (".nt", ".ntriples"):
        return _called(list(_resources(text, str(path))))
    return list(_table(text, str(path)))


def _resources(text: str, source: str) -> Iterator[tuple[str, str, str, bool]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ReadError(f"line {number} is no triple: {line[:80]}", source=source)
        literal = match["text"] is not None
        tail = _unescaped(match["text"]) if literal else match["o"] or f"_:{match['ob']}"
        yield match["s"] or f"_:{match['sb']}", match["p"], tail, literal


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _CONTROL.get(m[3], m[3]), text)


def _called(rows: list[tuple[str, str, str, bool]]) -> list[tuple[str, str, str]]:
    labels: dict[str, str] = {}
    for head, relation, tail, _ in rows:
        if relation in _LABELS:
            labels.setdefault(head, tail)
    return [
        (
            labels.get(head) or _end(head),
            labels.get(relation) or _end(relation),
            tail if literal else labels.get(tail) or _end(tail),
        )
        for head, relation, tail, literal in rows
        if relation not in _LABELS
    ]


def _end(address: str) -> str:
    """The last part of an address, as words.

    >>> _end("http://dbpedia.org/resource/Ada_Lovelace")
    'Ada Lovelace'
    """
    if address.startswith("_:"):
        return address
    return unquote(re.split(r"[/#]", address.rstrip("/#"))[-1]).replace("_", " ") or address


def _table(text: str, source: str) -> Iterator[tuple[str, str, str]]:
    first = text.split("\n", 1)[0]
    mark = max("\t;,", key=first.count)
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].lower() in _HEADS):
            continue
        if len(cells) < 3 or not all(cells[:3]):
            raise ReadError(f"row {number} is no head, relation, tail: {mark.join(row)[:80]}", source=source)
        yield cells[0], cells[1], cells[2]

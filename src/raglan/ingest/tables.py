"""Tables in text files: CSV row by row, and JSON, where each row is a document of its own."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from raglan.errors import ReadError
from raglan.ingest.encodings import decode
from raglan.ingest.grid import looks_like_header, row_reading
from raglan.ingest.json_rows import rows
from raglan.ingest.plain import trimmed
from raglan.types import Block, Document, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["read_csv", "read_jsonl"]

# Where they fit equally well, the rarer in prose is the one that is meant.
_DELIMITERS = ("\t", "|", ";", ",")
_SAMPLE, _SAMPLED = 1 << 16, 50
_SEP = re.compile(r"sep=([,;|\t])\r?\n")


class _Record(NamedTuple):
    span: Span
    cells: list[str]


def read_csv(data: bytes, source: str) -> list[Document]:
    r"""One document, a block for each record; delimiter and header are told from the file.

    >>> [document] = read_csv(b'Part;Note\nLid;"red;\nround"\nTap;\n', "parts.csv")
    >>> [(block.span.of(document.text), block.reading) for block in document.layout]
    [('Lid;"red;\nround"', 'Part: Lid; Note: red; round'), ('Tap;', 'Part: Tap')]
    """
    text = decode(data, source)
    told = _SEP.match(text)
    records = list(_records(text, told[1] if told else _delimiter(text), told.end() if told else 0))
    if not records:
        raise ReadError("holds no rows", source=source)
    names = records[0].cells if _headed(records) else []
    layout = tuple(
        Block(record.span, "row", reading=row_reading(names, record.cells) if names else "")
        for record in records[1 if names else 0 :]
    )
    return [Document(source, text, source, layout=layout)]


def _delimiter(text: str) -> str:
    """The delimiter that cuts most records into as many cells as the first."""
    sample = text[:_SAMPLE]
    fits = {delimiter: _fit(sample, delimiter) for delimiter in _DELIMITERS}
    best = max(fits, key=lambda delimiter: fits[delimiter])
    return best if fits[best] else ","


def _fit(sample: str, delimiter: str) -> float:
    cut_up = [record.cells for record in islice(_records(sample, delimiter, 0), _SAMPLED)]
    # Cells that begin with a quote and do not end with one were cut in two.
    widths = [0 if any(cell.startswith('"') for cell in cells) else len(cells) for cells in cut_up]
    cut = Counter(width for width in widths if width > 1).most_common(1)
    if not cut:
        return 0.0
    [(width, count)] = cut
    return round(count / len(widths) + (widths[0] == width) / 2, 1)


def _records(text: str, delimiter: str, at: int) -> Iterator[_Record]:
    """The records that hold anything. A quote that nothing closes is a character like any other."""
    field = _field(delimiter)
    start, cells = at, list[str]()
    while at <= len(text):
        match = field.match(text, at)
        assert match is not None, "a field may be empty"
        quoted = match["quoted"]
        cells.append(match["bare"] if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if text.startswith(delimiter, at):
            at += 1
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield _Record(trimmed(text, start, at), cells)
        at += 2 if text.startswith("\r\n", at) else 1
        start, cells = at, []


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    quoted = rf' *"(?P<quoted>[^"]*+(?:""[^"]*+)*+)" *(?={mark}|[\r\n]|\Z)'
    return re.compile(rf"{quoted}|(?P<bare>[^{mark}\r\n]*+)")


def _headed(records: Sequence[_Record]) -> bool:
    """Whether the first record names the columns: it looks so, and no name is a value of its column."""
    if len(records) < 2 or not looks_like_header(records[0].cells):
        return False
    values = {(at, cell) for record in records[1:_SAMPLED] for at, cell in enumerate(record.cells) if cell}
    return values.isdisjoint(enumerate(records[0].cells))


def read_jsonl(data: bytes, source: str) -> Iterator[Document]:
    """A document for each line, or for each object where the file is one JSON value; other scalars become metadata.

    Rows that cannot be read do not stop the others: all good ones come first, then a
    :class:`raglan.errors.ReadError` names the bad.

    >>> rows = b'{"id": 7, "title": "Lid", "text": "It is red.", "price": 4}'
    >>> [(document.id, document.text, document.meta) for document in read_jsonl(rows, "parts.jsonl")]
    [('parts.jsonl#7', 'It is red.', {'title': 'Lid', 'price': 4})]
    """
    seen: set[str] = set()
    bad: list[str] = []
    for row in rows(decode(data, source)):
        if row.problem:
            bad.append(f"{row.place} ({row.problem})")
            continue
        number = row.place.rpartition(" ")[2]
        name = f"{source}#{row.name or number}"
        # Two rows that give themselves one name are two documents all the same.
        name = f"{name}@{number}" if name in seen else name
        seen.add(name)
        yield Document(name, row.text, source, meta=row.meta)
    if bad or not seen:
        raise ReadError(_report(bad, len(seen)), source=source, hint="each row must be a JSON object with text in it")


def _report(bad: Sequence[str], good: int) -> str:
    shown = ", ".join(bad[:5]) + (", ..." if len(bad) > 5 else "")
    return f"{len(bad)} of {len(bad) + good} rows cannot be read: {shown}" if bad else "holds no rows"

"""From bytes to characters: which encoding a file is in, decided from the file alone.

What announces itself is believed: a byte order mark, then valid UTF-8, then what the format declares. Beyond that each
candidate decodes a sample, and the one whose characters look most like writing wins.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from raglan.errors import ReadError
from raglan.ingest.likeness import NARROW, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["decode"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_HINT = "save it as text in UTF-8"
_SAMPLE = 1 << 14

# Tab, newlines, backspace, form feed, the escape of coloured logs and the end mark of old DOS files occur in texts.
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f]")
# Python knows codecs that are no encodings of text; what a stranger's file may name begins like this.
_NAMED = re.compile(r"(?:utf|iso|windows|cp|x-|gb|big5|euc|shift|sjis|koi|mac|tis|latin|ascii|us-)[\w:-]*$")
_VALID = re.compile(r"[^\x00-\x7f\ufffd]")
_HIGH = re.compile(rb"[\x80-\xff]")


def decode(data: bytes, source: str, *, declared: str = "") -> str:
    """The characters of ``data``, all as they stand in the file; only a byte order mark is dropped.

    ``declared`` is the encoding that the file names itself, if it does. Raises :class:`raglan.errors.ReadError` for
    what is no text or holds none.

    >>> decode("保修期为两年。".encode("gb18030"), "leaflet.txt")
    '保修期为两年。'
    """
    text = _characters(data, declared)
    if text is None or _noise(text) > 0.01:
        raise ReadError("is binary data or in an unknown encoding", source=source, hint=_HINT)
    if not text or text.isspace():
        raise ReadError("holds no text", source=source)
    return text


def _noise(text: str) -> float:
    """The share of characters that no text holds."""
    return (len(_CONTROL.findall(text)) + text.count("\ufffd") / 5) / max(1, len(text))


def _characters(data: bytes, declared: str) -> str | None:
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _complete(data[len(mark) :], codec)
    if b"\0" in data:
        return _decoded(data, _best(data[:_SAMPLE], WIDE))
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    whole = _complete(data, "utf-8")
    if _mostly_right(whole):
        return whole
    text = _strict(data, _modern(declared))
    return text if text is not None else _decoded(data, _best(_telling(data), NARROW))


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _complete(data: bytes, codec: str) -> str:
    """All of ``data``; a character that the end of the file cuts in two is left out, damage becomes U+FFFD."""
    return codecs.getincrementaldecoder(codec)("replace").decode(data)


def _mostly_right(text: str) -> bool:
    """Whether this is UTF-8 with a little damage: valid sequences in any number do not come about by chance."""
    return len(_VALID.findall(text)) > 4 * text.count("\ufffd")


def _modern(declared: str) -> str:
    """What is meant where an old subset is named."""
    name = declared.strip().lower()
    if not _NAMED.match(name):
        return "ascii"
    if name in {"gb2312", "gbk", "x-gbk", "gb_2312-80"}:
        return "gb18030"
    return "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name


def _decoded(data: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    # Microsoft's and Hong Kong's Big5 each hold characters that the standard and the other lack.
    fuller = (_strict(data, name) for name in ("big5", "cp950", "big5hkscs") if codec == "big5")
    return next((text for text in fuller if text is not None), None) or _complete(data, codec)


def _best(sample: bytes, candidates: dict[str, Callable[[str], float]]) -> str | None:
    """The candidate whose reading of ``sample`` looks most like writing; None where none does."""
    scores = {codec: judge(_complete(sample, codec)) for codec, judge in candidates.items()}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= 0.5 else None


def _telling(data: bytes) -> bytes:
    """From shortly before the first byte beyond ASCII: up to there all encodings agree."""
    first = _HIGH.search(data)
    start = max(0, first.start() - 2) & ~1 if first else 0
    return data[start : start + _SAMPLE]

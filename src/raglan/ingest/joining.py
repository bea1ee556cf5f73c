"""The lines of a paragraph put back together: spaces between words, none in Chinese, no hyphens that a break made."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["joined", "led", "spaced", "typed", "words_within"]

# Han, kana and their punctuation; Korean sets spaces.
_UNSPACED = re.compile(
    r"[\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\U00020000-\U0003134f]"
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐\xad]$")
_ANY_HYPHEN = re.compile(r"[-‐—\xad]$")
_HEAD = re.compile(r"[^\W\d_]+")
_TAIL = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LEADER = re.compile(r"\s*(?:[.·…]\s?){4,}\s*")
# Ligatures back to letters; radicals that some fonts give for the characters they look like; bullets of symbol fonts.
_SAME = {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07), *range(0x2F00, 0x2FD6))}
_BULLETS = dict.fromkeys((0xF0B7, 0xF0A7, 0xF0D8, 0xF076, 0xF0FC, 0xF06C, 0xF06E, 0xF0A8, 0xF09F), "•")
_NOTHING = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x200E, 0x200F), "")
# Two marks that the library gives for a hyphen at the end of a line.
_HYPHENS = {0x02: "\xad", 0xFFFE: "\xad"}
_TABLE = _SAME | _BULLETS | _NOTHING | _HYPHENS


def typed(text: str) -> str:
    """``text`` in the characters that a person would have typed: no ligatures, no glyphs of symbol fonts."""
    return text if text.isascii() and "\x02" not in text else text.translate(_TABLE)


def led(text: str) -> str:
    """``text`` without the dots that lead the eye across a table of contents."""
    return _LEADER.sub(" … ", text).strip()


def words_within(lines: Iterable[str]) -> frozenset[str]:
    """The words that ``lines`` hold whole: they tell which hyphens belong."""
    return frozenset(word.lower() for line in lines for word in _WORD.findall(_TAIL.sub("", line.rstrip("-‐\xad"))))


def joined(lines: Sequence[str], known: Collection[str] = ()) -> str:
    """One paragraph.

    >>> joined(["The kettle is self-", "contained; never re-", "fill it hot."], {"self-contained"})
    'The kettle is self-contained; never refill it hot.'
    >>> joined(["保修期为", "两年。"])
    '保修期为两年。'
    """
    text = lines[0]
    for line in lines[1:]:
        text = _hyphenated(text, line, known) if _ANY_HYPHEN.search(text) else _plain(text, line)
    return text.replace("\xad", "")


def _plain(text: str, line: str) -> str:
    return f"{text} {line}" if spaced(text, line) else text + line


def _hyphenated(text: str, line: str, known: Collection[str]) -> str:
    text = text.removesuffix("\xad") + ("-" if text.endswith("\xad") else "")
    head = _HEAD.match(line)
    if not _HYPHEN.search(text) or head is None or not line[0].islower():
        # A number, a name or a dash: the mark stays; a dash with a space before it has one after it, too.
        return text + (" " if text[-2:-1].isspace() else "") + line
    stem = text[:-1]
    tail = _TAIL.search(stem)
    before, after = (tail.group() if tail else "").lower(), head.group().lower()
    keep = before + after not in known and f"{before}-{after}" in known
    return f"{stem}-{line}" if keep else stem + line


def spaced(before: str, after: str) -> bool:
    """Whether a space belongs between two pieces of text."""
    return not (_UNSPACED.match(before[-1:]) and _UNSPACED.match(after[:1]))

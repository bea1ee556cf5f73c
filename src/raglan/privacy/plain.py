"""Text as patterns read it: full-width and other digits as ASCII, one kind of blank and dash, nothing invisible."""

from __future__ import annotations

import re
from dataclasses import dataclass

from raglan.types import Span

__all__ = ["Plain", "plain"]

_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；！？"}
_DIGITS = {chr(start + digit): str(digit) for start in (0x0660, 0x06F0, 0x0966, 0x0E50) for digit in range(10)}
_BLANKS = dict.fromkeys(map(chr, [0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]), " ")
_DASHES = dict.fromkeys(map(chr, [*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63]), "-")
_TABLE = _WIDE | _DIGITS | _BLANKS | _DASHES
# Few characters of a text are in the table: finding them is several times as fast as asking for each.
_OTHER = re.compile("[" + re.escape("".join(_TABLE)) + "]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text made plain; ``places`` says where each of its characters stands in the original, if any was left out."""

    text: str
    places: tuple[int, ...] = ()

    def original(self, start: int, end: int) -> Span:
        """The characters of the original from the first to the last of ``start:end``, which is not empty."""
        if not self.places:
            return Span(start, end)
        return Span(self.places[start], self.places[end - 1] + 1)


def plain(text: str) -> Plain:
    """``text`` made plain.

    >>> plain("１３８－0013").text
    '138-0013'
    """
    if text.isascii():
        return Plain(text)
    if not _INVISIBLE.search(text):
        return Plain(_ascii(text))
    places = tuple(at for at, character in enumerate(text) if not _INVISIBLE.match(character))
    return Plain(_ascii("".join(text[at] for at in places)), places)


def _ascii(text: str) -> str:
    return _OTHER.sub(lambda match: _TABLE[match.group()], text)

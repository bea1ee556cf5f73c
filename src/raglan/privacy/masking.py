"""Personal data taken out of a text: by a name of its kind, by a token that a vault can turn back, or by a veil as long.

A veil keeps every place of the text: what points at its characters goes on pointing at the same ones.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate

from raglan.privacy.finding import TOKEN, Found, find
from raglan.privacy.forms import Kind
from raglan.privacy.kinds import KINDS
from raglan.privacy.vault import Vault
from raglan.types import Span

__all__ = ["Masked", "Veiling", "masked", "unmasked", "values", "veiled"]

_TAGS = {kind.name: kind.tag for kind in KINDS}
_HELD = 160  # characters of a stream that are held back: the longest datum, and the words behind it


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data; ``found`` says what stood where in the original, ``tokens`` what stands there now."""

    text: str
    found: tuple[Found, ...]
    tokens: tuple[str, ...]

    def moved(self, span: Span) -> Span:
        """Where characters of the original are now; what lies in personal data is all that stands in its place."""
        starts = [one.span.start for one in self.found]
        gains = [0, *accumulate(len(t) - len(f.span) for t, f in zip(self.tokens, self.found, strict=True))]
        return Span(self._at(span.start, starts, gains, end=False), self._at(span.end, starts, gains, end=True))

    def _at(self, place: int, starts: list[int], gains: list[int], *, end: bool) -> int:
        # An end just at the start of personal data is not within it.
        before = bisect_right(starts, place - 1 if end else place)
        if before and place < self.found[before - 1].span.end:
            start = self.found[before - 1].span.start + gains[before - 1]
            return start + len(self.tokens[before - 1]) if end else start
        return place + gains[before]


def masked(text: str, vault: Vault | None = None, kinds: tuple[Kind, ...] = KINDS) -> Masked:
    """``text`` with ``[EMAIL]`` in place of every address and so on; with a ``vault``, with tokens that it can turn back.

    >>> masked("Ring 07700 900123 or write to jane@example.org.").text
    'Ring [PHONE] or write to [EMAIL].'
    """
    found = tuple(find(text, kinds, again=True))
    shown = [one.span.of(text) for one in found]
    tags = [_TAGS.get(one.kind, one.kind.upper()) for one in found]
    tokens = vault.keep(list(zip(tags, shown, strict=True))) if vault else [f"[{tag}]" for tag in tags]
    return Masked(_replaced(text, found, tokens), found, tuple(tokens))


def unmasked(text: str, vault: Vault) -> str:
    """``text`` with what tokens of ``vault`` stand for; other tokens stay."""
    known = vault.open([match.group() for match in TOKEN.finditer(text)])
    return TOKEN.sub(lambda match: known.get(match.group(), match.group()), text)


def values(text: str) -> frozenset[str]:
    """The personal data of ``text``, as it is written there."""
    return frozenset(one.span.of(text) for one in find(text))


def veiled(text: str, also: Collection[str] = ()) -> str:
    """``text`` with a veil over its personal data, character by character; ``also`` are data that are known from elsewhere.

    >>> veiled("Write to jane@example.org."), veiled("55512345", also={"55512345"})
    ('Write to [EMAIL]•••••••••.', '••••••••')
    """
    found = [(one.span, _TAGS.get(one.kind, "")) for one in find(text, again=True)]
    if also:
        # The longest first: one value may be part of another.
        pattern = "|".join(map(re.escape, sorted(also, key=len, reverse=True)))
        found += [(Span(*match.span()), "") for match in re.finditer(pattern, text)]
    characters = list(text)
    for span, tag in reversed(found):
        characters[span.start : span.end] = _veil(tag, len(span))
    return "".join(characters)


class Veiling:
    """:func:`veiled` of a text that comes in parts: its last characters wait for what follows them.

    What only words far behind tell to be personal has been shown by then.
    """

    def __init__(self, also: Collection[str] = ()) -> None:
        self._also = also
        self._text, self._given = "", 0

    def add(self, part: str) -> str:
        """What can be shown now that ``part`` has come."""
        self._text += part
        until = len(self._text) - _HELD
        # Behind a blank nothing is torn apart that has none.
        until = max(self._text.rfind(blank, 0, max(0, until)) for blank in " \n") + 1
        return self._shown(until) if until > self._given else ""

    def end(self) -> str:
        """The rest."""
        return self._shown(len(self._text))

    def _shown(self, until: int) -> str:
        # What stands before is needed as far as a datum, and the words before it, may reach back.
        start = max(0, self._given - 2 * _HELD)
        shown = veiled(self._text[start:], self._also)[self._given - start : until - start]
        self._given = until
        return shown


def _veil(tag: str, length: int) -> str:
    label = f"[{tag}]" if tag and len(tag) + 2 <= length else ""
    return label.ljust(length, "•")


def _replaced(text: str, found: Iterable[Found], tokens: Iterable[str]) -> str:
    parts, at = [], 0
    for one, token in zip(found, tokens, strict=True):
        parts += [text[at : one.span.start], token]
        at = one.span.end
    return "".join([*parts, text[at:]])

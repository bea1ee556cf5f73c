"""When two ways of writing are one name: in full width or half, in capitals or not, with points or without, in either
Chinese script; and which short form stands for which long one.
"""  # noqa: D205

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from raglan.text.script import simplified

__all__ = ["abbreviates", "key", "resolved"]

_POSSESSIVE = re.compile(r"['’]s?\b(?=\s|$)")
_MARKS = re.compile(r"[^\w\s%+#&]|_")
_ARTICLE = re.compile(r"^(?:the|an?) (?=.)")
_INITIALS = re.compile(r"\b\w(?: \w\b)+")
_CHINESE_GAP = re.compile(r"(?<=[㐀-鿿])\s+(?=[㐀-鿿])")


def key(name: str) -> str:
    """What names are compared by; equal for ways of writing the same name.

    >>> key("The  U.S. Navy"), key("Ｕ.Ｓ. navy"), key("J. R. R. Tolkien's"), key("蘇州（市）")
    ('us navy', 'us navy', 'jrr tolkien', '苏州市')
    """
    text = simplified(unicodedata.normalize("NFKC", name)).casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = unicodedata.normalize("NFKC", text)
    text = _POSSESSIVE.sub("", text)
    text = re.sub(r"(?<=\w)[.'’](?=\w|\s|$)", "", text) if re.search(r"\w\.\w\.?", text) else text
    text = " ".join(_MARKS.sub(" ", text).split())
    text = _INITIALS.sub(lambda match: match.group().replace(" ", ""), text)
    return _CHINESE_GAP.sub("", _ARTICLE.sub("", text)) or " ".join(name.split()).casefold()


def abbreviates(short: str, words: str) -> str:
    """The last words of ``words`` that ``short`` abbreviates; empty if none do (Schwartz and Hearst 2003).

    From the end, every letter of the short form is found in the long one; the first begins a word.

    >>> abbreviates("WHO", "a report of the World Health Organization")
    'World Health Organization'
    """
    at = len(words) - 1
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].lower()
        if not letter.isalnum():
            continue
        while at >= 0 and (words[at].lower() != letter or (index == 0 and at > 0 and words[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return ""
        at -= 1
    long = words[words.rfind(" ", 0, at + 1) + 1 :]
    count = len(long.split())
    fits = count <= min(len(short) + 5, 2 * len(short)) and len(long) > len(short) and short not in long
    # Every letter of a short form in capitals begins a word of a long one, but for a few joining words between.
    return long if fits and count >= max(1, sum(map(str.isupper, short)) - 1) else ""


def resolved(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """From each key to the one that stands for it, given pairs of short and long forms (keys).

    A short form that stands for several long ones stands for none of them: which is meant differs from text to text.

    >>> resolved([("who", "world health organization"), ("ca", "california"), ("ca", "canada")])
    {'who': 'world health organization'}
    """
    longs: dict[str, set[str]] = defaultdict(set)
    for short, long in pairs:
        if short != long:
            longs[short].add(long)
    plain = {short: next(iter(found)) for short, found in sorted(longs.items()) if len(found) == 1}
    return {short: _last(short, plain) for short in plain}


def _last(short: str, plain: Mapping[str, str]) -> str:
    seen = {short}
    while (after := plain.get(short)) is not None and after not in seen:
        seen.add(after)
        short = after
    # Two forms that name each other: the first in order stands for both.
    return min(seen) if plain.get(short) in seen else short

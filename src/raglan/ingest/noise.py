"""Whether text is text: characters that no writer types, letters in shares that no language has."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

__all__ = ["noise", "scrambled", "strange_share", "without_strange"]

# Control characters, replacement characters, private use, surrogates, and what is no character at all.
_STRANGE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0080-\U0010ffff]"
)
_MOST_STRANGE = 0.02

# In the languages that write Latin letters these nine make up 55 to 70 of 100; of letters drawn by chance, 35.
_FREQUENT = frozenset("aeinorstl")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_HAN = re.compile(r"[一-鿿]")
_KANA = re.compile(r"[぀-ヿ]")
_LEAST_FREQUENT = 0.45
_LEAST_COMMON_HAN = 0.7
_ENOUGH_LATIN, _ENOUGH_HAN, _SAMPLE = 200, 100, 20_000


def noise(text: str) -> str:
    r"""Why ``text`` cannot be what its author wrote, or nothing.

    >>> noise("Take one a day.")
    ''
    >>> noise("T\ufffd\ufffde on\ufffd")
    '36% of its characters are no text'
    """
    share = strange_share(text)
    return f"{share:.0%} of its characters are no text" if share > _MOST_STRANGE else ""


def strange_share(text: str) -> float:
    """The share of characters that no writer types; 0 where there is no text."""
    return len(_STRANGE.findall(text)) / len(text) if text else 0.0


def without_strange(text: str) -> str:
    """``text`` without the characters that no writer types."""
    return _STRANGE.sub("", text)


def scrambled(text: str) -> str:
    """Why the letters of ``text`` belong to no language, or nothing; short texts are given the benefit of the doubt.

    It finds fonts whose characters stand for others: "Wkh nhwwoh" for "The kettle".
    """
    latin = _first(_LATIN, text)
    if len(latin) >= _ENOUGH_LATIN and _frequent_share(latin) < _LEAST_FREQUENT:
        return "its letters occur as in no language"
    han = _first(_HAN, text)
    if len(han) >= _ENOUGH_HAN and not _KANA.search(text) and _common_han_share(han) < _LEAST_COMMON_HAN:
        return "its Chinese characters are mostly rare ones"
    return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    return "".join(match.group() for match in islice(pattern.finditer(text), _SAMPLE))


def _frequent_share(letters: str) -> float:
    plain = [unicodedata.normalize("NFD", letter)[0] for letter in letters.lower()]
    return sum(letter in _FREQUENT for letter in plain) / len(plain)


def _common_han_share(han: str) -> float:
    return sum(map(_is_common_han, han)) / len(han)


def _is_common_han(character: str) -> bool:
    # Both standards put their common characters first: GB 2312 in rows B0 to D7, Big5 in rows A4 to C6.
    simplified = character.encode("gb2312", "ignore")
    traditional = character.encode("big5", "ignore")
    return b"\xb0" <= simplified[:1] <= b"\xd7" or b"\xa4" <= traditional[:1] <= b"\xc6"

"""Whether text is text: characters that no writer types, scripts mixed within words, letters as in no language."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from raglan.text.words import chinese_share

__all__ = ["noise", "scrambled", "strange_share", "without_strange"]

_MOST_STRANGE, _MOST_MIXED = 0.02, 0.004
# Control characters that texts do hold: line and page breaks, tabs.
_ALLOWED = frozenset("\t\n\v\f\r\x85")
# Latin letters next to those of a script that no word mixes them with. Greek stands in formulas; phonetic signs,
# Vietnamese and mathematics are beyond the ranges; Chinese counts only where the text is in another language.
_ALPHABETS = r"\u0400-\u1cff\u2c00-\u2dff\ua000-\uabff"
_ALL = _ALPHABETS + r"\u3400-\u9fff\uac00-\ud7af"
_MIXED = re.compile(rf"[A-Za-z][{_ALPHABETS}]|[{_ALPHABETS}][A-Za-z]")
_MIXED_WITH_CHINESE = re.compile(rf"[A-Za-z][{_ALL}]|[{_ALL}][A-Za-z]")
_SOME_CHINESE = 0.05
_ENOUGH_MIXED = 2_000
# Signs inside words: code has them, and so have damaged texts, which have control characters as well.
_BROKEN = re.compile(r"[A-Za-z][!\"#$%&(*+<=>?@^`{|}~][A-Za-z]")
_SOME_STRANGE, _MOST_BROKEN = 0.003, 0.01

# In the languages that write Latin letters these nine make up 55 to 70 of 100; of letters drawn by chance, 35.
_FREQUENT = frozenset("aeinorstl")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_HUMP = re.compile(r"[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]")
_HAN = re.compile(r"[一-鿿]")
_KANA = re.compile(r"[぀-ヿ]")
_LEAST_FREQUENT, _MOST_HUMPS, _LEAST_COMMON_HAN = 0.45, 0.08, 0.7
_ENOUGH_LATIN, _ENOUGH_HAN, _SAMPLE = 80, 100, 20_000


def noise(text: str) -> str:
    r"""Why ``text`` cannot be what its author wrote, or nothing.

    >>> noise("Take one a day.")
    ''
    >>> noise("T\ufffd\ufffde on\ufffd")
    '37.5% of its characters are no text'
    """
    share = strange_share(text)
    broken = share > _SOME_STRANGE and len(_BROKEN.findall(text)) > _MOST_BROKEN * len(text)
    if share > _MOST_STRANGE or broken:
        return f"{share:.1%} of its characters are no text"
    return "its words mix letters of different scripts" if _mixed_share(text) > _MOST_MIXED else ""


def strange_share(text: str) -> float:
    """The share of characters that no writer types; 0 where there is no text."""
    return (len(text) - len(without_strange(text))) / len(text) if text else 0.0


def without_strange(text: str) -> str:
    """``text`` without the characters that no writer types."""
    # Texts have few different characters, however long they are.
    strange = [ord(character) for character in set(text) if _is_strange(character)]
    return text.translate(dict.fromkeys(strange)) if strange else text


def _is_strange(character: str) -> bool:
    """Replacement, control, private use, half a character, or none at all."""
    if character < "\x7f":
        return character < " " and character not in _ALLOWED
    kind = unicodedata.category(character)
    if kind == "Cn":
        # Beyond the first plane, what this Python does not know may be new.
        return character < "\U00010000"
    return character == "\ufffd" or (kind in {"Cc", "Co", "Cs"} and character not in _ALLOWED)


def _mixed_share(text: str) -> float:
    if text.isascii():
        return 0.0
    pattern = _MIXED if chinese_share(text[:_SAMPLE]) > _SOME_CHINESE else _MIXED_WITH_CHINESE
    # A name in two scripts, or in phonetic signs, is no noise: a few such words count in a text of some length only.
    return len(pattern.findall(text)) / max(len(text), _ENOUGH_MIXED)


def scrambled(text: str) -> str:
    """Why the letters of ``text`` belong to no language, or nothing; short texts are given the benefit of the doubt.

    It finds fonts whose characters stand for others: "Wkh nhwwoh" for "The kettle".
    """
    latin = _first(_LATIN, text)
    if len(latin) >= _ENOUGH_LATIN and (_frequent_share(latin) < _LEAST_FREQUENT or _hump_share(text) > _MOST_HUMPS):
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


def _hump_share(text: str) -> float:
    """How often a capital follows a small letter, per Latin letter: in code at times, in mistaken bytes always."""
    return len(_HUMP.findall(text)) / max(1, len(_LATIN.findall(text)))


def _common_han_share(han: str) -> float:
    return sum(map(_is_common_han, han)) / len(han)


def _is_common_han(character: str) -> bool:
    # Both standards put their common characters first: GB 2312 in rows B0 to D7, Big5 in rows A4 to C6.
    simplified = character.encode("gb2312", "ignore")
    traditional = character.encode("big5", "ignore")
    return b"\xb0" <= simplified[:1] <= b"\xd7" or b"\xa4" <= traditional[:1] <= b"\xc6"

"""How much characters look like writing, for each encoding that a file without a mark may be in.

A wrong guess turns Chinese into rare characters, symbols and halves; a right one into the few hundred characters that
make up half of any text. The tables need no data: the national standards put their common characters first. A text in
the right encoding is worth about 1 or more, one in a wrong encoding mostly less than 0.6.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["NARROW", "WIDE"]

_MARKS = frozenset("，。、；：？！“”‘’（）《》〈〉【】「」『』—…·～　％°℃①②③④⑤‧﹁﹂")
_FREQUENT = frozenset(
    "的一是在不了有和人这這中大为為上个個国國我以要他时時来來用们們生到作地于於出就分对對成会會可主发發年动動同工也能下过過子"
    "说說产產种種面而方后後多定行学學法所民得经經十三之进進着等部度家电電力里裡如水化高自二理起小物现現实實加量都两兩体體制机機"
    "当當使点點从從业業本去把性好应應开開它合还還因由其些然前外天政四日那社义義事平形相全表间間样樣与與关關各重新线線内內数數正心"
    "反你明看原又么麼利比或但质質气氣第向道此变變条條只没沒结結解问問意建月公无無系很情者最立代想已通并並提直题題程展五果料象员員"
    "位入常文总總次品式活设設及管特件长長求老头頭基资資边邊流路级級少图圖山统統接知将將组組见見计計别別她手角期根论論运運指几幾区區"
    "强強放决決西被做必先回则則任取据據处處名市万萬元六七八百千号號请請保修服务務"
)
_LATIN_MARKS = frozenset("“”‘’‚„–—…•€£¥©®™°«»·§½¼¾×±²³¿¡\xa0\xad%‰")


@cache
def _common(codec: str, first: int, last: int) -> frozenset[str]:
    """The characters of the rows ``first`` to ``last`` of a two-byte encoding."""
    rows = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    return frozenset("".join(pair.decode(codec, "ignore") for pair in rows if pair[1] != 0x7F))


def _simplified() -> frozenset[str]:
    return _common("gb2312", 0xB0, 0xD7)


def _traditional() -> frozenset[str]:
    return _common("big5", 0xA4, 0xC6)


def _chinese(text: str, usual: frozenset[str], near: frozenset[str]) -> float:
    """How much the characters beyond ASCII look like Chinese: about 1.4 for a text, below 0.6 for a wrong guess."""
    points = count = 0.0
    for char in text:
        if char > "\x7f":
            count += 1
            points += _worth(char, usual, near)
    return points / count if count else 0.0


def _worth(char: str, usual: frozenset[str], near: frozenset[str]) -> float:
    if char in _FREQUENT:
        return 2.0
    if char in usual:
        return 1.0
    if char in near:
        return 0.6
    if char in _MARKS:
        return 0.5
    # Rarer characters, and kana, which the Chinese standards hold too.
    return 0.0 if "\u4e00" <= char <= "\u9fff" or "\u3041" <= char <= "\u30fe" else -1.0


def _kana(text: str) -> float:
    """How much it looks like Japanese, half of which is kana."""
    kana = sum("\u3041" <= char <= "\u30fe" for char in text)
    strange = sum("\uff61" <= char <= "\uff9f" or char == "\ufffd" for char in text)
    high = sum(char > "\x7f" for char in text)
    return (3 * kana - 3 * strange) / high if high else 0.0


def _alphabet(text: str, letters: frozenset[str], frequent: frozenset[str]) -> float:
    """How much it looks like a language with these letters: whole words of them, the frequent often."""
    worth = [_letter_worth(before, char, after, letters, frequent) for before, char, after in _high(text)]
    return sum(worth) / len(worth) if worth else 0.0


def _letter_worth(before: str, char: str, after: str, letters: frozenset[str], frequent: frozenset[str]) -> float:
    small = char.lower()
    if small not in letters or (small != char and before.islower()) or _plain(before) or _plain(after):
        return -1.0
    alone = before.isascii() and after.isascii()
    return 0.4 if alone or small not in frequent else 1.5


def _high(text: str) -> Iterator[tuple[str, str, str]]:
    """Each character beyond ASCII between its neighbours."""
    padded = f" {text} "
    return ((padded[at - 1], char, padded[at + 1]) for at, char in enumerate(padded) if char > "\x7f")


def _plain(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _latin(text: str) -> float:
    """How much it looks like a language of Western Europe: accents stand alone, within words of plain letters."""
    worth = [_latin_worth(*around) for around in _high(text)]
    return sum(worth) / len(worth) if worth else 0.0


def _latin_worth(before: str, char: str, after: str) -> float:
    if char in _LATIN_MARKS:
        return 0.7
    if not char.isalpha() or char in "ªºµƒ":
        return -3.0 if char == "\ufffd" else -0.5
    # "cafÃ": a capital after a small letter is what a wrong guess looks like.
    if char.isupper() and before.islower():
        return -1.0
    alone = before.isascii() and after.isascii()
    return 1.0 if alone or _plain(before) or _plain(after) else -0.5


def _wide(text: str) -> float:
    """How much the halves of UTF-16 fit together: nearly every character is plain ASCII or common."""
    high = [char for char in text if char > "\x7f"]
    usual = _simplified() | _traditional() | _MARKS | _LATIN_MARKS
    fits = sum(char in usual or "\u0370" <= char < "\u0500" or "\u3041" <= char <= "\u30fe" for char in high)
    accents = sum(char < "\u0250" and char.isalpha() for char in high)
    # Accents come among plain letters; halves of something else come without.
    fits += accents if accents <= sum(map(_plain, text)) else 0
    plain = sum(char.isprintable() or char in "\t\r\n\f" for char in text)
    return min(fits / len(high) if high else 1.0, plain / len(text)) * 5 - 4 if text else 0.0


_HANGUL = frozenset(map(chr, range(0xAC00, 0xD7A4))) | _MARKS
_ENDINGS = frozenset("이다는의가을에하고한지로은를기사리어자대도나시인서스일아정주보수전해")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ«»–—№…")
_GREEK = frozenset("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ«»–—·…")

WIDE: dict[str, Callable[[str], float]] = {"utf-16-le": _wide, "utf-16-be": _wide}
NARROW: dict[str, Callable[[str], float]] = {
    "gb18030": lambda text: _chinese(text, _simplified(), _traditional()),
    "big5": lambda text: _chinese(text, _traditional(), frozenset()),
    "cp1252": _latin,
    "utf-16-le": lambda text: _chinese(text, _simplified(), _traditional()),
    "utf-16-be": lambda text: _chinese(text, _simplified(), _traditional()),
    "cp949": lambda text: 1.5 * _alphabet(text, _HANGUL, _ENDINGS),
    "cp932": _kana,
    "euc_jp": _kana,
    "cp1251": lambda text: _alphabet(text, _CYRILLIC, frozenset("оеаинтсрвл")),
    "koi8-r": lambda text: _alphabet(text, _CYRILLIC, frozenset("оеаинтсрвл")),
    "cp1253": lambda text: _alphabet(text, _GREEK, frozenset("αοιετσνηυρς")),
    # Where every character is a letter in both, the Western one is the likelier.
    "cp1250": lambda text: 0.65 * _latin(text),
}

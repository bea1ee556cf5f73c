"""From bytes to characters: which encoding a file is in, decided from the file alone.

What announces itself is believed: a byte order mark, then valid UTF-8, then what the format declares. Beyond that each
candidate decodes a sample, and the one whose characters look most like writing wins: a wrong guess turns Chinese into
rare characters, symbols and halves, and a right one into the few hundred characters that make up half of any text.
The tables need no data: the national standards put their common characters first.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import TYPE_CHECKING

from raglan.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

# Tab, newlines, form feed, the escape of coloured logs and the end mark of old DOS files occur in texts; others do not.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f]")
# Python knows codecs that are no encodings of text; what a stranger's file may name begins like this.
_NAMED = re.compile(r"(?:utf|iso|windows|cp|x-|gb|big5|euc|shift|sjis|koi|mac|tis|latin|ascii|us-)[\w:-]*$")
_HIGH = re.compile(rb"[\x80-\xff]")
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
        return _decoded(data, _best(data, _WIDE))
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    whole = _complete(data, "utf-8")
    if _mostly_right(whole):
        return whole
    text = _strict(data, _modern(declared))
    return text if text is not None else _decoded(data, _best(data, _CANDIDATES))


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _complete(data: bytes, codec: str) -> str:
    """All of ``data``; a character that the end of the file cuts in two is left out, damage becomes U+FFFD."""
    return codecs.getincrementaldecoder(codec)("replace").decode(data)


def _mostly_right(text: str) -> bool:
    """Whether this is UTF-8 with a little damage: valid sequences do not come about by chance."""
    damaged = text.count("\ufffd")
    return len(text.encode()) - len(text) - 2 * damaged > 40 * damaged or (not damaged and not text.isascii())


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


def _best(data: bytes, candidates: dict[str, Callable[[str], float]]) -> str | None:
    """The candidate whose reading of ``data`` looks most like writing; None where none does."""
    first = _HIGH.search(data)
    # From two characters before the first that is not ASCII: before it there is nothing to tell encodings apart.
    start = max(0, first.start() - 2) & ~1 if first else 0
    sample = data[start : start + _SAMPLE]
    scores = {codec: judge(_complete(sample, codec)) for codec, judge in candidates.items()}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= 0.5 else None


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
    known = _simplified() | _traditional()
    fits = sum(char in known or char in _MARKS or char < "\u0500" or "\u3041" <= char <= "\u30fe" for char in high)
    plain = sum(char.isprintable() or char in "\t\r\n\f" for char in text)
    return min(fits / len(high) if high else 1.0, plain / len(text)) * 5 - 4 if text else 0.0


_HANGUL = frozenset(map(chr, range(0xAC00, 0xD7A4))) | _MARKS
_ENDINGS = frozenset("이다는의가을에하고한지로은를기사리어자대도나시인서스일아정주보수전해")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ«»–—№…")
_GREEK = frozenset("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ«»–—·…")

_WIDE: dict[str, Callable[[str], float]] = {"utf-16-le": _wide, "utf-16-be": _wide}
_CANDIDATES: dict[str, Callable[[str], float]] = {
    "gb18030": lambda text: _chinese(text, _simplified(), _traditional()),
    "big5": lambda text: _chinese(text, _traditional(), frozenset()),
    "cp1252": _latin,
    "utf-16-le": lambda text: _chinese(text, _simplified(), _traditional()),
    "utf-16-be": lambda text: _chinese(text, _simplified(), _traditional()),
    "cp949": lambda text: 1.3 * _alphabet(text, _HANGUL, _ENDINGS),
    "cp932": _kana,
    "euc_jp": _kana,
    "cp1251": lambda text: _alphabet(text, _CYRILLIC, frozenset("оеаинтсрвл")),
    "koi8-r": lambda text: _alphabet(text, _CYRILLIC, frozenset("оеаинтсрвл")),
    "cp1253": lambda text: _alphabet(text, _GREEK, frozenset("αοιετσνηυρς")),
    # Where every character is a letter in both, the Western one is the likelier.
    "cp1250": lambda text: 0.65 * _latin(text),
}

"""From bytes to characters: which encoding a file is in, decided from the file alone.

What announces itself is believed: a byte order mark, then valid UTF-8, then what the format declares. Beyond that each
candidate decodes a sample, and the one whose characters look most like writing wins: a wrong guess turns Chinese into
rare characters, symbols and halves, and a right one into the few hundred characters that make up half of any text.
The tables need no data: the national standards put their common characters first.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cache

from raglan.errors import ReadError

__all__ = ["decode"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP or Office"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "old Office"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x7fELF", "program"),
    (b"SQLite format 3", "SQLite"),
)
_HINT = "save it as text in UTF-8"
_SAMPLE = 1 << 16

# Tab, newlines, form feed, the escape of coloured logs and the end mark of old DOS files occur in texts; the rest do not.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f]")
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
_LATIN_MARKS = frozenset("“”‘’‚„–—…•€£©®™°«»·§½¼¾×±²³¿¡\xa0\xad%‰")


def decode(data: bytes, source: str, *, declared: str = "") -> str:
    """The characters of ``data``, all as they stand in the file; only a byte order mark is dropped.

    ``declared`` is the encoding that the file names itself, if it does. Raises :class:`raglan.errors.ReadError` for what
    is no text or holds none.

    >>> decode("保修期为两年。".encode("gb18030"), "leaflet.txt")
    '保修期为两年。'
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise ReadError(f"is a {kind} file, not text", source=source, hint="give it the ending of its kind")
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
    return text if text is not None else _decoded(data, _best(data, _CANDIDATES) or _guess(data))


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
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
    if name in {"gb2312", "gbk", "x-gbk", "gb_2312-80"}:
        return "gb18030"
    return "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name or "ascii"


def _decoded(data: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    # Microsoft's and Hong Kong's Big5 each hold characters that the other lacks.
    also = _strict(data, "big5hkscs") if codec == "cp950" and _strict(data, codec) is None else None
    return also if also is not None else _complete(data, codec)


def _best(data: bytes, candidates: dict[str, Callable[[str], float]]) -> str | None:
    """The candidate whose reading of ``data`` looks most like writing; None where none does."""
    first = _HIGH.search(data)
    # From two characters before the first that is not ASCII: before it there is nothing to tell encodings apart.
    start = max(0, first.start() - 2) & ~1 if first else 0
    sample = data[start : start + _SAMPLE]
    scores = {codec: judge(_complete(sample, codec)) for codec, judge in candidates.items()}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= 0.5 else None


def _guess(data: bytes) -> str | None:
    """Of the encodings that are not candidates here, the likeliest."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else None


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
    return 0.0 if "\u4e00" <= char <= "\u9fff" else -1.0


def _kana(text: str) -> float:
    """How much it looks like Japanese, half of which is kana."""
    kana = sum("\u3041" <= char <= "\u30fe" for char in text)
    strange = sum("\uff61" <= char <= "\uff9f" or char == "\ufffd" for char in text)
    high = sum(char > "\x7f" for char in text)
    return (3 * kana - 3 * strange) / high if high else 0.0


def _hangul(text: str) -> float:
    high = [char for char in text if char > "\x7f"]
    fits = sum("\uac00" <= char <= "\ud7a3" or char in _MARKS for char in high)
    return (1.6 * fits - 2.0 * (len(high) - fits)) / len(high) if high else 0.0


def _latin(text: str) -> float:
    """How much it looks like a language of Western Europe: accents stand alone, within words of plain letters."""
    padded = f" {text} "
    worth = [
        _latin_worth(padded[at - 1], char, padded[at + 1]) for at, char in enumerate(padded) if char > "\x7f"
    ]
    return sum(worth) / len(worth) if worth else 0.0


def _latin_worth(before: str, char: str, after: str) -> float:
    if char in _LATIN_MARKS:
        return 0.7
    if not char.isalpha() or char in "ªºµƒ":
        return -0.5
    # "cafÃ": a capital after a small letter is what a wrong guess looks like.
    if char.isupper() and before.islower():
        return -1.0
    plain = before.isascii() and (before.isalpha() or after.isascii())
    return 1.0 if plain or (after.isascii() and after.isalpha()) else -0.5


def _wide(text: str) -> float:
    """How much the halves of UTF-16 fit together: nearly every character is plain ASCII or common."""
    high = [char for char in text if char > "\x7f"]
    known = _simplified() | _traditional()
    fits = sum(char in known or char in _MARKS or char < "\u0500" or "\u3041" <= char <= "\u30fe" for char in high)
    plain = sum(char.isprintable() or char in "\t\r\n\f" for char in text)
    return min(fits / len(high) if high else 1.0, plain / len(text)) * 1.5 - 0.5 if text else 0.0


_WIDE: dict[str, Callable[[str], float]] = {"utf-16-le": _wide, "utf-16-be": _wide}
_CANDIDATES: dict[str, Callable[[str], float]] = {
    "gb18030": lambda text: _chinese(text, _simplified(), _traditional()),
    "cp950": lambda text: _chinese(text, _traditional(), frozenset()),
    "cp1252": _latin,
    "utf-16-le": lambda text: _chinese(text, _simplified(), _traditional()),
    "utf-16-be": lambda text: _chinese(text, _simplified(), _traditional()),
    "cp949": _hangul,
    "cp932": _kana,
    "euc_jp": _kana,
}

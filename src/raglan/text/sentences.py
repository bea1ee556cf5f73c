"""Where sentences begin and end, in English and Chinese, as spans of the text they were found in."""

from __future__ import annotations

import re

from raglan.types import Span

__all__ = ["sentences"]

_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof sr jr st vs etc inc ltd co corp dept est fig figs eq eqs no nos vol pp ed eds al approx cf e.g i.e
    jan feb mar apr jun jul aug sep sept oct nov dec gen col lt capt sgt rev hon gov sen rep u.s u.k u.n a.m p.m ph.d m.d
    b.a m.a d.c art sec ch p para op cit viz resp""".split()
)

# Closing quotes and brackets, and a footnote mark such as [12], belong to the sentence that they end.
_CLOSE = r"[\"'”’»)\]】》」』）〕]*(?:\[\d{1,3}\])*"
_END = re.compile(
    rf"(?P<cjk>[。！？!?…]+{_CLOSE}(?=[^\s])|[。！？]+{_CLOSE})"
    rf"|(?P<latin>[.!?…]+{_CLOSE})"
    r"|(?P<blank>\n[ \t\r]*\n\s*)"
    r"|(?P<line>\n(?=[ \t]*(?:[-*+•·▪◦‣–]\s|#{1,6}\s|\|\s?|\d{1,3}[.)、．]\s?|[（(]?[一二三四五六七八九十]{1,3}[）)、．]|[A-Za-z][.)]\s)))"
)
_LAST_WORD = re.compile(r"([^\W\d_](?:[\w.]*[^\W_])?|\d+)$")
_CJK_NEAR = re.compile(r"[㐀-鿿\uf900-\ufaff぀-ヿ]")


def sentences(text: str) -> list[Span]:
    """The sentences of ``text``, in order, trimmed of white space, without overlap; nothing but white space between.

    >>> text = "Dr. Li wrote it in 1998. 保修期是多久？两年。"
    >>> [span.of(text) for span in sentences(text)]
    ['Dr. Li wrote it in 1998.', '保修期是多久？', '两年。']
    """
    found: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if not _ends(text, match):
            continue
        _keep(found, text, start, match.end())
        start = match.end()
    _keep(found, text, start, len(text))
    return found


def _ends(text: str, match: re.Match[str]) -> bool:
    if match["blank"] is not None or match["line"] is not None:
        return True
    mark = match.group()
    if match["cjk"] is not None:
        # A Latin ! or ? without a space after it ends a sentence only among Chinese characters.
        return mark[0] in "。！？" or bool(_CJK_NEAR.match(text, match.end()))
    following = text[match.end() : match.end() + 20]
    if following and not following[0].isspace():
        return False
    if mark[0] != ".":
        return True
    after = following.lstrip(" \t\r\n\"'“‘([")[:1]
    if after.islower():
        return False
    word = _LAST_WORD.search(text, max(0, match.start() - 20), match.start())
    if word is None:
        return True
    last = word.group().lower()
    if last in _ABBREVIATIONS:
        return False
    # An initial ("J. Smith"), or the number that opens a list item ("1. Open the lid"), is no end.
    if len(last) == 1 and last.isalpha() and last != "i":
        return not after.isupper()
    return not (last.isdigit() and not text[max(0, word.start() - 40) : word.start()].rpartition("\n")[2].strip())


def _keep(found: list[Span], text: str, start: int, end: int) -> None:
    part = text[start:end]
    stripped = part.strip()
    if stripped:
        start += len(part) - len(part.lstrip())
        found.append(Span(start, start + len(stripped)))

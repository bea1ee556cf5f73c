"""Personal data found in a text: where it stands, of which kind, and how sure that is.

Patterns are tried where digits stand close together, which most of a text does not have. What a pattern and its check
leave open, the words before and behind decide: those of the kind make it surer, those of look-alikes (orders, versions,
books) less sure, and the nearer of both counts. Whatever overlaps is one finding, so that no rest of it stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from raglan.privacy.forms import Form, Kind
from raglan.privacy.kinds import KINDS
from raglan.privacy.plain import Plain, plain
from raglan.types import Span

__all__ = ["TOKEN", "Found", "find"]

# What masking puts in the place of a datum.
_LABEL = re.compile(r"\[[A-Z]{2,12}(?:-[0-9a-f]*)?\]?")
TOKEN = re.compile(r"\[[A-Z]{2,12}-[0-9a-f]{10,62}\]")

_LEAST = 0.5
_CONTEXT = 0.4  # that words of the kind add, and those of look-alikes take away
_BEFORE, _BEHIND = 48, 24  # characters in which words are looked for
_NUMBERS = re.compile(r"[0-9](?:[^0-9]{0,6}[0-9]){3,}")
_LEFT, _RIGHT = 24, 8  # characters beside digits that may belong to them
_WIDE = 300  # characters around a hint
_DIGIT = re.compile(r"[0-9]")
_SEPARATORS = re.compile(r"[^0-9A-Za-z]")
_SENTENCE = re.compile(r"[!?。！？;；]|(?<!\bno)(?<!\bnr)(?<!\btel)\.\s|\n\s*\n", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:orders?|invoice|tracking|serial|version|v|upgrade|firmware|release|build|section|chapter|isbn|issn|part|model|"
    r"batch|sku|ean|barcode|ticket|case|patent|doi|article|catalog|contract|reference|commit|hash|uuid|lottery|timestamp|"
    r"unix time|subnet|mask|rechnung|bestellung|artikel|commande|facture)\b"
    r"|邮编|邮政编码|订单|运单|快递单|发票|合同|型号|版本|升级|固件|条码|书号|刊号|批号|序列号|设备|证书|专利|流水|文件编号|时间戳|掩码|金额|合计|人口"
    r"|学号|工号|代码|第$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """Characters of a text that are personal data of a ``kind``; ``sure`` in [0.5, 1]."""

    span: Span
    kind: str
    sure: float


def find(text: str, kinds: tuple[Kind, ...] = KINDS, *, again: bool = False) -> list[Found]:
    """The personal data of ``text``, in order and without overlap.

    With ``again``, what words tell to be personal at one place is so at every other place of the text, too.

    >>> [(found.kind, found.span.of("mail jane@example.org")) for found in find("mail jane@example.org")]
    [('email', 'jane@example.org')]
    """
    made = plain(text)
    stretches = list(_stretches(made.text))
    candidates = [
        found
        for kind in kinds
        for form in kind.forms
        for stretch in _where(made.text, form, stretches)
        for found in _matches(made, stretch, kind, form)
    ]
    if tokens := [Span(*match.span()) for match in TOKEN.finditer(text)]:
        candidates = [one for one in candidates if not _within(one.span, tokens)]
    sure = [one for one in candidates if one.sure >= _LEAST]
    if again:
        known = {(one.kind, _same(text, one.span)) for one in sure}
        sure += [
            replace(one, sure=_LEAST)
            for one in candidates
            if one.sure < _LEAST and (one.kind, _same(text, one.span)) in known
        ]
    return list(_apart(sure))


def _within(span: Span, tokens: list[Span]) -> bool:
    """Whether a span shares a character with one of the tokens, which are in order."""
    before = bisect_right(tokens, span.end - 1, key=lambda token: token.start)
    return before > 0 and tokens[before - 1].overlaps(span)


def _same(text: str, span: Span) -> str:
    """Letters and digits of a datum, equal however they are grouped."""
    return _SEPARATORS.sub("", plain(span.of(text)).text)


def _stretches(text: str) -> Iterator[tuple[Span, int]]:
    """Where digits stand close together, with what may belong to them, and how many digits."""
    for match in _NUMBERS.finditer(text):
        start, end = match.span()
        yield Span(max(0, start - _LEFT), min(len(text), end + _RIGHT)), len(_DIGIT.findall(text, start, end))


def _where(text: str, form: Form, stretches: list[tuple[Span, int]]) -> Iterator[Span]:
    if form.hint is None:
        yield from (stretch for stretch, digits in stretches if digits >= form.digits)
        return
    end = 0
    for match in form.hint.finditer(text):
        start, end = max(end, match.start() - _WIDE), max(end, min(len(text), match.end() + _WIDE))
        yield Span(start, end)


def _matches(made: Plain, stretch: Span, kind: Kind, form: Form) -> Iterator[Found]:
    for match in form.pattern.finditer(made.text, stretch.start, stretch.end):
        if form.check(match.group() if form.whole else _bare(match)):
            sure = form.sure + _leaning(made.text, match, kind)
            yield Found(made.original(*match.span()), kind.name, min(max(sure, 0.0), 1.0))


def _bare(match: re.Match[str]) -> str:
    """Letters and digits of a match, as capitals, without an extension."""
    shown = match.group()
    if extension := match.groupdict().get("extension"):
        shown = shown.removesuffix(extension)
    return _SEPARATORS.sub("", shown).upper()


def _leaning(text: str, match: re.Match[str], kind: Kind) -> float:
    """What the words around a match add to its sureness, or take away."""
    # What masking has put there is no word of the text.
    before = _LABEL.sub("", _SENTENCE.split(text[max(0, match.start() - _BEFORE) : match.start()])[-1])
    own, other = _last(kind.words, before), _last(_OTHERS, before)
    if own > other:
        return _CONTEXT
    if other >= 0:
        return -_CONTEXT
    behind = _LABEL.sub("", _SENTENCE.split(text[match.end() : match.end() + _BEHIND])[0])
    return _CONTEXT if kind.words.search(behind) else 0.0


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match ends, -1 if there is none."""
    return max((match.end() for match in pattern.finditer(text)), default=-1)


def _apart(candidates: list[Found]) -> Iterator[Found]:
    """Overlapping candidates as one, of the kind that is surest."""
    group: list[Found] = []
    end = 0
    for found in sorted(candidates):
        if found.span.start >= end and group:
            yield _joined(group, end)
            group = []
        group.append(found)
        end = max(end, found.span.end)
    if group:
        yield _joined(group, end)


def _joined(group: list[Found], end: int) -> Found:
    surest = max(group, key=lambda found: (found.sure, len(found.span)))
    return Found(Span(group[0].span.start, end), surest.kind, surest.sure)

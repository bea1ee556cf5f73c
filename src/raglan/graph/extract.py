"""All that is read out of one passage: a function of the passage alone, so that whatever order they come in, the graph of
the same passages is the same.
"""  # noqa: D205

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from raglan.graph.entities import codes, named
from raglan.graph.entities_chinese import named_chinese
from raglan.graph.facts import stated
from raglan.graph.facts_chinese import stated_chinese
from raglan.graph.found import Alias, Fact, Found, Mention
from raglan.graph.names import abbreviates, key
from raglan.graph.phrases import phrases
from raglan.graph.quantities import dates, quantities
from raglan.graph.rows import laid_out
from raglan.graph.sketch import sketched
from raglan.text.sentences import sentences
from raglan.text.words import chinese_share
from raglan.types import Passage, Span

__all__ = ["IDENTITY", "extracted"]

IDENTITY = "graph-6"  # changes whenever the same passage would give something else
_CHINESE = 0.25
_LONG = 20_000  # characters of a passage that are read
_BRACKET = re.compile(r"\s?[(（]\s?(?P<inner>[^()（）\n]{1,60}?)\s?[)）]")
_SHORT = re.compile(r"[A-Z][A-Za-z0-9&.-]{1,9}")
_FOREIGN = re.compile(r"(?:英语|英語|英文|外文)?[:：]?\s?(?P<name>[A-Z][\w .'’&-]{1,50})")
_HAN = re.compile(r"[一-鿿·]{2,20}")


def extracted(passage: Passage) -> Found:
    """Names, dates, quantities, phrases, facts and short forms of a passage, each with the characters it stands on.

    >>> found = extracted(Passage("p", "The World Health Organization (WHO) was founded in 1948.", "d", Span(0, 56)))
    >>> [(fact.head, fact.relation, fact.tail) for fact in found.facts], [alias.short for alias in found.aliases]
    ([('World Health Organization', 'founded in', '1948')], ['who'])
    """
    text = passage.text[:_LONG]
    spans = sentences(text)
    chinese = chinese_share(text) > _CHINESE
    title = str(passage.meta.get("title") or "")
    names = [*(named_chinese(text, title) if chinese else named(text, title)), *codes(text)]
    measured = [*dates(text), *quantities(text)]
    kept = _apart([*measured, *names])
    facts = {*laid_out(passage), *(fact for span in spans for fact in _facts(text, span, chinese=chinese))}
    return Found(
        (*kept, *phrases(text)),
        tuple(sorted(facts)),
        tuple(sorted(set(_aliases(text, kept)))),
        sketched(text),
    )


def _facts(text: str, span: Span, *, chinese: bool) -> Iterator[Fact]:
    # The cells of a table and the parts of a list are no sentences.
    if len(span) < 600 and (chinese or text[span.start].isupper() or text[span.start] in "\"“'"):
        yield from stated_chinese(text, span) if chinese else stated(text, span)


def _apart(mentions: Iterable[Mention]) -> list[Mention]:
    """Of mentions that overlap the longest, in order."""
    taken: set[int] = set()
    kept = []
    for one in sorted(mentions, key=lambda one: (-len(one.span), one)):
        own = range(one.span.start, one.span.end)
        if one.name and taken.isdisjoint(own):
            taken.update(own)
            kept.append(one)
    return sorted(kept)


def _aliases(text: str, mentions: Sequence[Mention]) -> Iterator[Alias]:
    """Short forms and names in another script, given in brackets: "World Health Organization (WHO)", "Suzhou (苏州)"."""
    ending = {one.span.end: one for one in mentions}
    for match in _BRACKET.finditer(text):
        inner, before = match["inner"].strip(), text[max(0, match.start() - 90) : match.start()].rstrip()
        named_before = ending.get(match.start())
        if _SHORT.fullmatch(inner) and (long := abbreviates(inner, before)):
            yield Alias(key(inner), key(long))
        elif named_before is None or named_before.kind in ("date", "quantity"):
            continue
        elif named_before.said.isascii() and (found := _HAN.fullmatch(inner.split("：")[-1].strip())):
            yield Alias(named_before.name, key(found.group()))
        elif not named_before.said.isascii() and (other := _FOREIGN.fullmatch(inner)):
            yield Alias(key(other["name"]), named_before.name)

"""What the evidence can be told apart by: the things that its titles name, the headings or aspects of one of them.

Each facet is a question back with its choices; each choice is a query of its own, with words that say which and, where
the choice is one of documents, a filter. Options come from passages that were found, never from elsewhere. Near: Zamani
et al. 2020 (clarifying questions from facets); Hearst 2006 (why facets read better than clusters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from raglan.protocols import Encoder, covered
from raglan.search.view import body, names
from raglan.talk.aspects import ASPECTS
from raglan.talk.mention import bare, folded, mention, replaced
from raglan.text.words import is_chinese
from raglan.types import Clarify, Hit, Passage, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST", "Facet", "aspects", "headings", "topics", "versions"]

MOST = 5  # choices
_LONG = 80  # characters of a choice
_BEGINNING = 300  # characters of a passage by which its aspect is seen
# How near its question an aspect must be, and above what that question is to the others. Nine in ten of MedQuAD's passages
# that are of an aspect are so, one in ten of NQ's, which are of none.
_NEAR, _ABOVE = 0.62, 0.05


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to ask back: ``kind`` is ``topic``, ``heading``, ``aspect``, ``version`` or ``slot``.

    ``others`` counts the choices that were left out because there are five already.
    """

    kind: str
    asked: Clarify
    others: int = 0


def topics(query: Query, hits: Sequence[Hit]) -> Facet | None:
    """Which of the things that the titles of ``hits`` name; ``None`` unless two have in common what the question names.

    A choice becomes a filter by the titles that name the thing (``where``), and stands in the question for what it names.
    """
    groups: dict[str, list[Passage]] = {}
    for hit in hits:
        groups.setdefault(folded(names(hit.passage)[0]), []).append(hit.passage)
    first = mention(query.text, names(hits[0].passage)[0])
    if first is None:
        return None
    said = first.of(query.text)
    # A title that asks something names no thing.
    things = {title: group for title, group in groups.items() if not _label(group).endswith(("?", "？"))}
    alike = [
        group for title, group in things.items() if f" {folded(said)} " in f" {title} " or _chinese_in(said, title)
    ]
    # Chinese writes no spaces: that a whole title is part of another, 黄蝉 of 软枝黄蝉, says nothing of what is meant.
    if len(alike) < 2 or (is_chinese(said) and folded(said) in things):
        return None
    labels = [_short(_label(group)) for group in alike]
    queries = [_narrowed(query, replaced(query.text, _label(group)), group) for group in alike]
    chinese = is_chinese(query.text)
    question = f"您指的是哪一个“{said}”？" if chinese else f'Which "{said}" do you mean?'
    return Facet("topic", Clarify(question, tuple(labels[:MOST]), tuple(queries[:MOST])), max(0, len(alike) - MOST))


def _chinese_in(said: str, title: str) -> bool:
    return is_chinese(said) and said in title.replace(" ", "")


def headings(query: Query, hits: Sequence[Hit]) -> Facet | None:
    """Which part of the best document; ``None`` unless the question only names it and two headings or more were found."""
    best = hits[0].passage
    title = names(best)[0]
    if not bare(query.text, title):
        return None
    found: dict[str, Passage] = {}
    for hit in hits:
        own = names(hit.passage)
        if hit.passage.document == best.document and len(own) > 1 and not hit.passage.meta.get("row"):
            found.setdefault(own[-1], hit.passage)
    # In the order of the document, as its reader knows them.
    ordered = sorted(found.items(), key=lambda pair: pair[1].span)
    if len(ordered) < 2:
        return None
    # The document is a filter already; its name in the question would find what names it most.
    narrow = [_narrowed(query, heading, [one], by="document") for heading, one in ordered[:MOST]]
    labels = tuple(_short(heading) for heading, _ in ordered[:MOST])
    asked = Clarify(_about(query.text, title), labels, tuple(narrow))
    return Facet("heading", asked, max(0, len(ordered) - MOST))


def aspects(query: Query, hits: Sequence[Hit], encoder: Encoder | None) -> Facet | None:
    """What is to be known of the best title; ``None`` unless the question only names it and passages tell several things.

    Each passage has the aspect whose question, by ``encoder``, is nearest to its beginning above what that question is to
    the others, or none that is near enough; half of them must have one.
    """
    title = names(hits[0].passage)[0]
    if not bare(query.text, title):
        return None
    same = [hit.passage for hit in hits if folded(names(hit.passage)[0]) == folded(title)]
    told = _aspects(title, same, encoder, chinese=is_chinese(query.text)) if encoder else []
    places = list(dict.fromkeys(told))
    if len(places) < 2 or 2 * len(told) < len(same):
        return None
    chinese = is_chinese(query.text)
    labels = tuple(ASPECTS[at].told(chinese=chinese) for at in places[:MOST])
    queries = tuple(replace(query, text=ASPECTS[at].asked(title, chinese=chinese)) for at in places[:MOST])
    return Facet("aspect", Clarify(_about(query.text, title), labels, queries), max(0, len(places) - MOST))


def _aspects(title: str, passages: Sequence[Passage], encoder: Encoder, *, chinese: bool) -> list[int]:
    """The places in ``ASPECTS`` of what ``passages`` tell of ``title``, in their order."""
    asked = [aspect.asked(title, chinese=chinese) for aspect in ASPECTS]
    texts = [f"{title}. {body(passage)[:_BEGINNING]}" for passage in passages]
    if len(texts) < 2 or min(covered(encoder, [*asked[:1], *texts])) < 0.5:
        return []
    near: NDArray[np.float32] = encoder.encode(texts, role="passage") @ encoder.encode(asked, role="query").T
    above = near - near.mean(axis=0, keepdims=True)
    best = [(row, int(row.argmax())) for row in above]
    return [at for (row, at), cosines in zip(best, near, strict=True) if row[at] >= _ABOVE and cosines[at] >= _NEAR]


def versions(query: Query, told: Sequence[tuple[Passage, str, str]]) -> Facet | None:
    """Which of several versions, each a passage, the date that its head names, and the value that it gives.

    Documents that give one value are one choice; ``None`` where all give the same.
    """
    groups: dict[str, list[tuple[Passage, str]]] = {}
    for passage, date, value in told:
        groups.setdefault(" ".join(value.split()), []).append((passage, date))
    if len(groups) < 2:
        return None
    chinese = is_chinese(query.text)
    # Where titles are the same, the names of the files tell them apart.
    titles = {folded(names(group[0][0])[0]) for group in groups.values()}
    labels = [
        _version(value, group[0], chinese=chinese, named=len(titles) == len(groups)) for value, group in groups.items()
    ]
    queries = [_narrowed(query, query.text, [one for one, _ in group], by="document") for group in groups.values()]
    if chinese:
        question = f"{'两' if len(groups) == 2 else '几'}份文档的说法不同：您指的是哪一份？"
    else:
        question = f"{'Two documents' if len(groups) == 2 else 'Documents'} differ: which one do you mean?"
    asked = Clarify(question, tuple(labels[:MOST]), tuple(queries[:MOST]))
    return Facet("version", asked, max(0, len(groups) - MOST))


def _version(value: str, one: tuple[Passage, str], *, chinese: bool, named: bool) -> str:
    passage, date = one
    name = _short(names(passage)[0] if named else passage.document)
    if chinese:
        return f"{name}{f'（{date}）' if date else ''}：{value}"
    return f"{name}{f' ({date})' if date else ''}: {value}"


def _about(text: str, title: str) -> str:
    return f"您想了解“{title}”的哪方面？" if is_chinese(text) else f"What would you like to know about {title}?"


def _label(group: Sequence[Passage]) -> str:
    return names(group[0])[0]


def _narrowed(query: Query, text: str, group: Sequence[Passage], by: str = "title") -> Query:
    """``query`` with other words, among documents of these passages alone."""
    titles = tuple(dict.fromkeys(str(one.meta.get("title") or "") for one in group))
    if by == "title" and all(titles):
        return replace(query, text=text, where={**query.where, "title": titles})
    return replace(query, text=text, where={**query.where, "document": tuple({one.document: 0 for one in group})})


def _short(label: str) -> str:
    flat = " ".join(label.split())
    return flat if len(flat) <= _LONG else f"{flat[: _LONG - 1]}…"

"""Where did my passage go? Follows one expected passage through every stage that could have lost it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from raglan.protocols import Retriever
from raglan.rag import Rag
from raglan.search.lexical import LexicalIndex
from raglan.store.store import Store
from raglan.text.words import terms
from raglan.types import Answer, Citation, Hit, Passage, Query

__all__ = ["Stage", "stages_object", "why"]

_DEPTH = 1_000  # ranks looked at in each search
_ENOUGH = 0.7  # share of the expected words that a passage must hold to be taken for it


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: ``kept`` tells whether the passage came through, ``finding`` says how, ``rank`` counts from 1."""

    name: str
    kept: bool
    finding: str
    rank: int | None = None


def why(
    rag: Rag, store: Store, words: LexicalIndex, searches: Sequence[Retriever], query: Query, text: str
) -> list[Stage]:
    """The stages from reading to answering for the passage that holds ``text``, up to the one that lost it for good.

    ``searches`` are looked at one by one before ``rag``'s own retriever joins them.
    """
    stages, passage = _read_and_cut(store, words, text)
    if passage is None:
        return stages
    for search in searches:
        [hits] = search.search([query], _DEPTH)
        stages.append(_ranked(f"rank by {_name(search, hits)}", hits, passage))
    hits = rag.search(query, max(_DEPTH // 10, rag.k))
    merged = _ranked("merged rank", hits, passage)
    stages.append(merged)
    if merged.rank is None or merged.rank > rag.k:
        stages.append(Stage("evidence", False, f"only the first {rag.k} become evidence"))
        return stages
    evidence = rag.weigh(query, hits[: rag.k])
    weight = next((piece.weight for piece in evidence if _holds(piece.passage, passage)), None)
    if weight is None:
        stages.append(Stage("evidence", False, "its document is out of date, and a current version tells as much"))
        return stages
    stages.append(Stage("evidence", True, f"weight {weight:.3f} of 1, {len(evidence)} passages share it"))
    stages.append(_answered(rag.read(query, evidence), passage))
    return stages


def stages_object(stages: Sequence[Stage]) -> dict[str, Any]:
    """The object of ``raglan why --json``."""
    return {"stages": [{"stage": s.name, "kept": s.kept, "rank": s.rank, "finding": s.finding} for s in stages]}


def _read_and_cut(store: Store, words: LexicalIndex, text: str) -> tuple[list[Stage], Passage | None]:
    whole = list(store.holding(text.strip(), 1).values()) if text.strip() else []
    if whole:
        return [Stage("read", True, f"it stands in {whole[0].document}"), Stage("cut", True, _place(whole[0]))], whole[
            0
        ]
    wanted = set(terms(text))
    near = words.matching(words.words(text), {}, 20) if wanted else []
    scored = [(len(wanted & set(terms(hit.passage.text))) / len(wanted), hit.passage) for hit in near]
    share, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if best is None or share < 0.3:
        return [Stage("read", False, "no document holds these words; see the files that raglan index skipped")], None
    document = store.document(best.document)
    held = set(terms(document.text)) if document else set()
    if share < _ENOUGH and len(wanted & held) < _ENOUGH * len(wanted):
        return [
            Stage("read", False, f"no document holds it; nearest is {best.document}, with {share:.0%} of the words")
        ], None
    read = Stage("read", True, f"it stands in {best.document}")
    kept = share >= _ENOUGH
    how = "in words a little different" if kept else f"cut apart: the nearest passage holds {share:.0%} of the words"
    return [read, Stage("cut", kept, f"{how}; {_place(best)}")], best


def _place(passage: Passage) -> str:
    page = f", page {passage.meta['page']}" if passage.meta.get("page") else ""
    return f"passage {passage.id}{page}, {len(passage.text)} characters"


def _holds(one: Passage, other: Passage) -> bool:
    """Whether ``one`` is the ``other``, or a segment that it was taken into."""
    inside = one.span.start <= other.span.start and other.span.end <= one.span.end
    return one.id == other.id or (one.document == other.document and inside)


def _ranked(name: str, hits: Sequence[Hit], passage: Passage) -> Stage:
    for rank, hit in enumerate(hits, 1):
        if hit.passage.id == passage.id:
            return Stage(name, True, f"rank {rank} of {len(hits)}, score {hit.score:.3f} by {hit.by}", rank)
    found = f"not among the first {len(hits)}" if hits else "this search found nothing: it cannot read the query"
    return Stage(name, False, found)


def _cites(citation: Citation, passage: Passage) -> bool:
    within = citation.passage.document == passage.document and citation.source.overlaps(passage.span)
    return citation.passage.id == passage.id or within


def _name(search: Retriever, hits: Sequence[Hit]) -> str:
    return hits[0].by if hits else type(search).__name__


def _answered(answer: Answer, passage: Passage) -> Stage:
    if answer.abstained:
        return Stage("answer", False, f"no answer was given: confidence {answer.confidence:.2f} is too low")
    if any(_cites(citation, passage) for citation in answer.citations):
        return Stage("answer", True, "the answer cites it")
    cited = ", ".join(dict.fromkeys(citation.passage.id for citation in answer.citations))
    return Stage("answer", False, f"the answer cites {cited} instead")

"""Small dialogues in both languages, and what answers in tests."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.rag import Rag
from raglan.search.fusion import softmax
from raglan.types import Clarify, Draft, Evidence, Hit, Passage, Query, Span, Turn

MANUAL = {
    "station": "The FX-200 steam station has a warranty of 24 months. Its tank holds 1.2 litres.",
    "battery": "The battery of the hand steamer is covered for 12 months.",
    "leaflet": "Adults take one tablet of Ibufen every six hours. Children under twelve must not take Ibufen.",
    "law": "试用期包含在劳动合同期限内。劳动合同期限不满三个月的，不得约定试用期。",
    "oven": "烤箱的保修期是两年。门封条的保修期是六个月。",
}


def passage(name: str, text: str) -> Passage:
    return Passage(name, text, name, Span(0, len(text)), meta={"title": name, "kind": "note"})


PASSAGES = [passage(name, text) for name, text in MANUAL.items()]


class Shelf:
    """Finds passages by the share of letters pairs that they have in common with the query; remembers what it was asked."""

    def __init__(self, passages: Sequence[Passage] = PASSAGES) -> None:
        self.passages = passages
        self.asked: list[Query] = []

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        self.asked += queries
        return [self._hits(query)[:k] for query in queries]

    def _hits(self, query: Query) -> list[Hit]:
        told = [
            (len(_pairs(query.text) & _pairs(one.text)) / (1 + len(_pairs(query.text))), one) for one in self.passages
        ]
        ranked = sorted(told, key=lambda pair: (-pair[0], pair[1].id))
        return [Hit(one, score, "shelf") for score, one in ranked if score > 0.2]


def _pairs(text: str) -> set[str]:
    low = text.lower()
    return {low[at : at + 2] for at in range(len(low) - 1)}


class First:
    """Says the first passage, as sure as it is told to be."""

    def __init__(self, logprob: float = -0.1) -> None:
        self.logprob = logprob

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        return Draft(evidence[0].passage.text, logprob=self.logprob)


class Once:
    """Asks back the first time that it sees the word."""

    def __init__(self, word: str, back: Clarify) -> None:
        self.word, self.back = word, back

    def __call__(self, query: Query, hits: Sequence[Hit]) -> Clarify | None:
        return self.back if self.word in query.text and not query.history else None


def rag(shelf: Shelf | None = None, *, logprob: float = -0.1, asker: Once | None = None) -> Rag:
    return Rag(shelf or Shelf(), First(logprob), fusion=softmax(), asker=asker, k=3)


def turns(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))

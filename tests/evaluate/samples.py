"""Four passages, four questions, and systems that find and say what a table tells them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from raglan.datasets.dataset import Dataset, alone
from raglan.errors import RaglanError
from raglan.rag import Rag
from raglan.types import Citation, Draft, Evidence, Example, Hit, Passage, Query, Span

A, B, C, D = (alone(name, f"Passage {name} speaks.") for name in "abcd")

# A question whose passage comes first, one with two of them, one that nothing answers, one for which nothing is found.
ROWS = (
    Example(Query("one"), ("red",), ("a",)),
    Example(Query("two"), ("blue",), ("a", "c")),
    Example(Query("three"), negatives=("d",)),
    Example(Query("four"), ("green",), ("d",)),
)
DATA = Dataset("手册", ROWS, (A, B, C, D), ids=("q1", "q2", "q3", "q4"))
FOUND: Mapping[str, Sequence[Passage]] = {"one": [A, B], "two": [B, C, D], "three": [D]}

Table = Mapping[str, tuple[str, float] | Exception]
SAID: Table = {"one": ("red", 0.9), "two": ("deep blue", 0.5), "three": ("", 0.3)}
FAILS: Table = {**SAID, "two": RaglanError("服务器：500")}


class Finds:
    """Finds what a table says, and remembers how many questions came at a time and how deep they went."""

    def __init__(self, found: Mapping[str, Sequence[Passage]]) -> None:
        self.found = found
        self.asked: list[tuple[int, int]] = []

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        self.asked.append((len(queries), k))
        return [[Hit(one, 1 / n, "words") for n, one in enumerate(self.found.get(q.text, ()), 1)][:k] for q in queries]


class Says:
    """Says what a table says, this sure, citing the first passage; where the table has an error it fails."""

    def __init__(self, said: Table) -> None:
        self.said = said
        self.read: dict[str, list[tuple[str, float]]] = {}

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        self.read[query.text] = [(piece.passage.id, piece.weight) for piece in evidence]
        said = self.said[query.text]
        if isinstance(said, Exception):
            raise said
        text, sure = said
        cited = Citation(Span(0, len(text)), evidence[0].passage, Span(0, len(evidence[0].passage.text)))
        return Draft(text, (cited,), logprob=math.log(sure))


def equal(query: Query, hits: Sequence[Hit]) -> list[Evidence]:
    return [Evidence(one.passage, 1 / len(hits)) for one in hits]


def rag(said: Table | None = None, found: Mapping[str, Sequence[Passage]] | None = None, **options: Any) -> Rag:
    """A system over the tables above, or over others."""
    return Rag(Finds(FOUND if found is None else found), Says(said or SAID), fusion=equal, **options)

"""A reranker behind a search is a search."""

from collections.abc import Sequence

import pytest

from raglan.protocols import Retriever
from raglan.search.lexical import LexicalIndex
from raglan.search.mmr import Mmr
from raglan.search.reranked import Reranked
from raglan.types import Hit, Passage, Query
from tests import laws
from tests.samples import ASKED

from .conftest import Opened


class Listed:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        self.asked.append(k)
        return [[laws.hit(f"{query.text}{n}", -n) for n in range(min(k, 50))] for query in queries]


class Reverses:
    def rerank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        return list(reversed(hits))


def test_it_chooses_among_more_than_it_gives() -> None:
    inner = Listed()
    found = Reranked(inner, Reverses()).search([Query("a"), Query("b")], 2)
    assert [[hit.passage.document for hit in hits] for hits in found] == [["a7", "a6"], ["b7", "b6"]]
    Reranked(inner, Reverses(), times=3).search([Query("a")], 5)
    assert inner.asked == [8, 15]


@pytest.mark.parametrize("law", laws.RETRIEVER_LAWS)
def test_it_is_a_retriever(law: laws.RetrieverLaw, opened: Opened) -> None:
    def make(passages: Sequence[Passage]) -> Retriever:
        index = LexicalIndex(opened(None))
        index.add(passages)
        return Reranked(index, Mmr(1.0))

    law(make, ASKED)

"""One object that answers: it searches, weighs, writes, judges and cites. Everything else makes, trains or serves one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from raglan.protocols import Asker, Critic, Fusion, Generator, Reranker, Retriever
from raglan.types import Answer, Draft, Evidence, Hit, Query, Reply

__all__ = ["Rag"]


class Rag:
    """A retriever, a fusion, a generator and, if wanted, a critic, an asker and a reranker.

    ``k`` passages become evidence. An answer of which the parts are less sure than ``threshold`` (a probability) is not
    given: the reply abstains and keeps its evidence, nearest first.
    """

    def __init__(
        self,
        retriever: Retriever,
        generator: Generator,
        *,
        fusion: Fusion,
        critic: Critic | None = None,
        asker: Asker | None = None,
        reranker: Reranker | None = None,
        k: int = 8,
        threshold: float = 0.0,
    ) -> None:
        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        self.retriever = retriever
        self.generator = generator
        self.fusion = fusion
        self.critic = critic
        self.asker = asker
        self.reranker = reranker
        self.k = k
        self.threshold = threshold

    def search(self, query: Query | str, k: int | None = None) -> list[Hit]:
        """The ``k`` best passages, best first."""
        query = _query(query)
        wanted = self.k if k is None else k
        if wanted < 1:
            raise ValueError(f"k is {wanted}, must be at least 1")
        # A reranker chooses among more than it gives.
        [hits] = self.retriever.search([query], 4 * wanted if self.reranker else wanted)
        return self.reranker.rerank(query, hits)[:wanted] if self.reranker else hits

    def answer(self, query: Query | str) -> Reply:
        """The answer with its sources, a question back, or an abstention."""
        query = _query(query)
        return self.reply(query, self.search(query))

    def reply(self, query: Query | str, hits: Sequence[Hit]) -> Reply:
        """The reply that rests on ``hits``."""
        query = _query(query)
        back = self.asker(query, hits) if self.asker else None
        return back or self.read(query, self.fusion(query, hits))

    def read(self, query: Query | str, evidence: Sequence[Evidence]) -> Answer:
        """The answer from this evidence and no other; without evidence it abstains."""
        query = _query(query)
        if not evidence:
            return Answer("")
        draft = self.generator.write(query, evidence)
        return self._judged(query, draft, _weighed(draft, evidence))

    def _judged(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> Answer:
        ranked = tuple(sorted(evidence, key=lambda piece: -piece.weight))
        answer = Answer(draft.text, draft.citations, ranked, math.exp(min(draft.logprob, 0.0)))
        if self.critic and not answer.abstained:
            verdict = self.critic.judge(query, answer)
            sure = answer.confidence * verdict.score
            answer = replace(answer, confidence=sure, text=answer.text if verdict.supported else "")
        if answer.abstained or answer.confidence < self.threshold:
            return replace(answer, text="", citations=())
        return answer


def _query(query: Query | str) -> Query:
    return Query(query) if isinstance(query, str) else query


def _weighed(draft: Draft, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The generator's own weights, where it has some, say more than those of the search."""
    if not draft.weights:
        return list(evidence)
    return [Evidence(piece.passage, weight) for piece, weight in zip(evidence, draft.weights, strict=True)]

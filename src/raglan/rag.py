"""One object that answers: it searches, weighs, writes, judges and cites. Everything else makes, trains or serves one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from raglan.protocols import Asker, Compares, Critic, Fusion, Generator, Reranker, Retriever, Segmenter, Surveyor
from raglan.search.documents import DocumentHit, Documents, Rule
from raglan.search.reranked import Reranked
from raglan.types import Answer, Citation, Draft, Evidence, Hit, Query, Reply, Verdict

__all__ = ["Rag"]


class Rag:
    """A retriever, a fusion, a generator and, if wanted, a critic, an asker, a reranker, a segmenter and a surveyor.

    ``k`` passages become evidence, grown to segments if there is a segmenter. An answer of which the parts are less sure
    than ``threshold`` (a probability) is not given: the reply abstains and keeps its evidence, nearest first. What the
    surveyor answers is given as it is: it counts and quotes, and judges nothing that could be doubted.
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
        segmenter: Segmenter | None = None,
        surveyor: Surveyor | None = None,
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
        self.segmenter = segmenter
        self.surveyor = surveyor
        self.k = k
        self.threshold = threshold

    @property
    def reranked(self) -> Retriever:
        """The retriever, followed by the reranker if there is one."""
        return Reranked(self.retriever, self.reranker) if self.reranker else self.retriever

    def search(self, query: Query | str, k: int | None = None) -> list[Hit]:
        """The ``k`` best passages, best first; raises :class:`ValueError` for a ``k`` below 1."""
        [hits] = self.reranked.search([_query(query)], self._wanted(k))
        return hits

    def documents(self, query: Query | str, k: int | None = None, *, rule: str | Rule = "max") -> list[DocumentHit]:
        """The ``k`` best documents, best first, each with its passages that were found; raises as :meth:`search` does.

        ``rule`` says what a document's passages make of its score: see :mod:`raglan.search.documents`.
        """
        [found] = Documents(self.reranked, rule=rule).find([_query(query)], self._wanted(k))
        return found

    def _wanted(self, k: int | None) -> int:
        wanted = self.k if k is None else k
        if wanted < 1:
            raise ValueError(f"k is {wanted}, must be at least 1")
        return wanted

    def answer(self, query: Query | str) -> Reply:
        """The answer with its sources, a question back, or an abstention."""
        query = _query(query)
        return self.survey(query) or self.reply(query, self.search(query))

    def survey(self, query: Query | str) -> Answer | None:
        """The answer to a question about all passages that match, if it is one and there is a surveyor."""
        return self.surveyor(_query(query)) if self.surveyor else None

    def reply(self, query: Query | str, hits: Sequence[Hit]) -> Reply:
        """The reply that rests on ``hits``."""
        query = _query(query)
        if self.asker and (back := self.asker(query, hits)):
            return back
        evidence = self.weigh(query, hits)
        if not evidence:
            return Answer("")
        return self.told(query, hits, self.generator.write(query, evidence), evidence)

    def told(self, query: Query | str, hits: Sequence[Hit], draft: Draft, evidence: Sequence[Evidence]) -> Reply:
        """What is given of a draft from ``evidence``, to which ``hits`` led.

        If the asker can tell, the answer has with it what other versions say, or it is the question which of them is meant.
        """
        answer = self.cited(self.judge(query, draft, evidence))
        return self.asker.compared(_query(query), hits, answer) if isinstance(self.asker, Compares) else answer

    def cited(self, answer: Answer) -> Answer:
        """The answer, its citations leading to passages of the store where evidence was grown to segments."""
        # A segment was put together for this question alone: what is cited of it has a passage of its own.
        return replace(answer, citations=self.segmenter.cited(answer.citations)) if self.segmenter else answer

    def weigh(self, query: Query | str, hits: Sequence[Hit]) -> list[Evidence]:
        """What ``hits`` become as evidence: the current ones, grown to segments if there is a segmenter, and weighed."""
        query = _query(query)
        current = self.asker.current(query, hits) if isinstance(self.asker, Compares) else hits
        return self.fusion(query, self.segmenter(current) if self.segmenter else current)

    def read(self, query: Query | str, evidence: Sequence[Evidence]) -> Answer:
        """The answer from this evidence and no other; without evidence it abstains."""
        query = _query(query)
        if not evidence:
            return Answer("")
        return self.judge(query, self.generator.write(query, evidence), evidence)

    def judge(self, query: Query | str, draft: Draft, evidence: Sequence[Evidence]) -> Answer:
        """What is given of a draft that was written from ``evidence``: all of it, or nothing."""
        query = _query(query)
        ranked = tuple(sorted(_weighed(draft, evidence), key=lambda piece: -piece.weight))
        answer = Answer(draft.text, draft.citations, ranked, math.exp(min(draft.logprob, 0.0)))
        if self.critic and not answer.abstained:
            verdict = self.critic.judge(query, answer)
            sure = answer.confidence * verdict.score
            text = answer.text if verdict.supported else ""
            answer = replace(answer, confidence=sure, text=text, citations=_supported(answer.citations, verdict))
        if answer.abstained or answer.confidence < self.threshold:
            return replace(answer, text="", citations=())
        return answer


def _query(query: Query | str) -> Query:
    return Query(query) if isinstance(query, str) else query


def _supported(citations: Sequence[Citation], verdict: Verdict) -> tuple[Citation, ...]:
    """The citations, each with its own support where the critic says it."""
    if not verdict.supports:
        return tuple(citations)
    return tuple(replace(one, support=score) for one, score in zip(citations, verdict.supports, strict=True))


def _weighed(draft: Draft, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The generator's own weights, where it has some, say more than those of the search."""
    if not draft.weights:
        return list(evidence)
    return [Evidence(piece.passage, weight) for piece, weight in zip(evidence, draft.weights, strict=True)]

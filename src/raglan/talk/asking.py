"""The asker by facets: one short question with two to five choices from the evidence, where it is worth asking."""

from __future__ import annotations

from collections.abc import Sequence

from raglan.protocols import Encoder, Retriever
from raglan.search.view import body, names
from raglan.talk.differing import differing
from raglan.talk.facets import Facet, aspects, headings, topics
from raglan.talk.mention import bare, telling
from raglan.talk.worth import gain
from raglan.text.words import terms
from raglan.types import Clarify, Hit, Query

__all__ = ["FacetAsker"]

# Chance of a gain that no labels tell: where only a document is named and its headings are the choices, and where answers
# differ by something that the question does not say.
_UNFITTED = {"heading": 0.5, "slot": 0.5}


class FacetAsker:
    """Asks which thing, or which part of it, a question means, where ``retriever`` finds several that it may mean.

    It looks at the ``depth`` best passages. A question is asked if its expected gain (:mod:`raglan.talk.worth`) is above
    ``cost``, the chance of a right answer that a user would give up to be spared it. Nothing is asked twice, nor more than
    ``turns`` times in a conversation, nor where the search found nothing that holds any word of what is asked. Raises
    :class:`ValueError` for a cost outside 0 to 1.
    """

    def __init__(
        self,
        retriever: Retriever,
        encoder: Encoder | None = None,
        *,
        cost: float = 0.25,
        depth: int = 30,
        turns: int = 2,
    ) -> None:
        if not 0 <= cost <= 1 or depth < 2 or turns < 0:
            raise ValueError(f"cost {cost} must be from 0 to 1, depth {depth} at least 2, turns {turns} at least 0")
        self._retriever, self._encoder = retriever, encoder
        self._cost, self._depth, self._turns = cost, depth, turns

    def __call__(self, query: Query, hits: Sequence[Hit]) -> Clarify | None:
        """The question back, or ``None`` to answer."""
        asked = _asked_before(query)
        best = self.best(query, hits) if len(asked) < self._turns else None
        if best is None or best[0] <= self._cost or any(best[1].asked.question in text for text in asked):
            return None
        return best[1].asked

    def best(self, query: Query, hits: Sequence[Hit]) -> tuple[float, Facet] | None:
        """The question back of the greatest expected gain, 0 to 1, whatever it costs; ``None`` where there is none."""
        # Most questions show at once that they mean one thing: these need no second search.
        if not _several(query, hits):
            return None
        [found] = self._retriever.search([query], self._depth)
        if not found or not _covered(query, found):
            return None
        worth = [(self._gain(query, found, facet), facet) for facet in self._facets(query, found)]
        return max(worth, key=lambda pair: pair[0], default=None)

    def _facets(self, query: Query, hits: Sequence[Hit]) -> list[Facet]:
        """All ways to ask back."""
        parts = headings(query, hits) or aspects(query, hits, self._encoder)
        return [facet for facet in (topics(query, hits), parts, differing(query, hits)) if facet]

    def _gain(self, query: Query, hits: Sequence[Hit], facet: Facet) -> float:
        return _UNFITTED.get(facet.kind) or gain(query, hits, facet)


def _several(query: Query, hits: Sequence[Hit]) -> bool:
    """Whether ``hits`` may leave open what is meant."""
    if not hits:
        return False
    return bool(bare(query.text, names(hits[0].passage)[0]) or topics(query, hits) or differing(query, hits))


def _asked_before(query: Query) -> list[str]:
    """What the assistant asked so far."""
    said = [turn.text for turn in query.history if turn.role == "assistant"]
    return [text for text in said if "?" in text or "？" in text]


def _covered(query: Query, hits: Sequence[Hit]) -> bool:
    """Whether the best passages hold a word of what is asked: where they do not, asking mends nothing."""
    asked = set(telling(query.text))
    return any(asked & set(terms(" ".join([*names(hit.passage), body(hit.passage)]))) for hit in hits[:3])

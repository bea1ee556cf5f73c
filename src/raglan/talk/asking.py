"""The asker by facets: one short question with two to five choices from the evidence, where it is worth asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from raglan.graph.quantities import dates
from raglan.protocols import Encoder, Retriever
from raglan.search.view import body, names
from raglan.store.store import Store
from raglan.talk.differing import differing
from raglan.talk.facets import Facet, aspects, headings, topics, versions
from raglan.talk.mention import bare, telling
from raglan.talk.outdated import asks_for_old, outdated
from raglan.talk.versions import Said, Versions, asks_value
from raglan.talk.worth import gain
from raglan.text.words import terms
from raglan.types import Answer, Citation, Clarify, Hit, Note, Passage, Query, Reply

__all__ = ["FacetAsker"]

# Chance of a gain that no labels tell: where only a document is named and its headings are the choices, where answers differ
# by something that the question does not say, and where two documents give other values.
_UNFITTED = {"heading": 0.5, "slot": 0.5, "version": 0.5}
_CITED = 3  # citations of an answer of which other versions are looked for
_STATING = 2  # passages that are looked at where no answer was given


class FacetAsker:
    """Asks which thing, or which part of it, a question means, where ``retriever`` finds several that it may mean.

    It asks also which of two documents is meant where the answer from one is another in the other
    (:mod:`raglan.talk.versions`); what is out of date yields to what is current, unless the question asks for it. ``store``
    tells how documents begin.

    It looks at the ``depth`` best passages. A question is asked if its expected gain (:mod:`raglan.talk.worth`) is above
    ``cost``, the chance of a right answer that a user would give up to be spared it. Nothing is asked twice, nor more than
    ``turns`` times in a conversation, nor where the search found nothing that holds any word of what is asked. Raises
    :class:`ValueError` for a cost outside 0 to 1.
    """

    def __init__(
        self,
        retriever: Retriever,
        encoder: Encoder | None = None,
        store: Store | None = None,
        *,
        cost: float = 0.25,
        depth: int = 30,
        turns: int = 2,
    ) -> None:
        if not 0 <= cost <= 1 or depth < 2 or turns < 0:
            raise ValueError(f"cost {cost} must be from 0 to 1, depth {depth} at least 2, turns {turns} at least 0")
        self._retriever, self._encoder = retriever, encoder
        self._versions = Versions(store)
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
        found = self.current(query, found)
        if not found or not _covered(query, found):
            return None
        worth = [(self._gain(query, found, facet), facet) for facet in self._facets(query, found)]
        return max(worth, key=lambda pair: pair[0], default=None)

    def current(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        """``hits`` without what yields to a current version; all of them where the question asks for the old one."""
        return list(hits) if asks_for_old(query.text) else self._versions.current(query, hits)

    def compared(self, query: Query, hits: Sequence[Hit], answer: Answer) -> Reply:
        """``answer`` with what other versions among ``hits`` say, or the question which of the current ones is meant.

        Two versions that stand against each other can leave a reader too unsure to answer: that, too, is asked about.
        """
        if asks_for_old(query.text):
            return answer
        if answer.abstained:
            return self._in_doubt(query, hits) or answer
        notes: list[Note] = []
        for citation in answer.citations[:_CITED]:
            value, others = self._versions.others(query, hits, answer.text, citation)
            if back := self._which(query, citation, value, others):
                return back
            notes += [_note(one) for one in others]
        return replace(answer, notes=tuple(dict.fromkeys([*notes, *self._outdated(hits, answer)])))

    def _in_doubt(self, query: Query, hits: Sequence[Hit]) -> Clarify | None:
        """Which version is meant, where the best passages state what is asked."""
        if not asks_value(query):
            return None
        for value, citation in self._versions.stated(query, [hit.passage for hit in hits[:_STATING]]):
            _, others = self._versions.others(query, hits, value, citation)
            if back := self._which(query, citation, value, others):
                return back
        return None

    def _which(self, query: Query, citation: Citation, value: str, others: Sequence[Said]) -> Clarify | None:
        """Which of several current versions is meant, where a value is asked for and that may be asked."""
        asked = _asked_before(query)
        current = [one for one in others if not one.older]
        if not current or not asks_value(query) or len(asked) >= self._turns or self._cost >= _UNFITTED["version"]:
            return None
        told = [(citation.passage, value), *((one.passage, one.value) for one in current)]
        facet = versions(query, [(passage, self._dated(passage), value) for passage, value in told])
        return facet.asked if facet and not any(facet.asked.question in text for text in asked) else None

    def _dated(self, passage: Passage) -> str:
        """The first date that the head of a passage's document names, as it stands there."""
        head = self._versions.heads([passage])[passage.document]
        return min(((one.span, one.said) for one in dates(head)), default=(None, ""))[1]

    def _outdated(self, hits: Sequence[Hit], answer: Answer) -> list[Note]:
        """What the documents that are cited say of themselves, where they call themselves out of date."""
        cited = {one.passage.document: one.passage for one in answer.citations[:_CITED]}
        heads = self._versions.heads([*cited.values(), *(hit.passage for hit in hits if hit.passage.document in cited)])
        notes = []
        for name, passage in cited.items():
            title, head = str(passage.meta.get("title") or ""), heads[name]
            if (span := outdated(title, name, head)) is not None:
                notes.append(Note("outdated", name, span, _flat(span.of(head)) or title or name))
        return notes

    def _facets(self, query: Query, hits: Sequence[Hit]) -> list[Facet]:
        """All ways to ask back."""
        parts = headings(query, hits) or aspects(query, hits, self._encoder)
        return [facet for facet in (topics(query, hits), parts, differing(query, hits)) if facet]

    def _gain(self, query: Query, hits: Sequence[Hit], facet: Facet) -> float:
        return _UNFITTED.get(facet.kind) or gain(query, hits, facet)


def _note(said: Said) -> Note:
    place = said.span.shift(said.passage.span.start)
    return Note(
        "older" if said.older else "otherwise", said.passage.document, place, _flat(said.span.of(said.passage.text))
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


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

"""A conversation with documents: follow-ups are rewritten, evidence is kept, choices narrow, a new topic starts afresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

from raglan.rag import Rag
from raglan.talk.carrying import carried
from raglan.talk.choices import chosen, narrowed
from raglan.talk.exchange import Exchange
from raglan.talk.memory import remembered
from raglan.talk.rewriting import Rewrite, Rewriter, Weights
from raglan.talk.topics import switched
from raglan.types import Clarify, Hit, Meta, Query, Reply, Turn

__all__ = ["Conversation", "Habits"]

Keep = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a conversation remembers.

    ``window`` exchanges are kept word by word, of earlier ones ``lines`` sentences; the last turn's evidence counts
    ``discount`` of what it did; a question that is about something else with this probability, ``switch``, starts afresh.
    """

    window: int = 6
    lines: int = 4
    discount: float = 0.5
    switch: float = 0.5

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window is {self.window}, must be at least 1")
        for name, value in (("discount", self.discount), ("switch", self.switch)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}, must be from 0 to 1")


class Conversation:
    """Turns with one :class:`raglan.rag.Rag`. Not for several threads at once; each conversation has its own.

    ``exchanges`` go on with what was said before (:mod:`raglan.talk.sessions`). ``keep`` is called with each exchange before
    :meth:`say` returns it: what it stores is what was acknowledged.
    """

    def __init__(
        self,
        rag: Rag,
        *,
        weights: Weights | None = None,
        habits: Habits | None = None,
        exchanges: Sequence[Exchange] = (),
        keep: Keep | None = None,
    ) -> None:
        self.rag = rag
        self.habits = habits or Habits()
        self.exchanges = list(exchanges)
        self._weights = weights or Weights.shipped()
        self._rewriter = Rewriter(self._weights)
        self._keep = keep
        self._cut = False

    @property
    def topic(self) -> list[Exchange]:
        """The exchanges since the topic last changed."""
        starts = [place for place, one in enumerate(self.exchanges) if one.fresh]
        return [] if self._cut else self.exchanges[starts[-1] if starts else 0 :]

    @property
    def history(self) -> tuple[Turn, ...]:
        """What a follow-up is read after: the topic's last exchanges, before them a summary of its earlier ones."""
        pairs = [one.pair for one in self.topic]
        return remembered(pairs, window=self.habits.window, lines=self.habits.lines)

    def restart(self) -> None:
        """Begin another topic with whatever is said next."""
        self._cut = True

    def say(self, text: str, *, where: Meta | None = None) -> Exchange:
        """Reply to ``text``; ``where`` filters this question. Raises :class:`ValueError` for a text without words."""
        if not text.strip():
            raise ValueError("nothing was said")
        query, rewrite, fresh = self.understood(text, where or {})
        hits, reply = self._replied(query, self._before(query, rewrite, fresh=fresh))
        return self.record(Exchange(text, query, reply, rewrite.added, fresh, tuple(hits)))

    def understood(self, text: str, where: Meta) -> tuple[Query, Rewrite, bool]:
        """The query that ``text`` makes here, how it came to be, and whether it begins another topic."""
        history = self.history
        if back := self._chosen(text):
            query = replace(back, history=history, where={**back.where, **where})
            return query, Rewrite(text, query.text, 1.0, (text,)), False
        rewrite = self._rewriter(text, history)
        about = switched(text, rewrite.leans, history, self._weights.switching)
        if not history or about >= self.habits.switch:
            return Query(text, where=where), Rewrite(text, text, rewrite.leans), bool(self.exchanges)
        # A choice made before filters what hangs on it, and no question that stands alone.
        kept = self.topic[-1].query.where if rewrite.changed else {}
        return Query(rewrite.text, history, {**kept, **where}), rewrite, False

    def record(self, exchange: Exchange) -> Exchange:
        """Take in an exchange, and have it kept; one that could not be kept was not said."""
        if self._cut:
            exchange = replace(exchange, fresh=bool(self.exchanges))
        if self._keep is not None:
            self._keep(exchange)
        self._cut = False
        self.exchanges.append(exchange)
        return exchange

    def _chosen(self, text: str) -> Query | None:
        """What is asked once ``text`` has chosen among the options of the question back, if that is what it does."""
        topic = self.topic
        if not topic or not isinstance(topic[-1].reply, Clarify):
            return None
        back = topic[-1].reply
        place = chosen(text, back.options)
        return None if place is None else narrowed(topic[-1].query, back, place)

    def _before(self, query: Query, rewrite: Rewrite, *, fresh: bool) -> tuple[Hit, ...]:
        """The last turn's evidence, where the question hangs on it and no filter was added since."""
        topic = self.topic
        if fresh or not topic or not rewrite.changed or dict(topic[-1].query.where) != dict(query.where):
            return ()
        return topic[-1].hits

    def _replied(self, query: Query, before: Sequence[Hit]) -> tuple[list[Hit], Reply]:
        survey = self.rag.survey(query)
        if survey is not None:
            return [], survey
        hits = carried(self.rag.search(query), before, discount=self.habits.discount, k=self.rag.k)
        reply = self.rag.reply(query, hits)
        if isinstance(reply, Clarify) and any(reply == one.reply for one in self.topic):
            # What was asked back once is not asked again.
            silent = copy(self.rag)
            silent.asker = None
            reply = silent.reply(query, hits)
        return hits, reply

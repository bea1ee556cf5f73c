"""Customer service: templates for what is always asked, documents for the rest, a person where both fail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from raglan.talk.conversation import Conversation
from raglan.talk.exchange import Exchange
from raglan.talk.intents import Intents
from raglan.text.words import is_chinese
from raglan.types import Answer, Clarify, Query, Turn

__all__ = ["HandOver", "Service", "wants_person"]

_PERSON = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|put)\b.{0,25}\b(?:human|person|agent|representative|someone|somebody|operator|advisor|staff)\b"
    r"|\b(?:real|actual|live)\s+(?:human|person|agent)\b|^\W*(?:(?:a|an|human|live|the)\s+)*(?:human|agent|operator|representative)(?:\s+(?:please|now))?\W*$"
    r"|人工|转接|轉接|真人|(?:找|联系|聯繫|换|換|叫|跟)(?:个|個|一下|你们的|你們的)?(?:客服|人|经理|經理|专员|專員)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:how|what|why|do(?:es)? your|who)\b.*\b(?:agent|representative|operator|human)s?\b|人工智能|人工费|人工費",
    re.IGNORECASE,
)
_MESSAGE = {
    "asked": ("I am handing you over to a person.", "正在为您转接人工客服。"),
    "unsure": (
        "I am not sure enough to answer this; a person will take over.",
        "这个问题我没有把握，正在为您转接人工客服。",
    ),
    "again": ("Let me hand you over to a person, who can help better.", "为了更好地帮助您，正在为您转接人工客服。"),
}


@dataclass(frozen=True, slots=True)
class HandOver:
    """A conversation for a person to take over: why (``asked``, ``unsure``, ``again``), what to say, what was said so far.

    ``attempt`` is the exchange that was not good enough to be shown, if there is one.
    """

    reason: str
    message: str
    transcript: tuple[Turn, ...]
    attempt: Exchange | None = None


def wants_person(text: str) -> bool:
    """Whether ``text`` asks for a person.

    >>> wants_person("Can I talk to a real person?"), wants_person("转人工"), wants_person("Who is my agent of record?")
    (True, True, False)
    """
    return bool(_PERSON.search(text)) and not _NOT.search(text)


class Service:
    """A :class:`raglan.talk.conversation.Conversation` with templates and a way out.

    What an intent matches by ``match`` or more is answered by its template. An answer of less confidence than ``least``, or
    none, counts as a miss; after ``misses`` in a row a person takes over. Questions back are no misses; the same question
    said again after a miss is one more.
    """

    def __init__(
        self, conversation: Conversation, known: Intents, *, match: float = 0.6, least: float = 0.3, misses: int = 1
    ) -> None:
        if misses < 1:
            raise ValueError(f"misses is {misses}, must be at least 1")
        self.conversation = conversation
        self._known = known
        self._match = match
        self._least = least
        self._misses = misses
        self._missed = 0

    def say(self, text: str) -> Exchange | HandOver:
        """The reply to ``text``, by template or from the documents, or that a person should take over."""
        if wants_person(text):
            return self._handed("asked", text)
        if (answer := self._templated(text)) is not None:
            self._missed = 0
            return self.conversation.record(Exchange(text, Query(text), answer, by="template"))
        exchange = self.conversation.say(text)
        if isinstance(exchange.reply, Clarify) or self._good(exchange.reply):
            self._missed = 0
            return exchange
        self._missed += 1
        if self._missed < self._misses:
            return exchange
        return self._handed("unsure" if self._misses == 1 else "again", text, exchange)

    def _templated(self, text: str) -> Answer | None:
        # A choice among options is no new question.
        topic = self.conversation.topic
        if topic and isinstance(topic[-1].reply, Clarify):
            return None
        found = self._known.nearest(text)
        if found is None or found.score < self._match:
            return None
        return Answer(found.intent.answer(text), confidence=min(found.score, 1.0))

    def _good(self, answer: Answer) -> bool:
        return not answer.abstained and answer.confidence >= self._least

    def _handed(self, reason: str, text: str, attempt: Exchange | None = None) -> HandOver:
        self._missed = 0
        said = [turn for one in self.conversation.exchanges for turn in _turns(one) if one is not attempt]
        return HandOver(reason, _MESSAGE[reason][is_chinese(text)], (*said, Turn("user", text)), attempt)


def _turns(exchange: Exchange) -> tuple[Turn, Turn]:
    reply = exchange.reply
    return Turn("user", exchange.said), Turn("assistant", reply.question if isinstance(reply, Clarify) else reply.text)

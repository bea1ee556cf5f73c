"""One turn of a conversation, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from raglan.talk.memory import Pair
from raglan.types import Answer, Clarify, Hit, Passage, Query, Reply

__all__ = ["Exchange", "read", "written"]

Find = Callable[[str], Passage | None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was ``said``, the ``query`` that was made of it, and the ``reply``.

    ``added`` is what was taken from the history into the query, ``fresh`` says that a new topic began here, ``hits`` is what
    the reply rests on, best first, and ``by`` who replied: ``documents`` or ``template``.
    """

    said: str
    query: Query
    reply: Reply
    added: tuple[str, ...] = ()
    fresh: bool = False
    hits: tuple[Hit, ...] = ()
    by: str = "documents"

    @property
    def rewritten(self) -> bool:
        """Whether something else than what was said was searched for."""
        return self.said.strip() != self.query.text.strip()

    @property
    def pair(self) -> Pair:
        """Question and reply as memory keeps them; a question back is a reply."""
        reply = self.reply.question if isinstance(self.reply, Clarify) else self.reply.text
        return Pair(self.query.text, reply)


def written(exchange: Exchange) -> dict[str, Any]:
    """As JSON values. Passages are named, not copied: what is deleted from the documents is in no session."""
    reply = exchange.reply
    made: dict[str, Any] = {
        "said": exchange.said,
        "query": _query(exchange.query),
        "added": list(exchange.added),
        "fresh": exchange.fresh,
        "by": exchange.by,
        "hits": [[hit.passage.id, hit.score, hit.by] for hit in exchange.hits],
    }
    if isinstance(reply, Clarify):
        made["clarify"] = {
            "question": reply.question,
            "options": list(reply.options),
            "queries": [_query(query) for query in reply.queries],
        }
    else:
        made["answer"] = {"text": reply.text, "confidence": reply.confidence}
    return made


def _query(query: Query) -> dict[str, Any]:
    return {"text": query.text, "where": {name: _listed(value) for name, value in query.where.items()}}


def _listed(value: object) -> object:
    return list(value) if isinstance(value, (tuple, list, set, frozenset)) else value


def read(made: Mapping[str, Any], find: Find) -> Exchange:
    """The exchange that :func:`written` wrote, with those of its passages that ``find`` still finds by their ids.

    An answer comes back without its citations: they point into documents that may have changed. Raises
    :class:`ValueError` for anything else.
    """
    try:
        found = [(find(name), float(score), str(by)) for name, score, by in made["hits"]]
        return Exchange(
            str(made["said"]),
            _queried(made["query"]),
            _replied(made),
            tuple(made["added"]),
            bool(made["fresh"]),
            tuple(Hit(passage, score, by) for passage, score, by in found if passage is not None),
            str(made["by"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no exchange of a conversation: {error!r}") from error


def _replied(made: Mapping[str, Any]) -> Reply:
    if back := made.get("clarify"):
        return Clarify(back["question"], tuple(back["options"]), tuple(_queried(one) for one in back["queries"]))
    return Answer(made["answer"]["text"], confidence=float(made["answer"]["confidence"]))


def _queried(made: Mapping[str, Any]) -> Query:
    where = {name: tuple(value) if isinstance(value, list) else value for name, value in made["where"].items()}
    return Query(made["text"], where=where)

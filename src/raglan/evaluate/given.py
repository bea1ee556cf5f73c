"""What a system gives for a batch of examples: rankings from a retriever, rankings and answers from a ``Rag``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from raglan.errors import RaglanError
from raglan.protocols import Retriever
from raglan.rag import Rag
from raglan.types import Answer, Evidence, Example, Hit, Passage, Query, Reply

__all__ = ["Asking", "Given", "System", "given"]

System = Rag | Retriever
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """How systems are asked. Retrievers give ``depth`` passages.

    With ``gold`` a ``Rag`` reads the passages that a row names, and nothing is searched. ``workers`` questions are answered
    at a time, which pays where a server does it. ``clock`` tells the time in seconds.
    """

    gold: bool = False
    depth: int = 100
    workers: int = 1
    clock: Callable[[], float] = time.perf_counter


@dataclass(slots=True)
class Given:
    """Row by row; a column that the system does not fill is empty. ``failed`` tells by row why there is no answer."""

    hits: list[list[Hit]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def given(system: System, examples: Sequence[Example], asking: Asking, gold: Mapping[str, Sequence[Passage]]) -> Given:
    """What ``system`` finds and says; ``gold`` holds passages by the names that examples give them, where it reads these."""
    if not isinstance(system, Rag):
        return Given(system.search([example.query for example in examples], asking.depth))
    if asking.gold:
        evidence = [_named(one, gold) for one in examples]
        return _replied([partial(system.read, *pair) for pair in _pairs(examples, evidence)], asking.workers)
    hits = _hits(system, examples, asking.depth)
    first = [one[: system.k] for one in hits]
    found = _replied([partial(system.reply, *pair) for pair in _pairs(examples, first)], asking.workers)
    found.hits = hits
    return found


def _pairs(examples: Sequence[Example], others: Sequence[T]) -> Iterator[tuple[Query, T]]:
    return zip((example.query for example in examples), others, strict=True)


def _hits(rag: Rag, examples: Sequence[Example], depth: int) -> list[list[Hit]]:
    if rag.reranker is None:
        return rag.retriever.search([example.query for example in examples], max(depth, rag.k))
    # What a reranker chooses hangs on how many it is asked for: here as many as become evidence.
    return [rag.search(example.query) for example in examples]


def _named(example: Example, gold: Mapping[str, Sequence[Passage]]) -> list[Evidence]:
    """What the row names as positive, or, where nothing answers, as looking right."""
    passages = [one for name in example.positives or example.negatives for one in gold.get(name, ())]
    return [Evidence(one, 1 / len(passages)) for one in passages]


def _replied(replies: Sequence[Callable[[], Reply]], workers: int) -> Given:
    with ThreadPoolExecutor(workers) as pool:
        made = list(pool.map(_tried, replies))
    # Of a question back nothing is known to be right or wrong: it counts as no answer.
    answers = [one if isinstance(one, Answer) else Answer("") for one in made]
    return Given(answers=answers, failed={at: one for at, one in enumerate(made) if isinstance(one, str)})


def _tried(reply: Callable[[], Reply]) -> Reply | str:
    try:
        return reply()
    except RaglanError as error:
        # A server that fails once must not cost the other answers; the report counts and shows it.
        return str(error)

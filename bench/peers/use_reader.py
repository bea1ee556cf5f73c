"""A trained reader in one of its ways to answer from several passages, in a process of its own: texts, seconds, memory.

Besides those of :mod:`raglan.generate.fusing` there are ``pointing`` (the likeliest answer by its ends, with the votes of
passages for the same one added up) and ``votes``: each passage is read alone and writes an answer, which has the passage's
share of trust times its chance a token.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

from bench.peers.running import Json, memory, rows, serve

from raglan.datasets.dataset import alone
from raglan.generate.reader import ReaderGenerator
from raglan.types import Evidence, Passage, Query


def answer(options: Json) -> Json:
    """Answer every question of a file from its first k passages, in an order drawn by chance."""
    way, k = str(options["way"]), int(options["k"])
    reader = ReaderGenerator(options["reader"], fusion={"pointing": "", "votes": "decoder"}.get(way, way))
    reader.write(Query("warm"), [Evidence(alone("warm", "It is warm."), 1.0)])
    # The peak so far is that of loading; from here on it is that of answering.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    found: dict[str, list[object]] = {"texts": [], "weights": [], "seconds": []}
    for at, row in enumerate(rows(options["file"])):
        given = [alone(str(place), one["text"], one["title"]) for place, one in enumerate(row["passages"][:k])]
        random.Random(f"{options['seed']} {at}").shuffle(given)
        started = time.perf_counter()
        text, weights = (voted if way == "votes" else whole)(reader, Query(row["question"]), given)
        found["seconds"].append(time.perf_counter() - started)
        found["texts"].append(text)
        by = {passage.id: weight for passage, weight in zip(given, weights, strict=True)}
        found["weights"].append([by[str(place)] for place in range(len(given))])
    return {**found, "extra_mb": memory("VmHWM") - before}


def whole(reader: ReaderGenerator, query: Query, passages: Sequence[Passage]) -> tuple[str, Sequence[float]]:
    """As the library answers."""
    draft = reader.write(query, [Evidence(passage, 1 / len(passages)) for passage in passages])
    return draft.text, draft.weights


def voted(reader: ReaderGenerator, query: Query, passages: Sequence[Passage]) -> tuple[str, Sequence[float]]:
    """The text with most votes; who writes nothing has none."""
    each = [reader.measured(query, [Evidence(passage, 1.0)]) for passage in passages]
    odds = [measures.support if measures else -math.inf for _, measures, _ in each]
    trust = [math.exp(one - max(odds)) for one in odds]
    weights = [one / sum(trust) for one in trust]
    votes: dict[str, float] = {}
    said: dict[str, str] = {}
    for (draft, _, _), weight in zip(each, weights, strict=True):
        name = said.setdefault(draft.text.casefold(), draft.text)
        votes[name] = votes.get(name, 0.0) + weight * math.exp(draft.logprob)
    return max((name for name in votes if name), key=lambda name: votes[name], default=""), weights


if __name__ == "__main__":
    serve({"answer": answer}, "raglan")

"""Raglan itself, driven like its peers: the same texts, the same clock, a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import numpy as np
from bench.peers.running import Clock, Json, memory, probe, rows, serve, spread, timed

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.types import Document, Passage, Query, Span

TRUTH_ROWS = 10_000  # of vectors compared at once


def ingest(options: Json) -> Json:
    """Read a file of documents, cut, index by words and, if asked, encode; then answer a first query."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        config = Config() if options["vectors"] else Config.of({"encoder": "none"})
        made = library(Path(folder), config)
        if made.vectors is not None:
            made.vectors.encoder.encode(["warm"], role="passage")
        start = clock.lap()
        made.sync(Path(options["file"]))
        made.encode()
        found = made.rag.search(options["query"], 10)
        seconds = clock.lap()
        probe([hit.passage.text for hit in found], options["wanted"])
        count = len(made.store)
        made.close()
    return {"start_s": start, "seconds": seconds, "cpu_s": clock.cpu, "passages": count}


def opening(options: Json) -> Json:
    """Open a store and both indexes; then load the models and answer a first question."""
    clock = Clock()
    made = library(Path(options["folder"]))
    made.words.follower.refresh()
    assert made.vectors is not None
    made.vectors.follower.look()
    opened, held = clock.lap(), memory("VmRSS")
    made.rag.search(options["questions"][0], 10)
    first = clock.lap()
    return {"open_s": opened, "answer_s": opened + first, "open_mb": held, "passages": len(made.store)}


def asking(options: Json) -> Json:
    """Questions one after the other: the whole search, then its parts by themselves."""
    made = library(Path(options["folder"]))
    questions = [Query(text) for text in options["questions"]]
    assert made.vectors is not None
    encoder = made.vectors.encoder
    for query in questions[:20]:
        made.rag.search(query, 10)
    whole = spread(timed(lambda query: made.rag.search(query, 10), questions))
    peak = memory("VmHWM")
    parts: dict[str, Callable[[Query], object]] = {
        "encode": lambda query: encoder.encode([query.text], role="query"),
        "words": lambda query: made.words.search([query], 10),
        "words, 100 deep": lambda query: made.words.search([query], 100),
        "vectors, 100 deep": lambda query: made.vectors and made.vectors.search([query], 100),
    }
    return {
        "query": whole,
        "parts": {name: spread(timed(part, questions)) for name, part in parts.items()},
        "peak_mb": peak,
    }


def adding(options: Json) -> Json:
    """Single passages into a copy of the store: on disk and found by words, then the same with a vector."""
    more = rows(options["more"])
    half = len(more) // 2
    with _copied(options["folder"]) as made:
        made.rag.search(options["questions"][0], 10)

        def words(row: Json) -> None:
            passage = _passage(row)
            made.store.put(Document(passage.document, passage.text, passage.document, meta=passage.meta), [passage])
            made.words.follower.refresh()

        def vectors(row: Json) -> None:
            words(row)
            made.encode()

        told = {"add_words": spread(timed(words, more[:half])), "add": spread(timed(vectors, more[half:]))}
        assert made.vectors is not None
        assert made.words.follower.behind == made.vectors.follower.behind == 0
        for row in more:
            [hits] = made.words.search([Query(row["text"][:200])], 10)
            probe([hit.passage.text for hit in hits], row["text"])
    return told


def recall(options: Json) -> Json:
    """Recall@10 of the search by vectors against comparing each query with every row, in single precision.

    A hit counts if no more than nine rows are nearer, so that equal texts cannot count as misses.
    """
    folder = Path(options["folder"])
    made = library(folder)
    assert made.vectors is not None
    [file] = folder.glob("vectors/*/rows.f16")
    keys = np.fromfile(file.with_name("keys.i64"), np.int64)
    table = np.memmap(file, np.float16, "r").reshape(len(keys), -1)
    vectors = made.vectors.encoder.encode(options["questions"], role="query")
    blocks = [np.asarray(table[at : at + TRUTH_ROWS], np.float32) @ vectors.T for at in range(0, len(keys), TRUTH_ROWS)]
    scores = np.concatenate(blocks)
    least = np.sort(scores, axis=0)[-10]
    place = {passage.id: row for row, passage in _named(made, keys.tolist())}
    shares = []
    for column, text in enumerate(options["questions"]):
        [hits] = made.vectors.search([Query(text)], 10)
        near = [scores[place[hit.passage.id], column] >= least[column] - 1e-6 for hit in hits]
        shares.append(sum(near) / 10)
    graph = any(file.parent.glob("graph*"))
    return {"recall@10": sum(shares) / len(shares), "graph": graph, "top10_cosine": float(least.mean())}


def _named(made: Library, keys: list[int]) -> Iterator[tuple[int, Passage]]:
    found = made.store.get(keys)
    return ((row, found[key]) for row, key in enumerate(keys))


def _passage(row: Json) -> Passage:
    return Passage(row["id"], row["text"], row["id"], Span(0, len(row["text"])), meta={"title": row["title"]})


@contextmanager
def _copied(folder: str) -> Iterator[Library]:
    with tempfile.TemporaryDirectory(dir=Path(folder).parent) as other:
        copytree(folder, other, dirs_exist_ok=True)
        made = library(Path(other))
        try:
            yield made
        finally:
            made.close()


if __name__ == "__main__":
    serve({"ingest": ingest, "open": opening, "ask": asking, "add": adding, "recall": recall}, "raglan", "onnxruntime")

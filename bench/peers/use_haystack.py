"""Haystack's in-memory store, searched by BM25: words only."""

from __future__ import annotations

import shutil
from importlib import import_module
from typing import Any

from bench.peers.running import Clock, Json, probe, serve, texts, tried, working_copy


def _store() -> Any:
    return import_module("haystack.document_stores.in_memory").InMemoryDocumentStore


def _documents(every: list[str]) -> list[Any]:
    document = import_module("haystack").Document
    return [document(content=text) for text in every]


def ingest(options: Json) -> Json:
    """Read, write into the store, and answer a first query."""
    clock = Clock()
    store = _store()()
    import_module("haystack")
    start = clock.lap()
    store.write_documents(_documents(texts(options["file"])))
    found = store.bm25_retrieval(options["query"], top_k=10)
    seconds = clock.lap()
    probe([hit.content for hit in found], options["wanted"])
    return {"start_s": start, "seconds": seconds, "cpu_s": clock.cpu}


def build(options: Json) -> Json:
    """Write and save."""
    store = _store()()
    store.write_documents(_documents(texts(options["file"])))
    clock = Clock()
    store.save_to_disk(f"{options['folder']}/store.json")
    return {"save_s": clock.lap()}


def search(options: Json) -> Json:
    """Open what was saved, ask, and add one passage durably."""
    kind = _store()
    folder = working_copy(options["folder"])
    file = f"{folder}/store.json"
    clock = Clock()
    store = kind.load_from_disk(file)
    opened = clock.lap()
    store.bm25_retrieval(options["questions"][0], top_k=10)
    first = clock.lap()

    def add(row: Json) -> None:
        store.write_documents(_documents([f"{row['title']}. {row['text']}"]))
        store.save_to_disk(file)

    told = tried(lambda question: store.bm25_retrieval(question, top_k=10), add, options)
    shutil.rmtree(folder)
    return {"open_s": opened, "answer_s": opened + first, **told}


if __name__ == "__main__":
    serve({"ingest": ingest, "build": build, "search": search}, "haystack-ai")

"""txtai: one embeddings database for vectors, words and texts."""

from __future__ import annotations

import shutil
from importlib import import_module
from typing import Any

from bench.peers.running import Clock, Json, probe, serve, texts, tried, working_copy


def _made(options: Json, **more: Any) -> Any:
    size = {"encodebatch": options["batch"]} if options.get("batch") else {}
    settings = {"path": options["model"], "content": True, "maxlength": options["length"], "gpu": False, **size, **more}
    return import_module("txtai").Embeddings(settings)


def ingest(options: Json) -> Json:
    """Read, encode, index by vectors, and answer a first query."""
    clock = Clock()
    made = _made(options)
    made.batchtransform(["warm"])
    start = clock.lap()
    made.index(texts(options["file"]))
    found = made.search(options["query"], 10)
    seconds = clock.lap()
    probe([hit["text"] for hit in found], options["wanted"])
    return {"start_s": start, "seconds": seconds, "cpu_s": clock.cpu}


def build(options: Json) -> Json:
    """Index by vectors and words, and save."""
    made = _made(options, hybrid=True)
    made.index(texts(options["file"]))
    clock = Clock()
    made.save(options["folder"])
    return {"save_s": clock.lap()}


def search(options: Json) -> Json:
    """Open what was saved, ask, and add one passage durably. Opening loads the model too; txtai knows no other way."""
    embeddings: Any = import_module("txtai").Embeddings
    folder = working_copy(options["folder"])
    clock = Clock()
    made = embeddings()
    made.load(str(folder))
    opened = clock.lap()
    made.search(options["questions"][0], 10)
    first = clock.lap()

    def add(row: Json) -> None:
        made.upsert([(row["id"], f"{row['title']}. {row['text']}", None)])
        made.save(str(folder))

    told = tried(lambda question: made.search(question, 10), add, options)
    shutil.rmtree(folder)
    return {"open_s": opened, "answer_s": opened + first, **told}


if __name__ == "__main__":
    serve({"ingest": ingest, "build": build, "search": search}, "txtai", "torch")

"""txtai: one embeddings database for vectors, words and texts."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.peers.running import Clock, Json, probe, rows, serve, spread, texts, timed


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
    return {"start_s": start, "seconds": seconds}


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
    folder = shutil.copytree(options["folder"], Path(options["folder"]).with_name("txtai.copy"), dirs_exist_ok=True)
    questions = options["questions"]
    clock = Clock()
    made = embeddings()
    made.load(str(folder))
    opened = clock.lap()
    made.search(questions[0], 10)
    first = clock.lap()
    asked = spread(timed(lambda question: made.search(question, 10), questions))

    def add(row: Json) -> None:
        made.upsert([(row["id"], f"{row['title']}. {row['text']}", None)])
        made.save(str(folder))

    added = spread(timed(add, rows(options["more"])))
    shutil.rmtree(folder)
    return {"open_s": opened, "answer_s": opened + first, "query": asked, "add": added}


if __name__ == "__main__":
    serve({"ingest": ingest, "build": build, "search": search}, "txtai", "torch")

"""sentence-transformers with a flat faiss index: the least that computes vectors and searches them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bench.peers.running import Clock, Json, probe, serve, texts


def ingest(options: Json) -> Json:
    """Read, encode, index, and answer a first query."""
    clock = Clock()
    faiss: Any = import_module("faiss")
    model: Any = import_module("sentence_transformers").SentenceTransformer(options["model"], device="cpu")
    model.max_seq_length = options["length"]
    model.encode(["warm"])
    start = clock.lap()
    every = texts(options["file"])
    size = {"batch_size": options["batch"]} if options["batch"] else {}
    vectors = model.encode(every, normalize_embeddings=True, **size)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    _, places = index.search(model.encode([options["query"]], normalize_embeddings=True), 10)
    seconds = clock.lap()
    probe([every[place] for place in places[0]], options["wanted"])
    return {"start_s": start, "seconds": seconds, "cpu_s": clock.cpu}


if __name__ == "__main__":
    serve({"ingest": ingest}, "sentence-transformers", "torch", "faiss-cpu")

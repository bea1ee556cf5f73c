"""LlamaIndex with its default store: vectors and texts in memory, JSON files on disk."""

from __future__ import annotations

import shutil
from importlib import import_module
from typing import Any

from bench.peers.running import Clock, Json, probe, serve, texts, tried, working_copy


def _encoder(options: Json) -> Any:
    kind = import_module("llama_index.embeddings.huggingface").HuggingFaceEmbedding
    size = {"embed_batch_size": options["batch"]} if options.get("batch") else {}
    return kind(model_name=options["model"], max_length=options["length"], device="cpu", **size)


def _indexed(core: Any, every: list[str], encoder: Any) -> Any:
    return core.VectorStoreIndex.from_documents([core.Document(text=text) for text in every], embed_model=encoder)


def ingest(options: Json) -> Json:
    """Read, cut, encode, index, and answer a first query."""
    clock = Clock()
    core = import_module("llama_index.core")
    encoder = _encoder(options)
    encoder.get_text_embedding("warm")
    start = clock.lap()
    index = _indexed(core, texts(options["file"]), encoder)
    found = index.as_retriever(similarity_top_k=10).retrieve(options["query"])
    seconds = clock.lap()
    probe([hit.text for hit in found], options["wanted"])
    return {"start_s": start, "seconds": seconds, "cpu_s": clock.cpu}


def build(options: Json) -> Json:
    """Index and persist."""
    index = _indexed(import_module("llama_index.core"), texts(options["file"]), _encoder(options))
    clock = Clock()
    index.storage_context.persist(options["folder"])
    return {"save_s": clock.lap()}


def search(options: Json) -> Json:
    """Open what was persisted, ask, and add one passage durably."""
    core = import_module("llama_index.core")
    node = import_module("llama_index.core.schema").TextNode
    import_module("llama_index.embeddings.huggingface")
    folder = working_copy(options["folder"])
    clock = Clock()
    encoder = _encoder(options)
    model = clock.lap()
    storage = core.StorageContext.from_defaults(persist_dir=str(folder))
    index = core.load_index_from_storage(storage, embed_model=encoder)
    opened = clock.lap()
    retriever = index.as_retriever(similarity_top_k=10)
    retriever.retrieve(options["questions"][0])
    first = clock.lap()

    def add(row: Json) -> None:
        index.insert_nodes([node(text=f"{row['title']}. {row['text']}")])
        index.storage_context.persist(str(folder))

    told = tried(retriever.retrieve, add, options)
    shutil.rmtree(folder)
    return {"open_s": opened, "answer_s": model + opened + first, **told}


if __name__ == "__main__":
    serve({"ingest": ingest, "build": build, "search": search}, "llama-index-core", "sentence-transformers", "torch")

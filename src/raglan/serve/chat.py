"""What clients of OpenAI's API ask: chat completions, embeddings and models, so that they work unchanged.

The last message of a user that has a text is the question, those before it the conversation; what a system message says is
not followed, for answers rest on documents alone. Where an answer comes from stands behind its text as ``[1] ...`` lines,
and in full in a field ``raglan``, of the message or of the last chunk.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from uuid import uuid4

from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from raglan.errors import RaglanError
from raglan.objects import note_line, reply_object
from raglan.protocols import Encoder
from raglan.serve import openai_shapes as shapes
from raglan.serve.answering import Delta, Step, Stop, Told
from raglan.serve.audit import touched
from raglan.serve.beginning import begun
from raglan.serve.callers import Reads
from raglan.serve.consulted import consulted, documents_of
from raglan.serve.lasting import lasting, still
from raglan.serve.problems import PROBLEMS, STREAMED, Problem, problem, told_failure
from raglan.serve.service import Service
from raglan.serve.working import stepped, threaded
from raglan.text.words import is_chinese, terms
from raglan.types import Answer, Clarify, Query, Reply, place

__all__ = ["chat"]

_MODEL, _EMBEDDER = "raglan", "raglan-embedding"
_NOTHING = "The documents do not seem to hold the answer."
_NOTHING_ZH = "文档中似乎没有答案。"


def chat(service: Service, threads: CapacityLimiter) -> APIRouter:
    """Routes that answer from ``service`` as OpenAI's would."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)

    @router.post(
        "/chat/completions",
        response_model=shapes.Completion,
        responses=STREAMED,
        summary="Answer, as OpenAI's chat does",
    )
    async def complete(key: Reads, asked: shapes.Chat, request: Request) -> Any:
        library, query = await service.opened(key), asked.query()
        if query is None:
            raise Problem(
                422, "invalid", "messages: one must be the user's, with a text; the last such is the question"
            )
        said, query = query.text, await run_in_threadpool(service.understood, query)
        alone = service.veil(key).text(query.text) if query.text != said else None
        if asked.stream:
            steps = service.veil(key).steps(service.steps(library, query, Stop(), stream=True))
            steps = consulted(request.state, lasting(service.keys, key, steps))
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            return await begun(_chunks(service, stepped(steps, threads), query, alone, usage=usage))
        with service.queue.place():
            told = await threaded(request, lambda stop: service.answer(library, query, stop), threads)
        still(service.keys, key)
        touched(request.state, documents_of(told))
        return _completion(query, service.veil(key).told(told), alone)

    @router.post(
        "/embeddings",
        response_model=shapes.Embeddings,
        summary="Vectors of texts, as OpenAI gives them",
        openapi_extra=_of_length(service),
    )
    async def embed(key: Reads, asked: shapes.Embed, request: Request) -> Any:
        vectors = (await service.opened(key)).vectors
        if vectors is None:
            raise Problem(404, "no_encoder", "this store is searched by words alone; start the server with an encoder")
        with service.queue.place():
            rows = await threaded(request, lambda _: _embedded(vectors.encoder, asked), threads)
        return {"object": "list", "data": rows, "model": _EMBEDDER, "usage": _usage("\n".join(asked.texts()), "")}

    @router.get("/models", response_model=shapes.Models, summary="What may be named as model")
    async def models(key: Reads) -> Any:  # noqa: ARG001
        return {"object": "list", "data": [_model(_MODEL), _model(_EMBEDDER)]}

    @router.get("/models/{name}", response_model=shapes.Model, summary="One of them")
    async def model(key: Reads, name: str) -> Any:  # noqa: ARG001
        if name not in (_MODEL, _EMBEDDER):
            raise Problem(404, "not_found", f"there is no model {name!r}; there are {_MODEL} and {_EMBEDDER}")
        return _model(name)

    return router


def _of_length(service: Service) -> dict[str, Any] | None:
    """What the OpenAPI document says of the length of vectors: that it is the store's own, or not said."""
    vectors = service.whole.vectors
    if vectors is None:
        return None
    known = {"properties": {"dimensions": {"enum": [vectors.encoder.dim, None]}}}
    return {"requestBody": {"content": {"application/json": {"schema": known}}}}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "raglan"}


def _completion(query: Query, told: Told, alone: str | None) -> dict[str, Any]:
    text = _text(query, told.reply)
    message = {"role": "assistant", "content": text, "raglan": _raglan(told, alone)}
    return {
        **_head("chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(query.text, text),
    }


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": _MODEL}


async def _chunks(
    service: Service, steps: AsyncIterator[Step], query: Query, alone: str | None, *, usage: bool
) -> AsyncGenerator[str, None]:
    head, said = _head("chat.completion.chunk"), ""
    try:
        with service.queue.place():
            yield _chunk(head, {"role": "assistant", "content": ""})
            async for step in steps:
                if isinstance(step, Delta):
                    said += step.text
                    yield _chunk(head, {"content": step.text})
                elif isinstance(step, Told):
                    # What was said and is not given after all cannot be taken back; but it can be told.
                    rest = _rest(query, step.reply, said)
                    yield _chunk(head, {"content": rest} if rest else {}, finish="stop", raglan=_raglan(step, alone))
                    if usage:
                        yield _sent({**head, "choices": [], "usage": _usage(query.text, said + rest)})
    except Problem as error:
        yield f"data: {bytes(problem(error.status, error.code, error.message).body).decode()}\n\n"
    except RaglanError as error:
        yield f"data: {bytes(told_failure(error).body).decode()}\n\n"
    yield "data: [DONE]\n\n"


def _chunk(
    head: dict[str, Any], delta: dict[str, Any], *, finish: str | None = None, raglan: dict[str, Any] | None = None
) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _sent({**head, "choices": [choice], **({"raglan": raglan} if raglan else {})})


def _sent(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _text(query: Query, reply: Reply) -> str:
    return (reply.text if isinstance(reply, Answer) else "") + _rest(query, reply, "")


def _rest(query: Query, reply: Reply, said: str) -> str:
    """What stands behind the text of an answer, or in its place; ``said`` was shown already."""
    gap = "\n\n" if said else ""
    if isinstance(reply, Clarify):
        return gap + "\n".join([reply.question, *(f"{n}. {option}" for n, option in enumerate(reply.options, 1))])
    if reply.abstained:
        return gap + (_NOTHING_ZH if is_chinese(query.text) else _NOTHING)
    lines = dict.fromkeys(place(citation) for citation in reply.citations)
    sources = "".join(f"{'' if n > 1 else chr(10)}\n[{n}] {line}" for n, line in enumerate(lines, 1))
    return sources + "".join(f"\n\n{note_line(note, chinese=is_chinese(query.text))}" for note in reply.notes)


def _raglan(told: Told, alone: str | None) -> dict[str, Any]:
    return {"id": uuid4().hex, "searched_for": alone, **reply_object(told.reply, told.seconds)}


def _usage(asked: str, said: str) -> dict[str, int]:
    """Counted in words, and single Chinese characters: there are no tokens of a language model here."""
    prompt, completion = len(terms(asked)), len(terms(said))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _embedded(encoder: Encoder, asked: shapes.Embed) -> list[dict[str, Any]]:
    if asked.dimensions not in (None, encoder.dim):
        raise Problem(422, "invalid", f"dimensions: the vectors of this store have {encoder.dim}; leave it out")
    rows = encoder.encode(asked.texts(), role=asked.input_type)
    packed = asked.encoding_format == "base64"
    told = [base64.b64encode(row.astype("<f4").tobytes()).decode() if packed else row.tolist() for row in rows]
    return [{"object": "embedding", "index": at, "embedding": one} for at, one in enumerate(told)]

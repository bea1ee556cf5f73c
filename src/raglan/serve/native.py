"""The native API: answers, searches, and the documents behind them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from raglan.errors import RaglanError
from raglan.explain.why import stages_object, why
from raglan.objects import evidence_object, hits_object, reply_object
from raglan.serve import requests, shapes
from raglan.serve.answering import Delta, Step, Stop, Told, Weighed
from raglan.serve.audit import touched
from raglan.serve.beginning import begun
from raglan.serve.callers import Reads
from raglan.serve.consulted import consulted, documents_of
from raglan.serve.lasting import lasting, still
from raglan.serve.problems import PROBLEMS, STREAMED, Problem, told_failure
from raglan.serve.service import How, Service
from raglan.serve.working import awaited, stepped, threaded

__all__ = ["native"]


def native(service: Service, threads: CapacityLimiter) -> APIRouter:
    """Routes that answer from ``service``, at most so many at a time as there are ``threads``."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)

    @router.post(
        "/answer", response_model=shapes.Answered, responses=STREAMED, summary="Answer a question from the documents"
    )
    async def answer(key: Reads, asked: requests.Ask, request: Request) -> Any:
        library, how = await service.opened(key), How(asked.k, asked.threshold)
        query, veil = await run_in_threadpool(service.understood, asked.query()), service.veil(key)
        alone = veil.text(query.text) if query.text != asked.question else None
        if asked.stream:
            steps = veil.steps(service.steps(library, query, Stop(), how, stream=True))
            steps = consulted(request.state, lasting(service.keys, key, steps))
            return await begun(_events(service, stepped(steps, threads), alone))
        with service.queue.place():
            told = await threaded(request, lambda stop: service.answer(library, query, stop, how), threads)
        still(service.keys, key)
        touched(request.state, documents_of(told))
        return _answer_object(veil.told(told), alone)

    @router.post("/search", response_model=shapes.Hits, summary="Find passages")
    async def search(key: Reads, asked: requests.Find, request: Request) -> Any:
        with service.queue.place():
            library = await service.opened(key)
            hits = await awaited(request, service.find(library, asked.asked(), asked.k))
        touched(request.state, (hit.passage.document for hit in hits))
        return hits_object(service.veil(key).hits(hits))

    @router.post("/why", response_model=shapes.Stages, summary="Where an expected passage was lost")
    async def lost(key: Reads, asked: requests.Why, request: Request) -> Any:
        library = await service.opened(key)
        searches = [library.words, *([library.serving] if library.serving else [])]

        def work(_: Stop) -> Any:
            return why(library.rag, library.store, library.words, searches, asked.asked(), asked.text)

        with service.queue.place():
            stages = await threaded(request, work, threads)
        veil = service.veil(key)
        return stages_object([replace(stage, finding=veil.text(stage.finding)) for stage in stages])

    return router


async def _events(service: Service, steps: AsyncIterator[Step], alone: str | None) -> AsyncGenerator[str, None]:
    """Server-sent events: the evidence, the text as it comes, the whole; or what went wrong."""
    try:
        with service.queue.place():
            async for step in steps:
                yield _event(step, alone)
    except Problem as error:
        yield _sent("error", {"code": error.code, "message": error.message})
    except RaglanError as error:
        yield _sent("error", json.loads(bytes(told_failure(error).body))["error"])


def _event(step: Step, alone: str | None) -> str:
    if isinstance(step, Weighed):
        return _sent("evidence", {"evidence": [evidence_object(piece) for piece in step.evidence]})
    if isinstance(step, Delta):
        return _sent("delta", {"text": step.text})
    return _sent("answer", _answer_object(step, alone))


def _sent(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def _answer_object(told: Told, alone: str | None) -> dict[str, Any]:
    """``alone`` is the question as it was searched for, where that is not as it was asked."""
    return {"id": uuid4().hex, "searched_for": alone, **reply_object(told.reply, told.seconds)}

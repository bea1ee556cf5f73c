"""The application: routes, the page, and what goes around every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from raglan.errors import RaglanError
from raglan.serve import shapes
from raglan.serve.audit import Audit
from raglan.serve.auditing import auditing
from raglan.serve.callers import Reads, sees_all
from raglan.serve.chat import chat
from raglan.serve.guard import Guard, guarded
from raglan.serve.keys import SCOPES
from raglan.serve.knowing import knowing
from raglan.serve.mcp import OverHttp
from raglan.serve.native import native
from raglan.serve.observing import Observed
from raglan.serve.problems import PROBLEMS, Caught, problem, tell_problems
from raglan.serve.reading import reading
from raglan.serve.service import Service
from raglan.serve.unmasking import unmasking
from raglan.serve.writing import writing

__all__ = ["app"]

_PAGE = Path(__file__).parent / "page"
_MEASURED = 10.0  # seconds between two looks at the size of the store
_STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


def app(service: Service, guard: Guard | None = None) -> FastAPI:
    """The application that answers from ``service`` behind ``guard``, and closes it when it stops."""
    threads = CapacityLimiter(service.options.threads)
    tools = OverHttp(service, threads)
    made = FastAPI(
        title="Raglan",
        summary="Answers from your documents, every sentence with its source.",
        version=version("raglan"),
        lifespan=_life(service, tools),
        # Their pages come from a content delivery network.
        docs_url=None,
        redoc_url=None,
    )
    made.state.keys, made.state.observer = service.keys, service.observer
    # The last to be added is the first to hear of a request.
    made.add_middleware(Caught)
    audit = Audit(service.folder)
    guarded(made, audit, guard or Guard(), lambda: service.keys.guarded)
    made.add_middleware(Observed, service.observer)
    tell_problems(made)
    made.include_router(native(service, threads))
    made.include_router(reading(service))
    made.include_router(knowing(service))
    made.include_router(writing(service))
    made.include_router(unmasking(service))
    made.include_router(chat(service, threads))
    made.include_router(auditing(audit))
    made.router.routes.append(tools.route)
    _add_state(made, service)
    _add_page(made)
    return made


def _life(service: Service, tools: OverHttp) -> Any:
    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.warm)
        service.indexing.start()
        measuring = asyncio.create_task(_measured(service))
        service.ready = True
        try:
            async with tools.run():
                yield
        finally:
            service.ready = False
            service.observer.metrics.down()
            measuring.cancel()
            await run_in_threadpool(service.close)

    return life


async def _measured(service: Service) -> None:
    while True:
        with suppress(RaglanError):
            await run_in_threadpool(service.measure)
        await asyncio.sleep(_MEASURED)


def _add_state(made: FastAPI, service: Service) -> None:
    @made.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @made.get("/readyz", summary="Whether it takes requests", responses={503: PROBLEMS[503]})
    async def readyz() -> Response:
        if service.ready:
            return JSONResponse({"status": "ready"})
        return problem(503, "not_ready", "the server starts or stops; ask again in a moment", {"Retry-After": "1"})

    @made.get("/metrics", response_class=PlainTextResponse, summary="Counters, for Prometheus")
    def metrics(request: Request) -> Response:
        told, kind = service.observer.metrics.exposed(
            store=sees_all(service.keys, request.headers.get("authorization"))
        )
        return Response(told, media_type=kind)

    @made.get("/v1/about", response_model=shapes.About, summary="The server, and what the caller may do")
    def about(key: Reads) -> Any:
        store = service.library(key).store
        return {
            "name": "raglan",
            "version": version("raglan"),
            "languages": ["en", "zh"],
            "guarded": service.keys.guarded,
            "scopes": sorted(scope for scope in SCOPES if key.may(scope)),
            "passages": len(store),
            "documents": len(store.documents()),
            "writer": service.config.specs["generator"].use,
        }


def _add_page(made: FastAPI) -> None:
    @made.get("/", include_in_schema=False)
    async def index() -> Response:
        return _file("index.html", "text/html; charset=utf-8")

    @made.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        return _file(name, _STATIC[name]) if name in _STATIC else problem(404, "not_found", "there is no such file")


def _file(name: str, kind: str) -> Response:
    place = _PAGE / name
    if not place.is_file():
        return problem(404, "not_found", "this installation has no page; ask /v1/answer")
    return FileResponse(place, media_type=kind, headers={"Cache-Control": "no-cache"})

"""The Model Context Protocol, for assistants: tools ``search`` and ``answer``, over HTTP or standard input and output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from raglan.errors import RaglanError
from raglan.objects import hits_object, reply_object
from raglan.serve import requests
from raglan.serve.admission import Busy
from raglan.serve.answering import Stop
from raglan.serve.audit import touched
from raglan.serve.callers import ANYBODY, admitted, key_of, scoped
from raglan.serve.keys import Key
from raglan.serve.problems import Problem, problem
from raglan.serve.service import How, Service
from raglan.types import Answer, Reply

__all__ = ["OverHttp", "over_stdio", "tools_server"]

_READS = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
_TOOLS: Mapping[str, tuple[type[BaseModel], str]] = {
    "search": (
        requests.Find,
        "Passages of the documents that fit a query, best first, each with its place in its document.",
    ),
    "answer": (
        requests.Question,
        "An answer from the documents, every sentence with its source; it says so where they do not hold one.",
    ),
}
Context = ServerRequestContext[Any, Any]


def tools_server(service: Service, threads: CapacityLimiter) -> Server[Any]:
    """What speaks the protocol, answering from ``service``."""

    async def listed(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        tools = [
            types.Tool(name=name, description=said, input_schema=shape.model_json_schema(), annotations=_READS)
            for name, (shape, said) in _TOOLS.items()
        ]
        return types.ListToolsResult(tools=tools)

    async def called(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        key = _key(context)
        try:
            with service.queue.place():
                told, text = await to_thread.run_sync(_called, service, key, params, limiter=threads)
        except (RaglanError, Busy, Problem) as error:
            return _said(str(error), failed=True)
        except ValidationError as error:
            return _said(f"arguments: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}", failed=True)
        if isinstance(context.request, Request):
            # Of an answer about all passages, citations alone are told.
            shown = [one for name in ("hits", "citations", "evidence") for one in told.get(name, ())]
            touched(context.request.state, (one["document"] for one in shown))
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=told)

    return Server("raglan", version=version("raglan"), on_list_tools=listed, on_call_tool=called)


def _called(service: Service, key: Key, params: types.CallToolRequestParams) -> tuple[dict[str, Any], str]:
    library = service.library(key)
    if params.name == "search":
        wanted = requests.Find.model_validate(params.arguments or {})
        told = hits_object(service.veil(key).hits(service.find(library, wanted.asked(), wanted.k).result()))
        return told, json.dumps(told, ensure_ascii=False)
    if params.name == "answer":
        asked = requests.Question.model_validate(params.arguments or {})
        found = service.veil(key).told(service.answer(library, asked.query(), Stop(), How(asked.k, asked.threshold)))
        return reply_object(found.reply, found.seconds), _text(found.reply)
    raise Problem(404, "not_found", f"there is no tool {params.name!r}; there are {', '.join(_TOOLS)}")


def _text(reply: Reply) -> str:
    if isinstance(reply, Answer):
        return str(reply)
    return "\n".join([reply.question, *(f"- {option}" for option in reply.options)])


def _said(text: str, *, failed: bool) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed)


def _key(context: Context) -> Key:
    request = context.request
    return request.state.key if isinstance(request, Request) else ANYBODY


class OverHttp:
    """The protocol over HTTP, as an ASGI application: each request by itself, so that any worker may answer it.

    A page of another site must not use a visitor's browser to get at a server on the visitor's machine: what comes with
    the ``Origin`` of another host is refused.
    """

    def __init__(self, service: Service, threads: CapacityLimiter) -> None:
        self._service = service
        self._manager = StreamableHTTPSessionManager(tools_server(service, threads), json_response=True, stateless=True)
        self.route = Route("/mcp", endpoint=self, include_in_schema=False)
        # What has to be entered before the first request.
        self.run: Callable[[], Any] = self._manager.run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Routes of FastAPI tell which they are, this kind does not; counters, logs and the audit go by it.
        scope["route"] = self.route
        request = Request(scope)
        try:
            key = key_of(self._service.keys, request.headers.get("authorization"))
            request.state.key = key
            admitted(request.app.state.rates, key)
            scoped(key, "read")
            _check_origin(request)
        except Problem as error:
            await problem(error.status, error.code, error.message, error.headers)(scope, receive, send)
            return
        if request.method == "GET":
            # A stream for what the server has to say of itself: it never has anything, and would only be held open.
            told = "there is no stream to listen to; POST a message"
            await problem(405, "not_allowed", told, {"Allow": "POST"})(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "origin", "requests from pages of other sites are not answered")


async def over_stdio(service: Service) -> None:
    """Speak over standard input and output until the other side hangs up."""
    server = tools_server(service, CapacityLimiter(service.options.threads))
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())

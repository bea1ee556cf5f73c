"""What went wrong, as every surface tells it: a status, a code for programs, and a message that says the way out."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raglan.errors import GeneratorError, RaglanError, StoreError
from raglan.serve.admission import Busy
from raglan.serve.batching import Closed
from raglan.serve.shapes import ErrorReply

__all__ = ["PROBLEMS", "STREAMED", "Caught", "Problem", "problem", "tell_problems", "told_failure"]

_LOG = logging.getLogger(__name__)
_SAID = {
    400: "not understood",
    401: "no key, or an unknown one",
    403: "not with this key",
    404: "not there",
    413: "too large",
    422: "not as it should be",
    429: "too many at once; Retry-After says when to come again",
    500: "a fault of the server",
    502: "the server that writes the answers gave none",
    503: "not now; Retry-After says when to come again",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorReply, "description": said} for status, said in _SAID.items()
}
_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON"}},
    "required": ["data"],
}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": _EVENT}}, "description": "whole, or as a stream of events"}
}
_CODES = {404: "not_found", 405: "not_allowed", 400: "not_understood", 413: "too_large", 415: "not_understood"}


_REFUSED = {401: "key", 403: "scope"}


class Problem(Exception):  # noqa: N818  an answer to a caller
    """An error reply: HTTP ``status``, ``code``, ``message`` and perhaps ``headers``."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def problem(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The reply that tells of an error."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def tell_problems(app: FastAPI) -> None:
    """Let ``app`` tell every error in the one shape."""

    @app.exception_handler(Problem)
    def _known(request: Request, error: Problem) -> Response:
        if error.status in _REFUSED:
            request.app.state.observer.metrics.refused(_REFUSED[error.status])
        return problem(error.status, error.code, error.message, error.headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> Response:
        return problem(422, "invalid", _places(error))

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "failed")
        return problem(error.status_code, code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(Busy)
    def _busy(request: Request, error: Busy) -> Response:
        request.app.state.observer.metrics.refused("queue")
        return problem(429, "busy", str(error), {"Retry-After": str(error.retry_after)})

    @app.exception_handler(Closed)
    def _closed(_: Request, error: Closed) -> Response:
        return problem(503, "stopping", str(error), {"Retry-After": "2"})

    @app.exception_handler(ClientDisconnect)
    def _gone(_: Request, error: ClientDisconnect) -> Response:  # noqa: ARG001  nobody hears it
        return Response(status_code=499)

    @app.exception_handler(RaglanError)
    def _failed(_: Request, error: RaglanError) -> Response:
        return told_failure(error)


class Caught:
    """An ASGI application around another, whose faults are told in the one shape, and in the log as what they are."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._application(scope, receive, sent)
        except Exception:  # one request must not end the server
            if scope["type"] != "http" or begun:
                raise
            _LOG.exception("a request failed")
            await problem(500, "failed", "the server failed; its log says why")(scope, receive, send)


def told_failure(error: RaglanError) -> JSONResponse:
    """The reply for what Raglan raises on purpose."""
    if isinstance(error, GeneratorError):
        return problem(502, "generator", str(error))
    if isinstance(error, StoreError):
        # Its message names a folder of this machine.
        _LOG.error("%s", error)
        return problem(503, "store", "the store cannot be used right now; try again", {"Retry-After": "5"})
    _LOG.error("%s", error)
    return problem(500, "failed", "the server failed; its log says why")


def _places(error: RequestValidationError) -> str:
    found = []
    for one in error.errors()[:5]:
        place = ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0])
        found.append(f"{place}: {one['msg']}")
    return "; ".join(found) or "the request is not as it should be"

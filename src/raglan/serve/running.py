"""The server as processes: one, or several over one store, which stop without losing what was begun."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from raglan.config import Config
from raglan.serve.app import app
from raglan.serve.service import Options, Service

__all__ = ["Place", "serve"]

_LOG = logging.getLogger(__name__)
_GRACE = 30  # seconds in which requests may end when the server stops


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens, and in how many processes."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1


def serve(folder: Path, config: Config, options: Options, place: Place) -> None:
    """Serve the store in ``folder`` until the process is told to stop."""
    made = uvicorn.Config(
        partial(_made, folder, config, options),
        factory=True,
        host=place.host,
        port=place.port,
        workers=place.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE,
        # More requests wait in the socket than the queue lets in; what it lets in is bounded there.
        backlog=512,
    )
    if place.workers == 1:
        uvicorn.Server(made).run()
    else:
        Multiprocess(made, sockets=[made.bind_socket()]).run()


def _made(folder: Path, config: Config, options: Options) -> FastAPI:
    return app(Service(folder, config, options))

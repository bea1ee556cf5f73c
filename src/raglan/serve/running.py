"""The server as processes: one, or several over one store, which stop without losing what was begun."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from raglan.config import Config
from raglan.errors import ConfigError
from raglan.serve.app import app
from raglan.serve.keys import Keys
from raglan.serve.logs import log_to
from raglan.serve.metrics import Metrics, forget_dead, prepare
from raglan.serve.observing import Observer
from raglan.serve.service import Options, Service
from raglan.serve.traces import tracer

__all__ = ["Place", "serve"]

_GRACE = 30  # seconds in which requests may end when the server stops


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens, and in how many processes."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1


def serve(folder: Path, config: Config, options: Options, place: Place) -> None:
    """Serve the store in ``folder`` until the process is told to stop.

    Raises :class:`ConfigError` for an address that others reach while the store has no key.
    """
    _check(folder, place.host)
    log_to()
    made = uvicorn.Config(
        partial(_made, folder, config, options),
        factory=True,
        host=place.host,
        port=place.port,
        workers=place.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        # More requests wait in the socket than the queue lets in; what it lets in is bounded there.
        backlog=512,
    )
    if place.workers == 1:
        uvicorn.Server(made).run()
        return
    with TemporaryDirectory(prefix="raglan-metrics-") as counters:
        prepare(Path(counters))
        Multiprocess(made, sockets=[made.bind_socket()]).run()


def _check(folder: Path, host: str) -> None:
    keys = Keys(folder)
    try:
        if not (keys.guarded or _is_own(host)):
            raise ConfigError(
                f"--host {host} is an address that others reach, and the store has no key: "
                f"raglan keys add {folder} NAME makes one; or listen at 127.0.0.1"
            )
    finally:
        keys.close()


def _is_own(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _made(folder: Path, config: Config, options: Options) -> FastAPI:
    log_to()
    forget_dead()
    return app(Service(folder, config, options, Observer(Metrics(version("raglan")), tracer())))

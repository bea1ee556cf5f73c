"""The server as processes: one, or several over one store, which stop without losing what was begun.

The process that starts and watches workers imports little: what a worker serves is imported and opened by itself alone.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvicorn

from raglan.build.privacy import plain_roots
from raglan.config import Config
from raglan.errors import ConfigError
from raglan.serve.addresses import is_own, known_as
from raglan.serve.keys import Keys
from raglan.serve.logs import log_to
from raglan.serve.metrics import Metrics, forget_dead, prepare
from raglan.serve.options import Options, Place
from raglan.serve.workers import supervised
from raglan.store.store import Store

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["serve"]

_GRACE = 30  # seconds in which requests may end when the server stops
_CLOSING = 15  # seconds more to close the store


def serve(folder: Path, config: Config, options: Options, place: Place) -> None:
    """Serve the store in ``folder`` until the process is told to stop.

    Raises :class:`ConfigError` for an address that others reach while the store has no key, and for a store with text that
    should be masked and is not.
    """
    _check(folder, place.host)
    _check_masked(folder, config)
    log_to()
    made = uvicorn.Config(
        partial(_made, folder, config, options, place),
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
        supervised(made, _GRACE + _CLOSING)


def _check(folder: Path, host: str) -> None:
    keys = Keys(folder)
    try:
        if not (keys.guarded or is_own(host)):
            raise ConfigError(
                f"--host {host} is an address that others reach, and the store has no key: "
                f"raglan keys add {folder} NAME makes one; or listen at 127.0.0.1"
            )
    finally:
        keys.close()


def _check_masked(folder: Path, config: Config) -> None:
    store = Store(folder)
    try:
        if roots := plain_roots(store, config):
            raise ConfigError(
                f"{folder} holds what was read from {roots[0]} before personal data was masked; "
                f"raglan index {roots[0]} -o {folder} reads it again"
            )
    finally:
        store.close()


def _made(folder: Path, config: Config, options: Options, place: Place) -> FastAPI:
    from raglan.serve.app import app
    from raglan.serve.guard import Guard
    from raglan.serve.observing import Observer
    from raglan.serve.service import Service
    from raglan.serve.traces import tracer

    log_to()
    forget_dead()
    # Each worker counts for itself.
    rate = place.rate / place.workers
    guard = Guard(known_as(place.host, place.names), place.sites, rate, burst=max(10, round(4 * rate)))
    return app(Service(folder, config, options, Observer(Metrics(version("raglan")), tracer())), guard)

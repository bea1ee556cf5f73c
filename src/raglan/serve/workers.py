"""Worker processes over one socket: one that ends before its time is replaced, and all end when they are told to."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from socket import socket
from types import FrameType

import uvicorn

from raglan.errors import RaglanError
from raglan.serve.logs import note
from raglan.serve.metrics import gone

__all__ = ["supervised"]

_FAILED = 3  # exit code of a worker that could not begin
_LOOK = 0.5  # seconds between two looks whether to stop
_AGAIN = 1.0  # seconds at least between two starts in one worker's place

# Neither threads nor open files may be taken over.
_SPAWN = multiprocessing.get_context("spawn")


def supervised(config: uvicorn.Config, grace: float) -> None:
    """Run ``config.workers`` workers until SIGTERM or SIGINT; then each has ``grace`` seconds to end.

    Raises :class:`RaglanError` where a worker cannot begin, for then none could.
    """
    stopping = threading.Event()
    with config.bind_socket() as listening:
        _on_signals(stopping.set)
        workers = [_Worker(config, listening) for _ in range(config.workers)]
        try:
            while not stopping.is_set():
                wait([worker.process.sentinel for worker in workers], _LOOK)
                for worker in workers:
                    worker.look(stopping=stopping.is_set())
        finally:
            for worker in workers:
                worker.process.terminate()
            until = time.monotonic() + grace
            for worker in workers:
                worker.end(until - time.monotonic())


class _Worker:
    def __init__(self, config: uvicorn.Config, listening: socket) -> None:
        self._config, self._listening = config, listening
        self._started = 0.0
        self.process = self._start()

    def _start(self) -> BaseProcess:
        # One that ends at once must not keep the machine busy with beginning.
        time.sleep(max(0.0, self._started + _AGAIN - time.monotonic()))
        self._started = time.monotonic()
        process = _SPAWN.Process(target=_serve, args=(self._config, self._listening), name="raglan worker")
        process.start()
        return process

    def look(self, *, stopping: bool) -> None:
        """Put another process in the place of one that has ended."""
        if self.process.is_alive() or stopping:
            return
        code = self.process.exitcode
        note("worker ended", {"worker": self.process.pid, "status": code})
        self._forget()
        if code == _FAILED:
            raise RaglanError("a worker could not begin; the lines above say why")
        self.process = self._start()

    def end(self, seconds: float) -> None:
        """Wait until it has ended, and then no longer."""
        self.process.join(max(0.0, seconds))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._forget()

    def _forget(self) -> None:
        if self.process.pid is not None:
            gone(self.process.pid)


def _serve(config: uvicorn.Config, listening: socket) -> None:
    server = uvicorn.Server(config)
    server.run([listening])
    if not server.started:
        sys.exit(_FAILED)


def _on_signals(stop: Callable[[], None]) -> None:
    def told(_: int, __: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)

"""Readers at arm's length: in a process of their own, where a crash, a hang or greed for memory costs one file only."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from raglan.errors import ConfigError, RaglanError, ReadError
from raglan.ingest.kinds import RISKY
from raglan.ingest.worker import receive, send
from raglan.types import Document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from types import TracebackType

    from raglan.protocols import Reader

__all__ = ["Isolated"]

_HINT = "the file is probably damaged; open it in its program and save it anew"
# Libraries leak; a worker that has read this many files makes room for a fresh one.
_FILES_PER_WORKER = 500
_SECONDS_PER_MEGABYTE = 1.0


class Isolated:
    """Makes readers that work in ``workers`` other processes, started when they are needed.

    ``seconds`` is the time for one file, to which a second is added for each megabyte; ``memory`` is what one worker
    may take, in bytes. Close it, or use it in ``with``; workers end with the process that started them in any case.
    """

    def __init__(self, *, workers: int = 1, seconds: float = 60.0, memory: int = 4 << 30) -> None:
        if workers < 1:
            raise ConfigError(f"workers is {workers}; at least 1 is needed")
        self._seconds = seconds
        # Last in, first out: what is warm is used again, and no more workers start than are busy at once.
        self._slots: LifoQueue[_Slot] = LifoQueue()
        self._size = workers
        for _ in range(workers):
            self._slots.put(_Slot(memory))

    def around(self, reader: Reader) -> Reader:
        """``reader``, working elsewhere; it must be importable: a function of a module, or an object of its class."""
        try:
            call = pickle.dumps(reader)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ConfigError(f"{reader!r} cannot be read in a process of its own; put it into a module") from error

        def elsewhere(data: bytes, source: str) -> Iterable[Document]:
            return self._read(call, data, source)

        return elsewhere

    def guard(self, readers: Mapping[str, Reader], *, names: Collection[str] = RISKY) -> dict[str, Reader]:
        """``readers``, those for the formats in ``names`` working elsewhere."""
        return {name: self.around(reader) if name in names else reader for name, reader in readers.items()}

    def close(self) -> None:
        """End the workers; later calls start new ones."""
        for slot in [self._slots.get() for _ in range(self._size)]:
            slot.clear()
            self._slots.put(slot)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _read(self, call: bytes, data: bytes, source: str) -> list[Document]:
        seconds = self._seconds + _SECONDS_PER_MEGABYTE * len(data) / 1e6
        slot = self._slots.get()
        try:
            answer = slot.ask(pickle.dumps((seconds, source, call)), data, seconds)
        finally:
            self._slots.put(slot)
        if isinstance(answer, _Lost):
            raise ReadError(answer.reason, source=source, hint=_HINT)
        if isinstance(answer, RaglanError):
            raise answer
        return answer


@dataclass(frozen=True, slots=True)
class _Lost:
    """A worker that ended before it answered: why, and whether it was ended because its time was up."""

    reason: str
    late: bool


_Answer = list[Document] | RaglanError | _Lost


class _Slot:
    """The place of one worker; when one is lost, the next file gets a new one."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._worker: _Worker | None = None

    def ask(self, request: bytes, data: bytes, seconds: float) -> _Answer:
        used = self._worker is not None
        answer = self._once(request, data, seconds)
        # What earlier files left behind in a worker must not be laid at this one's door.
        if used and isinstance(answer, _Lost) and not answer.late:
            answer = self._once(request, data, seconds)
        return answer

    def clear(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self._worker = None

    def _once(self, request: bytes, data: bytes, seconds: float) -> _Answer:
        worker = self._worker or _Worker(self._memory)
        self._worker = None
        try:
            answer = worker.ask(request, data, seconds)
        except BaseException:
            # Interrupted, it is in the middle of something; nobody may ask it again.
            worker.stop()
            raise
        if isinstance(answer, _Lost) or worker.files >= _FILES_PER_WORKER:
            worker.stop()
        else:
            self._worker = worker
        return answer


class _Worker:
    """One process that runs :mod:`raglan.ingest.worker`."""

    def __init__(self, memory: int) -> None:
        self.files = 0
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            # -P: the folder that happens to be current holds documents, and must not be imported from.
            [sys.executable, "-P", "-W", "ignore", "-m", "raglan.ingest.worker", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.stop = weakref.finalize(self, _stop, self._process)

    def ask(self, request: bytes, data: bytes, seconds: float) -> _Answer:
        late = threading.Event()
        timer = threading.Timer(seconds, _give_up, (self._process, late))
        timer.daemon = True
        timer.start()
        try:
            message = self._exchange(request, data)
        finally:
            timer.cancel()
        self.files += 1
        if message is None:
            return _Lost(f"it took more than {seconds:.0f} seconds" if late.is_set() else self._end(), late.is_set())
        answer: _Answer = pickle.loads(message)  # noqa: S301 - written by our own worker
        return answer

    def _exchange(self, request: bytes, data: bytes) -> bytes | None:
        requests, answers = _pipes(self._process)
        try:
            send(requests, request, data)
        except OSError:
            return None
        return receive(answers)

    def _end(self) -> str:
        """How the process ended, in words."""
        code = self._process.wait()
        if code == -9:
            return "its reader was ended from outside (out of memory?)"
        name = next((one.name for one in signal.Signals if one == -code), f"exit code {code}")
        return f"its reader crashed ({name})"


def _pipes(process: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    assert process.stdin is not None
    assert process.stdout is not None
    return cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)


def _give_up(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in _pipes(process):
        # What was not sent yet cannot be sent any more.
        with suppress(OSError):
            pipe.close()
    process.wait()

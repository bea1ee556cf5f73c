"""The other end of :mod:`raglan.ingest.isolate`: a process that reads one file after the other until its input ends.

Messages are a length in eight bytes, then that many bytes. A request is two: what to call, pickled, and the file. An
answer is one: a list of documents or a ReadError, pickled.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING, BinaryIO

from raglan.errors import RaglanError, ReadError
from raglan.ingest.attempt import attempted

if TYPE_CHECKING:
    from raglan.types import Document

__all__ = ["main", "receive", "send"]

# Past its time a file is given up by the one who asked; this much later the worker gives itself up, should nobody be
# left to end it.
_GRACE = 5.0


def send(pipe: BinaryIO, *messages: bytes) -> None:
    """Write messages."""
    for message in messages:
        pipe.write(len(message).to_bytes(8, "big"))
        pipe.write(message)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes | None:
    """The next message; None where the other end has closed, even in the middle of one."""
    head = pipe.read(8)
    size = int.from_bytes(head, "big")
    message = pipe.read(size) if len(head) == 8 else b""
    return message if len(head) == 8 and len(message) == size else None


def main(memory: int) -> None:
    """Answer requests, in at most ``memory`` bytes of address space where the system can hold a process to that."""
    # Ctrl-C goes to every process of a terminal; the one that asks for files decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound(memory)
    requests, answers = _pipes()
    while (request := receive(requests)) is not None:
        data = receive(requests)
        if data is None:
            return
        send(answers, _answer(request, data))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, moved out of the reach of libraries that print."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def _bound(memory: int) -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        # A crash is expected here; its image on disk helps nobody.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(request: bytes, data: bytes) -> bytes:
    seconds, source, call = pickle.loads(request)  # noqa: S301 - written by the process that started this one
    faulthandler.dump_traceback_later(seconds + _GRACE, exit=True)
    answer = _documents(call, data, source)
    faulthandler.cancel_dump_traceback_later()
    return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)


def _documents(call: bytes, data: bytes, source: str) -> list[Document] | RaglanError:
    try:
        reader = pickle.loads(call)  # noqa: S301 - as above
    except (ImportError, AttributeError) as error:
        return ReadError(f"its reader cannot be loaded ({error})", source=source, hint="put it into a module")
    try:
        return list(attempted(reader, data, source))
    except RaglanError as error:
        return error


if __name__ == "__main__":
    main(int(sys.argv[1]))

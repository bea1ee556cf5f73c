"""Readers that do what damaged files make native libraries do; importable, because other processes run them."""

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from raglan.errors import ReadError
from raglan.types import Document


def well(data: bytes, source: str) -> list[Document]:
    return [Document(source, data.decode(), source)]


def names_its_process(data: bytes, source: str) -> list[Document]:
    return [Document(source, str(os.getpid()), source)]


def exits(data: bytes, source: str) -> list[Document]:
    os._exit(3)


def segfaults(data: bytes, source: str) -> list[Document]:
    return [Document(source, str(ctypes.string_at(0)), source)]


def hangs(data: bytes, source: str) -> list[Document]:
    time.sleep(3600)
    return []


def hangs_in_native_code(data: bytes, source: str) -> list[Document]:
    # Unlike CDLL, PyDLL keeps the interpreter's lock: no thread of this process can help.
    ctypes.PyDLL(None).sleep(3600)
    return []


def devours(data: bytes, source: str) -> list[Document]:
    return [Document(source, "x" * (8 << 30), source)]


def refuses(data: bytes, source: str) -> Iterator[Document]:
    yield Document(source, "first", source)
    raise ReadError("no", source=source, hint="yes")


def stumbles(data: bytes, source: str) -> list[Document]:
    raise ValueError("a stranger's fault")


def nests(data: bytes, source: str) -> list[Document]:
    return nests(data, source)


def prints(data: bytes, source: str) -> list[Document]:
    print("to standard output", flush=True)
    os.write(1, b"and straight to it")
    os.write(2, b"and to the other one")
    sys.stderr.write("and again")
    return [Document(source, f"{sys.stdin.read()!r}", source)]


def crashes_when_used(data: bytes, source: str) -> list[Document]:
    """Crashes in every process that has read before, as if an earlier file had left something behind."""
    if getattr(sys, "used", False):
        os._exit(3)
    sys.used = True  # type: ignore[attr-defined]
    return [Document(source, "fresh", source)]


def waits_for_its_file(data: bytes, source: str) -> list[Document]:
    """Says that it has begun, then hangs."""
    Path(data.decode()).write_text(str(os.getpid()))
    time.sleep(3600)
    return []

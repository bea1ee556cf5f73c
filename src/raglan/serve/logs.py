"""Log lines as JSON objects that never hold what was asked, answered or read.

A line of the server is a name of something that happened and fields from a short list: numbers, states, ids that the
server made. Lines of Raglan's other folders keep the text that stands in the code and lose what was filled into it; of
those of other libraries the place in the code is told alone. So it is with errors: type and place, for a message may quote
a document.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

__all__ = ["FIELDS", "REQUEST", "JsonLines", "log_to", "note", "request_id"]

# What a line of the server may hold. None of it is written by whoever asks, apart from the request's id, which is checked.
FIELDS = frozenset(
    {
        "added", "depth", "documents", "done", "error", "job", "key", "kind", "method", "outcome", "passages", "port",
        "reason", "refused", "route", "scope", "seconds", "skipped", "stage", "state", "status", "total", "version",
        "worker",
    }
)  # fmt: skip
REQUEST: ContextVar[str] = ContextVar("raglan_request", default="")
_EVENTS = logging.getLogger("raglan.serve.events")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Loggers whose arguments are addresses, ports and process ids and nothing else.
_PLAIN = frozenset({"uvicorn.error"})
_FRAMES = 12  # places in the code that are told of an error

Field = str | int | float | bool | None


def request_id(wanted: str = "") -> str:
    """The id that a client asked for, if it is 1 to 64 letters, digits, dots, dashes and underscores, or a new one."""
    return wanted if _ID.fullmatch(wanted) else uuid.uuid4().hex


def note(event: str, fields: Mapping[str, Field] | None = None, *, level: int = logging.INFO) -> None:
    """Write one line: what happened, in a few fixed words, and ``fields``.

    Raises :class:`ValueError` for a field that is not one of :data:`FIELDS`, so that no text slips in under a new name.
    """
    fields = fields or {}
    if unknown := sorted(fields.keys() - FIELDS):
        raise ValueError(f"log field {unknown[0]!r} is not one of {', '.join(sorted(FIELDS))}")
    _EVENTS.log(level, event, extra={"raglan_fields": dict(fields)})


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``event``, ``logger``, ``request``, fields, and where an error rose."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for ``record``."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _said(record),
            "logger": record.name,
        }
        if request := REQUEST.get():
            line["request"] = request
        line |= getattr(record, "raglan_fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _trouble(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _said(record: logging.LogRecord) -> str:
    if record.name in _PLAIN:
        return record.getMessage()
    # Ruff sees to it that none of our own lines is put together before it is logged.
    return str(record.msg) if record.name.startswith("raglan.") else f"{record.module}:{record.lineno}"


def _trouble(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    kind = type(error)
    return {
        "error": f"{kind.__module__}.{kind.__qualname__}",
        "at": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _short(file: str) -> str:
    """The path of a module from its package on."""
    return file.rpartition("site-packages/")[2].rpartition("/src/")[2]


def log_to(stream: TextIO | None = None, *, level: int = logging.INFO) -> logging.Handler:
    """Send every log line of this process to ``stream`` (standard error) as JSON, in place of what was set up before.

    The access log of uvicorn, which holds paths and what stands behind their question mark, is switched off.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        other = logging.getLogger(name)
        other.handlers[:] = []
        other.propagate = name != "uvicorn.access"
    logging.getLogger("uvicorn.access").disabled = True
    return handler

"""The built-in encoder as a peer calls one: texts of questions to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from raglan.encode.builtin import builtin
from raglan.protocols import Encoder


@cache
def _encoder() -> Encoder:
    return builtin()


def transform(texts: Sequence[str]) -> Any:
    """float32 [n, dim]."""
    return _encoder().encode(list(texts), role="query")

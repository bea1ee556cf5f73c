"""What a chat server's answer holds, whole or as a stream of server-sent events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from raglan.generate.trouble import quoted, spoiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Chunk", "events", "whole"]

_DONE = "[DONE]"
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the reply; ``finish`` says why it is the last, and is empty before."""

    text: str
    finish: str = ""


def whole(server: str, body: bytes) -> Chunk:
    """The reply in an answer that came in one."""
    chunk = _chunk(server, body.decode(errors="replace"), "message")
    if chunk is None:
        raise spoiled(server, "the answer holds no choices")
    return chunk


def events(server: str, lines: Iterable[bytes]) -> Iterator[Chunk]:
    """The reply in a stream, up to its announced end; a stream that ends without one was cut."""
    for data in _data(lines):
        if data == _DONE:
            return
        chunk = _chunk(server, data, "delta")
        if chunk:
            yield chunk
        if chunk and chunk.finish:
            return
    raise spoiled(server, "the stream ended in the middle of the answer", "try again, or look into the server's log")


def _data(lines: Iterable[bytes]) -> Iterator[str]:
    """The data of each event: its data lines, joined, up to a blank line."""
    held: list[str] = []
    for raw in lines:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if line.startswith("data:"):
            held.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and held:
            yield "\n".join(held)
            held = []
    # The last event may lack its blank line; whether it is whole, its reader sees.
    if held == [_DONE]:
        yield _DONE


def _chunk(server: str, data: str, part: str) -> Chunk | None:
    try:
        told: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise spoiled(server, f'the answer is not JSON but "{quoted(data[:_SHOWN])}"') from error
    told = told if isinstance(told, dict) else {}
    if told.get("error"):
        raise spoiled(server, f'the server reports "{quoted(str(told["error"]))}"', "look into the server's log")
    choices = told.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return None  # a stream may open or close with usage alone
    said = choice.get(part)
    text = said.get("content") if isinstance(said, dict) else None
    return Chunk(text if isinstance(text, str) else "", str(choice.get("finish_reason") or ""))

"""Streams that begin with their first event: what goes wrong before it is told by a status, as it is without a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import StreamingResponse

__all__ = ["begun"]


async def begun(events: AsyncGenerator[str, None]) -> StreamingResponse:
    """A reply that streams ``events``, of which there is at least one. Raises what the first one raises."""
    first = await anext(events)
    return StreamingResponse(_whole(first, events), media_type="text/event-stream")


async def _whole(first: str, events: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    async with aclosing(events):
        yield first
        async for event in events:
            yield event

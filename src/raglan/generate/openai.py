"""A generator behind any server that speaks OpenAI's ``/chat/completions``: a company's, or one on your own machine."""

from __future__ import annotations

import math
import time
from contextlib import closing
from typing import TYPE_CHECKING

from raglan.errors import ConfigError, GeneratorError
from raglan.generate.chunks import events, whole
from raglan.generate.citing import Citer, draft
from raglan.generate.prompt import prompt, sources
from raglan.generate.server import Server
from raglan.generate.trouble import spoiled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from raglan.generate.chunks import Chunk
    from raglan.generate.citing import Statement
    from raglan.types import Draft, Evidence, Query

__all__ = ["OpenAIGenerator"]


class OpenAIGenerator:
    """Asks a chat model, and keeps of its reply what the evidence carries.

    Each sentence's source numbers are checked (:mod:`raglan.generate.citing`); a sentence that no source carries is
    dropped, and nothing is left where the model says that it found nothing. A stream gives sentence by sentence what
    :meth:`write` would give at once, so that nothing is shown that would have to be taken back.

    ``key_env`` names the environment variable that holds the key. ``budget`` is how many characters of evidence are
    sent. ``timeout`` (seconds) bounds each try; servers that are busy are tried ``retries`` times more.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_env: str = "",
        timeout: float = 60.0,
        retries: int = 2,
        temperature: float = 0.0,
        max_tokens: int = 512,
        budget: int = 12_000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for name, value in {"timeout": timeout, "max_tokens": max_tokens, "budget": budget}.items():
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"{name}={value}: must be above 0")
        if retries < 0:
            raise ConfigError(f"retries={retries}: must be 0 or more")
        self.model = model
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.budget = budget
        self._server = Server(base_url, key_env=key_env, timeout=timeout, retries=retries, sleep=sleep)

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """What the model says and the evidence carries; an empty draft where that is nothing."""
        return draft(self._statements(query, evidence, stream=False))

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Generator[str, None, Draft]:
        """The text of :meth:`write`, sentence by sentence; returns the draft."""
        said = []
        for statement in self._statements(query, evidence, stream=True):
            said.append(statement)
            yield statement.gap + statement.text
        return draft(said)

    def _statements(self, query: Query, evidence: Sequence[Evidence], *, stream: bool) -> Iterator[Statement]:
        shown = sources(evidence, self.budget)
        if not shown:
            return  # nothing to answer from, and nothing to ask for
        citer = Citer([source.passage for source in shown])
        finish = ""
        with closing(self._chunks(prompt(query, evidence, budget=self.budget), stream=stream)) as chunks:
            for chunk in chunks:
                yield from citer.feed(chunk.text)
                finish = chunk.finish
        yield from citer.end(cut=finish == "length")
        if not citer.heard:
            raise self._silence(finish)

    def _chunks(self, messages: list[dict[str, str]], *, stream: bool) -> Generator[Chunk]:
        payload = {
            "model": self.model,
            "messages": messages,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "stream": stream,
        }
        with self._server.post(payload) as response:
            # What came decides, not what was asked for: some servers know only one of the two.
            if response.headers.get_content_type() == "text/event-stream":
                yield from events(self._server.name, self._server.lines(response))
            else:
                yield whole(self._server.name, self._server.read(response))

    def _silence(self, finish: str) -> GeneratorError:
        if finish == "length":
            reason = f"max_tokens={self.max_tokens} were used up before the first whole sentence"
            return spoiled(self._server.name, reason, "raise max_tokens")
        reason = f"the reply is empty (finish_reason {finish or 'not given'})"
        return spoiled(self._server.name, reason, "try another model")

"""A generator with a language model on this machine: whatever transformers runs, seq2seq or causal (extra ``hf``)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from raglan.errors import ConfigError
from raglan.extras import need
from raglan.generate.citing import Citer, draft
from raglan.generate.hf_mixture import Mixture, Sides
from raglan.generate.prompt import prompt, remembering, sources
from raglan.generate.trusted import grounds

if TYPE_CHECKING:
    from raglan.generate.citing import Statement
    from raglan.nn.language import LanguageModel, Messages
    from raglan.types import Draft, Evidence, Query

__all__ = ["HubGenerator", "Prompt", "fitted", "messages", "plain"]

Prompt = Callable[["Query", Sequence["Evidence"], int], "str | Messages"]
_Given = tuple["str | Messages", int]  # a prompt, and the characters of evidence in it

_LEAST = 200  # characters of evidence below which a model's room is too small to answer from
_TRIES = 12


class HubGenerator:
    """Asks the language model in the folder ``model``, and keeps of its reply what the evidence carries.

    A model that was trained on messages gets those of :mod:`raglan.generate.prompt`, another :func:`plain` text, unless
    ``ask`` makes the prompt from query, evidence and a budget of characters. Evidence that the model has no room for is left
    out source by source, the last at the end of a sentence, which is marked. Sentences are checked and cited as
    :mod:`raglan.generate.citing` does it, named sources or not. ``fetch`` allows a download.

    ``balance`` is how much of each token's chance comes from the model with the evidence, the rest from the same without it
    (asked by ``ask`` of no evidence); a path is a file that tells it question by question (:mod:`raglan.generate.trusted`).
    ``nearest`` is how much of the first comes from what followed in the evidence where the model was in a like state
    (:mod:`raglan.generate.balanced`). What is said is checked against the evidence all the same. Raises
    :class:`ConfigError` for what is no share, and for a balance that is to be drawn at a temperature.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        ask: Prompt | None = None,
        beams: int = 1,
        temperature: float = 0.0,
        max_tokens: int = 256,
        budget: int = 12_000,
        fetch: bool = False,
        device: str = "",
        balance: float | str | Path = 1.0,
        nearest: float = 0.0,
    ) -> None:
        if budget < _LEAST:
            raise ConfigError(f"budget={budget}: must be at least {_LEAST} characters")
        self._mixture = Mixture.of(balance, nearest)
        if self._mixture and temperature:
            raise ConfigError(f"temperature={temperature}: a balance is decoded, not drawn; leave temperature out")
        for module in ("torch", "transformers"):
            need(module, "hf")
        from raglan.nn.language import Speaking

        self._how = Speaking(max_tokens, beams, temperature)
        self._folder, self._ask, self._budget, self._fetch, self._device = model, ask, budget, fetch, device
        self._lock = threading.Lock()
        self._loaded: LanguageModel | None = None

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        """What the model says and the evidence carries; an empty draft where that is nothing."""
        model = self._load()
        given = self._fitted(model, query, evidence)
        if given is None:
            return draft([])
        asked, budget = given
        citer = Citer([source.passage for source in sources(evidence, budget)])
        said = (
            self._mixture.write(model, self._sides(model, query, evidence, given), self._how)
            if self._mixture
            else model.write(asked, self._how)
        )
        found = draft([*citer.feed(said.text), *citer.end(cut=said.cut)])
        return replace(found, logprob=said.logprob / max(1, said.tokens))

    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Generator[str, None, Draft]:
        """The text sentence by sentence, each checked before it is shown; greedy, whatever ``beams`` are.

        The draft that it returns does not tell how sure the model was.
        """
        model = self._load()
        given = self._fitted(model, query, evidence)
        if given is None:
            return draft([])
        asked, budget = given
        citer = Citer([source.passage for source in sources(evidence, budget)])
        spoken = (
            self._mixture.stream(model, self._sides(model, query, evidence, given), self._how)
            if self._mixture
            else model.stream(asked, self._how)
        )
        said: list[Statement] = []
        with closing(spoken) as pieces:
            for piece in pieces:
                said += (fresh := list(citer.feed(piece)))
                yield from map(_shown, fresh)
        said += (rest := list(citer.end()))
        yield from map(_shown, rest)
        return draft(said)

    def foretold(self, query: Query, evidence: Sequence[Evidence], answer: str) -> tuple[list[float], list[float]]:
        """The chance of each token of ``answer``, its end included, by the evidence and without it; at most ``max_tokens``.

        What :mod:`raglan.train.balancing` learns from. Both are empty where there is no evidence.
        """
        model = self._load()
        given = self._fitted(model, query, evidence)
        if given is None:
            return [], []
        return self._mixture.foretold(model, self._sides(model, query, evidence, given), answer, self._how.longest)

    def _sides(self, model: LanguageModel, query: Query, evidence: Sequence[Evidence], given: _Given) -> Sides:
        asked, budget = given
        ask = self._ask or (None if model.talks else plain)
        alone = ask(query, [], self._budget) if ask else remembering(query)
        return Sides(asked, alone, [source.text for source in sources(evidence, budget)], grounds(query, evidence))

    def _fitted(self, model: LanguageModel, query: Query, evidence: Sequence[Evidence]) -> _Given | None:
        if not evidence:
            return None
        ask = self._ask or (messages if model.talks else plain)
        return fitted(model, ask, query, evidence, self._budget, self._how.longest)

    def _load(self) -> LanguageModel:
        from raglan.nn.language import LanguageModel

        with self._lock:
            if self._loaded is None:
                self._loaded = LanguageModel(self._folder, fetch=self._fetch, device=self._device)
            return self._loaded


def fitted(
    model: LanguageModel, ask: Prompt, query: Query, evidence: Sequence[Evidence], budget: int, longest: int
) -> tuple[str | Messages, int]:
    """The prompt with as much of the evidence as the model has room for, and the budget of characters that this is.

    Raises :class:`ConfigError` where there is room for none.
    """
    room = model.room(longest)
    for _ in range(_TRIES):
        made = ask(query, evidence, budget)
        used = len(model.tokens(made))
        if not room or used <= room:
            return made, budget
        # Characters a token differ from text to text: a little less than the proportion, until it fits.
        budget = int(min(budget, sum(len(one.text) for one in sources(evidence, budget))) * 0.9 * room / used)
        if budget < 1:
            break
    raise ConfigError(
        f"the model reads {room} tokens, too few for the question and any evidence; lower max_tokens, or use one with more "
        "positions"
    )


def messages(query: Query, evidence: Sequence[Evidence], budget: int) -> Messages:
    """For models that were trained on messages."""
    return prompt(query, evidence, budget=budget)


def plain(query: Query, evidence: Sequence[Evidence], budget: int) -> str:
    """For models that go on with a text, and those that were trained to answer from a context (T5, BART).

    >>> from raglan.types import Evidence, Passage, Query, Span
    >>> passage = Passage("a:0", "24 months.", "a.md", Span(0, 10), meta={"title": "Warranty"})
    >>> print(plain(Query("How long?"), [Evidence(passage, 1.0)], 1000))
    [1] Warranty: 24 months.
    Question: How long?
    Answer:
    """
    listed = [f"[{number}] {one.label}: {one.text}" for number, one in enumerate(sources(evidence, budget), 1)]
    return "\n".join([*listed, f"Question: {query.text}", "Answer:"])


def _shown(statement: Statement) -> str:
    return statement.gap + statement.text

"""What a key without the scope ``unmask`` is shown where the server masks: everything, with a veil over personal data.

A veil is as long as what it hides, so citations, blocks and marks go on pointing at the same characters, and values can be
veiled before any surface makes an object of them. What is searched for is not masked: who knows a number can ask whether it
is there. A store that shall not hold it is made with ``privacy = "mask"`` in the configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from raglan.privacy.masking import Veiling, values, veiled
from raglan.serve.answering import Delta, Step, Told, Weighed
from raglan.serve.problems import Problem
from raglan.types import Answer, Citation, Document, Evidence, Hit, Passage, Reply

__all__ = ["Veil"]

_NAMES = frozenset({"access", "box", "file", "kind", "language", "page", "source"})  # of meta that is no text


@dataclass(frozen=True, slots=True)
class Veil:
    """A veil over what one request is told; nothing changes where it is not ``on``.

    ``sealed`` says that the store itself is masked, so that files as they were sent show more than it does.
    """

    on: bool
    sealed: bool = False

    def hits(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Hits without personal data."""
        return [replace(hit, passage=_passage(hit.passage)) for hit in hits] if self.on else hits

    def told(self, told: Told) -> Told:
        """A reply without personal data: what its evidence holds is hidden wherever the answer repeats it."""
        return replace(told, reply=_reply(told.reply)) if self.on else told

    def steps(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The same step by step; of the text as it is written the last characters wait for what follows."""
        return _steps(steps) if self.on else steps

    def text(self, text: str) -> str:
        """A text without personal data."""
        return veiled(text) if self.on else text

    def document(self, document: Document) -> Document:
        """A document without personal data."""
        return replace(document, text=veiled(document.text), meta=_meta(document.meta)) if self.on else document

    def original(self) -> None:
        """Raise :class:`Problem` 403 where a file as it is would show what is hidden."""
        if self.on or self.sealed:
            raise Problem(
                403, "masked", "personal data is masked here; files as they are need a key with scope 'unmask'"
            )


def _steps(steps: Iterator[Step]) -> Iterator[Step]:
    veil = Veiling()
    for step in steps:
        if isinstance(step, Weighed):
            also = _known(step.evidence)
            veil = Veiling(also)
            yield Weighed([_evidence(piece, also) for piece in step.evidence])
        elif isinstance(step, Delta):
            if shown := veil.add(step.text):
                yield Delta(shown)
        else:
            if rest := veil.end():
                yield Delta(rest)
            yield replace(step, reply=_reply(step.reply))


def _known(evidence: Sequence[Evidence]) -> frozenset[str]:
    return frozenset().union(*(values(piece.passage.text) for piece in evidence))


def _reply(reply: Reply) -> Reply:
    if not isinstance(reply, Answer):
        return replace(reply, question=veiled(reply.question), options=tuple(map(veiled, reply.options)))
    # Evidence is what was read; of what a surveyor counted, citations alone are there.
    cited = [Evidence(one.passage, 0.0) for one in reply.citations]
    also = _known([*reply.evidence, *cited])
    return replace(
        reply,
        text=veiled(reply.text, also),
        citations=tuple(_citation(one, also) for one in reply.citations),
        evidence=tuple(_evidence(piece, also) for piece in reply.evidence),
        notes=tuple(replace(note, text=veiled(note.text, also)) for note in reply.notes),
    )


def _citation(citation: Citation, also: Collection[str]) -> Citation:
    return replace(citation, passage=_passage(citation.passage, also))


def _evidence(piece: Evidence, also: Collection[str]) -> Evidence:
    return replace(piece, passage=_passage(piece.passage, also))


def _passage(passage: Passage, also: Collection[str] = ()) -> Passage:
    return replace(passage, text=veiled(passage.text, also), meta=_meta(passage.meta))


def _meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in _NAMES else _value(value) for name, value in meta.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return veiled(value)
    if isinstance(value, (list, tuple)):
        return tuple(_value(one) for one in value)
    if isinstance(value, Mapping):
        return {name: _value(one) for name, one in value.items()}
    return value

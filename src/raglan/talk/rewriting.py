"""Follow-up questions as they would stand alone: pronouns filled, what is left out put back, all of it shown.

First it is decided whether the question leans on the history at all (:mod:`raglan.talk.depending`). If it does, things that
the history names compete for each pronoun and for the question's end; a log-linear model chooses, and may leave a place as
it is. Follow-ups that repeat a question but for one thing go by rule (:mod:`raglan.talk.parallel`). The weights come from
CANARD (Elgohary et al. 2019, "Can You Unpack That?"); that a question is completed by terms of its history follows QuReTeC
(Voskarides et al. 2020), with whole things in place of single terms, so that what is searched for can be read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raglan.models.shipped import shipped
from raglan.talk.depending import depends
from raglan.talk.heard import heard, spoken
from raglan.talk.naming import Candidate, candidates
from raglan.talk.parallel import continued
from raglan.talk.signs import BEING, WH
from raglan.talk.slots import Option, Slot, ending, filled, options, parts, slots
from raglan.talk.things import mentions
from raglan.talk.weighing import Matrix, features
from raglan.text.words import is_chinese
from raglan.types import Turn

__all__ = ["Rewrite", "Rewriter", "Weights"]

_LEANS = 0.5
_ASKING = WH | frozenset("is are was were do does did can could will would should may has have had".split())


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question as it was ``asked`` and as it stands alone; ``leans`` is the probability that the first needed the history.

    ``added`` are the things that were taken from the history, in the order in which they were put in.
    """

    asked: str
    text: str
    leans: float
    added: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the two differ in more than capitals and the mark at the end."""
        return _plain(self.asked) != _plain(self.text)


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers: of leaning on the history (:func:`raglan.talk.depending.leaning`, and the constant), of options.

    ``switching`` tells another topic (:mod:`raglan.talk.topics`). ``completing`` is added to what speaks for putting
    something at a question's end; it was chosen for recall without loss in BLEU.
    """

    leaning: tuple[float, ...]
    choosing: Matrix
    switching: tuple[float, ...]
    completing: float = 0.0

    @classmethod
    def shipped(cls, name: str = "rewriting.json") -> Weights:
        """The weights that come with the package."""
        found = json.loads(shipped(name))
        return cls(
            tuple(found["leaning"]), np.array(found["choosing"]), tuple(found["switching"]), float(found["completing"])
        )


class Rewriter:
    """Makes standalone questions of follow-ups; knows English and Chinese, keeps nothing between calls."""

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights.shipped()

    def __call__(self, question: str, history: Sequence[Turn]) -> Rewrite:
        """``question`` as it would stand alone after ``history``, oldest turn first; unchanged where it stands alone."""
        leans = depends(question, history, self._weights.leaning)
        if not history or not question.strip():
            return Rewrite(question, question, 0.0)
        # Once: it is rewritten after all that came before it, and so is each question before that.
        last = self._last(history)
        if whole := self._continued(question, history, last):
            return Rewrite(question, whole, 1.0, (last,))
        if leans < _LEANS:
            return Rewrite(question, question, leans)
        text, added = self._completed(question, history)
        return Rewrite(question, _tidy(text), leans, added)

    def _continued(self, question: str, history: Sequence[Turn], last: str) -> str | None:
        if continued(question, last) is None:
            return None
        # What the new thing belongs to may be a pronoun: 它的电池呢？
        text = question
        for slot, option in reversed(self._pronouns(question, candidates(history), history)):
            text = filled(text, slot, option)
        return continued(text, last)

    def _last(self, history: Sequence[Turn]) -> str:
        """The last question of the user, as it stands alone."""
        for place in range(len(history) - 1, -1, -1):
            if history[place].role == "user":
                return self(history[place].text, history[:place]).text
        return ""

    def _completed(self, question: str, history: Sequence[Turn]) -> tuple[str, tuple[str, ...]]:
        things = candidates(history)
        chosen = self._pronouns(question, things, history)
        taken = [slot.span for slot, _ in chosen]
        chosen += [pair for pair in parts(question, things) if not any(pair[0].span.overlaps(span) for span in taken)]
        text = question
        for slot, option in sorted(chosen, key=lambda pair: -pair[0].span.start):
            text = filled(text, slot, option)
        end = ending(text)
        if is_chinese(text):
            filling = any(option.candidate for _, option in chosen)
            last = Option() if filling else self._topic(text, end, things, history)
        else:
            last = self._chosen(text, end, options(end, things, text), history)
        made = [option.candidate.text for _, option in [*chosen, (end, last)] if option.candidate]
        return filled(text, end, last), tuple(dict.fromkeys(made))

    def _pronouns(
        self, question: str, things: Sequence[Candidate], history: Sequence[Turn]
    ) -> list[tuple[Slot, Option]]:
        meant: dict[str, Candidate | None] = {}
        chosen = []
        for slot in slots(question):
            choices = options(slot, things, question)
            if slot.order and (first := meant.get(slot.kind)):
                # Who says "he" twice in one question means one person.
                choices = [Option(), Option(first)]
            option = self._chosen(question, slot, choices, history)
            meant.setdefault(slot.kind, option.candidate)
            chosen.append((slot, option))
        return chosen

    def _topic(self, text: str, end: Slot, things: Sequence[Candidate], history: Sequence[Turn]) -> Option:
        """In Chinese what is spoken of is left out where English needs a pronoun: it goes to the head of the question."""
        _, *named = options(end, things, text)
        if not named or spoken(text) & heard(history) or _has_topic(text):
            return Option()
        scores = features(text, end, named, history) @ self._weights.choosing
        return named[int(scores.argmax())]

    def _chosen(self, question: str, slot: Slot, choices: Sequence[Option], history: Sequence[Turn]) -> Option:
        scores = features(question, slot, choices, history) @ self._weights.choosing
        if slot.kind in ("end", "more"):
            scores[1:] += self._weights.completing
        return choices[int(scores.argmax())]


def _has_topic(text: str) -> bool:
    """Whether a Chinese question begins with what it is about, other than people: of them something is asked."""
    first = next((one for one in mentions(text) if one.kind != "whole"), None)
    return first is not None and first.span.start == 0 and not BEING.search(first.text)


def _tidy(text: str) -> str:
    """A question begins with a capital and ends with its mark."""
    if is_chinese(text) or text.split(maxsplit=1)[0].lower() not in _ASKING:
        return text
    return f"{text[0].upper()}{text[1:].rstrip(' ?.')}?"


def _plain(text: str) -> str:
    return text.lower().rstrip(" ?.？。")

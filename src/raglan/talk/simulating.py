"""Users who know what they want and say too little: ambiguous questions by rule, and truthful answers to a question back.

A question that holds the title of the document that answers it loses what tells that document from others: words of the
title ("anal cancer" becomes "cancer"), or all but the title ("Tell me about anal cancer"). The user has the whole question
in mind, and chooses the option that fits it. Papers: Aliannejadi et al. 2021 (ClariQ, simulated answers); Andukuri et al.
2024 (STaR-GATE, questions judged by what their answers are worth).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from raglan.datasets.dataset import Dataset
from raglan.types import Clarify, Passage

__all__ = ["KINDS", "Case", "User", "ambiguous", "plain"]

# The forms of MedQuAD's questions, and the choices by which a user means one of them.
KINDS = {
    "What is (are) {} ?": ("what it is",),
    "What are the symptoms of {} ?": ("symptoms",),
    "What are the treatments for {} ?": ("treatment",),
    "Is {} inherited ?": ("inheritance",),
    "How many people are affected by {} ?": ("frequency",),
    "What are the genetic changes related to {} ?": ("genetic changes", "causes"),
    "What causes {} ?": ("causes",),
    "How to diagnose {} ?": ("diagnosis",),
    "what research (or clinical trials) is being done for {} ?": ("research",),
    "What is the outlook for {} ?": ("outlook",),
    "Do you have information about {}": ("what it is",),
    "Who is at risk for {}? ?": ("risk factors",),
    "How to prevent {} ?": ("prevention",),
    "What to do for {} ?": ("what to do",),
    "What are the stages of {} ?": ("stages",),
    "What are the complications of {} ?": ("complications",),
}

_LEAST, _MOST = 3, 20  # passages that must fit, for a question to be ambiguous; with more, nobody would ask it
_ABOUT = ("Tell me about {}.", "{}", "I have a question about {}.", "{}?")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True)
class Case:
    """What a user says, the whole ``question`` meant, and the passages (ids) that answer it.

    ``lacks`` is ``topic`` or ``kind``, whichever was left out, or empty; ``title`` and ``form`` (the question with ``{}`` in
    the title's place) are what the user has in mind.
    """

    text: str
    question: str
    gold: frozenset[str]
    title: str
    form: str
    lacks: str = ""


def plain(data: Dataset) -> list[Case]:
    """The questions of ``data`` as they stand, those that hold the title of the passage that answers them."""
    titles = {passage.id: _title(passage) for passage in data.passages}
    found = []
    for example in data.examples:
        title = titles.get(example.positives[0], "") if example.positives else ""
        at = example.query.text.lower().find(title.lower()) if title else -1
        if at >= 0:
            text = example.query.text
            form = " ".join((text[:at] + "{}" + text[at + len(title) :]).split())
            found.append(Case(text, text, frozenset(example.positives), title, form))
    return found


def ambiguous(cases: Sequence[Case], known: Iterable[Case], seed: int = 0) -> list[Case]:
    """Each of ``cases`` that can lose its topic, or its kind, and then fits three passages or more, though not over twenty.

    ``known`` are all questions of the corpus, which say what fits. Where both can be lost, the seed draws.
    """
    chance = random.Random(seed)  # noqa: S311 (no secret)
    by_form: dict[str, set[str]] = defaultdict(set)
    by_title: dict[str, set[str]] = defaultdict(set)
    for one in known:
        by_form[one.form].add(one.title)
        by_title[one.title].add(one.form)
    found = []
    for case in cases:
        broader = _broader(case.title, by_form[case.form])
        ways = ["topic"] * bool(broader) + ["kind"] * (len(by_title[case.title]) >= _LEAST)
        if not ways:
            continue
        lacks = chance.choice(ways)
        text = case.form.format(broader) if lacks == "topic" else chance.choice(_ABOUT).format(case.title)
        found.append(Case(text, case.question, case.gold, case.title, case.form, lacks))
    return found


def _broader(title: str, others: Iterable[str]) -> str:
    """The longest end, else beginning, of ``title`` that two other titles have too, though not too many; else empty."""
    words = _WORD.findall(re.sub(r"\s*\([^)]*\)", "", title))
    lists = [[word.lower() for word in _WORD.findall(other)] for other in others]
    for size in range(len(words) - 1, 0, -1):
        for part in (words[-size:], words[:size]):
            lowered = [word.lower() for word in part]
            fit = sum(_within(lowered, one) for one in lists)
            if _LEAST <= fit <= _MOST and max(map(len, part)) > 3:
                return " ".join(part)
    return ""


def _within(part: Sequence[str], words: Sequence[str]) -> bool:
    return any(words[at : at + len(part)] == list(part) for at in range(len(words) - len(part) + 1))


def _title(passage: Passage) -> str:
    return str(passage.meta.get("title", ""))


@dataclass(frozen=True, slots=True)
class User:
    """Answers a question back truthfully, but says so seldom as ``unsure`` that it is not known which.

    ``kinds`` are the words, in small letters, by which an option means a form of question.
    """

    kinds: Mapping[str, Sequence[str]]
    unsure: float = 0.1
    seed: int = 0

    def choice(self, case: Case, asked: Clarify) -> int | None:
        """The place of the option that ``case`` means; ``None`` for none of them, and for who does not know."""
        if random.Random(f"{self.seed} {case.question} {case.text}").random() < self.unsure:  # noqa: S311 (no secret)
            return None
        wanted = self.kinds.get(case.form, ())
        for at, option in enumerate(asked.options):
            said = option.casefold()
            if said == case.title.casefold() or said in wanted:
                return at
        return None

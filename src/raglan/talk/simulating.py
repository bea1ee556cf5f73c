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
from raglan.text.words import is_chinese
from raglan.types import Clarify, Passage

__all__ = ["KINDS", "Case", "User", "ambiguous", "kinds_chinese", "plain"]

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

# What a Chinese question says of the aspect that it wants; the first that fits.
_KINDS_CHINESE = (
    ("原因", re.compile("为什么|為什麼|为何|為何|原因")),
    ("地点", re.compile("位于|位於|哪里|哪裡|何处|何處|哪个?(?:城市|省|国家|地区)|哪個?(?:城市|國家|地區)")),
    ("研究", re.compile("研究")),
    ("时长", re.compile("多久|多长时间|多長時間")),
    ("使用方法", re.compile("怎么用|如何使用|怎麼用|用途|用于|用於")),
    ("阶段", re.compile("阶段|階段|时期|時期")),
    ("条件", re.compile("条件|條件|要求")),
    ("是什么", re.compile("是什么|是什麼|指什么|指什麼|是谁|是誰")),
)
_LEAST, _MOST = 3, 20  # passages that must fit, for a question to be ambiguous; with more, nobody would ask it
_ABOUT = ("Tell me about {}.", "{}", "I have a question about {}.", "{}?")
_ABOUT_CHINESE = ("介绍一下{}", "{}", "我想了解{}", "{}？")
_HEAD = re.compile(r"[一-鿿]{2,6}")  # what a Chinese title may be cut to
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


def ambiguous(cases: Sequence[Case], known: Iterable[Case], seed: int = 0, *, titles: Iterable[str] = ()) -> list[Case]:
    """Each of ``cases`` that can lose its topic, or its kind, and then fits three passages or more, though not over twenty.

    ``known`` are all questions of the corpus, which say what fits; ``titles`` those of which anything may be asked, where
    questions have no forms in common. Where both can be lost, the seed draws.
    """
    chance = random.Random(seed)  # noqa: S311 (no secret)
    by_form: dict[str, set[str]] = defaultdict(set)
    by_title: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for one in known:
        by_form[one.form].add(one.title)
        by_title[one.title][one.form] = one.gold
    anything = set(titles)
    found = []
    for case in cases:
        broader = _broader(case.title, by_form[case.form] | anything)
        kinds = len(set(by_title[case.title].values()))
        ways = ["topic"] * bool(broader) + ["kind"] * (kinds >= _LEAST)
        if not ways:
            continue
        lacks = chance.choice(ways)
        about = _ABOUT_CHINESE if is_chinese(case.form) else _ABOUT
        text = case.form.format(broader) if lacks == "topic" else chance.choice(about).format(case.title)
        found.append(Case(text, case.question, case.gold, case.title, case.form, lacks))
    return found


def kinds_chinese(cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """For the form of each Chinese case the choices by which a user means it.

    >>> kinds_chinese([Case("", "", frozenset(), "甲", "{}位于哪里？")])
    {'{}位于哪里？': ('地点',)}
    """
    return {case.form: tuple(label for label, sign in _KINDS_CHINESE if sign.search(case.form))[:1] for case in cases}


def _broader(title: str, others: Iterable[str]) -> str:
    """The longest end, else beginning, of ``title`` that two other titles have too, though not too many; else empty.

    Of a Chinese title the end alone: there stands what kind of thing it is.
    """
    if is_chinese(title):
        return _head(title, list(others))
    words = _WORD.findall(re.sub(r"\s*\([^)]*\)", "", title))
    lists = [[word.lower() for word in _WORD.findall(other)] for other in others]
    for size in range(len(words) - 1, 0, -1):
        for part in (words[-size:], words[:size]):
            lowered = [word.lower() for word in part]
            fit = sum(_within(lowered, one) for one in lists)
            if _LEAST <= fit <= _MOST and max(map(len, part)) > 3:
                return " ".join(part)
    return ""


def _head(title: str, others: Sequence[str]) -> str:
    for size in range(len(title) - 1, 1, -1):
        part = title[-size:]
        if _HEAD.fullmatch(part) and _LEAST <= sum(other.endswith(part) for other in others) <= _MOST:
            return part
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

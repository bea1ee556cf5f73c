"""What a question calls a thing, where a title calls it more exactly; and the question with the title put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from raglan.text.words import STOP, is_chinese, terms
from raglan.types import Span

__all__ = ["bare", "folded", "mention", "pieces", "replaced", "telling"]

# A Latin word or number, or one character of a script that writes no spaces.
_PIECE = re.compile(r"[^\W_㐀-鿿぀-ヿ]+(?:['’-][^\W_㐀-鿿぀-ヿ]+)*|[㐀-鿿぀-ヿ]")
_BRACKETS = re.compile(r"\s*[(（][^)）]*[)）]")
# Words by which one asks for something and says nothing of what; stemmed, as terms are.
_FILLER = frozenset(
    """tell about info inform question know want need help find look learn detail explain describ give get interest like
    hi hello thank someth anyth everyth see understand read show search say regard concern""".split()
)
_FILLER_CHINESE = re.compile(
    r"请问|請問|请|請|介绍|介紹|了解|瞭解|想知道|知道|关于|關於|有关|有關|信息|資訊|资料|資料|咨询|諮詢|问题|問題"
    r"|一下|说说|說說|讲讲|講講|告诉|告訴|我想|我要|我|想|问|問|的|吗|嗎|呢|是|什么|什麼|谈谈|談談|查询|查詢|帮|幫|看看|情况|情況"
)
# Who asks so wants to know one thing; but not where a courtesy is put as a question.
_ONE_THING = re.compile(
    r"(?:what|who|whose|whom|why|how|when|where|which|is|are|was|were|does|did|has|have|can|could|may|must|should|will)\b"
    r"(?!\s+(?:about\b|(?:do|can|could|would|will)?\s*you\s+(?:know|tell|help|explain|show|have|give)))",
    re.IGNORECASE,
)
_ONE_THING_CHINESE = re.compile(
    r"什么|什麼|多少|多久|多长|多長|怎|如何|哪|谁|誰|几|幾|是否|为何|為何|何时|何時|能否|可否"
)
_LETTERS = 3  # of a Latin word, at least, to be a name alone


def pieces(text: str) -> Iterator[re.Match[str]]:
    """The Latin words and numbers of ``text``, and each character of a script that writes no spaces, in order."""
    return _PIECE.finditer(text)


def mention(text: str, title: str) -> Span | None:
    """Where ``text`` names part of ``title``: the longest run of words, or of Chinese characters, that both have.

    >>> mention("What causes glaucoma?", "early-onset glaucoma").of("What causes glaucoma?")
    'glaucoma'
    """
    asked, named = list(_PIECE.finditer(text)), [one.group().casefold() for one in _PIECE.finditer(title)]
    words = [one.group().casefold() for one in asked]
    best, start = 0, 0
    ends = [0] * (len(named) + 1)
    for at, word in enumerate(words):
        ends = [0, *(before + 1 if word == other else 0 for before, other in zip(ends[:-1], named, strict=True))]
        longest = max(ends)
        if longest > best and _says(words[at + 1 - longest : at + 1]):
            best, start = longest, at + 1 - longest
    return Span(asked[start].start(), asked[start + best - 1].end()) if best else None


def _says(run: Sequence[str]) -> bool:
    """Whether a run of words can stand for a thing."""
    if any(is_chinese(one) for one in run):
        return len(run) > 1
    return any(len(one) >= _LETTERS and one not in STOP for one in run) or any(
        one[-1:].isdigit() for _, one in pairwise(run)
    )


def replaced(text: str, title: str) -> str:
    """``text`` about ``title``: in the place of what it names, else behind it.

    >>> replaced("What causes glaucoma?", "early-onset glaucoma"), replaced("How long?", "FX-200")
    ('What causes early-onset glaucoma?', 'How long? (FX-200)')
    """
    if title.casefold() in text.casefold():
        return text
    found = mention(text, title)
    if found:
        return text[: found.start] + title + text[found.end :]
    return f"{text}（{title}）" if is_chinese(text) else f"{text.rstrip()} ({title})"


def telling(text: str) -> list[str]:
    """The words of ``text`` that say something, as terms: without those of asking. Empty for "Tell me more, please."."""
    plain = _FILLER_CHINESE.sub(" ", text)
    return [term for term in terms(plain) if term not in STOP and term not in _FILLER]


def bare(text: str, title: str) -> bool:
    """Whether ``text`` names ``title``, or part of it, and asks no one thing of it.

    >>> bare("Tell me about the FX-200.", "FX-200 manual"), bare("How heavy is the FX-200?", "FX-200 manual")
    (True, False)
    >>> bare("What is the FX-200?", "FX-200 manual"), bare("Can you tell me about the FX-200?", "FX-200 manual")
    (False, True)
    >>> bare("介绍一下保修", "保修说明"), bare("保修多久", "保修说明")
    (True, False)
    """
    if _ONE_THING.match(text.lstrip()) or _ONE_THING_CHINESE.search(text):
        return False
    return bool(said := telling(text)) and set(said) <= set(terms(title))


def folded(title: str) -> str:
    """What titles that name one thing have in common: no case, no brackets, no marks.

    >>> folded("Von Hippel-Lindau Disease (VHL)") == folded("von Hippel-Lindau disease")
    True
    """
    return " ".join(_PIECE.findall(_BRACKETS.sub("", title).casefold())) or title.casefold()

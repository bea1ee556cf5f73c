"""Words, as search compares them: English stemmed, accents folded, Chinese by overlapping pairs of simplified characters.

Chinese writes no spaces. Pairs find more than a segmenter's words do, and single characters beside them a little more;
bench/chinese.py compares them. What is written in traditional characters is the same word as in simplified ones.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from raglan.text.script import simplified
from raglan.text.surrogates import mended

if TYPE_CHECKING:
    import tantivy

__all__ = [
    "RUN",
    "STOP",
    "analyzer",
    "characters",
    "chinese_share",
    "content_terms",
    "is_chinese",
    "latin_share",
    "pairs",
    "terms",
]

# Han, kana and hangul syllables: scripts that are not cut at spaces.
RUN = re.compile(r"[㐀-䶿一-鿿\uf900-\ufaff぀-ヿ가-힯\U00020000-\U0003134f]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")

# Stemmed, as terms are.
STOP = frozenset(
    """a about above after again all also am an and any are as at be because been before being between both but
    by can could did do doe does doing down during each few for from further had has have having he her here
    hers him his how i if in into is it its itself just me more most my no nor not now of off on once onli
    only or other our out over own pleas please same she should so some such tell than that the their them
    then there these they this those through to too under until up veri very was we were what when where
    which while who whom whose whi why will with would you your""".split()
)
_STOP_CHINESE = frozenset(
    """什么 是什 么是 为什 哪些 哪个 哪一 哪里 怎么 怎样 如何 多少 多久 多长 是否 可以 能否 有哪 有什 请问 吗 呢 的 了
    是 在 和 与 或 及 是谁 谁是 何时 几个""".split()
)


def is_chinese(text: str) -> bool:
    """Whether most letters of ``text`` belong to a script that writes no spaces."""
    return chinese_share(text) > 0.5


def chinese_share(text: str) -> float:
    """The share of letters that belong to a script that writes no spaces; 0 where there are no letters.

    >>> chinese_share("abc 保修期")
    0.5
    """
    # Most texts hold none of it: find that out before counting letters.
    runs = [] if text.isascii() else RUN.findall(text)
    count = sum(map(len, runs))
    # Marks such as the middle dot, and characters newer than Python's tables, are in a run and no letters.
    return count / max(count, _letters(text)) if runs else 0.0


def latin_share(text: str) -> float:
    """The share of letters that are Latin; 1 where there are no letters.

    >>> latin_share("abc 保修期"), latin_share("24")
    (0.5, 1.0)
    """
    if text.isascii():
        return 1.0
    letters = _letters(text)
    return len(_LATIN.findall(text)) / letters if letters else 1.0


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def pairs(text: str) -> str:
    """``text`` with every run of Chinese written as its overlapping pairs, spaced, in simplified characters.

    >>> pairs("iPhone保修期兩年")
    'iPhone 保修 修期 期两 两年 '
    """
    return RUN.sub(_pair, text)


def characters(text: str) -> list[str]:
    """Every Chinese character of ``text``, in order, as it is written: beside pairs they prefer what is written alike.

    >>> characters("iPhone維修")
    ['維', '修']
    """
    return [character for run in RUN.findall(text) for character in run]


def _pair(match: re.Match[str]) -> str:
    run = simplified(match.group())
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[i : i + 2] for i in range(len(run) - 1)) + " "


@lru_cache(maxsize=1)
def analyzer() -> tantivy.TextAnalyzer:
    """The one analysis that index, query and overlap share; it expects text that went through :func:`pairs`."""
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(80))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def terms(text: str) -> list[str]:
    """The words of ``text`` as the index holds them, in order.

    >>> terms("Warranties: 24 months, 保修期")
    ['warranti', '24', 'month', '保修', '修期']
    """
    try:
        found: list[str] = analyzer().analyze(pairs(text))
    except UnicodeEncodeError:
        return terms(mended(text))
    return found


def content_terms(text: str) -> list[str]:
    """:func:`terms` without the words that carry a question rather than its subject.

    >>> content_terms("How long is the warranty?")
    ['long', 'warranti']
    """
    found = terms(text)
    kept = [term for term in found if term not in STOP and term not in _STOP_CHINESE]
    return kept or found

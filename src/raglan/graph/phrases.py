"""Key phrases: runs of words that carry meaning, ranked by how often they occur, how long they are, and how rare elsewhere.

Candidates are cut at stop words and marks, as in RAKE (Rose et al. 2010); what stands only within longer phrases counts
less, as in the C-value (Frantzi et al. 2000). Chinese, which writes no spaces, is cut at the characters that join, and of
the pieces those are kept that are short or that come twice.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from raglan.graph.found import Mention
from raglan.graph.names import key
from raglan.text.words import RUN, STOP
from raglan.types import Span

__all__ = ["phrases", "ranked"]

_LONGEST, _MOST = 4, 16
_STOP = STOP | frozenset(
    """
    one two three four five many much several every often usually generally however therefore thus although
    though also may might must shall upon within without among across per via etc e.g i.e use used using make
    made makes like well even still yet new said say says see called known include includes including included
    way ways thing things time times first second last year years day days people part parts number good high
    low large small long different important based born died january february march april
    june july august september october november december become became given take taken whether another until since
    around every always never either neither each is's don't it's has had was were been being does did very once
    own his her their our your my its get gets got go goes went come comes came keep need needs want never
    """.split()
)
_WORDS = re.compile(r"[A-Za-zÀ-ɏ][\w’'-]*\w|[A-Za-z]")
_VERBAL = re.compile(r"(?:ly|ing|ed)$")
_CUT = re.compile(
    r"[的了是在和与與及或为為有被把将將对對从從到由以并並而但也都就又还還很更最不没沒这這那其之于於等着著过過所"
    r"其此各每某该該请請可能会會要应應当當使让讓给給时時后後前中上下内內外个個们們一二三四五六七八九十两兩年月日"
    r"]+"
)


def phrases(text: str) -> Iterator[Mention]:
    """Candidates of one passage, the likeliest :data:`_MOST` of them, in order, each where it stands first.

    >>> [one.said for one in phrases("The steam wand gets hot. Mind the steam wand. 蒸汽管很热，请小心蒸汽管。")]
    ['steam wand', 'Mind', '蒸汽管', '小心蒸汽管']
    """
    found: dict[str, Mention] = {}
    counts: Counter[str] = Counter()
    for mention in (*_latin(text), *_chinese(text)):
        counts[mention.name] += 1
        found.setdefault(mention.name, mention)
    best = sorted(found, key=lambda name: (-_worth(counts[name], found[name].said), found[name].span))[:_MOST]
    yield from sorted(found[name] for name in best)


def _worth(count: int, said: str) -> float:
    return count * math.log2(1 + _size(said))


def _size(said: str) -> float:
    return len(said) / 2 if RUN.match(said) else len(said.split())


def _latin(text: str) -> Iterator[Mention]:
    run: list[re.Match[str]] = []
    for match in _WORDS.finditer(text):
        if run and not re.fullmatch(r"[ \n]", text[run[-1].end() : match.start()]):
            yield from _run(text, run)
            run = []
        if _stops(match.group()):
            yield from _run(text, run)
            run = []
        else:
            run.append(match)
    yield from _run(text, run)


def _stops(word: str) -> bool:
    low = word.lower()
    return low in _STOP or low.rstrip("s") in _STOP or len(word) < 2


def _run(text: str, run: list[re.Match[str]]) -> Iterator[Mention]:
    while run and _VERBAL.search(run[0].group().lower()) and len(run) > 1:
        run = run[1:]
    if run and len(run) <= _LONGEST and not (len(run) == 1 and _VERBAL.search(run[0].group())):
        span = Span(run[0].start(), run[-1].end())
        if len(span) > 3 or span.of(text).isupper():
            yield Mention(span, "phrase", key(span.of(text)), " ".join(span.of(text).split()))


def _chinese(text: str) -> Iterator[Mention]:
    for run in RUN.finditer(text):
        start = run.start()
        for cut in (*_CUT.finditer(run.group()), None):
            end = run.start() + cut.start() if cut else run.end()
            if 2 <= end - start <= 6:
                yield Mention(Span(start, end), "phrase", key(text[start:end]), text[start:end])
            elif end - start > 6:
                for size in (2, 3, 4):
                    for at in range(start, end - size + 1):
                        piece = text[at : at + size]
                        if text.count(piece) > 1:
                            yield Mention(Span(at, at + size), "phrase", key(piece), piece)
            start = run.start() + cut.end() if cut else end


def ranked(counts: Mapping[str, int], spread: Mapping[str, int], total: int, *, most: int = 10) -> list[str]:
    """The phrases (keys) that say most of a document.

    ``counts`` has how many of its passages name each, ``spread`` how many of all ``total`` documents do. A phrase that
    stands within a better one is left out.
    """

    def worth(name: str) -> float:
        rare = math.log(1 + total / max(1, spread.get(name, 1)))
        nested = sum(count for other, count in longer.get(name, {}).items())
        return (counts[name] - 0.5 * min(nested, counts[name])) * math.log2(1 + _size(name)) * rare

    longer = _nesting(counts)
    told: list[str] = []
    for name in sorted(counts, key=lambda name: (-worth(name), name)):
        if len(told) == most:
            break
        if not any(name in other or other in name for other in told):
            told.append(name)
    return told


def _nesting(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """For each phrase those that it is a part of, word by word, with their counts."""
    found: dict[str, dict[str, int]] = {}
    for name, count in counts.items():
        words = name.split()
        for size in range(1, len(words)):
            for at in range(len(words) - size + 1):
                part = " ".join(words[at : at + size])
                if part in counts:
                    found.setdefault(part, {})[name] = count
    return found

"""How sure a search is of what it found, from its scores and titles alone: what decides whether a question back helps.

Predictors of how well a query does: NQC, the spread of scores (Shtok et al. 2012); WIG, how far the best stand above the
rest (Zhou and Croft 2007); clarity, how far the words of the best differ from those of the rest (Cronen-Townsend et al.
2002). Beside them: over how many titles the best are spread, and how much of a title, and of the question, the other covers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from raglan.search.view import body, names
from raglan.talk.mention import folded, telling
from raglan.text.words import terms
from raglan.types import Hit, Query

__all__ = ["SHAPE", "shape", "shares"]

SHAPE = (
    "share of the best title that is asked",
    "share of any of five titles that is asked",
    "share of what is asked that the best title holds",
    "share of what is asked that the best passage holds",
    "words asked",
    "words asked beside the best title",
    "nothing asked beside the best title",
    "best found by name",
    "lead of the best",
    "lead of the best title",
    "NQC",
    "WIG",
    "clarity",
    "titles among five",
    "titles among ten",
    "entropy of titles",
    "titles that hold what the best holds of what is asked",
)
_BEST, _WARM = 10, 0.1  # hits that shares are of, and the temperature of these


def shape(query: Query, hits: Sequence[Hit]) -> list[float]:
    """Numbers of one query and its ``hits`` (one at least), in the order of ``SHAPE``; finite, mostly within 0 and 1."""
    asked = list(dict.fromkeys(telling(query.text)))
    titles = [names(hit.passage)[0] for hit in hits]
    held = [set(terms(title)) for title in titles]
    best, text = held[0], held[0] | set(terms(body(hits[0].passage)))
    common = best & set(asked)
    scores = [min(hit.score, 1.0) for hit in hits]
    mass = shares(hits)
    spread = [share for share in mass.values() if share > 0]
    return [
        _share(common, best),
        max(_share(one & set(asked), one) for one in held[:5]),
        _share(common, asked),
        _share(text & set(asked), asked),
        math.log1p(len(asked)),
        math.log1p(len(set(asked) - best)),
        float(set(asked) <= best),
        float(hits[0].score > 1),
        scores[0] - (scores[1] if len(scores) > 1 else 0.0),
        _lead(list(mass.values())),
        _deviation(scores),
        (sum(scores[:5]) / len(scores[:5]) - sum(scores) / len(scores)) / math.sqrt(max(1, len(asked))),
        _clarity(hits),
        len({folded(title) for title in titles[:5]}) / 5,
        len({folded(title) for title in titles[:10]}) / 10,
        -sum(share * math.log(share) for share in spread) / math.log(_BEST),
        math.log1p(len({folded(title) for title, one in zip(titles, held, strict=True) if common and common <= one})),
    ]


def shares(hits: Sequence[Hit]) -> Mapping[str, float]:
    """What part of the belief each title among the ten best has, greatest first; their sum is 1."""
    found: dict[str, float] = {}
    for hit in hits[:_BEST]:
        title = folded(names(hit.passage)[0])
        found[title] = found.get(title, 0.0) + math.exp((min(hit.score, 1.0) - 1.0) / _WARM)
    total = sum(found.values()) or 1.0
    return {title: mass / total for title, mass in sorted(found.items(), key=lambda pair: -pair[1])}


def _lead(masses: Sequence[float]) -> float:
    return masses[0] - (masses[1] if len(masses) > 1 else 0.0)


def _share(part: set[str], whole: set[str] | Sequence[str]) -> float:
    return len(part) / max(1, len(whole))


def _deviation(scores: Sequence[float]) -> float:
    mean = sum(scores) / len(scores)
    return math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))


def _clarity(hits: Sequence[Hit]) -> float:
    """Divergence, in nats, of the words of the five best from those of all hits; 0 where there are no others."""
    counts = [Counter(terms(body(hit.passage)[:600])) for hit in hits]
    all_words, best = sum(counts, Counter[str]()), sum(counts[:5], Counter[str]())
    total, ours = sum(all_words.values()), sum(best.values())
    if not ours or total == ours:
        return 0.0
    return sum(n / ours * math.log(n * total / (ours * all_words[word])) for word, n in best.items())

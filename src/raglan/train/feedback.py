"""What people said of answers, as rows to train on: what a store keeps of thumbs and of citations that were clicked.

A thumb judges an answer, so it counts for every passage that the answer cites; a click on a citation counts half as much
for its passage, for people also click to find out what is wrong. What was said of a passage is settled so:

- of one person only the latest opinion counts, if ``person`` can tell who said it; 0 takes an opinion back;
- then the sum over all decides; where that is a draw, the latest.

A store does not keep who said what, so without ``person`` every entry is a voice of its own.

Paper: Joachims 2002 (clicks as judgements). Nearest relatives: :mod:`raglan.train.adapting`, which a few dozen such rows
are enough for; :mod:`raglan.train.negatives`, which adds to their negatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from raglan.errors import DataError
from raglan.store.feedback import Feedback, FeedbackLog
from raglan.store.store import Store
from raglan.types import Answer, Citation, Example, Query

__all__ = ["CLICK", "Person", "clicked", "examples", "settled", "thumbed"]

CLICK = 0.5  # the verdict of a click, where that of a thumb is 1 or -1
_DRAW = 1e-9

Person = Callable[[Feedback], str]


def examples(store: Store, *, person: Person | None = None) -> list[Example]:
    """A row for each query of which something was found right, in the order in which they were first asked.

    Positives and negatives are what was settled, as far as it still is in ``store``; nothing said, no rows. A query that
    has no positive left is left out: elsewhere, such a row means that the documents do not answer it.
    """
    there: dict[str, bool] = {}

    def kept(name: str) -> bool:
        if name not in there:
            there[name] = store.find(name) is not None
        return there[name]

    rows = []
    for query, verdicts in settled(FeedbackLog(store).all(), person=person).items():
        right = tuple(name for name, verdict in verdicts.items() if verdict > 0 and kept(name))
        wrong = tuple(name for name, verdict in verdicts.items() if verdict < 0 and kept(name))
        if right:
            rows.append(Example(Query(query), positives=right, negatives=wrong))
    return rows


def settled(said: Iterable[Feedback], *, person: Person | None = None) -> dict[str, dict[str, float]]:
    """For each query the passages (ids) of which something was said, and the mean verdict, from -1 to 1 and never 0.

    ``said`` comes oldest first. Queries that differ in blanks alone are one; an empty one is none. Raises
    :class:`DataError` for a verdict outside of -1 to 1.
    """
    voices: dict[tuple[str, str], _Voices] = {}
    for at, one in enumerate(said):
        _within(one.verdict, f"feedback {at} of {one.at}")
        query = " ".join(one.query.split())
        if query:
            who = str(at) if person is None else person(one)
            voices.setdefault((query, one.passage), _Voices({})).add(who, one.verdict)
    found: dict[str, dict[str, float]] = {}
    for (query, passage), those in voices.items():
        verdict = those.verdict()
        if verdict:
            found.setdefault(query, {})[passage] = verdict
    return found


@dataclass(slots=True)
class _Voices:
    """The last verdict of each person on one passage, the latest last."""

    by: dict[str, float]

    def add(self, who: str, verdict: float) -> None:
        self.by.pop(who, None)
        self.by[who] = verdict

    def verdict(self) -> float:
        """The mean of those that say something; of a draw, the latest; 0 if none says anything."""
        given = [verdict for verdict in self.by.values() if verdict]
        total = sum(given)
        return total / len(given) if abs(total) > _DRAW else next(reversed(given), 0.0)


def thumbed(store: Store, query: str, answer: Answer, verdict: float, *, at: str) -> list[Feedback]:
    """What a thumb (``verdict`` 1, -1, or 0 taken back) on ``answer`` says of each passage that it cites, for a log to keep.

    Raises :class:`DataError` for a verdict outside of -1 to 1, which no log could get rid of again.
    """
    _within(verdict, "a thumb")
    names = dict.fromkeys(name for citation in answer.citations for name in _cited(store, citation))
    return [Feedback(at, query, name, verdict, "thumb") for name in names]


def clicked(store: Store, query: str, citation: Citation, *, at: str) -> list[Feedback]:
    """What a click on ``citation`` says of its passage."""
    return [Feedback(at, query, name, CLICK, "click") for name in _cited(store, citation)]


def _within(verdict: float, place: str) -> None:
    if not -1 <= verdict <= 1:
        raise DataError(f"the verdict is {verdict}, must be from -1 to 1", place=place)


def _cited(store: Store, citation: Citation) -> list[str]:
    """The passages of ``store`` that hold what is quoted; what was read may have been grown from several."""
    known = store.find(citation.passage.id)
    if known is not None and known[1].span == citation.passage.span:
        return [citation.passage.id]
    passages = store.passages(citation.passage.document).values()
    return [one.id for one in passages if one.span.overlaps(citation.source)]

"""What people said of answers, as rows to train on: what a store keeps of thumbs and of citations that were clicked.

A thumb judges an answer, so it counts for every passage that the answer cites; a click on a citation counts half as much
for its passage, for people also click to find out what is wrong. What was said of a passage is settled so:

- of one person only the latest opinion counts; 0 takes an opinion back. Where nobody knows who said it, it is a voice of
  its own;
- then the sum over all decides; where that is a draw, the latest.

An opinion is of a text: one whose passage says something else by now is left out, and one whose passage only moved, as
all that stand behind a new line do, goes with it.

Paper: Joachims 2002 (clicks as judgements). Nearest relatives: :mod:`raglan.train.querying`, which some such rows are enough
for; :mod:`raglan.train.negatives`, which adds to their negatives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from raglan.datasets.dataset import Dataset
from raglan.errors import DataError
from raglan.store.feedback import Feedback, FeedbackLog, hashed
from raglan.store.store import Store
from raglan.types import Answer, Citation, Example, Passage, Query

__all__ = ["CLICK", "Heard", "clicked", "heard", "settled", "thumbed"]

CLICK = 0.5  # the verdict of a click, where that of a thumb is 1 or -1
_DRAW = 1e-9


class Heard(NamedTuple):
    """A labelled set over all passages of a store, and how much of what was said was ``left`` out, by reason."""

    data: Dataset
    left: Mapping[str, int]


def heard(store: Store, *, name: str = "feedback") -> Heard:
    """An example for each query of which something was found right, in the order in which they were first asked.

    Positives and negatives are what was settled. A query that has no positive left is left out: elsewhere, such a row means
    that the documents do not answer it. Raises :class:`DataError` for a verdict outside of -1 to 1.
    """
    passages = tuple(store.get(store.keys()).values())
    left: Counter[str] = Counter()
    there = list(_there(FeedbackLog(store).all(), passages, left))
    examples = []
    for query, verdicts in settled(there).items():
        right = tuple(one for one, verdict in verdicts.items() if verdict > 0)
        wrong = tuple(one for one, verdict in verdicts.items() if verdict < 0)
        if right:
            examples.append(Example(Query(query), positives=right, negatives=wrong))
        else:
            left["questions of which nothing was found right"] += 1
    return Heard(Dataset(name, tuple(examples), passages), dict(left))


def _there(said: Iterable[Feedback], passages: Iterable[Passage], left: Counter[str]) -> Iterable[Feedback]:
    """What was said of texts that still are in the store, by the passages that hold them now."""
    by_id = {one.id: hashed(one.text) for one in passages}
    by_text: dict[bytes, str] = {}
    for name, mark in by_id.items():
        by_text.setdefault(mark, name)
    for one in said:
        now = by_id.get(one.passage)
        if now is not None and one.hash in (b"", now):
            yield one
        elif one.hash in by_text:
            yield replace(one, passage=by_text[one.hash])
        else:
            left[f"opinions of passages that {'are gone' if now is None else 'have changed since'}"] += 1


def settled(said: Iterable[Feedback]) -> dict[str, dict[str, float]]:
    """For each query the passages (ids) of which something was said, and the mean verdict, from -1 to 1 and never 0.

    ``said`` comes oldest first. Queries that differ in blanks alone are one; an empty one is none. Raises
    :class:`DataError` for a verdict outside of -1 to 1.
    """
    voices: dict[tuple[str, str], _Voices] = {}
    for at, one in enumerate(said):
        _within(one.verdict, f"feedback of {one.at} on {one.passage}")
        query = " ".join(one.query.split())
        if query:
            voices.setdefault((query, one.passage), _Voices({})).add(one.person or at, one.verdict)
    found: dict[str, dict[str, float]] = {}
    for (query, passage), those in voices.items():
        verdict = those.verdict()
        if verdict:
            found.setdefault(query, {})[passage] = verdict
    return found


@dataclass(slots=True)
class _Voices:
    """The last verdict of each person on one passage, the latest last; an unknown person goes by a number."""

    by: dict[str | int, float]

    def add(self, who: str | int, verdict: float) -> None:
        self.by.pop(who, None)
        self.by[who] = verdict

    def verdict(self) -> float:
        """The mean of those that say something; of a draw, the latest; 0 if none says anything."""
        given = [verdict for verdict in self.by.values() if verdict]
        total = sum(given)
        return total / len(given) if abs(total) > _DRAW else next(reversed(given), 0.0)


def thumbed(store: Store, query: str, answer: Answer, verdict: float, *, at: str, person: str = "") -> list[Feedback]:
    """What a thumb (``verdict`` 1, -1, or 0 taken back) on ``answer`` says of each passage that it cites, for a log to keep.

    Passages that say something else by now are left out. Raises :class:`DataError` for a verdict outside of -1 to 1, which
    no log could get rid of again.
    """
    _within(verdict, "a thumb")
    passages = {one.id: one for citation in answer.citations for one in _cited(store, citation)}
    return [Feedback(at, query, one.id, verdict, "thumb", person, hashed(one.text)) for one in passages.values()]


def clicked(store: Store, query: str, citation: Citation, *, at: str, person: str = "") -> list[Feedback]:
    """What a click on ``citation`` says of its passage, if that still says what was read."""
    cited = _cited(store, citation)
    return [Feedback(at, query, one.id, CLICK, "click", person, hashed(one.text)) for one in cited]


def _within(verdict: float, place: str) -> None:
    if not -1 <= verdict <= 1:
        raise DataError(f"the verdict is {verdict}, must be from -1 to 1", place=place)


def _cited(store: Store, citation: Citation) -> list[Passage]:
    """The passages of ``store`` that hold what is quoted; what was read may have been grown from several."""
    read = citation.passage
    passages = [one for one in store.passages(read.document).values() if one.span.overlaps(citation.source)]
    own = [one for one in passages if (one.id, one.span) == (read.id, read.span)]
    return [one for one in own or passages if _same(one, read)]


def _same(one: Passage, other: Passage) -> bool:
    """Whether both say the same where both stand."""
    start, end = max(one.span.start, other.span.start), min(one.span.end, other.span.end)
    texts = [each.text[start - each.span.start : end - each.span.start] for each in (one, other)]
    return texts[0] == texts[1]

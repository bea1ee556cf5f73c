"""How well questions find, and are answered from, passages in the other language: the example handbook, English and Chinese.

    python bench/cross.py

Every question of ``examples/handbook.cross.jsonl`` asks for what stands in a document of the other language only. A passage
is right if it is of that document and holds the answer; a question shares something with it if a run of Latin letters or
digits, a name, number or code, stands in both. Nothing is drawn by chance.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Container, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raglan.build.over import opened
from raglan.build.parts import Library
from raglan.build.systems import Clock, Systems
from raglan.rag import Rag
from raglan.search.view import spoken
from raglan.text.words import chinese_share
from raglan.types import Answer, Hit, Passage, Query

EXAMPLES = Path(__file__).parents[1] / "examples"
RANKING = ("words", "vectors", "learned")
DEPTHS = (1, 5)
ENDS = ("right", "wrong", "silent")
HEAD = f"| question, passage | in common | questions | {' | '.join([*RANKING, *ENDS])} |"
_RUN = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: the rank of the first right passage, 0 for none, by each system; how it was answered."""

    chinese: bool
    shares: bool
    ranks: tuple[int, ...]
    end: str


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether an answer stands in ``text``, however its lines are broken."""
    flat = "".join(text.split())
    return any("".join(answer.split()) in flat for answer in answers)


def runs(text: str) -> set[str]:
    """The Latin words, numbers and codes of ``text``."""
    return set(_RUN.findall(text.lower()))


def right_passages(made: Library, row: dict[str, Any]) -> dict[str, Passage]:
    """The passages that answer, by id; :class:`ValueError` where there is none."""
    passages = [one for name in row["positives"] for one in made.store.passages(name).values()]
    found = {one.id: one for one in passages if holds(one.text, row["answers"])}
    if not found:
        raise ValueError(f"{row['id']}: no passage of {row['positives']} holds {row['answers']}")
    return found


def ended(rag: Rag, row: dict[str, Any]) -> str:
    """How the question is answered: one of ``ENDS``. Right is what holds the answer and cites its document."""
    reply = rag.answer(row["question"])
    assert isinstance(reply, Answer)
    if reply.abstained:
        return "silent"
    cited = {citation.passage.document for citation in reply.citations}
    return "right" if holds(reply.text, row["answers"]) and cited & set(row["positives"]) else "wrong"


def asked(made: Library, rows: Sequence[dict[str, Any]]) -> list[Asked]:
    """Search for every question with each system, and have it answered."""
    queries = [Query(row["question"]) for row in rows]
    wanted = [right_passages(made, row) for row in rows]
    makers = Systems(made, Clock())
    ranks: list[list[int]] = []
    for system in map(makers.of, RANKING):
        assert not isinstance(system, Rag)
        found = system.search(queries, max(DEPTHS))
        ranks.append([_rank(hits, right) for hits, right in zip(found, wanted, strict=True)])
    return [
        Asked(
            chinese_share(row["question"]) > 0,
            any(runs(row["question"]) & runs(spoken(passage)) for passage in right.values()),
            reached,
            ended(made.rag, row),
        )
        for row, right, reached in zip(rows, wanted, zip(*ranks, strict=True), strict=True)
    ]


def _rank(hits: Sequence[Hit], right: Container[str]) -> int:
    return next((rank for rank, hit in enumerate(hits, 1) if hit.passage.id in right), 0)


def line(told: str, common: str, of: Sequence[Asked]) -> str:
    """A row of the table: Recall@1 / 5 of each system in percent, and how many questions ended in which way."""
    found = [[sum(0 < one.ranks[at] <= k for one in of) for k in DEPTHS] for at in range(len(RANKING))]
    cells = [" / ".join(f"{100 * count / len(of):.1f}" for count in counts) for counts in found]
    cells += [str(sum(one.end == end for one in of)) for end in ENDS]
    return f"| {told} | {common} | {len(of)} | {' | '.join(cells)} |"


def main() -> None:
    """Print a table."""
    rows = [json.loads(text) for text in (EXAMPLES / "handbook.cross.jsonl").read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "handbook"
        shutil.copytree(EXAMPLES / "handbook", folder, ignore=shutil.ignore_patterns(".raglan"))
        made, _ = opened(folder)
        with closing(made):
            made.encode()
            found = asked(made, rows)
    print("\n".join([HEAD, "|---|---|--:|" + "---|" * len(RANKING) + "--:|" * len(ENDS)]))
    for chinese, told in ((False, "English, Chinese"), (True, "Chinese, English")):
        for shares, common in ((True, "a name, number or code"), (False, "nothing")):
            print(line(told, common, [one for one in found if (one.chinese, one.shares) == (chinese, shares)]))


if __name__ == "__main__":
    main()

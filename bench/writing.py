"""What a reader writes, in a few words and in whole sentences: how right it is, how much of it is copied, what carries it.

    python bench/writing.py --data DATA --reader READER [--limit 40] [--k 5] [--write docs/benchmarks.md]

``--limit`` questions of each development half, drawn by the seed, each with its own passage and, up to ``--k``, those that
words find beside it, in an order drawn by chance. Short answers are told beside what the reader points at. Of sentences:
whether an answer stands in them and ROUGE-L with the set's own, where those are sentences; the share that stands in a
passage as it is, from the first word to the last; and the share that the critic of the default configuration takes for
carried by what they cite. Of questions without an answer, how often nothing is written.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import written

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled
from raglan.generate.checking import ReaderCritic
from raglan.generate.reader import ReaderGenerator
from raglan.metrics.answers import exact_match, holds, token_f1, unanswerable
from raglan.metrics.rouge import cut, score
from raglan.metrics.value import Value
from raglan.search.lexical import LexicalIndex
from raglan.text.words import terms
from raglan.types import Answer, Draft, Evidence, Example

SETS = ("squad", "nq", "selqa")
SHOWN = 6  # sentences of a set that are printed


class Case(NamedTuple):
    """A question and its evidence."""

    example: Example
    evidence: list[Evidence]


def cases(data: Dataset, rows: Sequence[int], args: argparse.Namespace) -> list[Case]:
    """So many of these rows, each with its passages."""
    asked = sampled(chosen(data, rows), args.limit, args.seed).examples
    there = {passage.id: passage for passage in data.passages}
    index = LexicalIndex()
    index.add(there.values())
    found = []
    for at, (one, hits) in enumerate(zip(asked, index.search([one.query for one in asked], args.k + 1), strict=True)):
        own = (one.positives or one.negatives)[:1]
        names = list(dict.fromkeys([*own, *(hit.passage.id for hit in hits)]))[: args.k]
        random.Random(f"{args.seed} {at}").shuffle(names)
        found.append(Case(one, [Evidence(there[name], 1 / len(names)) for name in names]))
    return found


def percent(values: Sequence[object]) -> str:
    """Their mean, of those that are numbers."""
    known = [float(one) for one in values if isinstance(one, (float, int))]
    return f"{100 * mean(known):.1f}" if known else ""


def judged(many: Sequence[Case], drafts: Sequence[Draft], by: Callable[[Answer, Example], Value]) -> str:
    """A metric over all."""
    return percent([by(Answer(draft.text), case.example) for case, draft in zip(many, drafts, strict=True)])


def longest_common(answer: Answer, example: Example) -> float:
    """ROUGE-L with the nearest of the set's answers."""
    return max(score(cut(answer.text), cut(gold), 0).f for gold in example.answers)


def copied(draft: Draft, case: Case) -> bool:
    """Whether the words stand in a row in a passage."""
    said = f" {' '.join(terms(draft.text))} "
    return any(said in f" {' '.join(terms(piece.passage.text))} " for piece in case.evidence)


def supported(critic: ReaderCritic, draft: Draft, case: Case) -> bool:
    """Whether the critic lets it pass."""
    return critic.judge(case.example.query, Answer(draft.text, draft.citations, confidence=1.0)).supported


def row(name: str, many: Sequence[Case], makers: dict[str, ReaderGenerator], critic: ReaderCritic) -> str:
    """All that is said of a set."""
    told = {form: [one.write(case.example.query, case.evidence) for case in many] for form, one in makers.items()}
    said = told["sentence"]
    short = [
        f"{judged(many, told[form], exact_match)} / {judged(many, told[form], token_f1)}" if name != "selqa" else ""
        for form in ("pointing", "short")
    ]
    pairs = [(case, draft) for case, draft in zip(many, said, strict=True) if draft.text]
    cells = [
        name,
        str(len(many)),
        *short,
        judged(many, said, holds) if name != "selqa" else "",
        judged(many, said, longest_common) if name == "selqa" else "",
        percent([copied(draft, case) for case, draft in pairs]),
        percent([supported(critic, draft, case) for case, draft in pairs]),
    ]
    found = f"| {' | '.join(cells)} |"
    print(found, flush=True)
    for case, draft in pairs[:SHOWN]:
        print(f"  {case.example.query.text} | {draft.text}", flush=True)
    return found


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=40, help="questions a set")
    parser.add_argument("--k", type=int, default=5, help="passages a question")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    args = parser.parse_args()
    makers = {
        "pointing": ReaderGenerator(args.reader),
        "short": ReaderGenerator(args.reader, fusion="bias"),
        "sentence": ReaderGenerator(args.reader, form="sentence"),
    }
    critic = ReaderCritic(args.reader)
    lines = [
        "| set | questions | pointing, EM / F1 | short, EM / F1 | sentences that hold it | ROUGE-L | copied | carried |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in args.sets.split(","):
        data = load(args.data / name / "dev")
        rows = [at for at, one in enumerate(data.examples) if one.answers and one.positives]
        rows = [at for at in rows if (at in data.long) == (name == "selqa")]
        lines.append(row(name, cases(data, rows, args), makers, critic))
    data = load(args.data / "squad" / "dev")
    many = cases(data, [at for at, one in enumerate(data.examples) if unanswerable(one)], args)
    lines += ["", f"Of {len(many)} questions of SQuAD without an answer nothing was written to"]
    for form in ("short", "sentence"):
        silent = [not makers[form].write(case.example.query, case.evidence).text for case in many]
        lines[-1] += f" {percent(silent)} % ({form})"
    print("\n".join(["", *lines]))
    if args.write:
        written(args.write, "writing", lines)


if __name__ == "__main__":
    main()

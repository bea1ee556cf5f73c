"""How well Raglan finds and answers on labelled sets: the tables of docs/benchmarks.md, written there.

    python bench/quality.py --data DATA --work WORK [--sets squad,nq] [--limit 200] [--write docs/benchmarks.md]

Finding: all questions of a development half over its own corpus. Answering: ``--limit`` of them, over what is found and
over the gold passages; then questions of another set, for which the corpus has nothing, put beside them. Indexes are kept
in WORK. Without ``--write`` the tables are printed.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from raglan.build.metrics import metrics
from raglan.build.parts import Library, library
from raglan.build.systems import Clock, Systems
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled
from raglan.evaluate.given import Asking
from raglan.evaluate.measure import evaluate
from raglan.evaluate.report import Report
from raglan.store.adding import add_passages
from raglan.types import Example

ENGLISH = ("squad", "nq", "policy", "covid", "selqa", "medquad", "hotpot", "ir-cranfield", "ir-cisi", "ir-med")
CHINESE = ("cmrc", "drcd", "stard", "cmrc+news-zh", "drcd+news-zh")
# Whose questions a corpus cannot answer.
STRANGERS = {"squad": "covid", "nq": "policy", "policy": "squad", "covid": "selqa", "selqa": "covid"}
STRANGERS |= {"cmrc": "drcd", "drcd": "cmrc"}
# Whose questions never say whose passages they are about.
NAMELESS = ("policy",)
RANKING = ("words", "vectors", "rrf", "minmax", "learned")
FOUND = ("recall@1", "recall@5", "ndcg@10")
SAID = ("contains", "f1", "citation_precision", "citation_recall", "confidence_auroc")
WRITER = "sentence"


def opened(data: Path, work: Path, name: str, config: Config | None = None) -> tuple[Library, Dataset]:
    """The library of a set's development half, made once, and the set; ``cmrc+news-zh`` is one with distractors."""
    made = library(work / name, config or Config(threshold=0.0))
    problems: list[Exception] = []
    own, _, others = name.partition("+")
    found = load(data / own / "dev", bad=problems.append)
    if problems:
        print(f"{name}: {len(problems)} malformed rows left out, {problems[0]}")
    if not len(made.store):
        add_passages(made.store, found.passages)
        if others:
            add_passages(made.store, load(data / others).passages)
    made.words.follower.refresh()
    made.encode(lambda at: print(f"\r{name} {at.done}/{at.total} ", end="", flush=True))
    return made, found


def narrowed(data: Dataset, name: str) -> Dataset:
    """Of a set whose questions name no one, the questions as somebody asks who is on that site: with its title as filter."""
    if name not in NAMELESS:
        return data
    titles = {one.id: one.meta.get("title") for one in data.passages}
    named = [
        next((titles[each] for each in (*one.positives, *one.negatives) if titles.get(each)), None)
        for one in data.examples
    ]
    asked = [
        replace(one, query=replace(one.query, where={"title": title})) if title else one
        for one, title in zip(data.examples, named, strict=True)
    ]
    return replace(data, examples=tuple(asked))


def run(made: Library, found: Dataset, names: Sequence[str], measured: Sequence[str], *, gold: bool = False) -> Report:
    """These systems on ``found``."""
    clock = Clock()
    makers = Systems(made, clock)
    asking = Asking(gold=gold, clock=clock)
    return evaluate({name: makers.of(name) for name in names}, found, metrics(measured), asking=asking)


def value(report: Report, system: str, metric: str) -> float | None:
    """A value of a report, ``None`` where it is undefined."""
    score = report.systems[system].scores.get(metric)
    return score.value if score is not None and isinstance(score.value, float) else None


def finding(reports: Mapping[str, Report]) -> list[str]:
    """The table of rankings: a row a set, and the means."""
    lines = [f"| set | passages | questions | {' | '.join(RANKING)} |", "|---|--:|--:|" + "---|" * len(RANKING)]
    for name, report in reports.items():
        cells = [" / ".join(percent(value(report, system, metric)) for metric in FOUND) for system in RANKING]
        lines.append(f"| {name} | {report.passages:,} | {len(report.rows):,} | {' | '.join(cells)} |")
    for told, names in (("mean, English", ENGLISH), ("mean, all", ENGLISH + CHINESE)):
        there = [reports[name] for name in names if name in reports]
        if len(there) == len(names):
            cells = [percent(mean([value(one, system, "ndcg@10") or 0.0 for one in there])) for system in RANKING]
            lines.append(f"| {told} | | | {' | '.join(f'nDCG@10 {cell}' for cell in cells)} |")
    return lines


def answering(made: Library, found: Dataset, strangers: Sequence[Example]) -> str:
    """The cells of one set in the table of answers."""
    barren = value(run(made, found, [WRITER], ["abstain_auroc"]), WRITER, "abstain_auroc")
    answerable = chosen(found, [at for at, one in enumerate(found.examples) if one.answers])
    report = run(made, answerable, [WRITER], SAID)
    read = run(made, answerable, [WRITER], ["contains", "f1"], gold=True)
    lost = Dataset("strangers", (*answerable.examples, *strangers))
    other = value(run(made, lost, [WRITER], ["abstain_auroc"]), WRITER, "abstain_auroc")
    seconds = report.systems[WRITER].seconds / len(report.rows)
    cells = [
        *(decimal(value(report, WRITER, metric)) for metric in SAID[:4]),
        decimal(value(read, WRITER, "contains")),
        decimal(value(read, WRITER, "f1")),
        decimal(value(report, WRITER, "confidence_auroc")),
        decimal(barren),
        decimal(other),
        f"{seconds:.2f}",
    ]
    return f"{len(report.rows)} | {' | '.join(cells)}"


def percent(number: float | None) -> str:
    """As a percentage."""
    return "–" if number is None else f"{100 * number:.1f}"


def decimal(number: float | None) -> str:
    """With three places."""
    return "–" if number is None else f"{number:.3f}".removeprefix("0")


def mean(numbers: Sequence[float]) -> float:
    """The mean."""
    return sum(numbers) / len(numbers)


def written(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put a table where the page marks its place."""
    text = page.read_text(encoding="utf-8")
    block = "\n".join([f"<!-- {name} -->", *lines, f"<!-- /{name} -->"])
    new, count = re.subn(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{page} marks no place for the table {name!r}")
    page.write_text(new, encoding="utf-8")


ANSWERS = (
    "| set | questions | contains | F1 | citation precision | citation recall | contains, gold | F1, gold "
    "| right / wrong | unanswerable | other corpus | seconds |"
)


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(ENGLISH + CHINESE))
    parser.add_argument(
        "--limit", type=int, default=200, help="questions a set that are answered; 0 leaves answers out"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for each table")
    args = parser.parse_args()
    reports: dict[str, Report] = {}
    answers = [ANSWERS, "|---" + "|--:" * (ANSWERS.count("|") - 2) + "|"]
    for name in args.sets.split(","):
        made, found = opened(args.data, args.work, name)
        judged = chosen(found, [at for at, one in enumerate(found.examples) if one.positives or at in found.grades])
        reports[name] = replace(run(made, judged, RANKING, FOUND), passages=len(made.store))
        if args.limit and name in STRANGERS:
            other = load(args.data / STRANGERS[name] / "dev", bad=lambda _: None)
            strangers = [Example(one.query) for one in sampled(other, args.limit // 2, args.seed).examples]
            answers.append(f"| {name} | {answering(made, sampled(found, args.limit, args.seed), strangers)} |")
            print(answers[-1], flush=True)
        print("\n".join(finding({name: reports[name]})[2:3]), flush=True)
        made.close()
    tables = {"finding": finding(reports), **({"answers": answers} if args.limit else {})}
    for name, lines in tables.items():
        if args.write:
            written(args.write, name, lines)
        else:
            print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()

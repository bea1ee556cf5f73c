"""How well a trained reader answers, cites, and sees that there is no answer: tables of docs/benchmarks.md, written there.

    python bench/reading.py --data DATA --work WORK --reader READER [--limit 400] [--wiki 178775] [--write PAGE]

READER is a folder as ``raglan train reader`` writes it, or ``pointer`` for the network that reads Chinese; WORK is that of
bench/quality.py. ``--limit`` questions of each development half, without those whose answers are sentences, are answered by
the reader, by sentences, and by whichever is likelier right: from the passages that a row names (gold), from the eight that
the library finds among all of the set's, and from what it finds when every passage is taken out that a row names or that
holds a gold answer. Questions about policies, which name no one, are asked of the passages of their own site. Drafts are
judged as they are: no threshold and no critic withholds any, but in the last two columns: the share of drafts that the
threshold of a new configuration lets through, and the precision of their citations. Those questions are taken first that
models/reader/calibrate.py did not draw to fit a calibration.

``--wiki`` asks SQuAD's questions with so many introductions of Wikipedia beside its paragraphs. To encode all of them by the
shipped encoder takes hours: here words and the static encoder find, over all passages alike, in minutes.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.encoders import STATIC
from bench.quality import STRANGERS, narrowed, opened, written
from bench.reading_risk import Judged, risks

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.dataset import Dataset
from raglan.datasets.folder import passages
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, sampled
from raglan.encode.builtin import builtin
from raglan.encode.remembering import Remembering
from raglan.evaluate.resample import Resampling, interval
from raglan.generate.calibrated import Measures
from raglan.generate.either import Either
from raglan.generate.pointer import PointerGenerator
from raglan.generate.reader import ReaderGenerator
from raglan.generate.sentence import SentenceGenerator
from raglan.metrics.answers import em, f1, token_f1, unanswerable
from raglan.metrics.citations import citation_precision, citation_recall
from raglan.metrics.confidence import abstain_auroc
from raglan.metrics.metric import Metric, Run
from raglan.metrics.pieces import has, line
from raglan.store.adding import add_passages
from raglan.types import Answer, Evidence, Example, Query

SETS = ("squad", "nq", "policy", "covid")
DEEP = 40  # passages among which are enough without an answer
RIGHT = 0.5  # F1, as the calibration was fitted
ANSWERS = (em(), f1())
CITED = (citation_precision(), citation_recall())
Reading = ReaderGenerator | PointerGenerator
Writer = Reading | SentenceGenerator | Either
Asked = tuple[Example, list[Evidence]]


class Told(NamedTuple):
    """What came of a question."""

    example: Example
    answer: Answer
    measures: Measures | None


@dataclass
class Tables:
    """The lines of each."""

    seed: int
    answers: list[str] = field(
        default_factory=lambda: [
            (
                "| set | passages | questions | writer | EM, gold | F1, gold | EM | F1 | citation precision "
                "| citation recall | told | precision, told |"
            ),
            "|---|--:|--:|---|" + "--:|" * 8,
        ]
    )
    abstaining: list[str] = field(
        default_factory=lambda: [
            "| set | writer | unanswerable, its passage | unanswerable, found | answer taken out |",
            "|---|---|--:|--:|--:|",
        ]
    )
    judged: list[Judged] = field(default_factory=list)

    def add(self, name: str, cells: Sequence[str], *, abstaining: bool = False) -> None:
        """A row."""
        row = f"| {name} | {' | '.join(cells)} |"
        (self.abstaining if abstaining else self.answers).append(row)
        print(row, flush=True)

    def cell(self, metric: Metric, given: Sequence[Told]) -> str:
        """In percent, with what it is over questions drawn anew."""
        run = Run([one.example for one in given], answers=[one.answer for one in given])
        value = metric.of(run) if given else None
        if not isinstance(value, float):
            return "–"
        statistics = metric.rows(run)
        sure = interval(metric, statistics.values[statistics.defined], Resampling(self.seed))
        return f"{100 * value:.1f}" + (f" [{100 * sure[0]:.1f}, {100 * sure[1]:.1f}]" if sure else "")


def drawn(data: Dataset, limit: int, fitted: int, seed: int) -> tuple[Dataset, list[bool]]:
    """So many questions with short answers or none, and which of them no calibration was fitted to."""
    seen = set(sampled(data, fitted, seed).ids)
    usual = [at for at, one in enumerate(data.examples) if (one.answers or unanswerable(one)) and at not in data.long]
    random.Random(seed).shuffle(usual)
    kept = sorted(sorted(usual, key=lambda at: data.ids[at] in seen)[:limit])
    return chosen(data, kept), [data.ids[at] not in seen for at in kept]


def told(writer: Writer, asked: Sequence[Asked]) -> list[Told]:
    """Each question, answered from its evidence."""
    found = []
    for example, evidence in asked:
        if isinstance(writer, SentenceGenerator | Either):
            draft, measures = writer.write(example.query, evidence), None
        else:
            draft, measures, _ = writer.measured(example.query, evidence)
        answer = Answer(draft.text, draft.citations, tuple(evidence), math.exp(min(draft.logprob, 0.0)))
        found.append(Told(example, answer, measures))
    return found


def gold(data: Dataset) -> list[Asked]:
    """The passages that rows name: as answering, or, where nothing answers, as looking right."""
    named = {name for one in data.examples for name in (*one.positives, *one.negatives)}
    there = {one.id: one for one in data.passages if one.id in named}
    both = [(one, [there[name] for name in one.positives or one.negatives if name in there]) for one in data.examples]
    return [(one, [Evidence(each, 1 / len(own)) for each in own]) for one, own in both if own]


def searched(made: Library, examples: Sequence[Example]) -> list[Asked]:
    """What the library finds."""
    hits = made.rag.reranked.search([one.query for one in examples], made.rag.k)
    return [(one, made.rag.weigh(one.query, own)) for one, own in zip(examples, hits, strict=True)]


def barren(made: Library, examples: Sequence[Example]) -> list[Asked]:
    """What it finds but for passages that answer; to these no answer is right."""
    found: list[Asked] = []
    hits = made.rag.reranked.search([one.query for one in examples], DEEP)
    for one, own in zip(examples, hits, strict=True):
        golds = list(map(line, one.answers))
        left = [hit for hit in own if hit.passage.id not in one.positives and not has(line(hit.passage.text), golds)]
        if left:
            found.append((Example(one.query), made.rag.weigh(one.query, left[: made.rag.k])))
    return found


def measure(args: argparse.Namespace, reader: Reading, name: str, tables: Tables) -> None:
    """All of a set."""
    made, whole = opened(args.data, args.work, name)
    data, unseen = drawn(whole, args.limit, args.fitted, args.seed)
    data = narrowed(data, name)
    near, far = gold(data), searched(made, data.examples)
    none = barren(made, [one for one in data.examples if one.answers])
    for writer, by in writers(made, reader).items():
        own, found, lost = (told(by, asked) for asked in (near, far, none))
        tables.add(name, [f"{len(made.store):,}", *answers(tables, writer, own, found)])
        row = [tables.cell(abstain_auroc(), given) for given in (own, found, [*answerable(found), *lost])]
        tables.add(name, [writer, *row], abstaining=True)
        if writer == "reader":
            tables.judged += judged(found, unseen)
    made.close()
    if name in STRANGERS and args.limit:
        tables.judged += strangers(args, reader, STRANGERS[name], data, unseen)


def strangers(
    args: argparse.Namespace, reader: Reading, name: str, data: Dataset, unseen: Sequence[bool]
) -> list[Judged]:
    """A fifth as many, put to the corpus of another set as the calibration's were."""
    made, _ = opened(args.data, args.work, name)
    both = [(one, new) for one, new in zip(data.examples, unseen, strict=True) if one.answers]
    both = sorted(both, key=lambda pair: not pair[1])[: args.limit // 5]
    found = judged(
        told(reader, searched(made, [Example(Query(one.query.text)) for one, _ in both])), [new for _, new in both]
    )
    made.close()
    return found


def among_wikipedia(args: argparse.Namespace, reader: Reading, tables: Tables) -> None:
    """SQuAD's questions over its paragraphs and so many introductions."""
    made = library(args.work / f"squad+wiki-{args.wiki}", STATIC)
    whole = load(args.data / "squad" / "dev")
    if not len(made.store):
        add_passages(made.store, whole.passages)
        add_passages(made.store, islice(passages(args.data / "wiki"), args.wiki))
    made.words.follower.refresh()
    made.encode(lambda at: print(f"\rsquad + wiki {at.done}/{at.total} ", end="", flush=True))
    data, _ = drawn(whole, args.limit, args.fitted, args.seed)
    asked = searched(made, [one for one in data.examples if one.answers])
    for writer, by in writers(made, reader).items():
        tables.add("squad + wiki", [f"{len(made.store):,}", *answers(tables, writer, (), told(by, asked))])
    made.close()


def writers(made: Library, reader: Reading) -> Mapping[str, Writer]:
    """Who answers."""
    encoder = Remembering(made.vectors.encoder) if made.vectors is not None else None
    return {"reader": reader, "sentence": SentenceGenerator(encoder), "either": Either(reader)}


def answers(tables: Tables, writer: str, own: Sequence[Told], found: Sequence[Told]) -> list[str]:
    """How good they are, over questions that have some."""
    own, found = answerable(own), answerable(found)
    each = [tables.cell(metric, own) for metric in ANSWERS]
    kept = [one for one in found if one.answer.text and one.answer.confidence >= Config().threshold]
    share = f"{100 * len(kept) / max(1, len(found)):.1f}"
    each += [tables.cell(metric, found) for metric in (*ANSWERS, *CITED)]
    return [str(len(found)), writer, *each, share, tables.cell(CITED[0], kept)]


def answerable(given: Sequence[Told]) -> list[Told]:
    """Those with an answer to give."""
    return [one for one in given if one.example.answers]


def judged(given: Sequence[Told], unseen: Sequence[bool]) -> list[Judged]:
    """Whether each is right; an answer where there is none to give is wrong."""
    found = []
    for one, new in zip(given, unseen, strict=True):
        if one.measures is not None:
            worth = token_f1(one.answer, one.example) if one.example.answers else 0.0
            right = isinstance(worth, float) and worth >= RIGHT
            found.append(Judged(one.measures, one.answer.confidence, right, new))
    return found


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--reader", required=True, help="a folder, or pointer")
    parser.add_argument("--sets", default=",".join(SETS), help="cmrc,drcd for what reads Chinese")
    parser.add_argument("--mark", default="", help="stands before the names of the marked places, as zh-")
    parser.add_argument("--limit", type=int, default=400, help="questions a set")
    parser.add_argument("--wiki", type=int, default=0, help="introductions beside SQuAD's paragraphs; 178775 are all")
    parser.add_argument("--fitted", type=int, default=400, help="what --most was when the reader was calibrated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for each table")
    args = parser.parse_args()
    encoder = Remembering(builtin())
    reader: Reading = (
        PointerGenerator(encoder=encoder) if args.reader == "pointer" else ReaderGenerator(args.reader, encoder=encoder)
    )
    tables = Tables(args.seed)
    for name in args.sets.split(","):
        measure(args, reader, name, tables)
    if args.wiki:
        among_wikipedia(args, reader, tables)
    lines = {"reading": tables.answers, "abstaining": tables.abstaining}
    lines["risks"] = risks(tables.judged, reader.threshold, args.seed)
    for name, table in lines.items():
        if args.write:
            written(args.write, f"{args.mark}{name}", table)
        else:
            print("\n".join(["", *table]))


if __name__ == "__main__":
    main()

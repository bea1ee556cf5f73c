"""What rewriting follow-ups is worth on CANARD: nearness to a person's rewrites, and what is found by them.

    python -m bench.rewriting --data DATA --work WORK [--wiki] [--half dev] [--write docs/benchmarks.md]

CANARD has no passages. But the answer to a question stands in the history of a later one of the same dialogue, word by word
a part of its Wikipedia section: the answers of all dialogues, each under its title and heading, are the corpus, and a
question whose answer is known looks for it there. In so small a corpus every system finds more than it would elsewhere; what
counts is the distance to the person's rewrites. ``--wiki`` asks 178,775 introductions by words, where the person's rewrite
is the judge: overlap@5 is how many of its five best hits a system has among its own. Intervals are drawn by dialogue.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench.quality import written
from numpy.typing import NDArray

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.datasets.folder import passages
from raglan.datasets.forms import load
from raglan.metrics.bleu import corpus_bleu, counts
from raglan.metrics.rouge import cut, score
from raglan.protocols import Retriever
from raglan.store.adding import add_passages
from raglan.talk.carrying import carried
from raglan.talk.rewriting import Rewriter
from raglan.types import Hit, Passage, Query, Span, Turn

K = 5
DRAWS = 1000
NONE = "I don't know."
DISCOUNTS = (0.0, 0.3, 0.5, 0.7)
Matrix = NDArray[np.float64]
System = Callable[["Row"], str]


class Row(NamedTuple):
    """A follow-up, its person's rewrite, and the passage (id) that answers it where that is known."""

    id: str
    question: str
    history: tuple[Turn, ...]
    rewrite: str
    answer: str

    @property
    def dialogue(self) -> str:
        """The dialogue that it is from."""
        return self.id.rpartition("#")[0]


def rows(data: Path, half: str) -> tuple[list[Row], list[Passage]]:
    """The questions of one half, and the answers of both as passages."""
    found = {name: load(data / "canard" / name) for name in ("train", "dev")}
    answers: dict[tuple[str, int], str] = {}
    told: dict[str, tuple[str, str]] = {}
    for one in found.values():
        for name, example in zip(one.ids, one.examples, strict=True):
            dialogue, history = name.rpartition("#")[0], example.query.history
            told[dialogue] = (history[0].text, history[1].text)
            answers |= {(dialogue, at): history[at].text for at in range(3, len(history), 2)}
    corpus = [_passage(dialogue, at, text, *told[dialogue]) for (dialogue, at), text in answers.items() if text != NONE]
    names = {passage.id for passage in corpus}
    asked = found[half]
    made = []
    for place, (name, example) in enumerate(zip(asked.ids, asked.examples, strict=True)):
        answer = f"{name.rpartition('#')[0]}:{len(example.query.history) + 1}"
        known = answer if answer in names else ""
        made.append(Row(name, example.query.text, example.query.history, asked.rewrites[place], known))
    return made, corpus


def _passage(dialogue: str, at: int, text: str, title: str, heading: str) -> Passage:
    meta = {"title": title, "headings": (heading,)}
    return Passage(f"{dialogue}:{at}", text, f"{dialogue}:{at}", Span(0, len(text)), meta=meta)


def systems() -> dict[str, System]:
    """What is searched for, by name."""
    rewriter = Rewriter()
    return {
        "question as it is": lambda row: row.question,
        "history and question": lambda row: " ".join([*(turn.text for turn in row.history), row.question]),
        "title and question": lambda row: f"{row.history[0].text} {row.question}",
        "rewriter": lambda row: rewriter(row.question, row.history).text,
        "person": lambda row: row.rewrite,
    }


def drawn(dialogues: Sequence[str], seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows of dialogues drawn anew, again and again."""
    chance = np.random.default_rng(seed)
    names = sorted(set(dialogues))
    places = {name: np.flatnonzero([one == name for one in dialogues]) for name in names}
    for _ in range(DRAWS):
        yield np.concatenate([places[names[at]] for at in chance.integers(len(names), size=len(names))])


def told(values: Matrix, dialogues: Sequence[str], value: Callable[[Matrix], float], seed: int) -> str:
    """A value in percent with its interval."""
    found = [value(values[places]) for places in drawn(dialogues, seed)]
    low, high = np.percentile(found, [2.5, 97.5])
    return f"{100 * value(values):.1f} ({100 * low:.1f}–{100 * high:.1f})"


def mean(values: Matrix) -> float:
    """The mean."""
    return float(values.mean())


def bleu(values: Matrix) -> float:
    """BLEU of rows of statistics."""
    found = corpus_bleu(values)
    return found if isinstance(found, float) else 0.0


def recall(found: Sequence[Sequence[Hit]], asked: Sequence[Row]) -> Matrix:
    """Whether each answer is among the hits."""
    return np.array(
        [float(row.answer in [hit.passage.id for hit in hits[:K]]) for row, hits in zip(asked, found, strict=True)]
    )


def overlap(found: Sequence[Sequence[Hit]], judge: Sequence[Sequence[Hit]]) -> Matrix:
    """The share of the judge's hits among a system's."""
    names = [[{hit.passage.id for hit in hits[:K]} for hits in one] for one in (found, judge)]
    return np.array([len(own & other) / max(len(other), 1) for own, other in zip(*names, strict=True)])


def opened(work: Path, corpus: Sequence[Passage] | Path, config: Config) -> Library:
    """The library of a corpus, made once."""
    made = library(work, config)
    if not len(made.store):
        add_passages(made.store, passages(corpus) if isinstance(corpus, Path) else corpus)
    made.words.follower.refresh()
    made.encode()
    return made


def searched(retriever: Retriever, texts: Sequence[str]) -> list[list[Hit]]:
    """The hits of every text."""
    return [
        hits for at in range(0, len(texts), 64) for hits in retriever.search([Query(t) for t in texts[at : at + 64]], 8)
    ]


def kept_evidence(made: Library, asked: Sequence[Row]) -> list[str]:
    """Recall with the evidence of the turn before put to that of the question, at several discounts."""
    rewriter = Rewriter()
    follow = [row for row in asked if len(row.history) >= 4]
    before = [rewriter(row.history[-2].text, row.history[:-2]).text for row in follow]
    old = searched(made.hybrid, before)
    own = searched(made.hybrid, [rewriter(row.question, row.history).text for row in follow])
    lines = []
    for discount in DISCOUNTS:
        found = [carried(hits, last[: made.rag.k], discount=discount, k=8) for hits, last in zip(own, old, strict=True)]
        among = [[hit.passage.id for hit in hits] for hits in found]
        at_5 = np.mean([row.answer in names[:K] for row, names in zip(follow, among, strict=True)])
        at_8 = np.mean([row.answer in names for row, names in zip(follow, among, strict=True)])
        lines.append(f"| {discount} | {100 * at_5:.1f} | {100 * at_8:.1f} |")
    return [f"| discount ({len(follow)} questions) | Recall@5 | Recall@8 |", "|--:|--:|--:|", *lines]


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for the stores, kept between runs")
    parser.add_argument("--half", choices=["train", "dev"], default="dev")
    parser.add_argument("--limit", type=int, default=0, help="so many questions, for a first look")
    parser.add_argument("--wiki", action="store_true", help="ask the Wikipedia introductions, too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    args = parser.parse_args()
    found, corpus = rows(args.data, args.half)
    found = found[: args.limit or None]
    asked = [row for row in found if row.answer]
    made = opened(args.work / "canard", corpus, Config(threshold=0.0))
    wiki = (
        opened(args.work / "wiki", args.data / "wiki", Config.of({"encoder": {"use": "none"}})) if args.wiki else None
    )
    every, some = [row.dialogue for row in found], [row.dialogue for row in asked]
    judge = searched(wiki.words, [row.rewrite for row in found]) if wiki else []
    head = "| searched for | ROUGE-1 recall | ROUGE-1 F | BLEU | Recall@5, words | Recall@5, learned |"
    lines = [head + (" overlap@5, Wikipedia |" if wiki else ""), "|---|" + "--:|" * (5 + bool(wiki))]
    searches: tuple[Retriever, ...] = (made.words, made.hybrid)
    found_by: dict[tuple[str, int], Matrix] = {}
    for name, system in systems().items():
        said = [system(row) for row in found]
        rouge = [score(cut(text), cut(row.rewrite), 1) for text, row in zip(said, found, strict=True)]
        grams = np.array([counts(text, [row.rewrite]) for text, row in zip(said, found, strict=True)])
        texts = [text for text, row in zip(said, found, strict=True) if row.answer]
        cells = [
            told(np.array([one.recall for one in rouge]), every, mean, args.seed),
            told(np.array([one.f for one in rouge]), every, mean, args.seed),
            told(grams, every, bleu, args.seed),
        ]
        for at, by in enumerate(searches):
            found_by[name, at] = recall(searched(by, texts), asked)
            cells.append(told(found_by[name, at], some, mean, args.seed))
        if wiki:
            cells.append(told(overlap(searched(wiki.words, said), judge), every, mean, args.seed))
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    size = f"{len(found)} questions of {len(set(every))} dialogues; the answers of {len(asked)} are known"
    apart = [
        told(found_by["rewriter", at] - found_by["person", at], some, mean, args.seed).replace("-", "−")
        for at in (0, 1)
    ]
    behind = f"Recall@5 of the rewriter less that of the person: {apart[0]} points by words, {apart[1]} learned."
    lines += ["", f"{size}, among {len(corpus):,} passages. {behind}", "", *kept_evidence(made, asked)]
    if args.write:
        written(args.write, "rewriting", lines)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()

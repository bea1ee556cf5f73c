"""How long one waits for a reader: milliseconds to the first words and to the whole answer, and how fast it decodes.

    python bench/latency.py --data DATA --reader READER [--limit 50] [--k 5] [--write docs/benchmarks.md]

Questions and passages are those of bench/fusions.py; the model is loaded. What is pointed at comes all at once. What is
written is not streamed yet: its first word counts as there when decoding has come to the token behind it.

Decoding: the same tokens, those that the graph wrote, after the same passages, by the graph of the folder (weights packed in
int8) and by its weights in eager torch with keys and values kept, one token a step, in turns, on one thread each.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import torch
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.fusions import Case, cases
from bench.peers.running import spread
from bench.quality import written

from raglan.generate.opened import Opened
from raglan.generate.reader import ReaderGenerator
from raglan.models.blocks import Block, Source
from raglan.models.folder import read
from raglan.models.graph import cores
from raglan.models.reader import Known, ReaderGraph, Said, Writing
from raglan.nn.reader import Reader
from raglan.nn.sharing import load
from raglan.train.reading import sources
from raglan.types import Evidence

ROUNDS = 3
LONGEST = 24  # tokens that both decode


class Wait(NamedTuple):
    """Milliseconds to the first word and to the end, and how many tokens were written."""

    first: float
    whole: float
    tokens: int


def waits(folder: Path, fusion: str, given: Sequence[Case]) -> list[Wait]:
    """Of every question, answered with this fusion, or pointed at."""
    generator = ReaderGenerator(folder, fusion=fusion)
    vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json"))
    steps: list[tuple[float, int]] = []
    step = ReaderGraph.next

    def noted(graph: ReaderGraph, writing: Writing, token: int) -> Said:
        steps.append((time.perf_counter(), token))
        return step(graph, writing, token)

    found = []
    with patch.object(ReaderGraph, "next", noted):
        for case in [given[0], *given]:
            steps.clear()
            started = time.perf_counter()
            generator.write(case.example.query, _evidence(case))
            ended = time.perf_counter()
            # The first step begins with what stands before a text, the second with its first token.
            words = [at for at, token in steps[2:] if not str(vocabulary.id_to_token(token)).startswith("##")]
            first = words[0] if words else ended
            found.append(Wait(1000 * (first - started), 1000 * (ended - started), max(0, len(steps) - 1)))
    return found[1:]  # the first was loading


def _evidence(case: Case) -> list[Evidence]:
    return [Evidence(passage, 1 / len(case.passages)) for passage in case.passages]


def table(found: dict[str, list[Wait]]) -> list[str]:
    """A row a way; milliseconds."""
    lines = ["| answer | first words, median | p95 | whole, median | p95 | tokens, mean |", "|---|--:|--:|--:|--:|--:|"]
    for name, each in found.items():
        both = [spread([one.first for one in each]), spread([one.whole for one in each])]
        cells = [f"{one[what]:.0f}" for one in both for what in ("median_ms", "p95_ms")]
        tokens = statistics.mean(one.tokens for one in each)
        lines.append(f"| {name} | {' | '.join(cells)} | {tokens:.1f} |")
    return lines


class Decoders:
    """The same weights twice, and what both read."""

    def __init__(self, folder: Path) -> None:
        packed = Opened(read(folder, "reader"), threads=1)
        self.cutter, self.graph = packed.cutter, packed.graph
        model = load(folder)
        assert isinstance(model, Reader)
        self.model = model.eval()

    def blocks(self, case: Case) -> list[Block]:
        """As both read them."""
        return self.cutter(case.example.query.text, [Source.of(passage) for passage in case.passages])

    def greedy(self, known: Known) -> list[int]:
        """What the graph writes: so many tokens, whether or not a text ends among them."""
        writing, tokens = self.graph.begin(known), [self.cutter.begin]
        while len(tokens) < LONGEST:
            tokens.append(int(self.graph.next(writing, tokens[-1]).chances.argmax()))
        return tokens

    def packed(self, known: Known, tokens: Sequence[int]) -> list[float]:
        """By the graph: the chances of the tokens that follow."""
        writing = self.graph.begin(known)
        said = [self.graph.next(writing, token).chances for token in tokens]
        return [float(one[token]) for one, token in zip(said, tokens[1:], strict=False)]

    def eager(self, blocks: Sequence[Block]) -> Callable[[Sequence[int]], list[float]]:
        """By torch, after what it has read."""
        known = self.model.read(sources([blocks]))

        def decode(tokens: Sequence[int]) -> list[float]:
            cache = known.cache.fork()
            said = [self.model.write(known, torch.tensor([[token]]), cache=cache).chances[0, 0] for token in tokens]
            return [float(one[token]) for one, token in zip(said, tokens[1:], strict=False)]

        return decode


def decoding(folder: Path, given: Sequence[Case]) -> str:
    """Tokens a second of both, in a sentence."""
    both, rates, gaps = Decoders(folder), list[tuple[float, float]](), list[float]()
    with torch.inference_mode():
        for at, case in enumerate([given[0], *given]):
            blocks = both.blocks(case)
            known, eager = both.graph.read(blocks, writes=True), both.eager(blocks)
            tokens = both.greedy(known)
            arms = partial(both.packed, known, tokens), partial(eager, tokens)
            for turn in range(ROUNDS if at else 1):
                order = (0, 1) if turn % 2 else (1, 0)
                done = {arm: _rate(arms[arm], len(tokens)) for arm in order}
                if at:
                    rates.append((done[0][0], done[1][0]))
                    gaps += [abs(a - b) for a, b in zip(done[0][1], done[1][1], strict=True)]
    packed, torched = (statistics.median(column) for column in zip(*rates, strict=True))
    times = sorted(one / other for one, other in rates)
    low, high = times[len(times) // 10], times[math.ceil(0.9 * len(times)) - 1]
    return (
        f"Decoding: {packed:.0f} tokens a second by the graph, {torched:.0f} by eager torch with the same weights; "
        f"{statistics.median(times):.2f} times as many ({low:.2f} to {high:.2f} for eight rounds in ten). Chances of the "
        f"{LONGEST - 1} tokens differ by {statistics.mean(gaps):.4f} in the mean."
    )


def _rate(decode: Callable[[], list[float]], count: int) -> tuple[float, list[float]]:
    started = time.perf_counter()
    chances = decode()
    return count / (time.perf_counter() - started), chances


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=50, help="questions")
    parser.add_argument("--k", type=int, default=5, help="passages of each")
    parser.add_argument("--fusions", default="decoder,bias")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    args = parser.parse_args()
    torch.set_num_threads(1)
    given = cases(args.data, args.limit, args.k, args.seed)
    found: dict[str, list[Wait]] = {}
    for fusion in ("", *args.fusions.split(",")):
        found[f"written, {fusion}" if fusion else "pointed at"] = waits(args.reader, fusion, given)
        print(table(found)[-1], flush=True)
    lines = [f"{len(given)} questions, {args.k} passages each, {cores()} cores.", "", *table(found)]
    lines += ["", decoding(args.reader, given)]
    if args.write:
        written(args.write, "latency", lines)
    else:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()

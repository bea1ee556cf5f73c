"""Static vectors beside those of the trained encoder: how many passages a second, and how well they find.

    python bench/encoders.py --data DATA [--work WORK --write docs/benchmarks.md]

Speed: the first ``--n`` paragraphs of SQuAD's development half, read by both in turns; the median of the rounds. Finding, if
there is a ``--work``: nDCG@10 by vectors alone, all questions of each development half over its own corpus. WORK is that of
bench/quality.py, whose stores hold the trained encoder's vectors; static ones are made beside them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from raglan.config import Config
from raglan.datasets.folder import passages
from raglan.datasets.parts import chosen
from raglan.encode.onnx import OnnxEncoder
from raglan.encode.static import StaticEncoder
from raglan.protocols import Encoder
from raglan.search.view import spoken

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.quality import ENGLISH, mean, opened, percent, run, value, written

ROUNDS = 3
STATIC = Config.of({"encoder": {"use": "static"}, "threshold": 0.0})


def rate(encoder: Encoder, texts: Sequence[str]) -> float:
    """Passages a second."""
    started = time.perf_counter()
    encoder.encode(texts, role="passage")
    return len(texts) / (time.perf_counter() - started)


def speed(data: Path, count: int) -> str:
    """What both read in a second, as a sentence."""
    texts = [spoken(passage) for passage in islice(passages(data / "squad" / "dev"), count)]
    encoders: dict[str, Encoder] = {"trained": OnnxEncoder(), "static": StaticEncoder("static-en")}
    for encoder in encoders.values():
        encoder.encode(texts[:2], role="passage")
    rounds = [{name: rate(encoder, texts) for name, encoder in encoders.items()} for _ in range(ROUNDS)]
    trained, static = (statistics.median(one[name] for one in rounds) for name in encoders)
    times = statistics.median(one["static"] / one["trained"] for one in rounds)
    letters = mean([len(text) for text in texts])
    return (
        f"{len(texts)} passages of {letters:.0f} characters: {trained:.0f} a second by the trained encoder, {static:,.0f} "
        f"by the static one, {times:.0f} times as many."
    )


def finding(data: Path, work: Path) -> Iterator[str]:
    """The table, row by row."""
    yield from ("| set | trained | static | share |", "|---|--:|--:|--:|")
    both: list[tuple[float, float]] = []
    for name in ENGLISH:
        found: list[float] = []
        for place, config in ((work, None), (work / "static", STATIC)):
            made, asked = opened(data, place, name, config)
            judged = chosen(asked, [at for at, one in enumerate(asked.examples) if one.positives or at in asked.grades])
            found.append(value(run(made, judged, ["vectors"], ["ndcg@10"]), "vectors", "ndcg@10") or 0.0)
            made.close()
        both.append((found[0], found[1]))
        yield _row(name, *both[-1])
    yield _row("mean", *(mean(column) for column in zip(*both, strict=True)))


def _row(name: str, trained: float, static: float) -> str:
    return f"| {name} | {percent(trained)} | {percent(static)} | {percent(static / trained)} |"


def main() -> None:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--n", type=int, default=250)
    parser.add_argument("--work", type=Path, help="folder of bench/quality.py")
    parser.add_argument("--write", type=Path, help="page with a marked place for the table")
    args = parser.parse_args()
    lines = [speed(args.data, args.n), ""]
    print(lines[0], flush=True)
    for line in finding(args.data, args.work) if args.work else ():
        lines.append(line)
        print(line, flush=True)
    if args.write:
        written(args.write, "static", lines)


if __name__ == "__main__":
    main()

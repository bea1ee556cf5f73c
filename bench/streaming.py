"""How fast a large file of passages goes into a store, and whether the memory that this takes grows with it.

    python bench/streaming.py [--rows 640000] [--words 20] [--seed 0] [--limit MB] [--whole] [--work FOLDER] [--json]

Makes tables like DPR's ``psgs_w100.tsv`` (id, text, title; articles of 1 to 12 rows, texts of WORDS words of a vocabulary of
50,000 with Zipf's weights) of ROWS / 4, ROWS / 2 and ROWS rows, and reads each in a fresh process into a store in a folder,
by words. The real rows have 100 words: ``--words 100``. Memory is told twice: all of the process (peak RSS, in which pages
of mapped files count that the system can take back), and what is its own (anonymous memory beside that of the imports,
sampled every 20 ms). Below 160,000 rows memory still grows: SQLite's cache of pages, 64 MB, is not full. ``--limit``
allows each process so many megabytes of its own (RLIMIT_DATA) and no more. ``--whole`` adds the other way, all passages of
the largest file at once with ``add_passages``.

What is said of 21 million rows is extrapolated, and marked so. Linux only.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from raglan.build.parts import library
from raglan.config import Config
from raglan.datasets.dpr import psgs_passages
from raglan.store.adding import add_passages

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from typing import Self

from bench.peers.running import Json, memory

DPR = 21_015_324  # rows of psgs_w100.tsv
VOCABULARY = 50_000
GROWTH = 1.15  # times as much memory at most for ROWS rows as for ROWS / 4


def written(file: Path, rows: int, words: int, seed: int) -> None:
    """A table of ``rows`` rows, drawn by ``seed``; the shorter one is the beginning of the longer."""
    chance = random.Random(seed)
    vocabulary = [f"{chance.randrange(16**6):x}"[: chance.randint(2, 8)] for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    title, left = "", 0
    with file.open("w", encoding="utf-8") as out:
        out.write("id\ttext\ttitle\n")
        for number in range(1, rows + 1):
            if not left:
                title, left = f"{chance.choice(vocabulary)} {number}", chance.randint(1, 12)
            text = " ".join(chance.choices(vocabulary, cum_weights=weights, k=words))
            out.write(f'{number}\t"{text}"\t{title}\n')
            left -= 1


class Sampled:
    """The most anonymous memory that was seen of this process, in megabytes."""

    def __init__(self) -> None:
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, memory("RssAnon"))


def child(file: Path, store: Path, limit: int, *, whole: bool) -> None:
    """Read one file into one store, and tell."""
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit * 10**6, limit * 10**6))
    made = library(store, Config.of({"encoder": {"use": "none"}}))
    before = memory("RssAnon")
    with Sampled() as seen:
        began = time.perf_counter()
        if whole:
            add_passages(made.store, psgs_passages(file))
            made.words.follower.refresh()
        else:
            made.sync(file)
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    unchanged = 0.0
    if not whole:
        assert made.sync(file).unchanged == 1
        unchanged = time.perf_counter() - began
    assert not made.words.follower.behind
    told = {"seconds": seconds, "own_mb": seen.most - before, "peak_mb": memory("VmHWM"), "again_s": unchanged}
    print(json.dumps({"passages": len(made.store), **told}))


def measured(options: argparse.Namespace) -> Iterator[Json]:
    """A row for each size."""
    sizes = [options.rows // 4, options.rows // 2, options.rows]
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        for number, rows in enumerate([*sizes, *sizes[-1:] * options.whole]):
            file, store = Path(folder) / f"{rows}.tsv", Path(folder) / f"store-{number}"
            if not file.exists():
                written(file, rows, options.words, options.seed)
            whole = number == len(sizes)
            command = [sys.executable, __file__, "--child", str(file), str(store), "--limit", str(options.limit)]
            done = subprocess.run([*command, *["--whole"] * whole], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{rows} rows: the process ended with {done.returncode}\n{done.stderr[-2000:]}")
            told: Json = json.loads(done.stdout)
            if told["passages"] != rows:
                raise SystemExit(f"{rows} rows went in, {told['passages']} passages are there")
            disk = sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 1e6
            print(f"{rows:,} rows: {told['seconds']:.0f} s, {told['own_mb']:.0f} MB", file=sys.stderr, flush=True)
            yield {"whole": whole, **told, "file_mb": file.stat().st_size / 1e6, "store_mb": disk}


def table(found: Json) -> None:
    """The findings for people."""
    print(f"{'':26} {'rows/s':>8} {'seconds':>8} {'own MB':>7} {'peak MB':>8} {'store MB':>9} {'again, s':>9}")
    for row in found["sizes"]:
        name = f"{row['passages']:,} {'at once' if row['whole'] else 'streamed'}"
        print(
            f"{name:26} {row['passages'] / row['seconds']:8.0f} {row['seconds']:8.1f} {row['own_mb']:7.0f}"
            f" {row['peak_mb']:8.0f} {row['store_mb']:9.0f} {row['again_s']:9.3f}"
        )
    print(
        f"\nown memory at four times the rows: {found['growth']:.2f} times as much; at most {GROWTH}: {found['flat']}"
    )
    told = found["extrapolated"]
    print(
        f"EXTRAPOLATED, not measured: {DPR:,} rows of {found['words']} words at the pace of the largest size:"
        f" {told['hours']:.1f} h, store of {told['store_gb']:.0f} GB"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=640_000)
    parser.add_argument("--words", type=int, default=20, help="words of a row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--limit", type=int, default=0, metavar="MB", help="of memory of its own that a process may have"
    )
    parser.add_argument("--whole", action="store_true", help="the other way, too: all at once")
    parser.add_argument("--work", type=Path, help="folder for files and stores (the system's)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        file, store = options.child
        child(file, store, options.limit, whole=options.whole)
        return
    sizes = list(measured(options))
    first, last = sizes[0], sizes[2]
    growth = last["own_mb"] / first["own_mb"]
    times = DPR / last["passages"]
    found = {
        "words": options.words,
        "sizes": sizes,
        "growth": growth,
        "flat": growth <= GROWTH,
        "extrapolated": {"hours": last["seconds"] * times / 3600, "store_gb": last["store_mb"] * times / 1e3},
    }
    print(json.dumps(found, indent=1)) if options.json else table(found)


if __name__ == "__main__":
    main()

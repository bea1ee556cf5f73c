"""What a server bears: 32 clients on search and on answers, with and without shared calls; starts; peers.

    python bench/serving.py [--passages 20000] [--seconds 20] [--clients 32] [--workers 1] [--store FOLDER] [--only search]

A store of made passages (English, seeded, 40 words each) is served on loopback by ``raglan serve``; clients ask, each its
next question when the last is answered, over connections that are kept. Told: the time from the start to ready, requests a
second, p50, p95 and p99 in milliseconds, processor time of the server for a request (which a busy machine changes little),
resident memory of all its processes, and statuses other than 200.

Questions are drawn from ``--asked`` different ones, by Zipf's law, as people ask; with 0 none comes twice, so that nothing
that was encoded comes back. With ``--alone`` the same again by a server that shares no calls and remembers nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import psutil

from raglan.build.parts import library

PORT = 18970
SUBJECTS = (
    "pump valve boiler grinder filter tank hose motor sensor display handle nozzle cooler drawer lamp switch".split()
)
VERBS = "stops leaks opens closes heats cools turns fills drains rattles blinks starts".split()
WHERE = "Lisbon Oslo Turin Gdansk Porto Bergen Lyon Ghent Malaga Bremen Aarhus Split Tartu Vaasa Cork Brno".split()


class Spent(NamedTuple):
    """What all processes of a server have used: seconds of processor time, and resident bytes."""

    seconds: float
    memory: int


class Load(NamedTuple):
    """What clients saw: seconds of each request that was answered, statuses; and what the server used for them."""

    seconds: list[float]
    statuses: Counter[int]
    span: float
    spent: Spent

    def told(self) -> str:
        """One line."""
        ms = sorted(1000 * one for one in self.seconds) or [0.0]
        p50, p95, p99 = (ms[min(len(ms) - 1, int(share * len(ms)))] for share in (0.5, 0.95, 0.99))
        others = {status: count for status, count in self.statuses.items() if status != 200}
        return (
            f"{len(self.seconds) / self.span:7.1f} /s   p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f} ms   "
            f"{1000 * self.spent.seconds / max(1, len(self.seconds)):6.1f} ms of a processor   "
            f"{self.spent.memory / 2**20:5.0f} MiB   other statuses: {others or 'none'}"
        )


def passage(number: int, chance: random.Random) -> str:
    """Some forty words about a machine that has the number."""
    model, town = f"MX-{number:05d}", chance.choice(WHERE)
    said = [f"The machine {model} stands in {town} and was bought in {chance.randint(1990, 2025)}."]
    for _ in range(3):
        one, other = chance.sample(SUBJECTS, 2)
        said.append(f"Its {one} {chance.choice(VERBS)} when the {other} is at {chance.randint(5, 95)} degrees.")
    return " ".join(said)


def question(passages: int, chance: random.Random) -> str:
    """Of a machine by number, or by what it does."""
    if chance.random() < 0.5:
        return f"Where does the machine MX-{chance.randrange(passages):05d} stand?"
    one, other = chance.sample(SUBJECTS, 2)
    return f"Which machine's {one} {chance.choice(VERBS)} when the {other} is at {chance.randint(5, 95)} degrees?"


def questions(passages: int, asked: int, seed: int) -> Iterator[str]:
    """What a client asks, one after the other."""
    chance, everybody = random.Random(seed), random.Random(5)
    known = [question(passages, everybody) for _ in range(asked)]
    weights = [1 / rank for rank in range(1, asked + 1)]
    while True:
        yield chance.choices(known, weights)[0] if known else question(passages, chance)


def filled(folder: Path, passages: int) -> Path:
    """The store, made if it is not there."""
    store = folder / "store"
    if (store / "store.sqlite").exists():
        return store
    chance = random.Random(7)
    papers = folder / "papers"
    papers.mkdir(parents=True, exist_ok=True)
    with (papers / "corpus.jsonl").open("w") as file:
        for number in range(passages):
            row = {"_id": f"m{number}", "title": "", "text": passage(number, chance)}
            file.write(json.dumps(row) + "\n")
    made = library(store)
    began = time.perf_counter()
    made.sync(papers / "corpus.jsonl")
    read = time.perf_counter()
    made.encode()
    encoded = time.perf_counter()
    print(f"made a store of {len(made.store)} passages: {read - began:.0f} s to read, {encoded - read:.0f} s to encode")
    made.close()
    return store


@contextmanager
def served(store: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server on it; the time to ready is told."""
    wide = ["--port", str(PORT), "--queue", "64", "--rate", "100000"]
    command = [sys.executable, "-m", "raglan", "serve", str(store), *wide, *options]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{PORT}/readyz", timeout=5).status_code == 200:
                        break
                except httpx.TransportError:
                    if process.poll() is not None:
                        raise SystemExit(f"the server ended: {command}") from None
                time.sleep(0.02)
            after = time.perf_counter() - began
            print(f"  ready after {after:.2f} s, {spent(process).seconds:.2f} s of a processor   {' '.join(options)}")
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(40)


def spent(process: subprocess.Popen[bytes]) -> Spent:
    """By a process and all below it, so far."""
    there = psutil.Process(process.pid)
    every = [there, *there.children(recursive=True)]
    times = [one.cpu_times() for one in every]
    return Spent(sum(one.user + one.system for one in times), sum(one.memory_info().rss for one in every))


class Asking(NamedTuple):
    """Where, under which name, by how many, and of how many different questions."""

    path: str
    name: str
    clients: int
    passages: int
    asked: int


async def load(process: subprocess.Popen[bytes], how: Asking, seconds: float, first: int = 0) -> Load:
    """For so long; clients of another ``first`` number ask something else."""
    found: list[float] = []
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=how.clients, max_keepalive_connections=how.clients)

    async def one(seed: int, client: httpx.AsyncClient) -> None:
        for text in questions(how.passages, how.asked, seed):
            began = time.perf_counter()
            if began > until:
                return
            response = await client.post(how.path, json={how.name: text})
            statuses[response.status_code] += 1
            if response.status_code == 200:
                found.append(time.perf_counter() - began)
            elif response.status_code == 429:
                await asyncio.sleep(float(response.headers["retry-after"]))

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=120, limits=limits) as client:
        began, before = time.perf_counter(), spent(process)
        await asyncio.gather(*(one(first + seed, client) for seed in range(how.clients)))
        after = spent(process)
        used = Spent(after.seconds - before.seconds, after.memory)
        return Load(found, statuses, time.perf_counter() - began, used)


def main() -> None:
    """Serve, load, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--asked", type=int, default=1_000, help="different questions; 0: none comes twice")
    parser.add_argument("--workers", default="1")
    parser.add_argument("--store", type=Path, help="folder to keep what was made in")
    parser.add_argument("--only", default="search,answers")
    parser.add_argument("--alone", action="store_true", help="also without shared calls")
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        store = filled(args.store or Path(temporary), args.passages)
        runs: dict[tuple[str, str], Load] = {}
        for mode in ["", *(["--no-batch"] if args.alone else [])]:
            with served(store, "--workers", args.workers, *([mode] if mode else [])) as process:
                for what, path, name in (("search", "/v1/search", "query"), ("answers", "/v1/answer", "question")):
                    if what in args.only.split(","):
                        how = Asking(path, name, args.clients, args.passages, args.asked)
                        asyncio.run(load(process, how, args.seconds / 4, first=1_000))
                        runs[what, mode] = run = asyncio.run(load(process, how, args.seconds))
                        print(f"  {what:8}{run.told()}")
        for what in {what for what, mode in runs if mode}:
            shared, alone = runs[what, ""], runs[what, "--no-batch"]
            rate = len(shared.seconds) / shared.span / (len(alone.seconds) / alone.span)
            work = alone.spent.seconds / len(alone.seconds) / (shared.spent.seconds / len(shared.seconds))
            print(f"  {what}: with shared calls {rate:.2f} times as many, each with 1 / {work:.2f} of the work")


if __name__ == "__main__":
    main()

"""What a server bears: 32 clients on search and on answers, with and without shared calls; starts; peers.

    python bench/serving.py [--passages 20000] [--seconds 20] [--clients 32] [--workers 1] [--store FOLDER] [--only search,answers]

A store of made passages (English, seeded, 40 words each) is served on loopback by ``raglan serve``; clients ask, each its next
question when the last is answered, over connections that are kept. Told: the time from the start to ready, requests a second,
p50, p95 and p99 in milliseconds, statuses other than 200, and resident memory of all processes of the server. With
``--alone`` the same again by a server that shares no calls.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
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
SUBJECTS = "pump valve boiler grinder filter tank hose motor sensor display handle nozzle cooler drawer lamp switch".split()
VERBS = "stops leaks opens closes heats cools turns fills drains rattles blinks starts".split()
WHERE = "Lisbon Oslo Turin Gdansk Porto Bergen Lyon Ghent Malaga Bremen Aarhus Split Tartu Vaasa Cork Brno".split()


class Load(NamedTuple):
    """What clients saw: seconds of each request that was answered, statuses, and resident bytes of the server."""

    seconds: list[float]
    statuses: Counter[int]
    span: float
    memory: int

    def told(self) -> str:
        """One line."""
        ms = sorted(1000 * one for one in self.seconds) or [0.0]
        p50, p95, p99 = (ms[min(len(ms) - 1, int(share * len(ms)))] for share in (0.5, 0.95, 0.99))
        others = {status: count for status, count in self.statuses.items() if status != 200}
        return (
            f"{len(self.seconds) / self.span:7.1f} /s   p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f} ms   "
            f"{self.memory / 2**20:5.0f} MiB   other statuses: {others or 'none'}"
        )


def passage(number: int, chance: random.Random) -> str:
    """Some forty words about a machine that has the number."""
    model, town = f"MX-{number:05d}", chance.choice(WHERE)
    said = [f"The machine {model} stands in {town} and was bought in {chance.randint(1990, 2025)}."]
    for _ in range(3):
        one, other = chance.sample(SUBJECTS, 2)
        said.append(f"Its {one} {chance.choice(VERBS)} when the {other} is at {chance.randint(5, 95)} degrees.")
    return " ".join(said)


def questions(passages: int, chance: random.Random) -> Iterator[str]:
    """What is asked: of machines by number, or by what they do."""
    while True:
        number = chance.randrange(passages)
        if chance.random() < 0.5:
            yield f"Where does the machine MX-{number:05d} stand?"
        else:
            one, other = chance.sample(SUBJECTS, 2)
            yield f"Which machine's {one} {chance.choice(VERBS)} when the {other} is at {chance.randint(5, 95)} degrees?"


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
    print(f"made a store of {len(made.store)} passages: {read - began:.0f} s to read, {time.perf_counter() - read:.0f} s to encode")
    made.close()
    return store


@contextmanager
def served(store: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server on it; the time to ready is told."""
    command = [sys.executable, "-m", "raglan", "serve", str(store), "--port", str(PORT), "--queue", "64", *options]
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
            print(f"  ready after {time.perf_counter() - began:.2f} s   {' '.join(options)}")
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(40)


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident bytes of a process and all below it."""
    there = psutil.Process(process.pid)
    return sum(one.memory_info().rss for one in [there, *there.children(recursive=True)])


async def load(process: subprocess.Popen[bytes], path: str, name: str, seconds: float, clients: int, passages: int) -> Load:
    """So many clients for so long."""
    found: list[float] = []
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)

    async def one(seed: int, client: httpx.AsyncClient) -> None:
        for question in questions(passages, random.Random(seed)):
            began = time.perf_counter()
            if began > until:
                return
            response = await client.post(path, json={name: question})
            statuses[response.status_code] += 1
            if response.status_code == 200:
                found.append(time.perf_counter() - began)
            elif response.status_code == 429:
                await asyncio.sleep(float(response.headers["retry-after"]))

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=60, limits=limits) as client:
        began = time.perf_counter()
        await asyncio.gather(*(one(seed, client) for seed in range(clients)))
        return Load(found, statuses, time.perf_counter() - began, memory(process))


def main() -> None:
    """Serve, load, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--workers", default="1")
    parser.add_argument("--store", type=Path, help="folder to keep what was made in")
    parser.add_argument("--only", default="search,answers")
    parser.add_argument("--alone", action="store_true", help="also without shared calls")
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        store = filled(args.store or Path(temporary), args.passages)
        rates: dict[tuple[str, str], float] = {}
        for mode in ["", *(["--no-batch"] if args.alone else [])]:
            with served(store, "--workers", args.workers, *([mode] if mode else [])) as process:
                for what, path, name in (("search", "/v1/search", "query"), ("answers", "/v1/answer", "question")):
                    if what in args.only.split(","):
                        asyncio.run(load(process, path, name, 2.0, args.clients, args.passages))
                        run = asyncio.run(load(process, path, name, args.seconds, args.clients, args.passages))
                        rates[what, mode] = len(run.seconds) / run.span
                        print(f"  {what:8}{run.told()}")
        for what in {what for what, _ in rates}:
            if (what, "--no-batch") in rates:
                print(f"  {what}: shared calls are {rates[what, ''] / rates[what, '--no-batch']:.2f} times as fast")


if __name__ == "__main__":
    main()

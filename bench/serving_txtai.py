"""Searches a second over HTTP: Raglan's server beside txtai's own API, the same passages, vectors, encoder and clients.

    python bench/serving_txtai.py --store FOLDER --peer-python PYTHON [--seconds 20] [--clients 32] [--rounds 2]

FOLDER is what bench/serving.py kept with its ``--store``; txtai's index (hybrid, content, faiss) is made of the same
passages and the vectors that Raglan has of them, and questions are encoded by the built-in encoder in both. PYTHON is that
of an environment with bench/peers/requirements.txt and this package. The two take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench import serving

PORT = 18971
ASKED = 1000  # different questions
WARM = 4.0
PEER = """
import sys
import numpy as np
from pathlib import Path
from txtai import Embeddings
from raglan.build.parts import library

store, place = Path(sys.argv[1]), sys.argv[2]
made = library(store)
made.vectors.follower.look()
rows = made.vectors._files.now
at = {int(key): row for row, key in enumerate(rows.keys)}
passages = made.store.get(made.store.keys())
vectors = {one.text: np.asarray(rows.rows[at[key]], np.float32) for key, one in passages.items()}
index = Embeddings({
    "method": "external", "content": True, "hybrid": True, "backend": "faiss",
    "transform": lambda texts: np.array([vectors[text] for text in texts], np.float32),
})
index.index([(one.id, one.text, None) for one in passages.values()])
index.config["transform"] = "bench.peers.encoding.transform"
index.save(place)
"""


@contextmanager
def peer(python: Path, store: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The API of txtai over the passages of ``store``, on loopback."""
    root = Path(__file__).resolve().parents[1]
    place = store.parent / "txtai"
    paths = os.pathsep.join([str(root), str(root / "src")])
    env = dict(os.environ, PYTHONPATH=paths, ALLOW_RESOLVE_TRANSFORM="True", TOKENIZERS_PARALLELISM="false")
    if not place.exists():
        subprocess.run([str(python), "-c", PEER, str(store), str(place)], env=env, check=True)
    told = store.parent / "txtai.yml"
    told.write_text(f"path: {place}\nwritable: false\nembeddings:\n  content: true\n", encoding="utf-8")
    command = [str(python), "-m", "uvicorn", "txtai.api:app", "--port", str(PORT), "--log-level", "error"]
    process = subprocess.Popen(command, env=env | {"CONFIG": str(told)}, start_new_session=True)
    try:
        _awaited(process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _awaited(process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/search", params={"query": "pump", "limit": 10}, timeout=60)
        except httpx.TransportError:
            if process.poll() is not None:
                raise SystemExit("txtai's server ended before it took requests") from None
            time.sleep(0.1)
        else:
            return


async def load(process: subprocess.Popen[bytes], clients: int, passages: int, seconds: float) -> serving.Load:
    """What txtai bears: each client asks its next question when the last is answered."""
    found: list[float] = []
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def one(seed: int, client: httpx.AsyncClient) -> None:
        for question in serving.questions(passages, ASKED, seed):
            begun = time.perf_counter()
            if begun > until:
                return
            reply = await client.get(f"http://127.0.0.1:{PORT}/search", params={"query": question, "limit": 10})
            statuses[reply.status_code] += 1
            if reply.status_code == 200:
                found.append(time.perf_counter() - begun)

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        begun, before = time.perf_counter(), serving.spent(process)
        await asyncio.gather(*(one(seed, client) for seed in range(clients)))
        after = serving.spent(process)
    took = serving.Spent(after.seconds - before.seconds, after.memory)
    return serving.Load(found, statuses, time.perf_counter() - begun, took)


def main() -> None:
    """In turn, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--peer-python", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    store = args.store / "store"
    asking = serving.Asking("/v1/search", "query", args.clients, args.passages, ASKED)
    for _ in range(args.rounds):
        with peer(args.peer_python, store) as process:
            asyncio.run(load(process, args.clients, args.passages, WARM))
            found = asyncio.run(load(process, args.clients, args.passages, args.seconds))
            print(f"txtai   {found.told()}", flush=True)
        with serving.served(store) as process:
            asyncio.run(serving.load(process, asking, WARM))
            print(f"raglan  {asyncio.run(serving.load(process, asking, args.seconds)).told()}", flush=True)


if __name__ == "__main__":
    main()

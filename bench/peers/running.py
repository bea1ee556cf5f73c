"""One measured program a process: started fresh, the same clock and the same memory for all, one JSON line as its answer.

A driver (``use_NAME.py``, ``train_NAME.py``) runs as ``python -m bench.peers.use_NAME TASK OPTIONS`` in the environment of
the system that it drives; OPTIONS and the answer are JSON objects. The environment of the peers has no raglan and that of
raglan no peers, so this file needs the standard library only, and drivers load what they measure by name.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
Task = Callable[[Json], Json]

# Nobody may look for models or report to anyone; nobody may read half-compiled modules either.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "DO_NOT_TRACK": "1",
}


def run(python: str, driver: str, task: str, options: Json) -> Json:
    """Run one task of a driver to its end; its answer."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | _OFFLINE
    command = [python, "-m", f"bench.peers.{driver}", task, json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{driver} {task} failed:\n{done.stderr[-3000:]}")
    answer: Json = json.loads(done.stdout.rstrip().rpartition("\n")[2])
    return answer


def serve(tasks: Mapping[str, Task], *packages: str) -> None:
    """What a driver does when it is run: the task that was asked for, and its answer on the last line."""
    answer = tasks[sys.argv[1]](json.loads(sys.argv[2]))
    versions = {name: version(name) for name in packages}
    print("\n" + json.dumps({"peak_mb": memory("VmHWM"), "versions": versions} | answer), flush=True)


def memory(which: str) -> float:
    """Megabytes (of 1e6 bytes) of this process: ``VmHWM`` the most so far, ``VmRSS`` now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("memory is read from /proc, which only Linux has")


class Clock:
    """Seconds since it was made, or since the last lap; ``cpu`` are those of all cores in the lap before."""

    def __init__(self) -> None:
        self._last = (time.perf_counter(), time.process_time())
        self.cpu = 0.0

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self._last = self._last, (time.perf_counter(), time.process_time())
        self.cpu = self._last[1] - before[1]
        return self._last[0] - before[0]


def timed(call: Callable[[Any], object], over: Iterable[Any]) -> list[float]:
    """Milliseconds that ``call`` takes for each of ``over``."""
    spent = []
    for one in over:
        started = time.perf_counter()
        call(one)
        spent.append(1000 * (time.perf_counter() - started))
    return spent


def spread(milliseconds: Sequence[float]) -> Json:
    """Median and 95th percentile."""
    ordered = sorted(milliseconds)
    return {"median_ms": statistics.median(ordered), "p95_ms": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]}


def rows(file: str) -> list[Json]:
    """The rows of a JSON lines file."""
    with Path(file).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def texts(file: str) -> list[str]:
    """What peers are given of each row: the title goes before the text, as raglan's own encoder sees it."""
    return [f"{row['title']}. {row['text']}" for row in rows(file)]


def working_copy(folder: str) -> Path:
    """A copy beside ``folder`` to add to; the caller removes it."""
    copy = Path(f"{folder}.copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return copy


def tried(ask: Callable[[str], object], add: Callable[[Json], object], options: Json) -> Json:
    """Times of all questions of ``options``, and of its passages to add one by one."""
    asked = spread(timed(ask, options["questions"]))
    return {"query": asked, "add": spread(timed(add, rows(options["more"])))}


def probe(found: Sequence[str], wanted: str) -> None:
    """Stop a run of which the result cannot be right: the passage that was asked for is not among those found."""
    if not any(wanted[:200] in text or text[:200] in wanted for text in found):
        raise SystemExit(f"not found: {wanted[:80]!r}")

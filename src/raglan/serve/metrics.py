"""What a server counts: requests, seconds by stage, abstentions, feedback, the queue and the store, for Prometheus.

Several worker processes share one folder of counters: whichever of them is asked tells the sum. No label ever holds a
path, a question or a name that a client chose, so that the number of series stays small and nothing is told of texts.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["STAGES", "Metrics", "forget_dead", "gone", "prepare"]

STAGES = ("encode", "queue", "search", "write")
# Lines of what depends on all documents: who may see some of them only must not learn of the rest.
_OF_STORE = re.compile(rb"(?:# \w+ )?raglan_(?:store|index)_")
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds. Searches take milliseconds, answers by a language model many seconds.
_SOON = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def prepare(folder: Path) -> None:
    """Let worker processes that are started after this share their counters in ``folder``, emptied of earlier ones.

    Only has an effect on processes in which nothing has imported ``prometheus_client`` yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    os.environ[_FOLDER] = str(folder)


def gone(worker: int) -> None:
    """Take the gauges of a worker that has ended, by its process id, out of what is told; its counts stay."""
    if os.environ.get(_FOLDER):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker)  # type: ignore[no-untyped-call]


def forget_dead() -> None:
    """Call :func:`gone` for every worker that has left counters and does not live any more."""
    folder = os.environ.get(_FOLDER)
    pids = {path.stem.rpartition("_")[2] for path in Path(folder).glob("*.db")} if folder else set()
    for worker in map(int, filter(str.isdecimal, pids)):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            gone(worker)
        except OSError:
            continue  # it lives, and is somebody else's


class Metrics:
    """The counters of one worker, in a registry of their own; :meth:`exposed` tells those of all workers."""

    def __init__(self, version: str = "") -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "raglan_requests_total", "Requests answered", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "raglan_request_seconds", "Seconds of a request", ["route"], buckets=_SOON, registry=registry
        )
        self._stages = Histogram(
            "raglan_stage_seconds", "Seconds of a stage", ["stage"], buckets=_SOON, registry=registry
        )
        self._answers = Counter("raglan_answers_total", "Answers given, by outcome", ["outcome"], registry=registry)
        self._feedback = Counter("raglan_feedback_total", "Opinions kept, by verdict", ["verdict"], registry=registry)
        self._refused = Counter("raglan_refused_total", "Requests refused, by reason", ["reason"], registry=registry)
        self._queue = Gauge(
            "raglan_queue_depth",
            "Requests let in and not yet answered",
            ["queue"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._running = Gauge(
            "raglan_requests_running", "Requests under way", registry=registry, multiprocess_mode="livesum"
        )
        self._passages = Gauge(
            "raglan_store_passages", "Passages in the store", registry=registry, multiprocess_mode="livemostrecent"
        )
        self._documents = Gauge(
            "raglan_store_documents", "Documents in the store", registry=registry, multiprocess_mode="livemostrecent"
        )
        self._behind = Gauge(
            "raglan_index_behind",
            "Passages that an index has not seen yet",
            ["index"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._lag = Gauge(
            "raglan_index_lag_seconds",
            "Seconds for which an index has been behind",
            ["index"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._up = Gauge("raglan_workers_up", "Workers that serve", registry=registry, multiprocess_mode="livesum")
        self._info = Gauge(
            "raglan_info", "1, with the version", ["version"], registry=registry, multiprocess_mode="livemax"
        )
        self._since: dict[str, float] = {}
        self._begin(version)

    def _begin(self, version: str) -> None:
        """Set to 0 what has not happened yet: a rate needs something to begin from."""
        self._up.set(1)
        self._info.labels(version or "unknown").set(1)
        for outcome in ("abstained", "answered", "clarified"):
            self._answers.labels(outcome)
        for verdict in ("down", "neutral", "up"):
            self._feedback.labels(verdict)
        for stage in STAGES:
            self._stages.labels(stage)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template that matched (``/v1/documents/{id}``), empty if none did."""
        told = route or "none"
        self._requests.labels(told, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(told).observe(seconds)

    def took(self, stage: str, seconds: float) -> None:
        """Note what a stage (one of :data:`STAGES`) took."""
        self._stages.labels(stage).observe(seconds)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._running.track_inprogress():
            yield

    def answered(self, outcome: str) -> None:
        """Count an answer: ``answered``, ``abstained`` or ``clarified``."""
        self._answers.labels(outcome).inc()

    def feedback(self, verdict: float) -> None:
        """Count an opinion that was kept, by its sign."""
        self._feedback.labels("up" if verdict > 0 else "down" if verdict < 0 else "neutral").inc()

    def refused(self, reason: str) -> None:
        """Count a request that was turned away: ``queue``, ``rate``, ``size``, ``time``, ``key``, ``scope``."""
        self._refused.labels(reason).inc()

    def queued(self, queue: str, depth: int) -> None:
        """Say how many requests a queue of this worker has let in that are not yet answered."""
        self._queue.labels(queue).set(depth)

    def stored(self, passages: int, documents: int) -> None:
        """Say how large the store is."""
        self._passages.set(passages)
        self._documents.set(documents)

    def behind(self, index: str, passages: int, now: float | None = None) -> None:
        """Say how many passages an index (``words``, ``vectors``) has not seen; ``now`` is in seconds, of any clock."""
        now = time.monotonic() if now is None else now
        since = self._since.setdefault(index, now) if passages else self._since.pop(index, now)
        self._behind.labels(index).set(passages)
        self._lag.labels(index).set(now - since if passages else 0)

    def down(self) -> None:
        """Say that this worker serves no more."""
        self._up.set(0)

    def exposed(self, *, store: bool = True) -> tuple[bytes, str]:
        """What Prometheus reads, of all workers, and its content type; without ``store`` nothing of what is stored."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        told = generate_latest(self._told())
        if not store:
            kept = [line for line in told.split(b"\n") if not _OF_STORE.match(line)]
            told = b"\n".join(kept)
        return told, CONTENT_TYPE_LATEST

    def _told(self) -> CollectorRegistry:
        folder = os.environ.get(_FOLDER)
        if not folder:
            return self.registry
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        every = CollectorRegistry()
        MultiProcessCollector(every, folder)  # type: ignore[no-untyped-call]
        return every

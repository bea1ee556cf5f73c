"""A worker that is killed under load takes nothing with it that was acknowledged, and the others go on."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

httpx = pytest.importorskip("httpx", reason="asks the server")
pytest.importorskip("uvicorn", reason="needs the extra serve")
psutil = pytest.importorskip("psutil", reason="looks for the workers")

from raglan.build.parts import library  # noqa: E402
from raglan.config import Config  # noqa: E402
from raglan.store.feedback import FeedbackLog  # noqa: E402
from raglan.store.store import Store  # noqa: E402

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def store(tmp_path):
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(20):
        (papers / f"{number}.txt").write_text(f"The machine MX-{number} stands in hall {number}. It is blue.\n")
    made = library(papers / ".raglan", Config.of({"encoder": "hashing"}))
    made.sync(papers)
    made.encode()
    made.close()
    return papers / ".raglan"


@contextmanager
def served(store, workers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "raglan", "serve", str(store), "--port", str(port), "--workers", str(workers)]
    log = (store / "log").open("wb")
    with log, subprocess.Popen(command, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            until = time.monotonic() + 60
            while time.monotonic() < until and not ready(url):
                time.sleep(0.05)
            yield process, url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def ready(url):
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def workers_of(process):
    """The processes that serve; a helper that cleans up after them is none."""
    every = psutil.Process(process.pid).children()
    return [one for one in every if one.is_running() and "spawn_main" in " ".join(one.cmdline())]


class Clients:
    """Threads that give opinions and ask, each over its own connection, until told to stop."""

    def __init__(self, url, count):
        self.kept, self.lost, self.statuses = [], 0, set()
        self._url, self._stop, self._guard = url, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self, client):
        number = 0
        while not self._stop.is_set():
            number += 1
            query = f"Where is MX-{client}? {number}"
            opinion = {"query": query, "passage": f"{client}.txt:0-{length(client)}", "verdict": 1}
            try:
                kept = httpx.post(f"{self._url}/v1/feedback", json=opinion, timeout=30)
                found = httpx.post(f"{self._url}/v1/search", json={"query": query}, timeout=30)
            except httpx.TransportError:
                with self._guard:
                    self.lost += 1
                continue
            with self._guard:
                self.statuses |= {kept.status_code, found.status_code}
                if kept.status_code == 200:
                    self.kept.append(query)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def length(number):
    return len(f"The machine MX-{number} stands in hall {number}. It is blue.")


def counted(clients, more):
    until, before = time.monotonic() + 60, len(clients.kept)
    while len(clients.kept) < before + more and time.monotonic() < until:
        time.sleep(0.02)
    assert len(clients.kept) >= before + more


def test_nothing_that_was_acknowledged_is_lost(store):
    with served(store, 2) as (process, url):
        clients = Clients(url, 4)
        try:
            counted(clients, 10)
            sent = httpx.post(
                f"{url}/v1/documents",
                files=[("files", (f"new-{n}.txt", f"The lift {n} holds {n} people.".encode())) for n in range(8)],
            )
            job = sent.json()["job"]
            victim = workers_of(process)[0]
            os.kill(victim.pid, signal.SIGKILL)
            counted(clients, 10)
            until = time.monotonic() + 60
            while (told := asked(url, job))["state"] != "done" and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            clients.stop()
        assert told["state"] == "done"
        assert told["added"] == 8
        assert len(workers_of(process)) == 2
        assert victim.pid not in {one.pid for one in workers_of(process)}
    assert clients.statuses <= {200, 429}
    opened = Store(store)
    kept = {one.query for one in FeedbackLog(opened).all()}
    assert set(clients.kept) <= kept
    assert sum(name.endswith(".txt") and "new-" in name for name in opened.documents()) == 8
    opened.close()


def asked(url, job):
    try:
        return httpx.get(f"{url}/v1/jobs/{job}").json()
    except httpx.TransportError:
        return {"state": "unknown"}


def test_told_to_stop_it_finishes_what_was_begun(store):
    with served(store, 1) as (process, url):
        done = []

        def ask():
            done.append(httpx.post(f"{url}/v1/answer", json={"question": "Where is the machine MX-3?"}, timeout=60))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while (
            "raglan_requests_running 0.0" in httpx.get(f"{url}/metrics").text and not done and time.monotonic() < until
        ):
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert process.wait(60) in (0, -signal.SIGTERM)
    assert [response.status_code for response in done] == [200] * 8

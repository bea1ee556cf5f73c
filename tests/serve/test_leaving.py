"""A client that hangs up in the middle of a stream is written for no longer."""

import threading

import httpx
import pytest

from raglan.generate.sentence import SentenceGenerator
from raglan.serve.app import app
from tests.serve.running import listening


class Endless(SentenceGenerator):
    """Writes until somebody stops it."""

    hurries = True

    def __init__(self):
        super().__init__()
        self.stopped, self.written = threading.Event(), 0

    def stream(self, query, evidence):
        try:
            while self.written < 1_000_000:
                self.written += 1
                yield "more " * 100
        finally:
            self.stopped.set()
        raise AssertionError("nobody stopped it")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/answer", {"question": "How long is the warranty?", "stream": True}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "How long?"}], "stream": True}),
    ],
)
def test_it_stops(service, path, body):
    service.whole.rag.generator = writer = Endless()
    with listening(app(service)) as url:
        with httpx.stream("POST", f"{url}{path}", json=body, timeout=30) as response:
            assert response.status_code == 200
            next(line for line in response.iter_lines() if "more" in line)
        assert writer.stopped.wait(20)
        written = writer.written
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert writer.written == written
        assert service.queue.depth == 0

"""A real HTTP server that plays a chat server, well or badly, as each test tells it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from raglan.types import Evidence, Passage, Span

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "ChatServer"

    def do_POST(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        behave = self.server.script.pop(0) if len(self.server.script) > 1 else self.server.script[0]
        # The client may hang up at any time; that is what is tested.
        with suppress(OSError):
            behave(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is http.server's
        pass

    def head(self, status: int = 200, kind: str = "application/json", /, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()


class ChatServer(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Behaviour] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def plays(self, *script: Behaviour) -> None:
        """The behaviours of the requests to come, in turn; the last goes on."""
        self.script = list(script)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ChatServer]:
    chat = ChatServer()
    thread = threading.Thread(target=chat.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield chat
    chat.over.set()
    chat.shutdown()
    thread.join()
    chat.server_close()


def says(text: str | None, finish: str = "stop") -> Behaviour:
    """A whole reply."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return raw(json.dumps({"choices": [choice]}))


def streams(*pieces: str, finish: str = "stop", done: str = "data: [DONE]\n\n", chunked: bool = False) -> Behaviour:
    """A stream of ``pieces``; without ``finish`` and ``done`` it is cut in the middle."""

    def behave(handler: Handler) -> None:
        coding = {"Transfer_Encoding": "chunked"} if chunked else {}
        handler.head(200, "text/event-stream; charset=utf-8", **coding)
        events = [": hello\n\n", "event: message\n" + event({"role": "assistant"})]
        events += [event({"content": piece}) for piece in pieces]
        events += [event({}, finish)] * bool(finish) + ['data: {"choices": []}\n\n', done]
        for text in events:
            size = len(text.encode())
            handler.send(f"{size:x}\r\n{text}\r\n" if chunked and size else text)

    return behave


def event(delta: dict[str, str], finish: str | None = None) -> str:
    told = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(told)}\r\n\r\n"


def raw(body: str, status: int = 200, kind: str = "application/json", **headers: str) -> Behaviour:
    """Any body."""

    def behave(handler: Handler) -> None:
        handler.head(status, kind, **({"Content_Length": str(len(body.encode()))} | headers))
        handler.send(body)

    return behave


def hang(handler: Handler) -> None:
    handler.server.over.wait(5)


def trickle(handler: Handler) -> None:
    """A byte now and then: each read succeeds, the whole never ends."""
    handler.head(Content_Length="1000")
    while not handler.server.over.wait(0.03):
        handler.send(" ")


def trickle_head(handler: Handler) -> None:
    handler.send("HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.03):
        handler.send("a")


def trickle_stream(handler: Handler) -> None:
    handler.head(200, "text/event-stream")
    while not handler.server.over.wait(0.03):
        handler.send(": still thinking\n\n")


def giant(handler: Handler) -> None:
    handler.head()
    while not handler.server.over.is_set():
        handler.send("[" * 100_000)


def passage(text: str, name: str = "handbook", **meta: Any) -> Passage:
    return Passage(f"{name}:0", text, name, Span(0, len(text)), meta=meta)


def evidence(*passages: Passage) -> list[Evidence]:
    return [Evidence(p, 1 / len(passages)) for p in passages]


WARRANTY = passage(
    "Thank you for buying the lamp. The warranty lasts 24 months from the date of delivery. Keep the receipt.",
    "warranty.txt",
    title="Warranty",
)
POWER = passage("The lamp draws 12 watts. Its bulb can be replaced without tools.", "power.txt", title="Power")
CHINESE = passage("感谢您购买本产品。保修期为两年，自购买之日起计算。运费由买方承担。", "手册.txt", title="手册")
EVIDENCE = evidence(WARRANTY, POWER)

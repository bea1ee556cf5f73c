"""Rates, sizes and times: up to the limit everything passes, beyond it the caller is told when, or how much, to send."""

import asyncio
import threading

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient

from raglan.serve.limits import BodyLimit, RateLimit, Rates, TimeLimit


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_bucket_is_emptied_and_filled():
    clock = Clock()
    rates = Rates(2.0, 3, clock=clock)
    assert [rates.take("a") for _ in range(3)] == [0, 0, 0]
    assert rates.take("a") == pytest.approx(0.5)
    assert rates.take("b") == 0
    clock.now = 0.49
    assert rates.take("a") > 0
    clock.now = 0.5
    assert rates.take("a") == 0
    clock.now = 1_000.0
    assert [rates.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_it_holds_over_time_whoever_asks_how_often():
    clock = Clock()
    rates = Rates(10.0, 5, clock=clock)
    let_in = 0
    for _ in range(10_000):
        clock.now += 0.001
        let_in += rates.take("a") == 0
    assert let_in == pytest.approx(10 * 10 + 5, abs=1)


def test_those_silent_longest_are_forgotten():
    rates = Rates(1.0, 1, clock=Clock(), most=2)
    for name in "abc":
        assert rates.take(name) == 0
    assert rates.take("c") > 0
    assert rates.take("a") == 0
    assert len(rates._buckets) == 2


def test_threads_together_get_no_more():
    rates = Rates(1.0, 100, clock=Clock())
    got: list[float] = []
    threads = [threading.Thread(target=lambda: got.extend(rates.take("a") for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0) == 100


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_that_lets_nothing_in_is_refused(rate, burst):
    with pytest.raises(ValueError, match="above 0"):
        Rates(rate, burst)


def test_an_address_is_told_when():
    client = TestClient(RateLimit(PlainTextResponse("seen"), Rates(0.1, 1, clock=Clock())))
    assert client.get("/").text == "seen"
    reply = client.get("/")
    assert reply.status_code == 429
    assert reply.headers["retry-after"] == "10"
    assert client.get("/healthz").text == "seen"


def test_a_key_is_told_when(service, monkeypatch):
    from raglan.serve.app import app
    from raglan.serve.guard import Guard

    headers = [{"Authorization": f"Bearer {service.keys.add(name)[1]}"} for name in ("ann", "bob")]
    with TestClient(app(service, Guard(rate=0.001, burst=3)), base_url="http://127.0.0.1") as client:
        assert [client.get("/v1/models", headers=headers[0]).status_code for _ in range(4)] == [200, 200, 200, 429]
        # Both come from one address.
        reply = client.get("/v1/models", headers=headers[1])
        assert reply.status_code == 429
        assert int(reply.headers["retry-after"]) > 1
        assert reply.json()["error"]["code"] == "rate"


async def echo(scope, receive, send):
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def drops(size, count):
    for _ in range(count):
        yield b"x" * size


def limited(most):
    return TestClient(BodyLimit(echo, lambda _: most))


@pytest.mark.parametrize("sent", [lambda size: b"x" * size, lambda size: drops(1, size)], ids=["whole", "dripping"])
def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(sent):
    client = limited(50)
    assert client.post("/", content=sent(50)).text == "50"
    reply = client.post("/", content=sent(51))
    assert reply.status_code == 413
    assert reply.headers["connection"] == "close"
    assert reply.json()["error"]["code"] == "too_large"


def test_the_rest_of_a_long_body_is_not_read():
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(BodyLimit(echo, lambda _: 50)(scope, receive, send))
    assert read == 6
    assert sent[0]["status"] == 413


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", " "])
def test_a_length_that_is_no_number_is_refused(length):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-length", length.encode("utf-8"))],
    }
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("the body is not read")

    asyncio.run(BodyLimit(echo, lambda _: 50)(scope, receive, send))
    assert sent[0]["status"] == 400


async def slow(scope, receive, send):
    await asyncio.sleep(30)


def test_a_reply_that_does_not_begin_is_broken_off():
    reply = TestClient(TimeLimit(slow, first=lambda _: 0.05, last=1.0)).get("/")
    assert reply.status_code == 503
    assert reply.headers["retry-after"]


def test_a_reply_that_has_begun_may_go_on_until_the_last():
    async def some():
        for number in range(4):
            await asyncio.sleep(0.03)
            yield str(number)

    streamed = TimeLimit(StreamingResponse(some()), first=lambda _: 0.02, last=5.0)
    # The reply begins at once, its parts come later.
    assert TestClient(streamed).get("/").text == "0123"


def test_what_times_out_within_is_its_own_affair():
    async def fails(scope, receive, send):
        raise TimeoutError("another one")

    with pytest.raises(TimeoutError, match="another one"):
        TestClient(TimeLimit(fails, first=lambda _: 5.0, last=5.0)).get("/")


def test_a_body_that_comes_too_slowly_is_not_waited_for():
    async def receive():
        await asyncio.sleep(30)

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(TimeLimit(echo, first=lambda _: 0.05, last=1.0)(scope, receive, send))
    assert sent[0]["status"] == 503

"""A stream whose request cannot be let in is refused with a status, before anything of it was sent."""

import pytest

ASKED = {
    "/v1/answer": {"question": "How long is the warranty?", "stream": True},
    "/v1/chat/completions": {
        "model": "raglan",
        "messages": [{"role": "user", "content": "How long is the warranty?"}],
        "stream": True,
    },
}


@pytest.mark.parametrize("path", ASKED)
def test_a_full_queue_is_told_by_the_status(client, service, path):
    service.queue.most = 0
    reply = client.post(path, json=ASKED[path])
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) >= 1
    service.queue.most = 1
    assert client.post(path, json=ASKED[path]).text.startswith(("event: ", "data: "))
    assert service.queue.depth == 0

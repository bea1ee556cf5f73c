"""Requests as no client would write them, byte by byte: each has an answer or an end, and the server goes on."""

import gzip
import json
import socket

import pytest

pytest.importorskip("uvicorn", reason="needs the extra serve")

from raglan.serve.app import app
from tests.serve.running import listening

HEAD = b"Host: 127.0.0.1\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture
def talk(service):
    """Sends bytes with a key among the headers (``KEY``); the status and the body of what comes back."""
    _, secret = service.keys.add("ann", ["read", "write"])
    with listening(app(service)) as address:
        port = int(address.rpartition(":")[2])

        def made(data):
            data = data.replace(b"KEY\r\n", f"Authorization: Bearer {secret}\r\n".encode())
            told = b""
            with socket.create_connection(("127.0.0.1", port), timeout=15) as line:
                line.sendall(data)
                while part := line.recv(65_536):
                    told += part
            head, _, body = told.partition(b"\r\n\r\n")
            assert b"Traceback" not in told
            return int(head.split()[1]), body

        yield made
        # Whatever it was sent, it lives.
        assert made(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n")[0] == 200


def get(path, headers=b"KEY\r\n"):
    return b"GET %b HTTP/1.1\r\n" % path + HEAD + headers + b"\r\n"


def post(body, headers=b""):
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST /v1/search HTTP/1.1\r\n" + HEAD + b"KEY\r\n" + JSON + (headers or length) + b"\r\n" + body


def test_what_is_no_http(talk):
    for data in (
        b"GET /\r\n\r\n",
        b"GET /v1/about HTTP/1.1\r\nKEY\r\n\r\n",
        b"GET /v1/about HTTP/1.1\r\nHost: 127.0.0.1\r\n" + HEAD + b"KEY\r\n\r\n",
        get(b"/v1/about", b"KEY\r\nX-A: a\0b\r\n"),
        post(b"{}", b"Content-Length: -1\r\n"),
        post(b"{}", b"Content-Length: +2\r\n"),
    ):
        assert talk(data)[0] == 400


def test_a_body_has_one_length(talk):
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    status, body = talk(post(b'11\r\n{"query": "pump"}\r\n0\r\n\r\n', both))
    assert status == 400
    assert b"not both" in body


def test_odd_keys_open_nothing(talk):
    assert talk(get(b"/v1/about"))[0] == 200
    for headers in (
        b"Authorization: Bearer x\r\nKEY\r\n",
        b"Authorization: Bearer \xff\xfe\r\n",
        b"Authorization:\r\n",
    ):
        assert talk(get(b"/v1/about", headers))[0] == 401


def test_odd_paths_lead_nowhere(talk):
    for path in (b"/static/../app.py", b"/static/%2e%2e%2fapp.py", b"/static/..%5capp.py", b"http://evil/v1/documents"):
        assert talk(get(path))[0] in (400, 404, 421)
    status, body = talk(get(b"/v1/documents/" + b"a" * 60_000))
    assert status == 404
    assert len(body) < 1_000


def test_odd_bodies_are_told_of(talk):
    for body in (b"[" * 100_000, b'{"query": "x", "k": %b}' % (b"9" * 10_000), gzip.compress(b"{}"), b'{"k": NaN}'):
        assert talk(post(body))[0] in (400, 422)


def test_odd_ranges_do_no_harm(talk):
    every = b",".join(b"0-%d" % n for n in range(900))
    for wanted in (b"bytes=%b" % every, b"bytes=99999999999999999999-", b"bytes=-0,--1,a-b", b"lines=1-2", b"bytes="):
        status, body = talk(get(b"/v1/files/warranty.md", b"KEY\r\nRange: %b\r\n" % wanted))
        assert status in (200, 206, 400, 416)
        assert len(body) < 200_000


NAMES = [
    (b'filename="../../x.md"', "x.md"),
    (b'filename="/etc/passwd.md"', "passwd.md"),
    (b'filename="C:\\\\a\\\\..\\\\b.md"', "b.md"),
    (b'filename="caf\xe9.md"', "café.md"),
    (b"filename=\"ok.md\"; filename*=UTF-8''..%2F..%2Fstar.md", "ok.md"),
    (b'filename="a\0b.md"', ""),
    ('filename="a\u202edm.exe"'.encode(), ""),
    (b"filename*=UTF-8''..%2F..%2Fstar.md", None),
    (b'filename="' + b"a" * 5_000 + b'.md"', None),
]


@pytest.mark.parametrize(("given", "name"), NAMES)
def test_names_of_files_stay_in_their_place(talk, service, given, name):
    """``name`` is what the file is called in the end; empty if it is refused, none if the form is."""
    body = b'--b\r\nContent-Disposition: form-data; name="files"; %b\r\n\r\n# A\n\nwords\r\n--b--\r\n' % given
    head = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n" % len(body)
    status, told = talk(b"POST /v1/documents HTTP/1.1\r\n" + HEAD + b"KEY\r\n" + head + body)
    if name is None:
        assert status in (400, 422)
        return
    assert status == 202
    assert json.loads(told)["accepted"] == ([name] if name else [])
    assert len(json.loads(told)["refused"]) == (not name)
    known = {"x.md", "passwd.md", "b.md", "café.md", "ok.md"}
    lying = {file for file in service.folder.parent.rglob("*") if file.name in known}
    assert all(service.folder in file.parents for file in lying)

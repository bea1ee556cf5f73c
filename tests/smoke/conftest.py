"""A machine without a network."""

import socket

import pytest


class ReachedError(AssertionError):
    """Something tried to reach the network; no ``except Exception`` of a caller's may hide it from the test."""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuses every connection and every look-up of a name; what was tried is in the list."""
    tried: list[str] = []

    def refused(*arguments: object, **_: object) -> None:
        tried.append(str(arguments[-1]))
        raise ReachedError(f"the network was tried: {arguments}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    return tried

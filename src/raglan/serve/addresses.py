"""By which names a server is called, and which addresses only this machine reaches."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

__all__ = ["is_own", "known_as"]


def is_own(host: str) -> bool:
    """Whether only this machine reaches an address, or a name of it.

    >>> is_own("localhost"), is_own("127.8.0.1"), is_own("::1"), is_own("0.0.0.0"), is_own("localhost.evil.example")
    (True, True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def known_as(host: str, others: Iterable[str] = ()) -> frozenset[str] | None:
    """The names of a server that listens at ``host``, and of ``others`` that it was given; ``None`` for any name.

    >>> known_as("0.0.0.0"), known_as("0.0.0.0", ["raglan.example"]), sorted(known_as("::1", ["raglan.example"]) or ())
    (None, frozenset({'raglan.example'}), ['localhost', 'raglan.example'])
    """
    if is_own(host):
        return frozenset({"localhost", *others})
    # Who asks needs a key, which no page of another site has.
    return frozenset(others) or None

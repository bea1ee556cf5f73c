"""Which addresses of the internet may lead to a person: not loopbacks, networks, masks and wildcards."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["ip4", "ip6"]


def ip4(text: str) -> bool:
    """Four numbers below 256 that may be a machine of someone.

    >>> ip4("203.0.113.45"), ip4("127.0.0.1"), ip4("255.255.255.0"), ip4("300.1.1.1")
    (True, False, False, False)
    """
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    nobody = address.is_loopback or address.is_unspecified or address.is_multicast
    return not nobody and int(address) < 240 << 24 and text.partition(".")[0] != "0"


def ip6(text: str) -> bool:
    """An address with three groups or more that are not empty, as no name of a programming language has.

    >>> ip6("2001:db8::8a2e:370:7334"), ip6("12:34:56"), ip6("::1")
    (True, False, False)
    """
    if sum(map(bool, text.split(":"))) < 3 or not any(map(str.isdigit, text)):
        return False
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return False
    return not address.is_loopback and not address.is_multicast

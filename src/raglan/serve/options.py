"""What may be chosen of a server. It is handed to worker processes, and imports nothing that these need long to import."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options", "Place"]


@dataclass(frozen=True, slots=True)
class Options:
    """``queue`` requests are let in at once, ``threads`` answers are written at a time; ``batch`` shares their calls.

    ``mask`` hides personal data from keys without the scope ``unmask``.
    """

    queue: int = 64
    threads: int = 8
    batch: bool = True
    mask: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens, and in how many processes.

    ``names`` are those that it has beside its address, ``sites`` others whose pages may ask (``https://intranet.example``).
    ``rate`` requests a second are let in of each key, and from each address.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    rate: int = 50

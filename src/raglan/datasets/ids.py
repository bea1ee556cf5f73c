"""Which ids have been seen, at a bit for a number: the 21 million of a Wikipedia dump fit in 3 MB."""

from __future__ import annotations

from raglan.datasets.dataset import Question
from raglan.errors import DataError

__all__ = ["Ids", "known"]

# Eight digits are 12 MB of bits at most, however the numbers lie.
_DIGITS = 8


class Ids:
    """A set of ids that only grows.

    >>> ids = Ids()
    >>> ids.add("17"), ids.add("17"), "17" in ids, "017" in ids
    (True, False, True, False)
    """

    def __init__(self) -> None:
        self._bits = bytearray()
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        if not _is_number(name):
            return name in self._names
        place, bit = divmod(int(name), 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, name: str) -> bool:
        """Remember ``name``; whether it is new."""
        if name in self:
            return False
        if _is_number(name):
            place, bit = divmod(int(name), 8)
            if place >= len(self._bits):
                self._bits.extend(bytes(place + 1 - len(self._bits)))
            self._bits[place] |= 1 << bit
        else:
            self._names.add(name)
        return True


def known(question: Question, ids: Ids) -> Question:
    """``question``, if all passages that it names are among ``ids``."""
    unknown = [name for name in question.named if name not in ids]
    if unknown:
        raise DataError(f"names a passage that the corpus does not hold: {min(unknown)!r}", place=question.place)
    return question


def _is_number(name: str) -> bool:
    # 007 and 7 are two ids.
    return len(name) <= _DIGITS and name.isascii() and name.isdigit() and (name[0] != "0" or name == "0")

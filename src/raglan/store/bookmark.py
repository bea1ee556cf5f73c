"""How far a file was read that is too large to be read at once.

It takes the place of the hash in the :class:`raglan.store.ledger.Ledger`, so whatever else is made of the file, and whoever
forgets it, puts an end to it; and it is kept in the same transaction as the passages that it speaks of.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["Bookmark"]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """``at`` bytes of a file's text, unzipped, were read: so many lines, with that CRC-32; ``head`` is a hash of its head.

    ``rows`` are in the store and ``bad`` could not be read: the first of them are ``told``. ``done`` says that it is at the
    end.
    """

    head: str
    at: int = 0
    line: int = 0
    sum: int = 0
    rows: int = 0
    bad: int = 0
    told: tuple[str, ...] = ()
    done: bool = False

    def packed(self) -> bytes:
        """As the ledger keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def of(cls, mark: bytes) -> Bookmark | None:
        """The bookmark that :meth:`packed` made; ``None`` for anything else, such as a hash.

        >>> Bookmark.of(Bookmark("5f3a", at=70, told=("line 2 (has no text)",)).packed())
        Bookmark(head='5f3a', at=70, line=0, sum=0, rows=0, bad=0, told=('line 2 (has no text)',), done=False)
        >>> Bookmark.of(bytes(16))
        """
        try:
            found = json.loads(mark)
            return cls(**found | {"told": tuple(found["told"])})
        except (ValueError, TypeError, KeyError):
            return None

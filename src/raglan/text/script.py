"""Traditional Chinese characters written as simplified ones: what is written one way is found by what is written the other.

One character stands for one, so that places in a text stay. Where one simplified character is written for several (后 for
後 and 后), all end in the same form; that is what comparing needs, and no conversion for people to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

__all__ = ["simplified"]


def simplified(text: str) -> str:
    """``text``, as long as before, with traditional characters written simplified.

    >>> simplified("蘇州大學"), simplified("Ölwechsel")
    ('苏州大学', 'Ölwechsel')
    """
    return text if text.isascii() else text.translate(_table())


@lru_cache(maxsize=1)
def _table() -> Mapping[int, str]:
    lines = (resources.files(__package__) / "traditional.txt").read_text(encoding="utf-8").splitlines()
    return {ord(pair[0]): pair[1] for line in lines if not line.startswith("#") for pair in line.split()}

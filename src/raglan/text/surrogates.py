"""Lone surrogates: halves of characters that JSON and file names can bring into a text, and that UTF-8 cannot hold."""

from __future__ import annotations

import re

__all__ = ["mended"]

_HALF = re.compile("[\ud800-\udfff]")


def mended(text: str) -> str:
    r"""``text`` with U+FFFD in place of each; no character moves.

    >>> mended("a\ud800b")
    'a�b'
    """
    return text if text.isascii() else _HALF.sub("\ufffd", text)

"""The weights that come with the package: where they lie, and that they are what was shipped."""

from __future__ import annotations

import hashlib
import lzma
from importlib import resources

from raglan.errors import ModelError

__all__ = ["SHIPPED", "digest", "shipped"]

# Name to sha256 of the file as it lies in the package. Recipes under models/ print these.
SHIPPED = {
    "minilm-en.onnx": "77331735f8a4e2fb29176925d77b97b854ee1c383b797568bdb5ae4021004660",
    "merge.json": "26d89b43072d8c4aa07ff8c477b1783076553c6aec6bd07f6733f7997cce5beb",
    "sentence.json": "52c8091affd554131f0fee0da45f2f95628e57d36477a02ed69b9ca3bdc6affa",
    "static-zh.npz": "29341d61216d8091164f6d3164da948aa624f584e2fd4d8aa1251a4c833e13a7",
    "minilm-en.tokenizer.json.xz": "7ff8a73cfb9ea7b81e4357ff5e6646c3769527562512a5a297aca1387ef415d3",
}


def digest(data: bytes) -> str:
    """The sha256 of ``data``, as ``SHIPPED`` has it."""
    return hashlib.sha256(data).hexdigest()


def shipped(name: str) -> bytes:
    """The bytes of a shipped file, verified, and unpacked if its name ends in ``.xz``.

    Raises :class:`ModelError` for a name that is not shipped, and for a file that is missing or was changed.
    """
    if name not in SHIPPED:
        raise ModelError(f"no shipped file is called {name!r}; there are {', '.join(sorted(SHIPPED))}")
    place = resources.files("raglan.models") / "files" / name
    try:
        data = place.read_bytes()
    except OSError as error:
        raise ModelError(f"{place} cannot be read ({error.strerror}); install raglan again") from error
    found = digest(data)
    if found != SHIPPED[name]:
        raise ModelError(f"{place} was changed: its sha256 is {found}, not {SHIPPED[name]}; install raglan again")
    return lzma.decompress(data) if name.endswith(".xz") else data

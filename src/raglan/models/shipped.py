"""The weights that come with the package: where they lie, and that they are what was shipped."""

from __future__ import annotations

import hashlib
import lzma
from importlib import resources
from pathlib import Path

from raglan.errors import ModelError

__all__ = ["READERS", "SHIPPED", "digest", "shipped", "shipped_folder"]

# Name to sha256 of the file as it lies in the package. Recipes under models/ print these.
SHIPPED = {
    "reader-en/raglan.json": "4125ba611ac5e732a7671194ab27fb6de515de3ab5c234a742645620cc92e5dc",
    "pointer-zh.json": "742996d3c61fe18d9cff295162a8647e669de545bc3ac3a7bb2e1d9315c0bccb",
    "pointer-zh.npz": "6d6a75076afd8c266c8aac6b046cc453a618660c62806d3bb0d95167beff0484",
    "minilm-en.onnx": "145b89da7675c5f47fdb473258d0caff859eb4165337c9042a58107baaa8e394",
    "merge.json": "264facbd2737191de37aac6e5524c1fc3cba4bc0acfced0bbf4f092d77be23c0",
    "sentence.json": "0590cb7cdcd15abb8511030d00023933779fe092f178843d703ec99d6be12142",
    "rewriting.json": "4bc65c0d5b61561594e20bf3466da20afd9c3fc661de36ee2862ff49ebb78121",
    "asking.json": "e637df7e93d3d22b0d0dec35a8d679d400fe12dce28021770771585cee711181",
    "static-en.npz": "fc60f55efad37fe93eef14d45e40b8d8f91bc66500ff3b45b30717cd20730486",
    "static-zh.npz": "29341d61216d8091164f6d3164da948aa624f584e2fd4d8aa1251a4c833e13a7",
    "minilm-en.tokenizer.json.xz": "7ff8a73cfb9ea7b81e4357ff5e6646c3769527562512a5a297aca1387ef415d3",
}

# Model folders: their raglan.json, whose hash stands above, holds those of the other files.
READERS: tuple[str, ...] = tuple(
    name.removesuffix("/raglan.json")
    for name in SHIPPED
    if name.startswith("reader-") and name.endswith("/raglan.json")
)


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


def shipped_folder(name: str) -> Path:
    """Where the shipped model folder of this name lies; its listing is verified, its files are when they are read."""
    shipped(f"{name}/raglan.json")
    return Path(str(resources.files("raglan.models") / "files" / name))

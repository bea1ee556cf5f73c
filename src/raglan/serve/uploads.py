"""Files that are sent: under which name they may lie here, and whether their content is something that can be read.

What a file is, its content says (:mod:`raglan.ingest.kinds`): the name and the type that came with it are the sender's
word. Archives are looked at only by their table of contents; they are unpacked in the process that reads them.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from raglan.errors import ReadError
from raglan.ingest.containers import gunzipped
from raglan.ingest.kinds import kind_of

__all__ = ["MOST_BYTES", "Refused", "Sorted", "checked", "safe_name", "sorted_out"]

MOST_BYTES = 100 << 20
_LONGEST = 200  # bytes of a name; systems allow 255, and a job adds some
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\ud800-\udfff]')
# What turns text around or cannot be seen: a name must look like what it is.
_UNSEEN = frozenset({"Cf", "Zl", "Zp", "Co", "Cn"})
# What Windows takes for devices, with any ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
# One at a time: each is held in memory as a whole.
_ONE = threading.Lock()


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not taken: its name as it came, why, and what to do."""

    name: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Files that are taken, under the names that they get, and those that are not."""

    taken: tuple[tuple[str, BinaryIO], ...]
    refused: tuple[Refused, ...]


def sorted_out(files: Iterable[tuple[str, BinaryIO]], *, most: int = MOST_BYTES) -> Sorted:
    """Which of ``files``, each with its name, are taken; of at most so many bytes each, unpacked too."""
    taken: dict[str, BinaryIO] = {}
    refused = []
    for given, data in files:
        try:
            name = safe_name(given)
            checked(name, data, most=most)
        except ReadError as error:
            refused.append(Refused(_shown(given), error.reason, error.hint))
            continue
        if name in taken:
            refused.append(Refused(_shown(given), "another file of this name came with it", "send them one by one"))
        else:
            taken[name] = data
    return Sorted(tuple(taken.items()), tuple(refused))


def safe_name(given: str) -> str:
    r"""The name under which a file may lie in a folder, from the one that it was sent under: the last part of a path.

    Raises :class:`ReadError` for a name that would lead elsewhere, hide, or not be what it looks like.

    >>> safe_name("C:\\papers\\a b.pdf"), safe_name("../../etc/passwd"), safe_name("年报.pdf")
    ('a b.pdf', 'passwd', '年报.pdf')
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip(". "):
        raise _bad(given, "it has no name")
    if name.startswith((".", "~", "@")):
        # The first hide, the last stand before the folders of groups.
        raise _bad(given, f"its name begins with {name[0]}")
    if _UNFIT.search(name) or any(map(_unseen, name)):
        raise _bad(given, "its name has characters that no file here may have")
    if name.endswith(".") or _DEVICES.match(name):
        raise _bad(given, "its name means something else on some systems")
    if len(name.encode()) > _LONGEST:
        raise _bad(given, f"its name is longer than {_LONGEST} bytes")
    return name


def checked(name: str, data: BinaryIO, *, most: int = MOST_BYTES) -> str:
    """The kind of reader that a file called ``name`` needs; ``data`` stands at its beginning again afterwards.

    Raises :class:`ReadError` for one that is empty, too large, packed too tightly, or nothing that can be read.
    """
    with _ONE:
        data.seek(0)
        content = data.read(most + 1)
        data.seek(0)
        if len(content) > most:
            raise ReadError(f"larger than {most >> 20} MB", source=name, hint="split it, or have it indexed by hand")
        if content.startswith(b"\x1f\x8b"):
            content = gunzipped(content, name, most=most)
            name = str(PurePosixPath(name).with_suffix("")) if name.lower().endswith(".gz") else name
        return kind_of(content, name)


def _bad(given: str, reason: str) -> ReadError:
    return ReadError(reason, source=_shown(given), hint="give it another name")


def _shown(given: str) -> str:
    """A name as it may stand in a reply, where it must not turn the text around it either."""
    return "".join("\ufffd" if _UNFIT.match(one) or _unseen(one) else one for one in given[:_LONGEST])


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN

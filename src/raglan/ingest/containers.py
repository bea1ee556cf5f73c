"""Files that hold files (zip, gzip, OLE): opened only as far as that is safe."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

from raglan.errors import ReadError

__all__ = ["ENCRYPTED", "MOST_BYTES", "OLE", "gunzipped", "ole_streams", "unzipped"]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "open it and save a copy without a password"
MOST_BYTES = 500 << 20

# A small archive may unpack to anything that fits; beyond this size, documents never shrink to a 200th.
_HARMLESS = 50 << 20
_MOST_RATIO = 200
_MOST_MEMBERS = 100_000
_BOMB = "if you trust it, unpack it and save it anew"
_DAMAGED_ZIP = (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, EOFError, OverflowError)


def unzipped(data: bytes, source: str, *, most: int = MOST_BYTES) -> zipfile.ZipFile:
    """The archive in ``data``, once its table of contents is found whole, open to all and of a size to unpack."""
    # Counted before the table is read: each entry costs the reader many times its bytes.
    if data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise ReadError("an archive of too many files", source=source, hint=_BOMB)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGED_ZIP as error:
        raise ReadError(
            "damaged or cut short (its table of contents cannot be read)",
            source=source,
            hint="copy or download it again",
        ) from error
    _check_members(archive.infolist(), len(data), source, most)
    return archive


def _check_members(members: list[zipfile.ZipInfo], packed: int, source: str, most: int) -> None:
    size = sum(member.file_size for member in members)
    if size > most:
        raise ReadError(f"unpacks to {size >> 20} MB, more than {most >> 20} MB", source=source, hint=_BOMB)
    if size > _HARMLESS and size > _MOST_RATIO * packed:
        raise ReadError(f"unpacks to {size // packed} times its size (a zip bomb?)", source=source, hint=_BOMB)
    if any(member.flag_bits & 1 for member in members):
        raise ReadError("encrypted", source=source, hint=ENCRYPTED)


def gunzipped(data: bytes, source: str, *, most: int = MOST_BYTES) -> bytes:
    """What the gzip file ``data`` holds."""
    # One byte more than allowed is asked for: if it comes, there is too much.
    try:
        inner = gzip.GzipFile(fileobj=io.BytesIO(data)).read(most + 1)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise ReadError(
            "damaged or cut short (its gzip data ends in the middle)", source=source, hint="copy or download it again"
        ) from error
    if len(inner) > most:
        raise ReadError(f"unpacks to more than {most >> 20} MB", source=source, hint=_BOMB)
    return inner


def ole_streams(data: bytes) -> frozenset[str]:
    """Which of the streams that tell old and encrypted Office files apart ``data`` holds."""
    names = ("EncryptedPackage", "WordDocument", "PowerPoint Document", "Workbook", "Book")
    return frozenset(name for name in names if _has_stream(data, name))


def _has_stream(data: bytes, name: str) -> bool:
    # A directory entry starts at a multiple of 128 with its name in UTF-16; byte 64 counts the name's bytes.
    stored = (name + "\0").encode("utf-16-le")
    at = data.find(stored)
    while at >= 0:
        if at % 128 == 0 and data[at + 64 : at + 66] == len(stored).to_bytes(2, "little"):
            return True
        at = data.find(stored, at + 2)
    return False

"""One call of a reader, whatever it does: documents come out, or a ReadError that names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raglan.errors import MissingExtra, ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from raglan.protocols import Reader
    from raglan.types import Document

__all__ = ["attempted"]


def attempted(reader: Reader, data: bytes, source: str) -> Iterator[Document]:
    """What ``reader`` makes of ``data``. A stranger's failure must not end the reading of all other files."""
    try:
        yield from reader(data, source)
    except (ReadError, MissingExtra):
        raise
    except MemoryError as error:
        raise ReadError("it needs more memory than there is", source=source, hint="split the file") from error
    except RecursionError as error:
        raise ReadError("damaged: nested without end", source=source, hint="export it again") from error
    except Exception as error:
        reason = f"its reader failed ({type(error).__name__}: {error})"
        raise ReadError(reason, source=source, hint="the file is damaged, or the reader has a fault") from error

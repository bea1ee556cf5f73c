"""Where files lie that were sent to the server: aside until their job begins, then among those that the store is made of.

``uploads`` in the store's folder is a root like any other (:mod:`raglan.build.roots`): what lies there is read, and read
anew where it has changed. ``incoming/JOB`` holds the files of a job that has not begun, ``incoming/JOB.before`` what they
replaced, until all is read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

__all__ = ["Intake"]

_AT_ONCE = 1 << 20


class Intake:
    """The files that were sent to the store in ``folder``. Names are relative paths, checked by whoever took them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "uploads"
        self._incoming = folder / "incoming"

    def take(self, job: str, name: str, data: BinaryIO) -> None:
        """Put a file aside, durably."""
        place = self._incoming / job / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            shutil.copyfileobj(data, file, _AT_ONCE)
            file.flush()
            os.fsync(file.fileno())

    def begin(self, job: str, names: Sequence[str]) -> int:
        """Put the files of a job where they will be read; how many bytes that are. Done twice, it changes nothing more."""
        self.root.mkdir(exist_ok=True)
        for name in names:
            fresh, place, before = self._places(job, name)
            if not fresh.exists():
                continue
            if place.exists():
                before.parent.mkdir(parents=True, exist_ok=True)
                place.replace(before)
            place.parent.mkdir(parents=True, exist_ok=True)
            fresh.replace(place)
        return sum(place.stat().st_size for name in names if (place := self.root / name).is_file())

    def undo(self, job: str, names: Iterable[str]) -> None:
        """Take files back that were not read, and put in their place what was there before."""
        for name in names:
            fresh, place, before = self._places(job, name)
            fresh.unlink(missing_ok=True)
            place.unlink(missing_ok=True)
            if before.exists():
                before.replace(place)

    def end(self, job: str) -> None:
        """Clear away what a job needed."""
        for place in (self._incoming / job, self._incoming / f"{job}.before"):
            shutil.rmtree(place, ignore_errors=True)

    def _places(self, job: str, name: str) -> tuple[Path, Path, Path]:
        return self._incoming / job / name, self.root / name, self._incoming / f"{job}.before" / name

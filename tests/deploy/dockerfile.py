"""A Dockerfile as its instructions: enough of the grammar to tell what the image holds and starts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["KNOWN", "Dockerfile", "Step"]

KNOWN = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME "
    "WORKDIR".split()
)
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S+))?\s+")


@dataclass(frozen=True)
class Step:
    """One instruction: its name, its ``--flag=value``s, what stands behind them, and in which stage it is, from 0."""

    name: str
    flags: dict[str, str]
    rest: str
    stage: int

    @property
    def words(self) -> list[str]:
        """The words of its JSON form; raises :class:`ValueError` where it is in the form of the shell."""
        found: list[str] = json.loads(self.rest)
        return found


class Dockerfile:
    """The instructions of a file in order; lines that go on behind a backslash are one."""

    def __init__(self, place: Path) -> None:
        text = re.sub(r"\\\n", " ", place.read_text(encoding="utf-8"))
        self.steps: list[Step] = []
        stage = -1
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            name, _, rest = line.strip().partition(" ")
            stage += name == "FROM"
            flags = {}
            rest = rest.strip()
            while found := _FLAG.match(rest):
                flags[found[1]] = found[2] or ""
                rest = rest[found.end() :].strip()
            self.steps.append(Step(name, flags, rest, stage))

    def of(self, name: str, *, stage: int | None = None) -> list[Step]:
        """All instructions of a kind, of one stage or of all."""
        return [step for step in self.steps if step.name == name and stage in (None, step.stage)]

    def last(self, name: str) -> Step:
        """The one that holds."""
        return self.of(name)[-1]

    @property
    def environment(self) -> dict[str, str]:
        """What the image sets for its processes."""
        pairs: list[Any] = [
            re.findall(r"(\w+)=(\S+)", step.rest) for step in self.of("ENV", stage=self.steps[-1].stage)
        ]
        return {name: value for found in pairs for name, value in found}

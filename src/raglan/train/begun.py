"""What a run was begun with: it goes on with the same, or not at all.

With another loss, another start or other rows it would end with weights that no settings explain, and that no one could make
again. So all that the weights hang on stands in the checkpoint, by the names under which a person chose it; of what is too
long to stand there, a mark. What changes nothing but time and memory, such as ``part``, may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raglan.errors import ConfigError
from raglan.nn.tower import Towers
from raglan.train.lessons import Lessons

if TYPE_CHECKING:
    from raglan.train.course import Course
    from raglan.train.rows import Rows
    from raglan.train.start import Start

__all__ = ["marked", "origin", "refuse_other", "settings"]

_CHOSEN = ("negatives", "hard", "refresh", "batch", "rate", "seed", "precision")


def settings(course: Course, start: Start, rows: Rows | Lessons) -> dict[str, Any]:
    """What the weights hang on that ``course`` makes of ``start`` and ``rows``; before the first step."""
    learning = {name: one for name, one in asdict(course.learning).items() if name != "part"}
    towers = {"separate": not start.model.shared} if isinstance(start.model, Towers) else {}
    return {
        "model": type(start.model).__name__,
        "from": origin(start),
        "data": f"{len(rows.rows)} questions over {len(_texts(rows))} passages ({marked(_said(rows))})",
        "steps": course.steps or f"{course.epochs} epochs",
        "length": start.reading.length,
        "matches": start.reading.matches,
        **{name: getattr(course, name) for name in _CHOSEN},
        **learning,
        **towers,
    }


def origin(start: Start) -> str:
    """What it is called, and a mark of its weights; before the first step."""
    return f"{start.name} ({marked(_weights(start))})"


def refuse_other(place: Path, found: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` if the run in ``place``, begun with what was ``found``, is to go on with another thing.

    What an earlier raglan did not note is not asked for.
    """
    for name, one in own.items():
        if name in found and found[name] != one:
            raise ConfigError(
                f"the run in {place} was begun with {name} = {found[name]}, not {one}: resume it with that, or name another "
                "folder"
            )


def _weights(start: Start) -> Iterable[bytes]:
    yield f"{start.reading.query}\n{start.reading.passage}\n".encode()
    for name, one in start.model.state_dict().items():
        yield name.encode()
        yield one.detach().float().cpu().numpy().tobytes()


def _texts(rows: Rows | Lessons) -> Mapping[str, Any]:
    return rows.sources if isinstance(rows, Lessons) else rows.texts


def _said(rows: Rows | Lessons) -> Iterable[bytes]:
    for what in (*rows.rows, *_texts(rows).items()):
        yield repr(what).encode("utf-8", "surrogatepass")


def marked(parts: Iterable[bytes]) -> str:
    """A mark of what is too long to stand in a checkpoint."""
    found = blake2b(digest_size=4)
    for part in parts:
        found.update(part)
    return found.hexdigest()

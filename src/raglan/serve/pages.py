"""A page of a PDF as a picture, with what is cited marked on it. Drawn by a process of its own, which may fail alone.

    python -m raglan.serve.pages FILE NUMBER BOXES

writes a PNG to standard output; BOXES is a JSON list of left, top, right, bottom in points from the page's top left.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from raglan.types import Document, Span

__all__ = ["boxes_on", "drawn"]

Box = tuple[float, float, float, float]
_SIDE = 1_600  # pixels of the longer side
_SECONDS = 20.0
_MEMORY = 2 << 30  # bytes of address space
_MARK, _EDGE = (255, 240, 150), (225, 170, 0)


def boxes_on(document: Document, page: int, span: Span) -> list[Box]:
    """Where on a page the blocks stand that hold characters of ``span``."""
    return [block.box for block in document.layout if block.box and block.page == page and block.span.overlaps(span)]


def drawn(file: Path, page: int, boxes: Sequence[Box]) -> bytes | None:
    """A PNG of a page (counted from 1); ``None`` where there is no such page, or the file cannot be drawn."""
    asked = [sys.executable, "-m", "raglan.serve.pages", str(file), str(page), json.dumps(list(boxes))]
    try:
        done = subprocess.run(asked, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  no shell
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"\x89PNG") else None


def _draw(file: str, page: int, boxes: Sequence[Box]) -> bytes:
    import pypdfium2
    from PIL import Image, ImageChops, ImageDraw

    opened = pypdfium2.PdfDocument(file)
    scale = _SIDE / max(*opened[page - 1].get_size(), 1.0)
    picture = opened[page - 1].render(scale=scale).to_pil().convert("RGB")
    marks = Image.new("RGB", picture.size, "white")
    pen = ImageDraw.Draw(marks)
    for box in boxes:
        left, top, right, bottom = (scale * side for side in box)
        pen.rectangle((left - 4, top - 4, right + 4, bottom + 4), fill=_MARK, outline=_EDGE, width=2)
    told = io.BytesIO()
    # As a felt pen does: what is black stays black.
    ImageChops.multiply(picture, marks).save(told, "PNG")
    return told.getvalue()


def _bound() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _bound()
    sys.stdout.buffer.write(_draw(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))

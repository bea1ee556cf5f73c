"""The dialogues of docs/conversation.md: said again, line by line, and written there as they come out.

    python examples/dialogues.py [--write]

Each is one run of ``raglan chat`` over a folder of ``examples/dialogues``, copied to a place of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO, cast

from raglan.cli.main import main as raglan

FOLDER = Path(__file__).parent / "dialogues"
BLOCK = re.compile(r"^```dialogue\n\$ raglan (?P<command>[^\n]*)\n(?P<said>.*?)^```$", re.MULTILINE | re.DOTALL)


class Spoken:
    """Lines as if they were typed: each is shown when it is read."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = iter(lines)

    def isatty(self) -> bool:
        """Nobody sits there."""
        return False

    def readline(self) -> str:
        """The next line; empty at the end."""
        line = next(self._lines, None)
        if line is None:
            return ""
        print(f"> {line}")
        return f"{line}\n"


def run(command: Sequence[str], lines: Sequence[str]) -> str:
    """What ``raglan`` shows of a dialogue, with what was said to it; folders are those of the examples."""
    shown = io.StringIO()
    before = sys.stdin
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        shutil.copytree(FOLDER, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".raglan"))
        sys.stdin = cast("TextIO", Spoken(lines))
        try:
            with contextlib.redirect_stdout(shown):
                code = raglan(list(command))
        finally:
            sys.stdin = before
    if code:
        raise SystemExit(f"raglan {' '.join(command)} ended with {code}")
    return f"{shown.getvalue().strip()}\n"


def again(block: re.Match[str]) -> str:
    """A block of the page, run anew."""
    lines = [line[2:] for line in block["said"].splitlines() if line.startswith("> ")]
    said = run(block["command"].split(), lines)
    return f"```dialogue\n$ raglan {block['command']}\n{said}```"


def main() -> None:
    """Say every dialogue of the page again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=Path(__file__).parents[1] / "docs" / "conversation.md")
    parser.add_argument("--write", action="store_true", help="put what comes out in the place of what stands there")
    args = parser.parse_args()
    text = args.page.read_text(encoding="utf-8")
    made = BLOCK.sub(again, text)
    if args.write:
        args.page.write_text(made, encoding="utf-8")
    else:
        print("\n\n".join(block.group() for block in BLOCK.finditer(made)))


if __name__ == "__main__":
    main()

"""Three questions to the example handbook, through the command that anybody would type."""

from __future__ import annotations

import sys
from pathlib import Path

from raglan.cli.main import main

HANDBOOK = Path(__file__).parent / "handbook"
QUESTIONS = ("How long is the warranty?", "员工每年有多少天年假？", "What does error E-07 mean?")


def demo() -> int:
    """Ask, and show answers with their sources; the first question reads and indexes the folder."""
    for question in QUESTIONS:
        print(f"$ raglan ask {HANDBOOK.relative_to(Path.cwd())} {question!r}\n", flush=True)
        code = main(["ask", str(HANDBOOK), question])
        if code:
            return code
        print("\n" + "─" * 80 + "\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(demo())

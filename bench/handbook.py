"""The example handbook and its own questions: is the right sentence of the right file told, is silence kept.

python bench/handbook.py [--config CONFIG]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from raglan.build.over import over
from raglan.config import Config
from raglan.types import Answer

EXAMPLES = Path(__file__).parents[1] / "examples"


def main() -> None:
    """Print what went wrong, and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "handbook"
        shutil.copytree(EXAMPLES / "handbook", folder, ignore=shutil.ignore_patterns(".raglan"))
        rag = over(folder, config=Config.read(args.config) if args.config else None)
        right = wrong = silent = kept = broken = 0
        for line in (EXAMPLES / "handbook.questions.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            reply = rag.answer(row["question"])
            assert isinstance(reply, Answer)
            if not row["answerable"]:
                kept, broken = kept + reply.abstained, broken + (not reply.abstained)
                if not reply.abstained:
                    print(f"SAID   {reply.confidence:.2f} {row['question']} -> {reply.text[:90]}")
            elif reply.abstained:
                silent += 1
                print(
                    f"SILENT {reply.confidence:.2f} {row['question']}{' (cross)' if row.get('cross_lingual') else ''}"
                )
            else:
                flat = "".join(reply.text.split())
                files = [citation.passage.document for citation in reply.citations]
                good = any("".join(a.split()) in flat for a in row["answers"]) and set(row["positives"]) & set(files)
                right, wrong = right + bool(good), wrong + (not good)
                if not good:
                    wanted = f"{row['positives'][0]}: {row['answers'][0]}"
                    print(f"WRONG  {reply.confidence:.2f} {row['question']} ({wanted}) -> {reply.text[:120]} {files}")
        print(
            f"answerable: {right} right, {wrong} wrong, {silent} silent; unanswerable: {kept} silent, {broken} answered"
        )


if __name__ == "__main__":
    main()

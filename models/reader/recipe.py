"""Packs a reader for shipping: of its folder what the base install runs, and nothing that only training needs.

    python -m models.reader.recipe --model READER -o src/raglan/models/files/reader-en

``READER`` is the folder that train.py wrote, with the calibration of calibrate.py and what write.py taught. Printed is the
hash of its listing, which ``src/raglan/models/shipped.py`` holds.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from raglan.models.folder import CALIBRATION, FACTS, WRITING, dump, read

RUN = ("model.onnx", WRITING, "tokenizer.json", CALIBRATION)


def main() -> None:
    """Copy, list, and say the hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    found = read(args.model, "reader")
    args.out.mkdir(parents=True, exist_ok=True)
    for name in RUN:
        found.data(name)  # raises where it was changed
        shutil.copyfile(found.place / name, args.out / name)
    dump(replace(found, files={name: found.mark(name) for name in RUN}).table(), args.out / FACTS)
    size = sum((args.out / name).stat().st_size for name in (*RUN, FACTS))
    print(
        f"{args.out.name}  {size:,} bytes  sha256 of {FACTS} {hashlib.sha256((args.out / FACTS).read_bytes()).hexdigest()}"
    )


if __name__ == "__main__":
    main()

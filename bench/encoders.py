"""How many passages a second each built-in encoder reads, in one run.

    python bench/encoders.py --data DATA

MiniLM reads SQuAD's paragraphs, the static encoder CMRC's; both the first ``--n`` of the development halves.
"""

from __future__ import annotations

import argparse
import time
from itertools import islice
from pathlib import Path

from raglan.datasets.folder import passages
from raglan.encode.onnx import OnnxEncoder
from raglan.encode.static import StaticEncoder
from raglan.search.view import spoken


def main() -> None:
    """Encode and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--n", type=int, default=250)
    args = parser.parse_args()
    rates = {}
    for name, encoder, corpus in (("minilm", OnnxEncoder(), "squad"), ("static", StaticEncoder(), "cmrc")):
        texts = [spoken(passage) for passage in islice(passages(args.data / corpus / "dev"), args.n)]
        encoder.encode(texts[:2], role="passage")
        started = time.perf_counter()
        encoder.encode(texts, role="passage")
        rates[name] = len(texts) / (time.perf_counter() - started)
        letters = sum(map(len, texts)) / len(texts)
        print(f"{name}: {rates[name]:.1f} passages a second, {letters:.0f} characters each ({corpus})")
    print(f"static is {rates['static'] / rates['minilm']:.0f} times as fast")


if __name__ == "__main__":
    main()

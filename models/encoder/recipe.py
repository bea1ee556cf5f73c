"""Packs the shipped English encoder: the weights of train.py in int8 per channel, computed in float32.

    python models/encoder/recipe.py --model MODEL --tokenizer START/tokenizer.json -o src/raglan/models/files

``MODEL`` is the folder that train.py wrote, or one with the published weights of all-MiniLM-L6-v2 (see README.md beside this
file); the hash says which. The graph is that of :mod:`raglan.nn.graph`, written operator by operator.
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
TRAINED = "e9bc25589376c6936128224414149fdf4b7bd5475d03aaf9b7df8d6aa7c41b8f"
SHAPE = Shape(vocab=30_522, width=384, layers=6, heads=12, inner=1536, positions=512, types=2, epsilon=1e-12)


def main() -> None:
    """Read the published weights, write the shipped files, say their hashes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json, where it is not that of MODEL")
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    weights = args.model / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    print({PUBLISHED: "the published weights", TRAINED: "the trained weights"}.get(found, f"other weights, {found}"))
    args.out.mkdir(parents=True, exist_ok=True)
    model = encoder_graph(load_file(weights), SHAPE, "mean")
    tokenizer = lzma.compress((args.tokenizer or args.model / "tokenizer.json").read_bytes(), preset=9)
    for name, data in (("minilm-en.onnx", model), ("minilm-en.tokenizer.json.xz", tokenizer)):
        (args.out / name).write_bytes(data)
        print(f"{name}  {len(data):,} bytes  sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

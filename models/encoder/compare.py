"""How near the shipped encoder is to the published one: cosines on real English text.

    python models/encoder/compare.py --model FOLDER --data DATA

It needs ``pip install sentence-transformers``.
"""

from __future__ import annotations

import argparse
import importlib
import os
from pathlib import Path

import numpy as np

from raglan.datasets.folder import examples, passages
from raglan.encode.onnx import OnnxEncoder
from raglan.search.view import spoken


def main() -> None:
    """Print mean and least cosine for passages and questions of several sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the published model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=150, help="texts of each kind and set")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    published = importlib.import_module("sentence_transformers").SentenceTransformer(str(args.model), device="cpu")
    published.max_seq_length = 256
    ours = OnnxEncoder()
    for name in ("squad", "nq", "covid", "medquad"):
        folder = args.data / name / "dev"
        texts = {
            "passages": [spoken(one) for one in list(passages(folder))[: args.most]],
            "questions": [row.query.text for row in list(examples(folder))[: args.most]],
        }
        for kind, some in texts.items():
            cosines = (published.encode(some, normalize_embeddings=True) * ours.encode(some, role="passage")).sum(
                axis=1
            )
            print(f"{name:8} {kind:10} mean {np.mean(cosines):.4f}  least {np.min(cosines):.4f}  of {len(some)}")


if __name__ == "__main__":
    main()

"""How near the shipped encoder is to the weights it was packed from: cosines on real English text.

    python models/encoder/compare.py --model MODEL --data DATA

``MODEL`` is the folder that was packed; its float32 weights are run by torch.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from raglan.datasets.folder import examples, passages
from raglan.encode.onnx import OnnxEncoder
from raglan.nn.tokens import Tokens
from raglan.nn.tower import Towers
from raglan.search.view import spoken
from raglan.train import start

if TYPE_CHECKING:
    from numpy.typing import NDArray


def main() -> None:
    """Print mean and least cosine for passages and questions of several sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=150, help="texts of each kind and set")
    args = parser.parse_args()
    begun = start.encoder(args.model, length=256)
    assert isinstance(begun.model, Towers)
    tower, tokens, ours = begun.model.passage.eval(), Tokens(begun.tokenizer, length=256), OnnxEncoder()

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.no_grad():
            parts = [tokens.texts(texts[at : at + 16]) for at in range(0, len(texts), 16)]
            return np.concatenate([tower(part.ids, part.mask).numpy() for part in parts])

    for name in ("squad", "nq", "covid", "medquad"):
        folder = args.data / name / "dev"
        texts = {
            "passages": [spoken(one) for one in list(passages(folder))[: args.most]],
            "questions": [row.query.text for row in list(examples(folder))[: args.most]],
        }
        for kind, some in texts.items():
            cosines = (encoded(some) * ours.encode(some, role="passage")).sum(axis=1)
            print(f"{name:8} {kind:10} mean {np.mean(cosines):.4f}  least {np.min(cosines):.4f}  of {len(some)}")


if __name__ == "__main__":
    main()

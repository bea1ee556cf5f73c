"""What a reader writes with as an ONNX file of its own, beside the one that reads and points, which it leaves as it is.

The weights that both have stand in the reader's file alone: this one names their places in it, and ONNX Runtime reads them
from there. Its own are low-rank changes of the trunk's maps, which are added to them once, when a session is made, and heads
(:mod:`raglan.nn.writer`). So writing costs reading nothing, and who only points does not load it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from onnx import TensorProto

from raglan.nn.graph import dense, embedded
from raglan.nn.nodes import Array, Nodes
from raglan.nn.reader_graph import constants, inputs, layer, outputs, written
from raglan.nn.shape import Shape
from raglan.nn.writer import MAPS

__all__ = ["writing_graph"]

# Names of a writer's heads, and those of the reader's in whose place they stand.
_HEADS = {
    "to_word": "cls.predictions.transform.dense",
    "norm_word": "cls.predictions.transform.LayerNorm",
    "to_copied": "reader.copied",
    "to_own": "reader.own",
    "to_ends": "qa_outputs",
    "to_pull": "writer.pull",
    "to_follow": "writer.follow",
}
_MATRICES = dict(zip(MAPS, ("qkv", "attention.output.w", "intermediate.w", "output.w"), strict=True))
_NEEDLESS = ("written",)  # every token that goes in is asked what follows


def writing_graph(
    weights: Mapping[str, Array],
    writer: Mapping[str, Array],
    shape: Shape,
    *,
    packed: bool = True,
    beside: tuple[str, bytes] = ("", b""),
) -> bytes:
    """The graph; ``weights`` are the reader's, ``writer`` has the names of :func:`raglan.nn.weights.named_writer`.

    What goes in and comes out has the names and sizes of :func:`raglan.nn.reader_graph.reader_graph`, as far as it is
    written and not read. ``beside`` are the name and the bytes of that graph's file.
    """
    trunk = {name.removeprefix("bert."): value for name, value in weights.items()} | _headed(writer)
    graph = Nodes(trunk, shape, packed, _changes(writer, shape))
    constants(graph)
    x = graph.op("Add", [embedded(graph, typed=True, placed=True), "soft"], "given")
    for at in range(shape.layers):
        x = layer(graph, x, at)
    written(graph, x, _hints(graph, x))
    given = {name: one for name, one in inputs(shape).items() if name not in _NEEDLESS}
    told = ("chances", "copied", "own", "keys.", "values.")
    found = {name: one for name, one in outputs(shape).items() if name.startswith(told)}
    return graph.model("writer", given, found, beside=beside)


def _headed(writer: Mapping[str, Array]) -> dict[str, Array]:
    found = {"cls.predictions.bias": writer["word_bias"]}
    for own, theirs in _HEADS.items():
        found |= {f"{theirs}.{kind}": writer[f"{own}.{kind}"] for kind in ("weight", "bias")}
    return found


def _changes(writer: Mapping[str, Array], shape: Shape) -> dict[str, tuple[Array, Array]]:
    """Of each matrix [in, out] the two [in, rank] and [rank, out] whose product is added to it."""
    return {
        f"encoder.layer.{at}.{matrix}": (
            writer[f"changes.{at}.{name}.first.weight"].T,
            writer[f"changes.{at}.{name}.last.weight"].T,
        )
        for at in range(shape.layers)
        for name, matrix in _MATRICES.items()
    }


def _hints(graph: Nodes, x: str) -> str:
    """As :meth:`raglan.nn.writer.Writer.hints`: [b, t, s]."""
    ends = graph.op("Transpose", [dense(graph, "states", "qa_outputs")], "ends.turned", perm=[0, 2, 1])
    pulled = graph.op("MatMul", [dense(graph, x, "writer.pull"), ends], "pulled")
    first, last = (graph.constant(f"names.{name}", np.array([at], np.int64)) for name, at in (("from", 0), ("to", -1)))
    earlier = graph.op("Slice", ["names", first, last, "axis.1"], "names.earlier")
    # Before the first there is none: -1 is no token.
    padded = graph.op(
        "Pad",
        [
            earlier,
            graph.constant("names.pads", np.array([0, 1, 0, 0], np.int64)),
            graph.constant("names.none", np.array(-1, np.int64)),
        ],
        "names.before",
    )
    before = graph.op("Unsqueeze", [padded, "axis.1"], "names.before.row")
    column = graph.op("Unsqueeze", ["ids", graph.constant("axis.2", np.array([2], np.int64))], "ids.column")
    same = graph.op("Cast", [graph.op("Equal", [column, before], "follows.b")], "follows", to=TensorProto.FLOAT)
    return graph.op("Add", [pulled, graph.op("Mul", [dense(graph, x, "writer.follow"), same], "followed")], "hints")

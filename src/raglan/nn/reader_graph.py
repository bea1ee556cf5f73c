"""A reader as one ONNX file: the same graph reads sources and writes, and nothing is left to an exporter.

Letters: b rows, t tokens, s tokens of sources that were read before, p tokens that were written before, h heads, e = d / h.

Reading, a row is a block; there are no sources yet, and one token that nobody looks at stands for them. Writing, a row is a
question, whose sources come as keys and values in the layout in which they are multiplied. Who looks at whom, and how much,
is all in ``bias`` [b, 1, 1 or t, s + p + t], which is added to the logits of attention. Who only reads asks for no words:
the table of words is as much work as the layers, and nothing of a graph is left out because nobody fetches it. Weights: as
in :mod:`raglan.nn.graph`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import TensorProto

from raglan.nn.graph import check, dense, embedded, fed, normed, qkv
from raglan.nn.nodes import Array, Nodes
from raglan.nn.shape import Shape

__all__ = ["constants", "inputs", "layer", "outputs", "reader_graph", "written"]

_ENDS, _SUPPORT, _COPIED, _OWN = "qa_outputs", "reader.support", "reader.copied", "reader.own"
_WORD, _NORM = "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm"
_WORDS = "cls.predictions.bias"


def reader_graph(weights: Mapping[str, Array], shape: Shape, *, packed: bool = True) -> bytes:
    """The graph; ``weights`` has the names that :func:`raglan.nn.weights.named_reader` gives.

    Its facts are ``strength``, of the weights of blocks, and ``offset``, the position of the first token that is written.

    In: ids, types, positions int64 [b, t]; bias; ``soft`` [b, 1 or t, d], which is added to the tokens' vectors; for each
    layer N ``sources.keys.N`` [b, h, e, s], ``sources.values.N`` [b, h, s, e], ``past.keys.N`` and ``past.values.N``
    [b, h, p, e]; for copying ``states`` [b, s, d], the ids of these tokens, ``names`` int64 [b, s], and ``looks`` [b, s],
    which is added to the logits; ``written`` int64 [1], the place of the first token for which it is asked what follows.
    Out: ``read`` [b, t, d], ``ends`` [b, t, 2], ``support`` [b, 1], ``keys.N`` and ``values.N`` [b, h, p + t, e];
    of the w tokens from ``written`` on ``chances`` [b, w, v], ``copied`` [b, w, s], ``own`` [b, w, 1] as
    :class:`raglan.nn.reader.Written` has them.
    Raises :class:`raglan.errors.ModelError` for weights that are missing or of another size.
    """
    trunk = {name.removeprefix("bert."): value for name, value in weights.items()}
    check(trunk, {**shape.tensors(), **_heads(shape)})
    graph = Nodes(trunk, shape, packed)
    constants(graph)
    x = graph.op("Add", [embedded(graph, typed=True, placed=True), "soft"], "given")
    for at in range(shape.layers):
        x = layer(graph, x, at)
    graph.op("Identity", [x], "read")
    graph.op("Identity", [dense(graph, x, _ENDS)], "ends")
    first = graph.op("Gather", [x, graph.constant("at.first", np.array(0, np.int64))], "first", axis=1)
    graph.op("Identity", [dense(graph, first, _SUPPORT)], "support")
    ends = graph.constant("at.end", np.array([np.iinfo(np.int64).max], np.int64))
    written(graph, graph.op("Slice", [x, "written", ends, "axis.1"], "last"))
    facts = {"strength": repr(float(trunk["reader.strength"])), "offset": str(shape.positions // 2)}
    return graph.model("reader", inputs(shape), outputs(shape), facts)


def _heads(shape: Shape) -> dict[str, tuple[int, ...]]:
    wide = shape.width
    sizes = {_ENDS: (2, wide), _SUPPORT: (1, wide), _WORD: (wide, wide), _COPIED: (wide, wide), _OWN: (1, 2 * wide)}
    found: dict[str, tuple[int, ...]] = {f"{name}.weight": size for name, size in sizes.items()}
    found |= {f"{name}.bias": size[:1] for name, size in sizes.items()}
    return found | {f"{_NORM}.weight": (wide,), f"{_NORM}.bias": (wide,), _WORDS: (shape.vocab,), "reader.strength": ()}


def inputs(shape: Shape) -> dict[str, tuple[int, Sequence[str | int]]]:
    """What goes in, by name: type and size."""
    h, e = shape.heads, shape.width // shape.heads
    found: dict[str, tuple[int, Sequence[str | int]]] = {
        name: (TensorProto.INT64, ["b", "t"]) for name in ("ids", "types", "positions")
    }
    found["bias"] = (TensorProto.FLOAT, ["b", 1, "looking", "seen"])
    found["soft"] = (TensorProto.FLOAT, ["b", "softened", shape.width])
    for at in range(shape.layers):
        found[f"sources.keys.{at}"] = (TensorProto.FLOAT, ["b", h, e, "s"])
        found[f"sources.values.{at}"] = (TensorProto.FLOAT, ["b", h, "s", e])
        for what in ("keys", "values"):
            found[f"past.{what}.{at}"] = (TensorProto.FLOAT, ["b", h, "p", e])
    found |= {"states": (TensorProto.FLOAT, ["b", "s", shape.width]), "names": (TensorProto.INT64, ["b", "s"])}
    return {**found, "looks": (TensorProto.FLOAT, ["b", "s"]), "written": (TensorProto.INT64, [1])}


def outputs(shape: Shape) -> dict[str, list[str | int]]:
    """What comes out, by name: its size."""
    h, e = shape.heads, shape.width // shape.heads
    found: dict[str, list[str | int]] = {"read": ["b", "t", shape.width], "ends": ["b", "t", 2], "support": ["b", 1]}
    for at in range(shape.layers):
        found |= {f"{what}.{at}": ["b", h, "p + t", e] for what in ("keys", "values")}
    return found | {"chances": ["b", "w", shape.vocab], "copied": ["b", "w", "s"], "own": ["b", "w", 1]}


def constants(graph: Nodes) -> None:
    """What :func:`layer` and :func:`written` need."""
    shape = graph.shape
    split = np.array([0, 0, 3, shape.heads, shape.width // shape.heads], np.int64)  # 0: as it was
    graph.constant("split", split)
    graph.constant("flat", np.array([0, 0, shape.width], np.int64))
    graph.constant("scale", np.array((shape.width // shape.heads) ** -0.5, np.float32))
    graph.constant("axis.1", np.array([1], np.int64))


def layer(graph: Nodes, x: str, number: int) -> str:
    """One transformer layer: [b, t, d] -> the same."""
    at = f"encoder.layer.{number}"
    matrix, bias = qkv(graph, at)
    product = graph.op("MatMul", [x, matrix], f"{at}.product")
    sides = graph.op("Reshape", [graph.op("Add", [product, bias], f"{at}.sides"), "split"], f"{at}.heads")
    turned = graph.op("Transpose", [sides], f"{at}.turned", perm=[2, 0, 3, 1, 4])  # [3, b, h, t, e]
    q, k, v = (
        graph.op(
            "Gather", [turned, graph.constant(f"{at}.{name}", np.array(place, np.int64))], f"{at}.{name}.out", axis=0
        )
        for place, name in enumerate("qkv")
    )
    keys = graph.op("Concat", [f"past.keys.{number}", k], f"keys.{number}", axis=2)
    values = graph.op("Concat", [f"past.values.{number}", v], f"values.{number}", axis=2)
    q = graph.op("Mul", [q, "scale"], f"{at}.q.scaled")
    # Sources are multiplied apart: to put them together with what is written would copy them at each token.
    logits = [
        graph.op("MatMul", [q, f"sources.keys.{number}"], f"{at}.logits.sources"),
        graph.op(
            "MatMul", [q, graph.op("Transpose", [keys], f"{at}.keys.turned", perm=[0, 1, 3, 2])], f"{at}.logits.own"
        ),
    ]
    joined = graph.op("Concat", logits, f"{at}.logits", axis=3)
    shares = graph.op("Softmax", [graph.op("Add", [joined, "bias"], f"{at}.biased")], f"{at}.shares", axis=-1)
    sizes = [graph.op("Shape", [one], f"{one}.size", start=3, end=4) for one in logits]
    both = graph.op("Concat", sizes, f"{at}.sizes", axis=0)
    parts = graph.split([shares, both], [f"{at}.shares.sources", f"{at}.shares.own"], axis=3)
    mixed = graph.op(
        "Add",
        [
            graph.op("MatMul", [parts[0], f"sources.values.{number}"], f"{at}.mixed.sources"),
            graph.op("MatMul", [parts[1], values], f"{at}.mixed.own"),
        ],
        f"{at}.mixed",
    )
    back = graph.op("Transpose", [mixed], f"{at}.back", perm=[0, 2, 1, 3])
    return fed(graph, graph.op("Reshape", [back, "flat"], f"{at}.flat"), x, at)


def written(graph: Nodes, x: str, hints: str = "") -> None:
    """The head that writes, as :meth:`raglan.nn.reader.Reader.write` has it; ``hints`` are added to the logits of copies."""
    said = dense(graph, x, _WORD)
    said = normed(graph, graph.op("Gelu", [said], "said", "com.microsoft"), _NORM)
    table = graph.op("Transpose", [_table(graph)], "words.turned", perm=[1, 0])
    logits = graph.op("Add", [graph.op("MatMul", [said, table], "words.product"), graph.weight(_WORDS)], "words.logits")
    words = graph.op("Softmax", [logits], "words.chances", axis=-1)
    asked = graph.op(
        "Mul",
        [
            dense(graph, x, _COPIED),
            graph.constant("copied.scale", np.array(graph.shape.width**-0.5, np.float32)),
        ],
        "copied.asked",
    )
    product = graph.op(
        "MatMul", [asked, graph.op("Transpose", ["states"], "states.turned", perm=[0, 2, 1])], "copied.product"
    )
    if hints:
        product = graph.op("Add", [product, hints], "copied.hinted")
    looks = graph.op("Unsqueeze", ["looks", "axis.1"], "looks.row")
    copied = graph.op("Softmax", [graph.op("Add", [product, looks], "copied.logits")], "copied", axis=-1)
    context = graph.op("MatMul", [copied, "states"], "context")
    both = graph.op("Concat", [x, context], "own.given", axis=2)
    own = graph.op("Sigmoid", [dense(graph, both, _OWN)], "own")
    rest = graph.op("Sub", [graph.constant("one.f", np.array(1, np.float32)), own], "own.rest")
    names = graph.op("Unsqueeze", ["names", "axis.1"], "names.row")
    spread = graph.op("Expand", [names, graph.op("Shape", [copied], "copied.size")], "names.all")
    graph.op(
        "ScatterElements",
        [graph.op("Mul", [words, own], "words.share"), spread, graph.op("Mul", [copied, rest], "copied.share")],
        "chances",
        axis=2,
        reduction="add",
    )


def _table(graph: Nodes) -> str:
    """All rows of the word table, unpacked once when a session is made."""
    if not graph.packed:
        return "words.all"
    cast = graph.op("Cast", ["words.q"], "words.table.f", to=TensorProto.FLOAT)
    return graph.op("Mul", [cast, "words.s"], "words.table")

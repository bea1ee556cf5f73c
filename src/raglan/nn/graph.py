"""A tower or a ranker as one ONNX file: the graph is written here operator by operator, nothing is left to an exporter.

Matrices are kept as int8 with one scale a channel, and computed with in float32: they are unpacked once, when a session is
made. The table of words stays int8; only the rows that a text uses are unpacked. ``packed=False`` keeps float32 throughout.
Fused attention and normalisation are operators of ONNX Runtime (domain ``com.microsoft``). Needs ``onnx``, not ``torch``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from onnx import TensorProto

from raglan.errors import ConfigError, ModelError
from raglan.nn.nodes import Array, Nodes, quantise
from raglan.nn.shape import Shape

__all__ = ["check", "dense", "embedded", "encoder_graph", "fed", "normed", "qkv", "ranker_graph", "residual"]

_IDS = (TensorProto.INT64, ("batch", "length"))
_LENGTHS = (TensorProto.INT32, ("batch",))


def encoder_graph(
    weights: Mapping[str, Array],
    shape: Shape,
    pooling: Literal["mean", "cls"] = "mean",
    *,
    unit: bool = True,
    packed: bool = True,
) -> bytes:
    """A tower: ids int64 [batch, length], lengths int32 [batch] -> vectors float32 [batch, width], of length 1 if ``unit``.

    ``weights`` has the names and sizes of :meth:`Shape.tensors`. A text's tokens stand first in its row; ``lengths``, 1 or
    more, counts them. All types are 0. Raises :class:`ModelError` for weights that are missing or of another size.
    """
    if pooling not in ("mean", "cls"):
        raise ConfigError(f"pooling is {pooling!r}; there are 'mean' and 'cls'")
    check(weights, shape.tensors())
    graph = Nodes(weights, shape, packed)
    states = _layers(graph, embedded(graph, typed=False))
    pooled = _mean(graph, states, unit=unit) if pooling == "mean" else _first(graph, states)
    if unit:
        graph.op("LpNormalization", [pooled], "vectors", axis=-1, p=2)
    else:
        graph.op("Identity", [pooled], "vectors")
    return graph.model("encoder", {"ids": _IDS, "lengths": _LENGTHS}, {"vectors": ["batch", shape.width]})


def ranker_graph(weights: Mapping[str, Array], shape: Shape, *, packed: bool = True) -> bytes:
    """A ranker: ids, types int64 [batch, length], lengths int32 [batch] -> scores float32 [batch].

    ``weights`` has the names that :func:`raglan.nn.weights.named_ranker` gives; the rest is as in :func:`encoder_graph`.
    """
    trunk = {name.removeprefix("bert."): value for name, value in weights.items()}
    wide = shape.width
    head = {"pooler.dense.weight": (wide, wide), "pooler.dense.bias": (wide,)}
    head |= {"classifier.weight": (1, wide), "classifier.bias": (1,)}
    check(trunk, {**shape.tensors(), **head})
    graph = Nodes(trunk, shape, packed)
    first = _first(graph, _layers(graph, embedded(graph, typed=True)))
    turned = graph.op("Tanh", [dense(graph, first, "pooler.dense")], "turned")
    score = dense(graph, turned, "classifier")
    graph.op("Squeeze", [score, graph.constant("last", np.array([-1], np.int64))], "scores")
    return graph.model("ranker", {"ids": _IDS, "types": _IDS, "lengths": _LENGTHS}, {"scores": ["batch"]})


def check(weights: Mapping[str, Array], wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Raise :class:`ModelError` unless there are the ``wanted`` weights, of these sizes."""
    for name, size in wanted.items():
        if name not in weights:
            raise ModelError(f"the weights lack {name}")
        if weights[name].shape != size or weights[name].dtype != np.float32:
            found = weights[name]
            raise ModelError(f"{name} is {found.dtype} {list(found.shape)}, where float32 {list(size)} is needed")


def embedded(graph: Nodes, *, typed: bool, placed: bool = False) -> str:
    """Token, position and type vectors, normalised: [batch, length] -> [batch, length, width].

    ``placed``: positions are an input, ``positions``; else they are 0, 1, ...
    """
    words = _words(graph)
    table = graph.weights["embeddings.position_embeddings.weight"]
    kinds = graph.weights["embeddings.token_type_embeddings.weight"]
    table = table if typed else table + kinds[0]
    if placed:
        at = graph.op("Gather", [graph.constant("places.all", table), "positions"], "places")
    else:
        length = graph.op("Shape", ["ids"], "length", start=1, end=2)
        zero, one = graph.constant("zero", np.array([0], np.int64)), graph.constant("one", np.array([1], np.int64))
        at = graph.op("Slice", [graph.constant("places.all", table), zero, length, zero, one], "places")
    summed = graph.op("Add", [words, at], "embedded")
    if typed:
        kind = graph.op("Gather", [graph.constant("types.all", kinds), "types"], "types.rows")
        summed = graph.op("Add", [summed, kind], "embedded.typed")
    return normed(graph, summed, "embeddings.LayerNorm")


def normed(graph: Nodes, x: str, name: str) -> str:
    """``x``, normalised by the weights called ``name``."""
    inputs = [x, graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")]
    return graph.op("LayerNormalization", inputs, f"{name}.out", epsilon=graph.shape.epsilon, axis=-1)


def _words(graph: Nodes) -> str:
    """The rows of the word table that a text uses; packed, each has a scale of its own."""
    table = graph.weights["embeddings.word_embeddings.weight"]
    if not graph.packed:
        return graph.op("Gather", [graph.constant("words.all", table), "ids"], "words")
    packed, scale = quantise(table, axis=1)
    rows = graph.op("Gather", [graph.constant("words.q", packed), "ids"], "words.rows")
    scales = graph.op("Gather", [graph.constant("words.s", scale), "ids"], "words.scales")
    cast = graph.op("Cast", [rows], "words.f", to=TensorProto.FLOAT)
    return graph.op("Mul", [cast, scales], "words")


def _layers(graph: Nodes, x: str) -> str:
    for at in range(graph.shape.layers):
        x = _layer(graph, x, f"encoder.layer.{at}")
    return x


def _layer(graph: Nodes, x: str, at: str) -> str:
    """One transformer layer: [batch, length, width] -> the same."""
    inputs = [x, *qkv(graph, at), "lengths"]
    mixed = graph.op("Attention", inputs, f"{at}.mixed", "com.microsoft", num_heads=graph.shape.heads)
    return fed(graph, mixed, x, at)


def qkv(graph: Nodes, at: str) -> tuple[str, str]:
    """The map of a layer to queries, keys and values side by side, and its bias."""
    own, weights = f"{at}.attention.self", graph.weights
    matrix = np.concatenate([weights[f"{own}.{part}.weight"].T for part in ("query", "key", "value")], axis=1)
    bias = np.concatenate([weights[f"{own}.{part}.bias"] for part in ("query", "key", "value")])
    return graph.matrix(f"{at}.qkv", matrix), graph.constant(f"{at}.qkv.bias", bias)


def fed(graph: Nodes, mixed: str, x: str, at: str) -> str:
    """The rest of a layer, after attention: what it ``mixed``, and the ``x`` that came in."""
    x = residual(graph, mixed, x, f"{at}.attention.output")
    up = f"{at}.intermediate"
    matrix = graph.matrix(f"{up}.w", graph.weights[f"{up}.dense.weight"].T)
    wide = graph.op("MatMul", [x, matrix], f"{up}.x")
    active = graph.op("BiasGelu", [wide, graph.weight(f"{up}.dense.bias", f"{up}.b")], f"{up}.a", "com.microsoft")
    return residual(graph, active, x, f"{at}.output")


def residual(graph: Nodes, x: str, skip: str, name: str) -> str:
    """A dense layer of ``x``, summed with ``skip`` and normalised, sum and normalisation in one operator."""
    dense = graph.op("MatMul", [x, graph.matrix(f"{name}.w", graph.weights[f"{name}.dense.weight"].T)], f"{name}.x")
    norm = f"{name}.LayerNorm"
    inputs = [dense, skip, graph.weight(f"{norm}.weight"), graph.weight(f"{norm}.bias")]
    inputs.append(graph.weight(f"{name}.dense.bias", f"{norm}.skip"))
    epsilon = graph.shape.epsilon
    return graph.op("SkipLayerNormalization", inputs, f"{norm}.out", "com.microsoft", epsilon=epsilon)


def dense(graph: Nodes, x: str, name: str) -> str:
    """A dense layer of ``x`` by the weights called ``name``."""
    product = graph.op("MatMul", [x, graph.matrix(f"{name}.w", graph.weights[f"{name}.weight"].T)], f"{name}.x")
    return graph.op("Add", [product, graph.weight(f"{name}.bias")], f"{name}.out")


def _first(graph: Nodes, x: str) -> str:
    """The state of the first token: [batch, length, width] -> [batch, width]."""
    return graph.op("Gather", [x, graph.constant("at.first", np.array(0, np.int64))], "first", axis=1)


def _mean(graph: Nodes, x: str, *, unit: bool) -> str:
    """The mean over a text's own tokens, or only their sum if it becomes a ``unit`` vector: [batch, width]."""
    width = graph.op("Shape", ["ids"], "width", start=1, end=2)
    squeezed = graph.op("Squeeze", [width], "width.n")
    zero, one = graph.constant("n0", np.array([0], np.int64)), graph.constant("n1", np.array([1], np.int64))
    places = graph.op("Range", [zero, squeezed, one], "at")
    lengths = graph.op("Cast", ["lengths"], "lengths.long", to=TensorProto.INT64)
    axis = graph.constant("axis1", np.array([1], np.int64))
    column = graph.op("Unsqueeze", [lengths, axis], "lengths.column")
    inside = graph.op("Less", [places, column], "inside")
    mask = graph.op("Cast", [inside], "mask", to=TensorProto.FLOAT)
    row = graph.op("Unsqueeze", [mask, axis], "mask.row")
    summed = graph.op("Squeeze", [graph.op("MatMul", [row, x], "summed.row"), axis], "summed")
    if unit:
        return summed
    return graph.op("Div", [summed, graph.op("Cast", [column], "counts", to=TensorProto.FLOAT)], "mean")

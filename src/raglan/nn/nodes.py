"""The nodes and constants of an ONNX graph, one after the other; matrices in int8 or as they are. Needs ``onnx``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from raglan.nn.shape import Shape

__all__ = ["Array", "Nodes", "Sizes", "quantise"]

Array = NDArray[np.float32]
Sizes = Mapping[str, Sequence[str | int]]

_LEAST = 1024  # bytes of a constant that are worth a reference


class Nodes:
    """One graph in the making, in the order in which it is computed, of ``weights`` by name and a ``shape``.

    ``packed`` says whether matrices become int8. ``changes`` are added to the matrices of these names, each as the product
    of two. Names of nodes are the names of what they give.
    """

    def __init__(
        self,
        weights: Mapping[str, Array],
        shape: Shape,
        packed: bool,
        changes: Mapping[str, tuple[Array, Array]] | None = None,
    ) -> None:
        self.weights = weights
        self.shape = shape
        self.packed = packed
        self._changes = changes or {}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A named constant; returns the name."""
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def weight(self, name: str, called: str = "") -> str:
        """A weight as it is, float32, under its own name unless it is ``called`` another."""
        return self.constant(called or name, self.weights[name])

    def op(self, kind: str, inputs: Sequence[str], out: str, domain: str = "", **attributes: Any) -> str:
        """One node with one output; returns the output's name."""
        self._nodes.append(helper.make_node(kind, inputs, [out], name=out, domain=domain, **attributes))
        return out

    def split(self, inputs: Sequence[str], outs: Sequence[str], *, axis: int) -> list[str]:
        """A tensor cut along ``axis`` into parts of the sizes that the second input gives; returns their names."""
        self._nodes.append(helper.make_node("Split", inputs, list(outs), name=outs[0], axis=axis))
        return list(outs)

    def matrix(self, name: str, value: Array) -> str:
        """A matrix [in, out]; packed, it is int8 with one scale a column, unpacked when constants are folded.

        So is what is added to it: of a changed matrix nothing is left to be computed when the graph runs.
        """
        if name in self._changes:
            first, last = self._changes[name]
            both = [self._unchanged(f"{name}.first", first), self._unchanged(f"{name}.last", last)]
            whole = self._unchanged(name, value, f"{name}.before")
            return self.op("Add", [whole, self.op("MatMul", both, f"{name}.change")], name)
        return self._unchanged(name, value)

    def _unchanged(self, name: str, value: Array, called: str = "") -> str:
        if not self.packed:
            return self.constant(called or name, value)
        packed, scale = quantise(value, axis=0)
        cast = self.op("Cast", [self.constant(f"{name}.q", packed)], f"{name}.f", to=TensorProto.FLOAT)
        return self.op("Mul", [cast, self.constant(f"{name}.s", scale)], called or name)

    def model(
        self,
        name: str,
        inputs: Mapping[str, tuple[int, Sequence[str | int]]],
        outputs: Sizes,
        facts: Mapping[str, str] | None = None,
        beside: tuple[str, bytes] = ("", b""),
    ) -> bytes:
        """The whole as bytes: ``inputs`` have a type and sizes, ``outputs`` are float32 of these sizes.

        ``facts`` are what whoever runs it must know beside. What stands in the file ``beside``, of a name and with these
        bytes, is left there, and read from there when a session is made.
        """
        for one in self._constants:
            _left(one, *beside)
        given = [helper.make_tensor_value_info(one, kind, sizes) for one, (kind, sizes) in inputs.items()]
        found = [helper.make_tensor_value_info(one, TensorProto.FLOAT, sizes) for one, sizes in outputs.items()]
        made = helper.make_graph(self._nodes, name, given, found, self._constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(made, opset_imports=opsets, ir_version=9, producer_name="raglan")
        helper.set_model_props(model, dict(facts or {}))
        data: bytes = model.SerializeToString()
        return data


def _left(constant: Any, name: str, data: bytes) -> None:
    at = data.find(constant.raw_data) if len(constant.raw_data) >= _LEAST else -1
    if at >= 0:
        size = len(constant.raw_data)
        constant.ClearField("raw_data")
        constant.data_location = TensorProto.EXTERNAL
        for key, value in (("location", name), ("offset", at), ("length", size)):
            constant.external_data.add(key=key, value=str(value))


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

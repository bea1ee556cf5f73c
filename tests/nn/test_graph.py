"""The ONNX graphs compute what torch computes, exactly or with int8 weights nearly so."""

import subprocess
import sys
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from raglan.errors import ConfigError, ModelError
from raglan.nn.graph import encoder_graph, ranker_graph
from raglan.nn.nodes import quantise
from raglan.nn.ranker import Ranker
from raglan.nn.shape import Shape
from raglan.nn.tower import Tower
from raglan.nn.trunk import Trunk
from raglan.nn.weights import named, named_ranker
from tests.nn.samples import SHAPE, lively, texts, tiny

ODD = Shape(vocab=40, width=24, layers=3, heads=2, inner=20, positions=16, types=1, epsilon=1e-5)
LENGTHS = [(9, 4, 1, 6), (16,), (1, 1), (2, 16, 3)]


def arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in tensors.items()}


def run(model: bytes, mask: torch.Tensor, **given: torch.Tensor) -> np.ndarray:
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = {name: value.numpy() for name, value in given.items()}
    found: np.ndarray
    [found] = session.run(None, {**inputs, "lengths": mask.sum(dim=1).int().numpy()})
    return found


@pytest.mark.parametrize("shape", [SHAPE, ODD], ids=["tiny", "odd"])
@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_an_encoder_is_the_tower(pooling: Any, unit: bool, shape: Shape) -> None:
    trunk = tiny(1, shape=shape)
    tower, weights = Tower(trunk, pooling=pooling, unit=unit), arrays(named(trunk))
    exact = encoder_graph(weights, shape, pooling, unit=unit, packed=False)
    for lengths in LENGTHS:
        ids, mask, _ = texts(1, lengths)
        ids = ids % shape.vocab
        with torch.no_grad():
            vectors = tower(ids, mask).numpy()
        found = run(exact, mask, ids=ids)
        assert found.shape == vectors.shape
        assert np.abs(found - vectors).max() < 1e-4


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_packed_encoder_is_close(pooling: Any) -> None:
    trunk, (ids, mask, _) = tiny(2), texts(2)
    with torch.no_grad():
        vectors = Tower(trunk, pooling=pooling)(ids, mask).numpy()
    weights = arrays(named(trunk))
    packed, exact = (encoder_graph(weights, SHAPE, pooling, packed=packed) for packed in (True, False))
    found = run(packed, mask, ids=ids)
    assert (found * vectors).sum(axis=1).min() > 0.99
    assert np.abs(found - vectors).max() > 1e-4  # int8 it is
    assert len(packed) < 0.5 * len(exact)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_ranker_is_the_ranker() -> None:
    ranker = lively(Ranker(tiny(3)), 3)
    weights = arrays(named_ranker(ranker))
    exact, packed = (ranker_graph(weights, SHAPE, packed=packed) for packed in (False, True))
    for lengths in LENGTHS:
        ids, mask, types = texts(3, lengths)
        with torch.no_grad():
            scores = ranker(ids, mask, types).numpy()
        found = run(exact, mask, ids=ids, types=types)
        assert found.shape == scores.shape == (len(lengths),)
        assert np.abs(found - scores).max() < 1e-4
        assert np.abs(run(packed, mask, ids=ids, types=types) - scores).max() < 0.3
    ids, mask, types = texts(3)
    assert np.abs(run(exact, mask, ids=ids, types=1 - types) - run(exact, mask, ids=ids, types=types)).max() > 1e-2


@pytest.mark.parametrize("packed", [True, False])
def test_fresh_weights_give_the_same_bytes_each_time_and_valid_ones(packed: bool) -> None:
    weights = arrays(named(Trunk(SHAPE)))
    model = encoder_graph(weights, SHAPE, packed=packed)
    assert model == encoder_graph(dict(reversed(weights.items())), SHAPE, packed=packed)
    onnx.checker.check_model(onnx.load_from_string(model))
    head = arrays(named_ranker(Ranker(Trunk(SHAPE))))
    onnx.checker.check_model(onnx.load_from_string(ranker_graph(head, SHAPE, packed=packed)))


def test_int8_is_within_half_a_step_of_what_is_not_clipped() -> None:
    matrix = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32)
    matrix[:, 3] = 0
    packed, scale = quantise(matrix, axis=0)
    assert (packed.dtype, scale.dtype, packed.shape, scale.shape) == (
        np.dtype("int8"),
        np.dtype("float32"),
        (40, 7),
        (1, 7),
    )
    back = packed * scale
    inside = np.abs(packed.astype(int)) < 127
    assert (np.abs(back - matrix) <= scale / 2 + 1e-6)[inside].all()
    plain = np.rint(matrix / (np.abs(matrix).max(axis=0) + 1e-12) * 127) * np.abs(matrix).max(axis=0) / 127
    assert (((back - matrix) ** 2).sum(axis=0) <= ((plain - matrix) ** 2).sum(axis=0) + 1e-6).all()
    assert (back[:, 3] == 0).all()


def test_what_does_not_fit_is_said() -> None:
    weights = arrays(named(tiny()))
    with pytest.raises(ConfigError, match="pooling is 'max'"):
        encoder_graph(weights, SHAPE, cast("Any", "max"))
    with pytest.raises(ModelError, match=r"the weights lack pooler\.dense\.weight"):
        ranker_graph(weights, SHAPE)
    name = "encoder.layer.0.intermediate.dense.weight"
    with pytest.raises(ModelError, match=rf"{name} is float32 \[32, 64\], where float32 \[64, 32\] is needed"):
        encoder_graph({**weights, name: weights[name].T}, SHAPE)
    with pytest.raises(ModelError, match=f"{name} is float16"):
        encoder_graph({**weights, name: weights[name].astype(np.float16)}, SHAPE)


def test_it_needs_no_torch() -> None:
    code = "import sys, raglan.nn.graph; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"

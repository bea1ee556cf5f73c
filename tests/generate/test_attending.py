"""Weights by vectors without torch are those of torch; another encoder, and damaged files, are refused."""

import numpy as np
import pytest
import torch

from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, ModelError
from raglan.generate.attending import Attending
from raglan.generate.fusing import concatenated
from raglan.models.blocks import Source
from raglan.nn.attention import Attention

ENCODER = HashingEncoder(dim=16)
MATRIX = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32)
GIVEN = [Source("Warranty", "24 months of warranty"), Source("", "a pump"), Source("Valve", "")]


def test_the_weights_are_those_of_torch() -> None:
    attention = Attention(16)
    with torch.no_grad():
        attention.matrix.copy_(torch.from_numpy(MATRIX))
    asked = torch.from_numpy(ENCODER.encode(["warranty?"], role="query"))
    passages = torch.from_numpy(ENCODER.encode([concatenated([one]).text for one in GIVEN], role="passage"))
    wanted = attention(asked, passages[None], torch.ones(1, 3, dtype=torch.bool))
    found = Attending(MATRIX, ENCODER.identity)("warranty?", GIVEN, ENCODER)
    np.testing.assert_allclose(found.weights, wanted.weights[0].detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(found.vector, wanted.vector[0].detach().numpy(), atol=1e-6)


def test_it_is_kept_with_its_encoder() -> None:
    made = Attending(MATRIX, ENCODER.identity)
    again = Attending.read(made.data(), "here")
    assert again.encoder == ENCODER.identity
    np.testing.assert_array_equal(again.matrix, MATRIX)
    with pytest.raises(ConfigError, match="vectors of 'hashing:16'; 'hashing:8' is configured"):
        again("warranty?", GIVEN, HashingEncoder(dim=8))
    with pytest.raises(ConfigError, match="none is configured"):
        again("warranty?", GIVEN, None)


@pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.zeros(4), np.full((2, 2), np.nan)])
def test_what_is_no_matrix_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(ModelError, match="here holds no attention: a square matrix"):
        Attending.read(Attending(matrix, "x").data(), "here")
    with pytest.raises(ModelError, match="here holds no attention"):
        Attending.read(b"nothing", "here")

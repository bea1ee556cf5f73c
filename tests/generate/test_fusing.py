"""Each fusion gives the chances that its equation has, computed in torch from the same weights."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from raglan.errors import ConfigError
from raglan.generate.fusing import FUSIONS, concatenated, underway
from raglan.models.blocks import Source
from raglan.train.reading import sources
from tests.models.test_reader import CUT, cut, made

TEXT = [7, 30, 12]
WEIGHTS = [0.2, 0.5, 0.3]


def alone(model, blocks) -> list[Tensor]:
    """The chances [t, v] of each block by itself."""
    ids = torch.tensor([[CUT.begin, *TEXT]])
    return [model.write(model.read(sources([[block]])), ids).chances[0].detach() for block in blocks]


def chances(fusion: str) -> tuple[list[np.ndarray], list[Tensor]]:
    model, graph = made()
    blocks = cut(3)
    known = graph.read(blocks, writes=True)
    text = underway(graph, known, WEIGHTS, fusion)
    found = []
    for at, token in enumerate([CUT.begin, *TEXT]):
        text = text.fork() if at % 2 else text
        said = text.next(token)
        assert said.chances.sum() == pytest.approx(1, abs=1e-4)
        assert said.copied.sum() == pytest.approx(1, abs=1e-4)
        assert len(said.copied) == len(known.place)
        found.append(said.chances)
    return found, alone(model, blocks)


def test_a_mean_at_every_token() -> None:
    found, each = chances("token")
    wanted = torch.stack([weight * one for weight, one in zip(WEIGHTS, each, strict=True)]).sum(0)
    for at, one in enumerate(found):
        np.testing.assert_allclose(one, wanted[at].numpy(), atol=1e-4)


def test_a_mean_of_whole_texts() -> None:
    found, each = chances("sequence")
    own = math.prod(float(one[token]) for one, token in zip(found, TEXT, strict=False))
    whole = sum(
        weight * math.prod(float(one[at, token]) for at, token in enumerate(TEXT))
        for weight, one in zip(WEIGHTS, each, strict=True)
    )
    assert own == pytest.approx(whole, rel=1e-3)


def test_all_blocks_at_once() -> None:
    model, graph = made()
    blocks = cut(3)
    known, read = graph.read(blocks, writes=True), model.read(sources([blocks]))
    for fusion, weights in (("decoder", None), ("bias", torch.tensor([WEIGHTS]))):
        text = underway(graph, known, WEIGHTS, fusion)
        wanted = model.write(read, torch.tensor([[CUT.begin]]), weights).chances[0, 0].detach().numpy()
        np.testing.assert_allclose(text.next(CUT.begin).chances, wanted, atol=1e-4)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_of_one_source_all_say_the_same(fusion: str) -> None:
    model, graph = made()
    [block] = cut(1)
    text = underway(graph, graph.read([block], writes=True), [1.0], fusion)
    for at, token in enumerate([CUT.begin, *TEXT]):
        np.testing.assert_allclose(text.next(token).chances, alone(model, [block])[0][at].numpy(), atol=1e-4)


def test_several_sources_as_one() -> None:
    given = [Source("Warranty", "24 months."), Source("", "Rinse it.")]
    assert concatenated(given) == Source("", "Warranty. 24 months.\nRinse it.")


def test_a_fusion_that_is_not_there() -> None:
    _, graph = made()
    with pytest.raises(ConfigError, match="fusion is 'prayer'; there are decoder, bias"):
        underway(graph, graph.read(cut(1), writes=True), [1.0], "prayer")

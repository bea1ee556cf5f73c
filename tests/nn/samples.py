"""Tiny trunks whose weights make a difference, texts for them, and the same computation written slowly."""

import math
from typing import Any

import torch
import transformers
from torch import Tensor

from raglan.nn.shape import Shape
from raglan.nn.trunk import Trunk
from raglan.nn.weights import named

SHAPE = Shape(vocab=50, width=32, layers=2, heads=4, inner=64, positions=24, types=2)
LENGTHS = (9, 4, 1, 6)


def lively(module: Any, seed: int = 0) -> Any:
    """Weights large enough that attention is far from even and that nothing, a bias or a scale, may be left out."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance) * 0.3 + (parameter.mean() > 0.5))
    return module.eval()


def tiny(seed: int = 0, *, dropout: float = 0.0, shape: Shape = SHAPE) -> Trunk:
    trunk: Trunk = lively(Trunk(shape, dropout=dropout, seed=seed), seed)
    return trunk


def theirs(kind: str = "BertModel", *, shape: Shape = SHAPE, **more: Any) -> Any:
    """One of transformers' models of the same shape, as it stands there."""
    return getattr(transformers, kind)(transformers.BertConfig(**shape.config(), **more)).eval()


def slope(tensor: Tensor) -> Tensor:
    """The gradient that there is."""
    assert tensor.grad is not None
    return tensor.grad


def texts(seed: int = 0, lengths: tuple[int, ...] = LENGTHS) -> tuple[Tensor, Tensor, Tensor]:
    """ids, mask, types [b, t], padded behind with ids of words."""
    chance = torch.Generator().manual_seed(seed)
    wide = max(lengths)
    ids = torch.randint(SHAPE.vocab, (len(lengths), wide), generator=chance)
    types = torch.randint(SHAPE.types, (len(lengths), wide), generator=chance)
    return ids, torch.arange(wide) < torch.tensor(lengths)[:, None], types


def slowly(trunk: Trunk, states: Tensor, looks: Tensor, bias: Tensor | None = None) -> Tensor:
    """All layers, one text, head and token after the other, each with only the tokens that it looks at: [b, t, d]."""
    weights, shape = named(trunk), trunk.shape
    size = shape.width // shape.heads

    def dense(x: Tensor, name: str) -> Tensor:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normal(x: Tensor, name: str) -> Tensor:
        spread = ((x - x.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True)
        scaled = (x - x.mean(-1, keepdim=True)) / torch.sqrt(spread + shape.epsilon)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    for at in (f"encoder.layer.{n}" for n in range(shape.layers)):
        queries, keys, values = (dense(states, f"{at}.attention.self.{part}") for part in ("query", "key", "value"))
        mixed = torch.zeros_like(states)
        for text, head, token in torch.cartesian_prod(*map(torch.arange, (len(states), shape.heads, states.shape[1]))):
            part = slice(int(head) * size, (int(head) + 1) * size)
            seen = looks[text, token].nonzero()[:, 0]
            logits = keys[text, seen, part] @ queries[text, token, part] / math.sqrt(size)
            if bias is not None:
                logits = logits + bias[text, 0, token, seen]
            shares = torch.exp(logits) / torch.exp(logits).sum()
            mixed[text, token, part] = shares @ values[text, seen, part]
        out = f"{at}.attention.output"
        states = normal(dense(mixed, f"{out}.dense") + states, f"{out}.LayerNorm")
        wide = dense(states, f"{at}.intermediate.dense")
        wide = wide * 0.5 * (1 + torch.erf(wide / math.sqrt(2)))
        states = normal(dense(wide, f"{at}.output.dense") + states, f"{at}.output.LayerNorm")
    return states

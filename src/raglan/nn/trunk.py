"""The transformer under every model here: the encoder of BERT and MiniLM (Devlin et al. 2019, Wang et al. 2020), whole.

Letters: b texts, t tokens of a text, s tokens that are looked at (those t, after what a cache holds), d width, h heads.

It computes what BERT computes. Three things stand open that are closed there: the role is the mask's, so that one set of
weights encodes, ranks and writes (Dong et al. 2019); any run of layers can be called alone, so that what lower layers give
is kept while upper ones learn; and attention takes a bias, through which weights of passages reach it (Lewis et al. 2020,
MARGE). It computes in the type and on the device of its weights, or in autocast's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from raglan.nn.cache import Cache
from raglan.nn.dropping import dropped
from raglan.nn.masks import additive
from raglan.nn.shape import Shape

__all__ = ["Layer", "Trunk", "initialise"]


class Layer(nn.Module):
    """Self-attention and two dense maps, each followed by the sum with what came in, normalised."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.dropout = dropout
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.norm_mixed = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)
        self.norm_fed = nn.LayerNorm(shape.width, eps=shape.epsilon)

    def forward(
        self,
        states: Tensor,
        logits: Tensor,
        cache: Cache | None = None,
        at: int = 0,
        changes: nn.ModuleDict | None = None,
    ) -> Tensor:
        """The next states [b, t, d]; ``logits`` [b, 1 or h, 1 or t, s] are added to attention's, ``at`` is for the cache.

        ``changes`` are added to what the four maps give, by their names: see :mod:`raglan.nn.writer`.
        """
        b, t, d = states.shape
        qkv = self._mapped("qkv", states, changes).view(b, t, 3, self.heads, d // self.heads)
        queries, keys, values = qkv.permute(2, 0, 3, 1, 4).unbind()  # each [b, h, t, d / h]
        if cache is not None:
            keys, values = cache.extend(at, keys, values)  # [b, h, s, d / h]
        # No dropout of its own: drawing a number for each pair of tokens costs a third of a step on a processor.
        mixed = _attended(queries, keys, values, logits)
        mixed = mixed.transpose(1, 2).reshape(b, t, d)
        states = self.norm_mixed(states + self._dropped(self._mapped("out", mixed, changes)))
        active = functional.gelu(self._mapped("up", states, changes))  # [b, t, inner]
        fed = self._mapped("down", active, changes)
        normed: Tensor = self.norm_fed(states + self._dropped(fed))
        return normed

    def _mapped(self, name: str, states: Tensor, changes: nn.ModuleDict | None) -> Tensor:
        found: Tensor = self.get_submodule(name)(states)
        return found if changes is None else found + changes[name](states)

    def _dropped(self, states: Tensor) -> Tensor:
        return dropped(states, self.dropout, training=self.training)


class Trunk(nn.Module):
    """Token ids to states. Fresh weights are drawn by ``seed``; :mod:`raglan.nn.weights` loads learned ones.

    ``dropout`` is a share in [0, 1), of the states after each map, in training only; BERT was trained with 0.1.
    """

    def __init__(self, shape: Shape, *, dropout: float = 0.0, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        self.words = nn.Embedding(shape.vocab, shape.width)
        self.places = nn.Embedding(shape.positions, shape.width)
        self.kinds = nn.Embedding(shape.types, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        initialise(self, seed)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor | None = None, *, bias: Tensor | None = None) -> Tensor:
        """States [b, t, d] of ids int [b, t], mask bool [b, t] (``True`` = token) or [b, t, t], types int [b, t]."""
        return self.run(self.embed(ids, types), mask, bias=bias)

    def embed(self, ids: Tensor, types: Tensor | None = None, positions: Tensor | None = None) -> Tensor:
        """The sum of word, position and type, normalised: ids int [b, t] -> [b, t, d].

        types int [b, t], 0 unless given; positions int [b, t] or [t], 0, 1, ... unless given. Raises ValueError for more
        tokens than there are positions.
        """
        if positions is None:
            if ids.shape[1] > self.shape.positions:
                raise ValueError(f"a text of {ids.shape[1]} tokens: the model has {self.shape.positions} positions")
            positions = torch.arange(ids.shape[1], device=ids.device)
        kinds = self.kinds.weight[0] if types is None else self.kinds(types)
        states = self.norm(self.words(ids) + self.places(positions) + kinds)
        return dropped(states, self.dropout, training=self.training)

    def run(
        self,
        states: Tensor,
        mask: Tensor,
        *,
        first: int = 0,
        last: int | None = None,
        cache: Cache | None = None,
        bias: Tensor | None = None,
        changes: Sequence[nn.ModuleDict] | None = None,
    ) -> Tensor:
        """Layers ``first`` to ``last`` - 1 (all that follow, unless given): states [b, t, d] -> [b, t, d].

        mask: bool [b, s] (``True`` = token) or [b, t, s]; see :mod:`raglan.nn.masks`. s is t, or with a ``cache`` the
        tokens that it holds followed by these t, which it then holds as well.
        bias: float [b, 1, t, s], or what broadcasts to [b, h, t, s], finite; it is added to the logits of attention in
        every layer: with log(a) a token looks a times as much.
        changes: of the maps, for each of all layers.
        Raises ValueError for layers that are not there and for a mask or bias of another size.
        """
        last = self.shape.layers if last is None else last
        if not 0 <= first <= last <= self.shape.layers:
            raise ValueError(f"there are layers 0 to {self.shape.layers - 1}; none runs from {first} to before {last}")
        (b, t, _), held = states.shape, cache.held(first) if cache is not None else 0
        logits = additive(mask, bias, _computed_in(states))
        wanted = (b, self.shape.heads, t, held + t)
        if any(size not in (1, want) for size, want in zip(logits.shape, wanted, strict=True)):
            raise ValueError(
                f"mask and bias give {list(logits.shape)}, which does not fit [b, h, t, s] = {list(wanted)}"
            )
        for at in range(first, last):
            states = self.layers[at](states, logits, cache, at, changes and changes[at])
        return states


def initialise(module: nn.Module, seed: int) -> None:
    """Fresh weights as BERT's: normal with deviation 0.02, biases 0; layer normalisation stays as it is."""
    chance = torch.Generator().manual_seed(seed)
    for part in module.modules():
        if isinstance(part, (nn.Linear, nn.Embedding)):
            nn.init.normal_(part.weight, std=0.02, generator=chance)
        if isinstance(part, nn.Linear):
            nn.init.zeros_(part.bias)


def _attended(queries: Tensor, keys: Tensor, values: Tensor, logits: Tensor) -> Tensor:
    """Attention [b, h, t, e]; on a processor in float32, where the gradients of bfloat16 take twice as long."""
    if queries.device.type != "cpu" or queries.dtype != torch.bfloat16:
        return functional.scaled_dot_product_attention(queries, keys, values, attn_mask=logits)
    with torch.autocast("cpu", enabled=False):
        mixed = functional.scaled_dot_product_attention(
            queries.float(), keys.float(), values.float(), attn_mask=logits.float()
        )
    return mixed.to(queries.dtype)


def _computed_in(states: Tensor) -> torch.dtype:
    """The type that attention computes in: autocast's, or that of ``states``."""
    kind = states.device.type
    if kind != "meta" and torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return states.dtype

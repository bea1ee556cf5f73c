"""Keys and values that tokens of earlier calls left: what later tokens look at beside one another.

A source is read once and answered from many times; a text is written token by token; several passages, each read alone,
are looked at together (fusion in the decoder, Izacard and Grave 2021). Gradients pass through, for nothing is overwritten.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Cache"]


class Cache:
    """One pair (keys, values) a layer, each [b, heads, s, width / heads]; empty until :meth:`extend` is called.

    A run of layers extends the cache that it is given; give it a :meth:`fork` where the cache must stay as it is.
    """

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Tensor, Tensor]] = {}

    def held(self, layer: int = 0) -> int:
        """How many tokens s ``layer`` holds of each text."""
        return self._pairs[layer][0].shape[2] if layer in self._pairs else 0

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append [b, heads, t, ...] to what ``layer`` holds; returns all of it, [b, heads, s + t, ...]."""
        if layer in self._pairs:
            before = self._pairs[layer]
            keys, values = torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)
        self._pairs[layer] = keys, values
        return keys, values

    def fork(self) -> Cache:
        """A cache with the same tokens, that grows by itself; tensors are shared, never changed."""
        return self._with(dict(self._pairs))

    def wide(self, s: int) -> Cache:
        """The same, each text made ``s`` tokens long by zeros; the mask goes along, as in :meth:`joined`."""
        return self._with({layer: (_wide(keys, s), _wide(values, s)) for layer, (keys, values) in self._pairs.items()})

    def stack(self, other: Cache) -> Cache:
        """These texts, and behind them those of ``other``, which are as long."""
        both = ((layer, zip(pair, other._pairs[layer], strict=True)) for layer, pair in self._pairs.items())
        made = {layer: tuple(torch.cat(side) for side in sides) for layer, sides in both}
        return self._with({layer: (keys, values) for layer, (keys, values) in made.items()})

    def rows(self, index: Tensor) -> Cache:
        """The texts ``index`` int [n] in this order, repeated where it repeats: [b, ...] -> [n, ...] (beams, samples)."""
        return self._with({layer: (keys[index], values[index]) for layer, (keys, values) in self._pairs.items()})

    def joined(self, group: int) -> Cache:
        """``group`` texts in a row become one: [b * group, heads, s, ...] -> [b, heads, group * s, ...].

        The mask of what is looked at goes along: bool [b * group, s] -> ``mask.view(b, group * s)``.
        """
        return self._with(
            {layer: (_join(keys, group), _join(values, group)) for layer, (keys, values) in self._pairs.items()}
        )

    def parted(self, group: int) -> Cache:
        """What was :meth:`joined`, apart again: [b, heads, group * s, ...] -> [b * group, heads, s, ...]."""
        return self._with(
            {layer: (_part(keys, group), _part(values, group)) for layer, (keys, values) in self._pairs.items()}
        )

    def _with(self, pairs: dict[int, tuple[Tensor, Tensor]]) -> Cache:
        made = Cache()
        made._pairs = pairs
        return made


def _join(tensor: Tensor, group: int) -> Tensor:
    rows, heads, s, size = tensor.shape
    if rows % group:
        raise ValueError(f"{rows} texts cannot be joined in groups of {group}")
    return tensor.view(rows // group, group, heads, s, size).transpose(1, 2).reshape(-1, heads, group * s, size)


def _wide(tensor: Tensor, wide: int) -> Tensor:
    return functional.pad(tensor, (0, 0, 0, wide - tensor.shape[2]))


def _part(tensor: Tensor, group: int) -> Tensor:
    rows, heads, s, size = tensor.shape
    return tensor.view(rows, heads, group, s // group, size).transpose(1, 2).reshape(rows * group, heads, -1, size)

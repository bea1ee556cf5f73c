"""Training on two cores: freeze the lower layers, run every text through them once, train the rest on what was stored.

The states after the frozen layers never change, so they are computed when a text is first met and read ever after. In
float32 the result is that of plain freezing, up to rounding; in float16 (the default) a state is off by a two-thousandth of
itself at most and takes half the room: 77 kB for 100 tokens of width 384.

On disk they lie in two files: rows of states, appended only, and 32 bytes a text that say where its rows are and what
their checksum is. A run that was killed goes on with what is whole; what is torn is computed again. States of other
weights, another tokeniser, another depth or type are not trusted but thrown away.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from raglan.errors import ConfigError, ModelError
from raglan.train.states import Disk, Memory, Rows

__all__ = ["Frozen", "Layers", "Tokenise", "Tokenised", "freeze"]

_MEMORY = 2 << 30
_PART = 32  # texts run through the frozen layers at once
_PROBE = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich; 天地玄黄, 宇宙洪荒! 0123456789 " * 40


class Layers(Protocol):
    """A module of token states that can run some of its layers: :class:`raglan.nn.trunk.Trunk`."""

    def embed(self, ids: Tensor) -> Tensor:
        """Ids int [b, t] to states [b, t, d]."""
        ...

    def run(self, states: Tensor, mask: Tensor, *, first: int = 0, last: int | None = None) -> Tensor:
        """States [b, t, d] through layers ``first`` up to, not with, ``last``; mask bool [b, t]."""
        ...

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """As every module's."""
        ...

    def modules(self) -> Iterator[nn.Module]:
        """As every module's."""
        ...


class Tokenised(Protocol):
    """``ids`` int [b, t], ``mask`` bool [b, t], true for a token."""

    @property
    def ids(self) -> Tensor: ...  # noqa: D102 (said above)

    @property
    def mask(self) -> Tensor: ...  # noqa: D102


Tokenise = Callable[[Sequence[str]], Tokenised]  # raglan.nn.tokens.Tokens.texts


def freeze(trunk: Layers, below: int) -> Mapping[str, nn.Parameter]:
    """Let no gradient into the embeddings and the layers under ``below``; their parameters by name.

    Which these are is found out by asking which ones the states after them depend on.
    """
    named = dict(trunk.named_parameters())
    asked = {name: one.requires_grad for name, one in named.items()}
    for one in named.values():
        one.requires_grad_(True)
    device = next(iter(named.values())).device
    with torch.enable_grad(), _still(trunk):
        ids, mask = torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1, dtype=torch.bool)
        states = trunk.run(trunk.embed(ids.to(device)), mask.to(device), first=0, last=below)
        found = torch.autograd.grad(states.sum(), list(named.values()), allow_unused=True)
    lower = {name: one for (name, one), gradient in zip(named.items(), found, strict=True) if gradient is not None}
    for name, one in named.items():
        one.requires_grad_(asked[name] and name not in lower)
    return lower


class Frozen:
    """The states of texts after the embeddings and the layers under ``below`` of ``trunk``, which are frozen from now on.

    Make it before the optimiser, which takes what is not frozen.

    They are kept in the folder ``place``, or in memory without one, as ``dtype`` ("float16" or "float32"), up to ``most``
    bytes (0: half of what the disk has free, or 2 GiB of memory); texts that do not fit are computed at each use. Frozen
    layers run without dropout. Train what is above:

        frozen = Frozen(tower.trunk, 4, tokens.texts, place=folder)
        states, mask = frozen(texts)
        vectors = tower.pool(tower.trunk.run(states, mask, first=4), mask)

    Raises :class:`ConfigError` for another ``dtype``, for a ``place`` that another run is using, and for states that
    float16 cannot hold; :class:`ModelError` for a ``place`` that nothing can be written to.
    """

    def __init__(
        self,
        trunk: Layers,
        below: int,
        tokenise: Tokenise,
        *,
        place: Path | None = None,
        dtype: str = "float16",
        most: int = 0,
    ) -> None:
        if dtype not in ("float16", "float32"):
            raise ConfigError(f"states are kept as float16 or float32, not {dtype!r}")
        self._trunk, self._below, self._tokenise, self._dtype = trunk, below, tokenise, dtype
        lower = freeze(trunk, below)
        self._device = next(iter(lower.values())).device
        self._kept: Memory | Disk
        if place is None:
            self._kept = Memory(most or _MEMORY)
        else:
            dim = self._run([_PROBE])[0].shape[1]
            try:
                self._kept = Disk(place, self._identity(lower), (dtype, dim), most or _room(place))
            except OSError as error:
                raise ModelError(
                    f"states cannot be kept in {place} ({error}); make room, or name another place"
                ) from error

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """States float32 [b, t, d], zeros where there is no token, and mask bool [b, t], for the upper layers."""
        found = self._found(texts)
        rows = [torch.from_numpy(found[text].astype(np.float32)) for text in texts]
        states = pad_sequence(rows, batch_first=True).to(self._device)
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(states.shape[1]) < lengths[:, None]
        return states, mask.to(self._device)

    def fill(self, texts: Sequence[str], *, watch: Callable[[int], None] | None = None) -> None:
        """Compute all of ``texts`` that are not kept yet; ``watch`` is told how many are done, now and then."""
        for at in range(0, len(texts), _PART):
            self._found(texts[at : at + _PART])
            if watch is not None:
                watch(min(at + _PART, len(texts)))

    def close(self) -> None:
        """Let go of the files."""
        self._kept.close()

    def _found(self, texts: Sequence[str]) -> dict[str, Rows]:
        keys = {text: blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts}
        found = {text: rows for text, key in keys.items() if (rows := self._kept.get(key)) is not None}
        missing = [text for text in keys if text not in found]
        for at in range(0, len(missing), _PART):
            part = missing[at : at + _PART]
            found |= dict(zip(part, self._run(part), strict=True))
        for text in missing:
            self._kept.add(keys[text], found[text])
        return found

    def _run(self, texts: Sequence[str]) -> list[Rows]:
        """The states [t, d] of each text, computed."""
        batch = self._tokenise(texts)
        mask = batch.mask.to(self._device)
        with torch.no_grad(), _still(self._trunk):
            states = self._trunk.run(self._trunk.embed(batch.ids.to(self._device)), mask, first=0, last=self._below)
        rows = [own[there].float().cpu().numpy() for own, there in zip(states, mask, strict=True)]
        if self._dtype == "float16" and any(np.abs(one).max(initial=0.0) > np.finfo(np.float16).max for one in rows):
            raise ConfigError("these states are too large for float16: keep them with dtype='float32'")
        return [one.astype(self._dtype) for one in rows]

    def _identity(self, lower: Mapping[str, nn.Parameter]) -> str:
        """What the states depend on: frozen weights, depth, and what the tokeniser makes of a long text."""
        found = blake2b(f"{self._below} {self._dtype}".encode(), digest_size=16)
        for name in sorted(lower):
            found.update(name.encode() + lower[name].detach().float().cpu().numpy().tobytes())
        found.update(self._tokenise([_PROBE]).ids.cpu().numpy().tobytes())
        return found.hexdigest()


def _room(place: Path) -> int:
    """Half of what is free, counting what lies there already."""
    place.mkdir(parents=True, exist_ok=True)
    there = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
    return (shutil.disk_usage(place).free + there) // 2


@contextlib.contextmanager
def _still(trunk: Layers) -> Iterator[None]:
    """Without dropout; every module's mode is put back."""
    modes = [(one, one.training) for one in trunk.modules()]
    for one, _ in modes:
        one.training = False
    try:
        yield
    finally:
        for one, mode in modes:
            one.training = mode

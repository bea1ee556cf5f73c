"""A text from two sides, what evidence tells and what a model knows without it, and from the words of the evidence itself.

``p(y_t) = λ p(y_t | x, D) + (1 - λ) p(y_t | x)``: the interpolation of Khandelwal et al. 2020 (kNN-LM), between a model with
its evidence D and the same without. How large λ is: :mod:`raglan.generate.trusted`. Of their kNN part the store is made of
the evidence of one question: no more is kept than is looked at, and nothing has to be kept up to date.

Near: :mod:`raglan.generate.fusing`, several sources; :mod:`raglan.generate.decoding`, which makes texts of either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from raglan.errors import ConfigError
from raglan.generate.fusing import Underway, mixed
from raglan.models.reader import Said

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["Balanced", "Nearest", "Remembered", "Seen", "share"]


class Seen(Underway, Protocol):
    """A text under way that shows the state [d] of its writer after the last token."""

    @property
    def state(self) -> Array:
        """The last of its states."""
        ...

    def fork(self) -> Seen:
        """The same text so far, that goes on by itself."""
        ...


class Remembered(NamedTuple):
    """``states`` [n, d] that a writer was in, and the ``tokens`` [n] that followed them."""

    states: Array
    tokens: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[tuple[Array, NDArray[np.int64]]]) -> Remembered:
        """Of several texts, each with its states and tokens."""
        import numpy as np

        some = [(states, tokens) for states, tokens in texts if len(tokens)]
        if not some:
            return cls(np.zeros((0, 0), np.float32), np.zeros(0, np.int64))
        return cls(np.concatenate([states for states, _ in some]), np.concatenate([tokens for _, tokens in some]))

    def chances(self, state: Array, size: int, heat: float) -> Array:
        """Of each of ``size`` tokens the chance that it follows ``state``: the closer those that it followed, the larger.

        ``p(y) ∝ Σ_i [y_i = y] exp(-|h_i - h| / heat)``, over all n.
        """
        import numpy as np

        logits = -np.linalg.norm(self.states.astype(np.float64) - state, axis=1) / heat
        near = np.exp(logits - logits.max())
        found = np.bincount(self.tokens, near / near.sum(), minlength=size)
        return found.astype(np.float32)


class Balanced:
    """``evidence`` with ``weight`` λ, ``alone`` with what is left of 1; both speak in the same tokens.

    The sources of what is copied are those of ``evidence``, then those of ``alone``. Raises :class:`ConfigError` for a
    weight that is no share, and for writers of different tokens.
    """

    def __init__(self, evidence: Underway, alone: Underway, weight: float) -> None:
        self._evidence, self._alone, self._weight = evidence, alone, share("balance", weight)

    def next(self, token: int) -> Said:
        """Go on with ``token``; what may follow it."""
        one, other = self._evidence.next(token), self._alone.next(token)
        if len(one.chances) != len(other.chances):
            sizes = f"{len(one.chances)} and {len(other.chances)}"
            raise ConfigError(f"writers of {sizes} tokens cannot be balanced; let both have the same tokenizer")
        return mixed([self._weight, 1 - self._weight], [one, other])

    def fork(self) -> Balanced:
        """The same text so far, that goes on by itself."""
        return Balanced(self._evidence.fork(), self._alone.fork(), self._weight)


class Nearest:
    """``text`` with what followed where its writer was in a state like this one; ``weight`` is how much that counts.

    Raises :class:`ConfigError` for a weight that is no share, and a ``heat`` that is not above 0.
    """

    def __init__(self, text: Seen, known: Remembered, weight: float, *, heat: float = 1.0) -> None:
        if not heat > 0:
            raise ConfigError(f"heat={heat}: must be above 0")
        self._text, self._known, self._weight, self._heat = text, known, share("nearest", weight), heat

    def next(self, token: int) -> Said:
        """Go on with ``token``; what may follow it."""
        import numpy as np

        said = self._text.next(token)
        if not len(self._known.tokens):
            return said
        near = self._known.chances(self._text.state, len(said.chances), self._heat)
        return mixed([self._weight, 1 - self._weight], [Said(near, np.zeros(0, np.float32), 1.0), said])

    def fork(self) -> Nearest:
        """The same text so far, that goes on by itself."""
        return Nearest(self._text.fork(), self._known, self._weight, heat=self._heat)


def share(name: str, value: float) -> float:
    """The same; raises :class:`ConfigError`, which says ``name``, for what is no share from 0 to 1."""
    if isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigError(f"{name}={value}: must be from 0 to 1")
    return float(value)

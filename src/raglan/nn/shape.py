"""The sizes of a BERT-like encoder, from and to the ``config.json`` that lies beside its weights. No tensors here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from raglan.errors import ModelError

__all__ = ["Shape"]

_KEYS = {
    "vocab": "vocab_size",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "inner": "intermediate_size",
    "positions": "max_position_embeddings",
    "types": "type_vocab_size",
}
# What this encoder is, whatever a configuration may leave out.
_FIXED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}


@dataclass(frozen=True, slots=True)
class Shape:
    """``layers`` layers of ``heads`` heads, with states ``width`` wide, and ``inner`` wide between dense maps.

    Tables hold ``vocab`` words, ``positions`` positions, ``types`` types; ``epsilon`` is that of layer normalisation.
    Raises :class:`ModelError` for sizes that no model has.
    """

    vocab: int
    width: int
    layers: int
    heads: int
    inner: int
    positions: int = 512
    types: int = 2
    epsilon: float = 1e-12

    def __post_init__(self) -> None:
        for name, key in _KEYS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ModelError(f"{key} is {value!r}, not a whole number above 0")
        if self.width % self.heads:
            raise ModelError(f"hidden_size {self.width} cannot be shared out among {self.heads} heads")
        if not isinstance(self.epsilon, (int, float)) or not 0 < self.epsilon < 1:
            raise ModelError(f"layer_norm_eps is {self.epsilon!r}, not a small number above 0")

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape:
        """What a Hugging Face ``config.json`` says; :class:`ModelError` where it describes another kind of model.

        >>> tiny = {"vocab_size": 99, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
        >>> Shape.of({**tiny, "intermediate_size": 32}).inner
        32
        >>> Shape.of({**tiny, "intermediate_size": 32, "hidden_act": "relu"})
        Traceback (most recent call last):
        raglan.errors.ModelError: hidden_act is 'relu'; only 'gelu' can be computed here
        """
        for key, only in _FIXED.items():
            if config.get(key, only) != only:
                raise ModelError(f"{key} is {config[key]!r}; only {only!r} can be computed here")
        if config.get("is_decoder") or config.get("add_cross_attention"):
            raise ModelError("the configuration is that of a decoder (is_decoder); only encoders can be computed here")
        found = {name: config[key] for name, key in _KEYS.items() if key in config}
        missing = [_KEYS[name] for name in ("vocab", "width", "layers", "heads", "inner") if name not in found]
        if missing:
            raise ModelError(f"the configuration does not say {', '.join(missing)}")
        return cls(**found, epsilon=config.get("layer_norm_eps", 1e-12))

    def config(self) -> dict[str, Any]:
        """The ``config.json`` with which ``transformers`` builds the same encoder."""
        sizes = {key: getattr(self, name) for name, key in _KEYS.items()}
        return {**_FIXED, **sizes, "layer_norm_eps": self.epsilon, "pad_token_id": 0}

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """The name and size of every weight, in the order and with the names of Hugging Face's ``BertModel``.

        A matrix is [out, in], as ``torch.nn.Linear`` keeps it.
        """
        wide = self.width
        found: dict[str, tuple[int, ...]] = {
            "embeddings.word_embeddings.weight": (self.vocab, wide),
            "embeddings.position_embeddings.weight": (self.positions, wide),
            "embeddings.token_type_embeddings.weight": (self.types, wide),
        }
        found |= _normal("embeddings.LayerNorm", wide)
        for at in (f"encoder.layer.{n}" for n in range(self.layers)):
            for part in ("query", "key", "value"):
                found |= _dense(f"{at}.attention.self.{part}", wide, wide)
            found |= _dense(f"{at}.attention.output.dense", wide, wide)
            found |= _normal(f"{at}.attention.output.LayerNorm", wide)
            found |= _dense(f"{at}.intermediate.dense", self.inner, wide)
            found |= _dense(f"{at}.output.dense", wide, self.inner)
            found |= _normal(f"{at}.output.LayerNorm", wide)
        return found


def _dense(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def _normal(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}

"""The encoder that a command is told of: by the name of a part, or by the path of a model, an adapter among them."""

from __future__ import annotations

from pathlib import Path

from raglan.config import Spec
from raglan.models.adapter import KIND, kind_of
from raglan.plugins import names

__all__ = ["encoder_spec"]


def encoder_spec(told: str) -> Spec:
    """What ``--encoder`` names; for the folder of an adapter, the encoder that it was fitted to, with it."""
    place = Path(told).expanduser().absolute()
    if told in names("encoder") or kind_of(place) != KIND:
        return Spec(told)
    # A store remembers its encoder, and is asked from other folders too.
    return Spec("adapted", {"model": str(place)})

"""Libraries that only some parts need: ask for them by name, and say what to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from raglan.errors import MissingExtra

__all__ = ["need"]


def need(module: str, extra: str) -> ModuleType:
    """Import ``module``, which the optional dependency group ``extra`` brings.

    >>> need("no_such_module", "hf")
    Traceback (most recent call last):
    raglan.errors.MissingExtra: no_such_module is not installed; try: pip install 'raglan[hf]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtra(f"{module} is not installed; try: pip install 'raglan[{extra}]'") from error

"""What commands print is read here; on a slow machine, progress must not come in between."""

import math

import pytest

from raglan.cli import terminal


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_EVERY", math.inf)

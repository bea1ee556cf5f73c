"""What commands print is read here; on a slow machine, progress must not come in between."""

import math
from collections.abc import Iterator

import pytest

from raglan.cli import terminal


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_EVERY", math.inf)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Networks as small as these are slower with two."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

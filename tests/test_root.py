"""The front door: few names, all listed, and nothing heavy behind it."""

import subprocess
import sys

import pytest

import raglan

HEAVY = ["lxml", "numpy", "onnxruntime", "sqlite3", "tantivy", "tokenizers", "torch", "transformers", "usearch"]


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_everything_public_is_listed_and_sorted() -> None:
    assert raglan.__all__ == sorted(raglan.__all__, key=str.casefold)
    assert len(set(raglan.__all__)) == len(raglan.__all__) < 20
    for name in raglan.__all__:
        assert getattr(raglan, name) is not None


def test_a_star_import_brings_them_all() -> None:
    assert fresh("from raglan import *; print(Rag.__name__, over.__name__, Query.__name__)") == "Rag over Query"


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        raglan.nothing  # noqa: B018


def test_importing_is_light() -> None:
    code = f"import sys, raglan; print([name for name in {HEAVY} if name in sys.modules])"
    assert fresh(code) == "[]"


def test_so_is_the_object_that_answers() -> None:
    code = f"import sys; from raglan import Rag; print([name for name in {HEAVY} if name in sys.modules])"
    assert fresh(code) == "[]"


def test_answering_needs_no_torch() -> None:
    code = "import sys; from raglan import over; print([n for n in ('torch', 'transformers') if n in sys.modules])"
    assert fresh(code) == "[]"

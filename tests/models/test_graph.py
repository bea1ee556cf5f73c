"""Graphs run in batches as one by one, and what is none is told; a folder is run without torch."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raglan.errors import ModelError
from raglan.models.folder import read
from raglan.models.graph import Graph, open_tokenizer
from raglan.nn.graph import encoder_graph
from raglan.nn.weights import named
from tests.models.samples import SHAPE, forged, ranker, saved, tokenizer, tower, trunk

TEXTS = ["boiler", "", "steam wand " * 9, "保修", "descale the boiler?", "x" * 80, "kettle"] * 11


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return saved(tower(), tmp_path / "m")


def rows(texts: list[str]) -> list[Any]:
    found: list[Any] = open_tokenizer(tokenizer().to_str().encode(), "test", 40).encode_batch(texts)
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_is_one_by_one_in_any_order(threads: int, place: Path) -> None:
    graph = Graph(read(place).data("model.onnx"), "test", threads=threads)
    assert graph.size == (32,)
    together = graph.run(rows(TEXTS))
    assert together.dtype == np.float32
    order = np.random.default_rng(0).permutation(len(TEXTS))
    assert graph.run(rows([TEXTS[at] for at in order])) == pytest.approx(together[order], abs=1e-5)
    for at, row in enumerate(rows(TEXTS)[:7]):
        assert graph.run([row])[0] == pytest.approx(together[at], abs=1e-5)
    assert graph.run([]).shape == (0, 32)


def test_numbers_that_are_none_are_refused() -> None:
    weights = {name: value.numpy() for name, value in named(trunk()).items()}
    weights["encoder.layer.1.output.dense.bias"][3] = np.nan
    graph = Graph(encoder_graph(weights, SHAPE), "the model", threads=1)
    with pytest.raises(ModelError, match="the model gives numbers that are not finite"):
        graph.run(rows(["boiler"]))


@pytest.mark.parametrize("data", [b"", b"no graph", b"\x08\x09\x12\x00"])
def test_what_is_no_graph(data: bytes, place: Path) -> None:
    found = read(forged(place, "model.onnx", data))
    with pytest.raises(ModelError, match="here is no graph that ONNX Runtime can run"):
        Graph(found.data("model.onnx"), "here")


def test_what_is_no_tokenizer() -> None:
    for data in (b"", b"{}", b"\xff"):
        with pytest.raises(ModelError, match="here is no tokenizer"):
            open_tokenizer(data, "here", 40)


LIGHT = """
import sys
from raglan.encode.onnx import OnnxEncoder
from raglan.search.cross import CrossRanker
from raglan.types import Hit, Passage, Query, Span
print([name for name in ("numpy", "onnxruntime", "tokenizers", "torch") if name in sys.modules])
OnnxEncoder(sys.argv[1]).encode(["boiler"], role="query")
hits = [Hit(Passage("a", "boiler", "a", Span(0, 6)), 0.5, "words")]
assert CrossRanker(sys.argv[2]).rerank(Query("boiler"), hits)[0].by == "words+ranker"
print([name for name in ("torch", "transformers", "safetensors", "onnx") if name in sys.modules])
"""


def test_the_base_install_is_enough(place: Path, tmp_path: Path) -> None:
    for one in (place, saved(ranker(), tmp_path / "r")):
        (one / "model.safetensors").unlink()  # who only runs it need not fetch it
    command = [sys.executable, "-c", LIGHT, str(place), str(tmp_path / "r")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[:2] == ["[]", "[]"]

"""The encoder that comes with the package."""

import threading

import numpy as np
import pytest

from raglan.encode.onnx import OnnxEncoder
from raglan.errors import ModelError
from raglan.models import shipped as weights

TEXTS = [
    "Descale the boiler every three months.",
    "How often must the limescale be removed?",
    "The warranty lasts 24 months.",
    "",
    " ",
    "?",
    "Ünïcode, naïve café 🙂",
    "保修期为两年",
    "lone \ud800 half",
    "nul\0byte",
    "word " * 3_000,
    "x" * 20_000,
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def test_vectors_have_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS, role="passage")
    assert vectors.shape == (len(TEXTS), encoder.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_a_batch_is_one_by_one(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS, role="passage")
    for text, vector in zip(TEXTS, together, strict=True):
        [alone] = encoder.encode([text], role="passage")
        assert alone == pytest.approx(vector, abs=1e-4)


def test_it_is_the_same_every_time(encoder: OnnxEncoder) -> None:
    first = encoder.encode(TEXTS[:6], role="passage")
    assert np.array_equal(first, encoder.encode(TEXTS[:6], role="passage"))
    assert np.allclose(first, OnnxEncoder(threads=1).encode(TEXTS[:6], role="query"), atol=1e-5)


def test_meaning_is_near(encoder: OnnxEncoder) -> None:
    descale, limescale, warranty = encoder.encode(TEXTS[:3], role="passage")
    assert descale @ limescale > 0.4 > descale @ warranty


def test_nothing_is_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode([], role="query").shape == (0, 384)


def test_only_the_beginning_is_read() -> None:
    short = OnnxEncoder(length=16)
    long_a, long_b = short.encode(["word " * 50 + "boiler", "word " * 50 + "grinder"], role="passage")
    assert long_a == pytest.approx(long_b)
    assert short.identity != OnnxEncoder().identity


def test_several_threads_may_encode_at_once(encoder: OnnxEncoder) -> None:
    expected = encoder.encode(TEXTS[:4], role="passage")
    found: list[bool] = []

    def encode() -> None:
        found.append(np.allclose(encoder.encode(TEXTS[:4], role="passage"), expected, atol=1e-5))

    threads = [threading.Thread(target=encode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [True] * 4


def test_it_knows_what_it_cannot_read(encoder: OnnxEncoder) -> None:
    english, chinese, cyrillic, half, numbers, nothing, accents = encoder.covers(
        ["How long?", "保修期为两年", "Сколько длится гарантия?", "abc 保修期", "24 + 7", "", "Größe, café"]
    )
    assert english == numbers == nothing == accents == 1.0
    assert chinese == cyrillic == 0.0
    assert half == 0.5


def test_identity_names_the_weights(encoder: OnnxEncoder) -> None:
    assert weights.SHIPPED["minilm-en.onnx"][:16] in encoder.identity


# The weights are what was shipped, or nothing is done with them.


@pytest.mark.parametrize("name", weights.SHIPPED)
def test_every_shipped_file_is_verified(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert weights.shipped(name)
    monkeypatch.setitem(weights.SHIPPED, name, "0" * 64)
    with pytest.raises(ModelError, match=r"was changed.*install raglan again") as caught:
        weights.shipped(name)
    assert name in str(caught.value)


def test_an_encoder_with_changed_weights_encodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.SHIPPED, "minilm-en.onnx", "0" * 64)
    with pytest.raises(ModelError, match="was changed"):
        OnnxEncoder().encode(["boiler"], role="query")


def test_an_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"'nothing'; there are .*minilm-en\.onnx"):
        weights.shipped("nothing")
    monkeypatch.setitem(weights.SHIPPED, "gone.onnx", "0" * 64)
    with pytest.raises(ModelError, match="cannot be read"):
        weights.shipped("gone.onnx")

"""The encoder that comes with the package, and those that lie in folders."""

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raglan.encode.onnx import OnnxEncoder
from raglan.errors import ConfigError, ModelError
from raglan.models import shipped as weights
from raglan.models.folder import Reading
from raglan.nn.tower import Towers
from raglan.plugins import make
from raglan.protocols import Covers
from tests.models.samples import CARD, READING, forged, ranker, saved, tower

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
    assert descale @ limescale > 0.1 + max(descale @ warranty, limescale @ warranty)


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


def test_no_encoder_of_that_name(tmp_path: Path) -> None:
    for name in ("nothing", str(tmp_path / "nothing")):
        with pytest.raises(ModelError, match=f"there is no encoder '{re.escape(name)}': .* are minilm-en"):
            OnnxEncoder(name)


def test_another_role_is_told(encoder: OnnxEncoder) -> None:
    with pytest.raises(ConfigError, match="role is 'querry'; there are 'query' and 'passage'"):
        encoder.encode(["boiler"], role="querry")


# A folder.


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tower(), tmp_path_factory.mktemp("models") / "m")


def test_a_folder_is_an_encoder(place: Path) -> None:
    for made in (OnnxEncoder(place), OnnxEncoder(str(place)), make("encoder", "minilm", {"name": str(place)})):
        assert made.dim == 32
        vectors = made.encode(TEXTS, role="passage")
        assert vectors.shape == (len(TEXTS), 32)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
        assert np.array_equal(vectors, made.encode(TEXTS, role="query")), "one tower, no prefixes"
        assert made.encode([], role="query").shape == (0, 32)
    assert OnnxEncoder.dim == 384, "of the shipped one"


def test_home_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place.parent))
    monkeypatch.setenv("USERPROFILE", str(place.parent))
    assert OnnxEncoder("~/m").dim == 32


def test_the_order_of_a_folder_s_batch_says_nothing(place: Path) -> None:
    made = OnnxEncoder(place, threads=2)
    together = made.encode(TEXTS * 9, role="passage")
    order = np.random.default_rng(1).permutation(len(together))
    again = made.encode([(TEXTS * 9)[at] for at in order], role="passage")
    assert again == pytest.approx(together[order], abs=1e-5)


def test_each_role_has_its_prefix(tmp_path: Path) -> None:
    plain = OnnxEncoder(saved(tower(), tmp_path / "plain"))
    reading = replace(READING, query="query: ", passage="kettle ")
    made = OnnxEncoder(saved(tower(), tmp_path / "prefixed", reading))
    assert made.encode(["boiler"], role="query") == pytest.approx(plain.encode(["query: boiler"], role="query"))
    assert made.encode(["boiler"], role="passage") == pytest.approx(plain.encode(["kettle boiler"], role="passage"))


def test_each_role_has_its_tower(tmp_path: Path) -> None:
    query, passage = (OnnxEncoder(saved(tower(seed), tmp_path / str(seed))) for seed in (1, 2))
    made = OnnxEncoder(saved(Towers(tower(1), tower(2)), tmp_path / "both"))
    for role, alone in (("query", query), ("passage", passage)):
        assert np.array_equal(made.encode(TEXTS, role=role), alone.encode(TEXTS, role=role))


def test_a_folder_s_length_is_its_own(place: Path) -> None:
    whole, short, same = OnnxEncoder(place), OnnxEncoder(place, length=4), OnnxEncoder(place, length=40)
    a, b = "kettle " * 4 + "boiler", "kettle " * 4 + "pump"
    assert whole.encode([a], role="query") != pytest.approx(whole.encode([b], role="query"), abs=1e-3)
    assert short.encode([a], role="query") == pytest.approx(short.encode([b], role="query"))
    assert whole.identity == same.identity != short.identity
    for length in (2, 65):
        with pytest.raises(ConfigError, match=f"length is {length}; .* reads 3 to 64 word pieces"):
            OnnxEncoder(place, length=length)


def test_identity_is_that_of_passages(tmp_path: Path) -> None:
    def identity(model: Any, reading: Reading = READING, name: str = "tiny") -> str:
        where = tmp_path / str(len(list(tmp_path.iterdir())))
        return OnnxEncoder(saved(model, where, reading, replace(CARD, name=name))).identity

    one = identity(tower(1))
    assert re.fullmatch(r"tiny:40:[0-9a-f]{16}:[0-9a-f]{8}", one)
    assert identity(tower(1)) == one, "wherever it lies"
    assert identity(Towers(tower(2), tower(1))) == one, "a query tower may learn while passages stay as they are"
    assert identity(tower(1), replace(READING, query="query: ")) == one
    others = [
        identity(tower(2)),
        identity(tower(1), replace(READING, length=39)),
        identity(tower(1), replace(READING, passage="passage: ")),
        identity(tower(1), name="other"),
        identity(Towers(tower(1), tower(2)), name="towers"),
    ]
    assert len({one, *others}) == 6


def test_a_folder_says_which_scripts_it_reads(place: Path, tmp_path: Path) -> None:
    texts = ["How long?", "保修期", "Сколько?"]
    assert OnnxEncoder(place).covers(texts) == [1.0, 1.0, 1.0]
    made = OnnxEncoder(saved(tower(), tmp_path / "m", replace(READING, scripts=("Latn",))))
    assert isinstance(made, Covers)
    assert made.covers(texts) == [1.0, 0.0, 0.0]
    chinese = OnnxEncoder(saved(tower(), tmp_path / "zh", replace(READING, scripts=("Hans", "Hant", "Latn"))))
    assert chinese.covers(texts) == [1.0, 1.0, 0.0]


def test_folders_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="of kind 'ranker', where 'encoder' is needed"):
        OnnxEncoder(saved(ranker(), tmp_path / "ranker"))
    with pytest.raises(ModelError, match="gives vectors of any length"):
        OnnxEncoder(saved(tower(unit=False), tmp_path / "dot"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="is no model folder"):
        OnnxEncoder(tmp_path / "empty")


@pytest.mark.parametrize("name", ["model.onnx", "query.onnx", "tokenizer.json"])
def test_damage_is_found_at_the_first_call(name: str, tmp_path: Path) -> None:
    place = saved(Towers(tower(1), tower(2)), tmp_path / "m")
    made, whole = OnnxEncoder(place), (place / name).read_bytes()
    (place / name).unlink()
    with pytest.raises(ModelError, match=rf"{re.escape(name)} cannot be read"):
        made.encode(["boiler"], role="query")
    (place / name).write_bytes(whole[:-1])
    with pytest.raises(ModelError, match=rf"{re.escape(name)} was changed"):
        made.encode(["boiler"], role="query")
    (place / name).write_bytes(whole)
    assert made.encode(["boiler"], role="query").shape == (1, 32), "put right, it works"


def test_a_graph_of_another_size(tmp_path: Path) -> None:
    place = saved(tower(), tmp_path / "m")
    forged(place, "model.onnx", (saved(ranker(), tmp_path / "r") / "model.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"model\.onnx gives vectors of size \[\], not 32"):
        OnnxEncoder(place).encode(["boiler"], role="query")


def test_weights_replaced_behind_its_back_are_noticed(tmp_path: Path) -> None:
    place = saved(tower(1), tmp_path / "m")
    made = OnnxEncoder(place)
    saved(tower(2), place)
    with pytest.raises(ModelError, match=r"another model was put into .*: open it again"):
        made.encode(["boiler"], role="query")

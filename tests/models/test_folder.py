"""What a model folder says is true, or nothing is done with it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from raglan.errors import ConfigError, ModelError
from raglan.models.folder import FORMAT, Reading, read
from tests.models.samples import READING, ranker, saved, tower

FILES = ["config.json", "model.onnx", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return saved(tower(), tmp_path / "m")


def rewritten(place: Path, **changed: Any) -> Path:
    """The folder with another ``raglan.json``; ``None`` takes a key out."""
    table = {**json.loads((place / "raglan.json").read_bytes()), **changed}
    (place / "raglan.json").write_text(json.dumps({key: value for key, value in table.items() if value is not None}))
    return place


def test_what_it_says(place: Path) -> None:
    found = read(place)
    assert (found.kind, found.name, found.dim, found.positions) == ("encoder", "tiny", 32, 64)
    assert (found.pooling, found.unit, found.reading) == ("mean", True, READING)
    assert sorted(found.files) == FILES
    found.verify()
    assert found.data("config.json") == (place / "config.json").read_bytes()
    assert json.loads(json.dumps(found.table())) == json.loads((place / "raglan.json").read_bytes())
    assert read(place, "encoder") == found


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name: str, place: Path) -> None:
    (place / name).unlink()
    with pytest.raises(ModelError, match=r"cannot be read \(No such file.*fetch the folder again") as told:
        read(place).verify()
    assert str(place / name) in str(told.value)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_noticed(name: str, place: Path) -> None:
    data = bytearray((place / name).read_bytes())
    data[len(data) // 2] ^= 1
    (place / name).write_bytes(data)
    with pytest.raises(ModelError, match=r"was changed: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}; fetch") as told:
        read(place).verify()
    assert str(place / name) in str(told.value)


def test_a_model_that_took_the_place_since_is_told(place: Path) -> None:
    found = read(place)
    assert found.data("model.onnx")
    saved(tower(5), place)
    with pytest.raises(
        ModelError, match=r"another model was put into .* and model\.onnx is of that one: open it again"
    ):
        found.data("model.onnx")
    assert found.data("tokenizer.json"), "this one is the same"
    assert read(place).data("model.onnx")


def test_a_pointer_of_git_lfs_is_told(place: Path) -> None:
    (place / "model.onnx").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    with pytest.raises(ModelError, match="git lfs pull"):
        read(place).data("model.onnx")


def test_what_is_not_listed_is_not_read(place: Path) -> None:
    (place / "query.onnx").write_bytes(b"planted")
    for name in ("query.onnx", "../secret", "raglan.json"):
        with pytest.raises(ModelError, match=rf"raglan\.json lists no {re.escape(name)}"):
            read(place).data(name)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"7", b"{}", b'{"format": "1"}', b'{"format": 1}'])
def test_damaged_facts(data: bytes, place: Path) -> None:
    (place / "raglan.json").write_bytes(data)
    with pytest.raises(ModelError, match=r"raglan\.json is damaged .*; fetch the folder again"):
        read(place)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "writer"}, "'writer' means nothing here"),
        ({"kind": None}, "kind is None"),
        ({"dim": "32"}, "dim is '32'"),
        ({"dim": True}, "dim is True"),
        ({"unit": 1}, "unit is 1"),
        ({"pooling": "max"}, "'max' means nothing here"),
        ({"positions": 39}, "length is 40; the model has 39"),
        ({"files": ["model.onnx"]}, "files is"),
        ({"reading": {"length": "40"}}, "length is '40'"),
        ({"reading": {"length": 2}}, "leaves a passage no room"),
        ({"reading": {"query": None}}, "query is None"),
        ({"reading": {"scripts": "Latn"}}, "script 'L' is not known"),
        ({"reading": {"scripts": 5}}, "not iterable"),
        ({"reading": {"speed": 5}}, "speed"),
    ],
)
def test_facts_that_cannot_be(changed: dict[str, Any], said: str, place: Path) -> None:
    with pytest.raises(ModelError, match=rf"raglan\.json is damaged .*{said}"):
        read(rewritten(place, **changed))


def test_a_later_format_is_refused(place: Path) -> None:
    with pytest.raises(ModelError, match=f"has format {FORMAT + 1}, this raglan reads up to {FORMAT}: update raglan"):
        read(rewritten(place, format=FORMAT + 1, kind="mind"))


def test_facts_that_are_new_are_kept(place: Path) -> None:
    assert read(rewritten(place, colour="red")).facts["colour"] == "red"


def test_the_wrong_kind_is_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m holds a model of kind 'encoder', where 'ranker' is needed"):
        read(place, "ranker")
    with pytest.raises(ModelError, match=r"r holds a model of kind 'ranker', where 'encoder' is needed"):
        read(saved(ranker(), tmp_path / "r"), "encoder")


def test_no_folder(place: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for other in (tmp_path / "none", tmp_path / "empty", place / "model.onnx"):
        with pytest.raises(ModelError, match=r"is no model folder: raglan\.json cannot be read"):
            read(other)


def test_between_two_renames_the_model_before_is_found(place: Path) -> None:
    place.rename(place.with_name(".m.before"))
    read(place).verify()
    saved(tower(1), place)
    assert not place.with_name(".m.before").exists()


# How a model reads.


@pytest.mark.parametrize(
    ("scripts", "shares"),
    [
        ((), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        (("Latn",), [1.0, 0.0, 0.5, 0.0, 1.0, 1.0]),
        (("Hans", "Hant", "Latn"), [1.0, 1.0, 1.0, 0.0, 1.0, 1.0]),
        (("Hant",), [0.0, 1.0, 0.5, 0.0, 1.0, 0.0]),
        (("Cyrl", "Grek"), [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]),
    ],
)
def test_scripts(scripts: tuple[str, ...], shares: list[float]) -> None:
    texts = ["How long?", "保修期", "abc 保修期", "Гарантия λόγος!", "24 + 7 × 3 🙂", "Größe ẞ × café"]
    assert Reading(scripts=scripts).covers(texts) == shares
    assert Reading(scripts=scripts).covers([]) == []


@pytest.mark.parametrize(
    "given", [{"length": 4}, {"length": -1}, {"length": 20, "query_length": 17}, {"query_length": -1}]
)
def test_lengths_that_leave_no_room(given: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="leaves a passage no room"):
        Reading(**given)  # type: ignore[arg-type]


def test_scripts_that_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="script 'latin' is not known here; there are Cyrl, Grek"):
        Reading(scripts=("Latn", "latin"))

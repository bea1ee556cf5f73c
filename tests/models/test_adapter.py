"""What the folder of an adapter says, and what is made of one that is damaged."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from raglan.errors import ModelError
from raglan.models.adapter import AdapterFolder, kind_of, read_adapter
from raglan.models.folder import FORMAT, read

DATA = b"numbers"
MARK = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "matrix-1.npz").write_bytes(DATA)
    options = {"dim": 8, "name": "模型"}
    AdapterFolder(folder, "hashing", "hashing:8", "matrix-1.npz", MARK, options, {"seed": 3}).write()
    return folder


def rewritten(place: Path, **changed: Any) -> Path:
    """The folder with another ``raglan.json``; ``None`` takes a key out."""
    table = {**json.loads((place / "raglan.json").read_bytes()), **changed}
    (place / "raglan.json").write_text(json.dumps({key: value for key, value in table.items() if value is not None}))
    return place


def test_what_it_says(place: Path) -> None:
    found = read_adapter(place)
    assert (found.use, found.options, found.identity) == ("hashing", {"dim": 8, "name": "模型"}, "hashing:8")
    assert found.matrix() == place / "matrix-1.npz"
    assert found.facts["seed"] == 3
    assert found.facts["created_by"].startswith("raglan ")
    table = json.loads((place / "raglan.json").read_bytes())
    assert (table["format"], table["kind"], table["files"]) == (FORMAT, "adapter", {"matrix-1.npz": MARK})
    assert kind_of(place) == "adapter"
    assert sorted(one.name for one in place.iterdir()) == ["matrix-1.npz", "raglan.json"]


def test_facts_do_not_say_what_it_is(place: Path) -> None:
    AdapterFolder(place, "a", "b", "matrix-1.npz", MARK, {}, {"kind": "encoder", "files": 1, "format": 9}).write()
    assert read_adapter(place).use == "a"


def test_a_changed_or_missing_matrix_is_told(place: Path) -> None:
    (place / "matrix-1.npz").write_bytes(DATA + b".")
    with pytest.raises(ModelError, match=r"matrix-1\.npz was changed: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}"):
        read_adapter(place).matrix()
    (place / "matrix-1.npz").unlink()
    with pytest.raises(ModelError, match=r"matrix-1\.npz cannot be read \(No such file"):
        read_adapter(place).matrix()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b"7", b"{}", b'{"kind": "adapter"}'])
def test_damaged_facts(data: bytes, place: Path) -> None:
    (place / "raglan.json").write_bytes(data)
    with pytest.raises(ModelError, match=r"raglan\.json is damaged .*; fit it again"):
        read_adapter(place)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoder": None},
        {"encoder": "hashing"},
        {"encoder": {"use": "hashing", "options": {}}},
        {"encoder": {"use": "hashing", "options": [], "identity": "x"}},
        {"encoder": {"use": 3, "options": {}, "identity": "x"}},
        {"files": {}},
        {"files": {"a": "b", "c": "d"}},
        {"files": {"a": 1}},
        {"files": {"../matrix-1.npz": MARK}},
        {"files": {"/etc/passwd": MARK}},
        {"format": "1"},
    ],
)
def test_facts_that_mean_nothing(changed: dict[str, Any], place: Path) -> None:
    with pytest.raises(ModelError, match=r"raglan\.json is damaged"):
        read_adapter(rewritten(place, **changed))


def test_a_later_format_and_another_kind(place: Path) -> None:
    with pytest.raises(ModelError, match=rf"has format {FORMAT + 1}, this raglan reads up to {FORMAT}: update raglan"):
        read_adapter(rewritten(place, format=FORMAT + 1))
    with pytest.raises(ModelError, match="holds a model of kind 'encoder', where 'adapter' is needed"):
        read_adapter(rewritten(place, format=FORMAT, kind="encoder"))


def test_it_is_not_taken_for_an_encoder(place: Path) -> None:
    with pytest.raises(ModelError, match="holds a model of kind 'adapter', where 'encoder' is needed"):
        read(place, "encoder")


def test_no_folder_and_no_model(tmp_path: Path) -> None:
    for name in ("nowhere", ""):
        with pytest.raises(ModelError, match="holds no adapter"):
            read_adapter(tmp_path / name)
        assert kind_of(tmp_path / name) == ""
    for data in (b"", b"[]", b"{}", b"\xff"):
        (tmp_path / "raglan.json").write_bytes(data)
        assert kind_of(tmp_path) == ""

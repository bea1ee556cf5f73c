"""An adapter kept in a folder is the same when it is named again, and serves no encoder but its own."""

import json
from pathlib import Path

import numpy as np
import pytest

from raglan.build.parts import library
from raglan.config import Config, Spec
from raglan.encode.adapted import Adapted
from raglan.encode.adapter import adapted, refuse_other, save
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, ModelError
from raglan.models.adapter import read_adapter
from raglan.plugins import make
from tests.train.vectors import DIM, drawn

SPEC = Spec("hashing", {"dim": DIM})
IDENTITY = HashingEncoder(DIM).identity
TEXTS = ["Descale the boiler.", "保修期为两年", ""]


def saved(folder: Path, seed: int = 0) -> Path:
    save(folder, drawn(DIM, seed=seed).astype(np.float64), SPEC, IDENTITY, {"seed": seed})
    return folder


def test_what_was_saved_is_served(tmp_path: Path) -> None:
    folder = saved(tmp_path / "deep" / "mine")
    wanted = Adapted(HashingEncoder(DIM), drawn(DIM))
    for found in (adapted(model=str(folder)), make("encoder", "adapted", {"model": str(folder)})):
        assert (found.identity, found.dim, found.adapter) == (IDENTITY, DIM, wanted.adapter)
        for role in ("query", "passage"):
            assert np.array_equal(found.encode(TEXTS, role=role), wanted.encode(TEXTS, role=role))


def test_the_same_matrix_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (
        {path.name: path.read_bytes() for path in saved(tmp_path / name).iterdir()} for name in ("one", "other")
    )
    assert one == other
    assert len(one) == 2


def test_a_new_one_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine")
    before = adapted(model=str(folder)).adapter
    saved(folder, seed=1)
    assert adapted(model=str(folder)).adapter != before
    assert len(list(folder.iterdir())) == 2


def test_stopped_half_way_the_old_one_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved(tmp_path / "mine")
    before = adapted(model=str(folder)).adapter

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("raglan.models.adapter.AdapterFolder.write", stop)
        for place in (folder, tmp_path / "fresh"):
            with pytest.raises(KeyboardInterrupt):
                saved(place, seed=1)
    assert adapted(model=str(folder)).adapter == before
    for place in (folder, tmp_path / "fresh"):
        saved(place, seed=1)
        assert len(list(place.iterdir())) == 2


def test_of_another_encoder_it_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine")
    facts = folder / "raglan.json"
    table = json.loads(facts.read_bytes())
    facts.write_text(json.dumps({**table, "encoder": {**table["encoder"], "options": {"dim": 2 * DIM}}}))
    with pytest.raises(ModelError, match=r"mine was fitted to hashing:16; the encoder 'hashing' is hashing:32 now"):
        adapted(model=str(folder))
    for encoder, told in (
        ({"use": "hashin", "options": {}, "identity": IDENTITY}, "did you mean 'hashing'"),
        ({"use": "minilm", "options": {"name": "/nowhere"}, "identity": IDENTITY}, "/nowhere"),
    ):
        facts.write_text(json.dumps({**table, "encoder": encoder}))
        with pytest.raises(ModelError, match=r"mine goes with the encoder .*, which is not to be had") as caught:
            adapted(model=str(folder))
        assert told in str(caught.value)


def test_a_matrix_of_another_encoder_is_refused(tmp_path: Path) -> None:
    """Even where raglan.json has been told to say so."""
    folder = saved(tmp_path / "mine")
    table = json.loads((folder / "raglan.json").read_bytes())
    other = HashingEncoder(2 * DIM).identity
    encoder = {"use": "hashing", "options": {"dim": 2 * DIM}, "identity": other}
    (folder / "raglan.json").write_text(json.dumps({**table, "encoder": encoder}))
    with pytest.raises(ModelError, match=r"leads from queries of hashing:16 .*, not from hashing:32"):
        adapted(model=str(folder))


def test_what_is_no_adapter_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ConfigError, match="holds something that is no model"):
        saved(tmp_path)
    with pytest.raises(ConfigError, match=r"letter\.txt holds something that is no model"):
        refuse_other(tmp_path / "letter.txt")
    other = tmp_path / "encoder"
    other.mkdir()
    (other / "raglan.json").write_text('{"kind": "encoder"}')
    with pytest.raises(ConfigError, match="holds a model of kind 'encoder'"):
        saved(other)
    assert [one.name for one in other.iterdir()] == ["raglan.json"]
    (tmp_path / "empty").mkdir()
    refuse_other(tmp_path / "empty")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        saved(tmp_path / "file" / "below")


def test_a_configuration_names_it(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine")
    made = library(tmp_path / "store", Config.of({"encoder": {"use": "adapted", "model": str(folder)}}))
    assert made.vectors is not None
    assert isinstance(made.vectors.encoder, Adapted)
    made.close()
    with pytest.raises(ConfigError, match="has no option 'modl'; did you mean 'model'"):
        make("encoder", "adapted", {"modl": "x"})
    with pytest.raises(ConfigError, match="cannot be made of these options"):
        make("encoder", "adapted", {})
    assert read_adapter(folder).options == {"dim": DIM}

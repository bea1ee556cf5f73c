"""An encoder of one's own, from the command line: a folder that was trained, in every command that takes one."""

import json
import shutil

import pytest

from raglan.build.encoders import remembered
from raglan.cli.main import main
from raglan.encode.onnx import OnnxEncoder
from raglan.store.store import Store
from tests.models.samples import ranker, saved, tower

TEXTS = {
    "warranty.txt": "The warranty lasts 24 months from the date of delivery.",
    "boiler.txt": "Descale the boiler every three months. Rinse the water tank.",
    "保修.txt": "电池的保修期只有六个月。锅炉每三个月除垢一次。",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    saved(tower(1), place / "one")
    saved(tower(2), place / "two")
    saved(ranker(), place / "ranker")
    saved(tower(3), place / "damaged")
    (place / "damaged" / "model.onnx").write_bytes(b"nothing")
    return place


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    for name, text in TEXTS.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def encoder_of(folder):
    store = Store(folder / ".raglan")
    maker = remembered(store)
    store.close()
    assert maker is not None
    return maker.identity


def test_index_search_and_ask_with_a_folder(folder, models, capsys):
    code, out, err = run(capsys, "index", folder, "--encoder", models / "one", "--json")
    assert (code, err, json.loads(out)["added"]) == (0, "", 3)
    assert encoder_of(folder) == OnnxEncoder(models / "one").identity
    for by in ("vectors", "hybrid"):
        # The store knows its encoder: it need not be named again.
        for named in ([], ["--encoder", models / "one"]):
            code, out, err = run(capsys, "search", folder, TEXTS["boiler.txt"], "--by", by, "--json", *named)
            assert (code, err) == (0, "")
            assert json.loads(out)["hits"][0]["document"] == "boiler.txt"
    for path in (folder, folder / ".raglan"):
        code, out, err = run(capsys, "ask", path, "How long does the warranty last?", "--json", "--threshold", "0")
        assert (code, err) == (0, "")
        assert json.loads(out)["citations"][0]["document"] == "warranty.txt"
    code, out, _ = run(capsys, "doctor", folder)
    assert code == 0
    assert f"encoder: {OnnxEncoder(models / 'one').identity}" in out
    assert len(list((folder / ".raglan" / "vectors").iterdir())) == 1


def test_a_configuration_names_a_folder(folder, models, capsys, tmp_path):
    config = tmp_path / "raglan.toml"
    config.write_text(f"encoder = '{models / 'one'}'\n", encoding="utf-8")
    assert run(capsys, "index", folder, "--config", config)[0] == 0
    assert encoder_of(folder) == OnnxEncoder(models / "one").identity
    config.write_text(f"encoder = {{ use = '{models / 'one'}', length = 12 }}\n", encoding="utf-8")
    assert run(capsys, "index", folder, "--config", config)[0] == 0
    assert encoder_of(folder) == OnnxEncoder(models / "one", length=12).identity


def test_a_folder_that_was_trained_on_is_encoded_by_anew(folder, models, capsys, tmp_path):
    model = tmp_path / "mine"
    shutil.copytree(models / "one", model)
    run(capsys, "index", folder, "--encoder", model)
    shutil.rmtree(model)
    shutil.copytree(models / "two", model)
    code, out, err = run(capsys, "search", folder / ".raglan", "boiler", "--json")
    assert code == 0
    assert json.loads(out)["hits"][0]["document"] == "boiler.txt"
    assert "no vector yet" in err
    code, out, err = run(capsys, "ask", folder, "How long does the warranty last?", "--threshold", "0")
    assert code == 0
    assert "24 months" in out
    assert "other weights: encoding anew" in err
    assert encoder_of(folder) == OnnxEncoder(models / "two").identity
    _, _, err = run(capsys, "index", folder)
    assert err == ""


def test_the_old_vectors_answer_where_nothing_is_encoded(folder, models, capsys):
    run(capsys, "index", folder, "--encoder", models / "one")
    code, out, err = run(
        capsys,
        "search",
        folder / ".raglan",
        TEXTS["boiler.txt"],
        "--by",
        "vectors",
        "--encoder",
        models / "two",
        "--json",
    )
    assert code == 0
    assert json.loads(out)["hits"][0]["document"] == "boiler.txt"
    assert "old vectors answer until raglan index has made new ones" in err


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nowhere", 1, "there is no encoder"),
        ("ranker", 1, "holds a model of kind 'ranker', where 'encoder' is needed; name another folder"),
        ("damaged", 1, "model.onnx was changed"),
        (".", 1, "is no model folder: raglan.json cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["index", "search", "ask"])
def test_what_cannot_be_an_encoder_is_told(folder, models, capsys, command, name, code, says):
    question = [] if command == "index" else ["boiler"]
    found, out, err = run(capsys, command, folder, *question, "--encoder", models / name)
    assert (found, out) == (code, "")
    assert says in err
    assert str(models / name if name != "." else models) in err


def test_doctor_names_an_encoder_that_is_gone(folder, models, capsys, tmp_path):
    shutil.copytree(models / "one", tmp_path / "mine")
    run(capsys, "index", folder, "--encoder", tmp_path / "mine")
    shutil.rmtree(tmp_path / "mine")
    code, out, _ = run(capsys, "doctor", folder)
    assert code == 1
    assert "FAIL  store" in out
    assert "name another, such as builtin" in out
    assert run(capsys, "search", folder, "boiler", "--encoder", "builtin")[0] == 0


def test_static_reads_what_is_in_the_box(folder, capsys):
    code, out, _ = run(capsys, "search", folder, "电池保修多久", "--by", "vectors", "--encoder", "static", "--json")
    assert code == 0
    assert json.loads(out)["hits"][0]["document"] == "保修.txt"
    # Whatever reads English by then, words find it too.
    code, out, _ = run(capsys, "search", folder, "warranty", "--encoder", "static", "--json")
    assert code == 0
    assert json.loads(out)["hits"][0]["document"] == "warranty.txt"

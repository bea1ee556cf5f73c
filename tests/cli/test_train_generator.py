"""``raglan train generator``: a language model that is better is kept in its own form; nothing of anybody's is replaced."""

import json
from pathlib import Path

import pytest

from raglan.cli.main import main

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.generate.tiny import saved


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    passages = [{"id": f"d{at}", "text": f"boiler {at} {'wxyz'[at % 4]}"} for at in range(30)]
    rows = [
        {"id": f"q{at}", "question": f"boiler {at}?", "answers": ["wxyz"[at % 4]], "positives": [f"d{at}"]}
        for at in range(30)
    ]
    for name, some in (("corpus", passages), ("questions", rows)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    return folder


def run(capsys, *arguments):
    code = main(["train", "generator", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_it_is_trained_judged_and_kept_or_not(tmp_path, data, capsys):
    start, model = saved("causal", tmp_path / "start"), tmp_path / "model"
    code, out, err = run(capsys, data, "--from", start, "-o", model, "--steps", "2", "--json", "--lora", "2")
    assert "holds" not in err
    found = json.loads(out)
    assert found["steps"] == 2
    assert code == (0 if found["kept"] else 1)
    assert model.exists() == found["kept"]
    assert not (tmp_path / "model.work").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--fusion", "bias"), "--fusion is nothing that generator can use"),
        (("-o", "{start}"), "holds something already"),
        (("--from", "{nowhere}"), "holds no language model"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, data, capsys, options, told):
    start = saved("causal", tmp_path / "start")
    given = [one.format(start=start, nowhere=tmp_path / "nowhere") for one in options]
    code, out, err = run(capsys, data, "--from", start, "-o", tmp_path / "m", *given)
    assert code in (1, 2)
    assert out == ""
    assert told in err

"""``raglan train reader``: what it keeps answers with its source, and what cannot be is refused before it begins."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from raglan.cli.main import main
from raglan.cli.train_encoder import _with_companion

torch = pytest.importorskip("torch")

from raglan.encode.hashing import HashingEncoder  # noqa: E402
from raglan.encode.onnx import OnnxEncoder  # noqa: E402
from raglan.errors import ConfigError, ModelError  # noqa: E402
from raglan.generate.attending import ATTENTION, Attending  # noqa: E402
from raglan.generate.companion import COMPANION  # noqa: E402
from raglan.generate.reader import ReaderGenerator  # noqa: E402
from raglan.models.blocks import Source  # noqa: E402
from raglan.models.folder import Reading, read  # noqa: E402
from raglan.nn.sharing import load, save  # noqa: E402
from raglan.nn.tokens import Tokens  # noqa: E402
from raglan.nn.tower import Tower, Towers  # noqa: E402
from raglan.nn.trunk import Trunk  # noqa: E402
from raglan.nn.weights import save_trunk  # noqa: E402
from raglan.types import Evidence, Query  # noqa: E402
from tests.models.samples import CARD  # noqa: E402
from tests.train.toy import READS, answered, passage, primed, tokenizer, tower  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
FAST = ("--rate", "4e-3", "--length", "20", "--steps", "200", "--hard", "1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made, folder = answered(), tmp_path / "codes"
    folder.mkdir()
    rows = [
        {
            "id": f"q{at}",
            "question": f"{one.query.text} row{at}",  # no two alike: what is judged by is not learned from
            "answers": list(one.answers),
            "positives": list(one.positives or one.negatives),
            "answerable": bool(one.answers),
        }
        for at, one in enumerate(made.examples)
    ]
    for name, some in (("corpus", [{"id": one.id, "text": one.text} for one in made.passages]), ("questions", rows)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    return folder


@pytest.fixture
def start(tmp_path: Path) -> Path:
    folder = tmp_path / "start"
    save_trunk(primed(Trunk(READS)), folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def run(capsys, *arguments):
    code = main(["train", "reader", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_what_is_kept_answers_with_its_source(tmp_path, data, start, capsys):
    model = tmp_path / "model"
    code, out, err = run(capsys, data, "--from", start, "-o", model, *FAST)
    assert (code, err) == (0, "")
    assert f"kept: {model}" in out
    assert "F1" in out
    found = read(model, "reader")
    assert found.reading.length == 20
    assert found.facts["metrics"]["codes"]["f1"] > 0.6
    draft = ReaderGenerator(model).write(Query("qa3"), [Evidence(passage("d", "filler1 pa5 pa3 filler2"), 1.0)])
    assert draft.text == "pa3"
    assert [one.passage.id for one in draft.citations] == ["d"]
    # What it did not get better at is rejected.
    code, _, err = run(capsys, data, "--from", model, "-o", model, "--steps", "1", "--rate", "1e-9")
    assert code == 1
    assert "rejected: its mean F1" in err


def test_weights_by_vectors_are_kept_and_used(tmp_path, data, start, capsys):
    model = tmp_path / "model"
    options = ("--fusion", "attention", "--encoder", "hashing")
    code, _, err = run(capsys, data, "--from", start, "-o", model, *options, *FAST)
    assert (code, err) == (0, "")
    given = [Evidence(passage("d", "filler1 pa5 pa3 filler2"), 0.5), Evidence(passage("e", "pa1 filler2"), 0.5)]
    draft = ReaderGenerator(model, fusion="attention", encoder=HashingEncoder()).write(Query("qa3"), given)
    assert sum(draft.weights) == pytest.approx(1)
    with pytest.raises(ModelError, match="states of 32 numbers, and is given a vector of"):
        ReaderGenerator(model, fusion="soft", encoder=HashingEncoder()).write(Query("qa3"), given)
    with pytest.raises(ConfigError, match=r"vectors of 'hashing.*; none is configured"):
        ReaderGenerator(model, fusion="attention").write(Query("qa3"), given)
    code, _, err = run(capsys, data, "--from", start, "-o", tmp_path / "b", "--fusion", "soft", "--encoder", "nobody")
    assert code == 2
    assert "no encoder is called 'nobody'" in err


def test_an_encoder_that_learns_with_it_lies_beside_it(tmp_path, data, start, capsys):
    own, model = tmp_path / "own", tmp_path / "model"
    save(tower(), tokenizer(), own, CARD, Reading(length=16, query_length=6, query="filler0 "))
    options = ("--fusion", "attention", "--encoder", own, "--joint")
    code, _, err = run(capsys, data, "--from", start, "-o", model, *options, *FAST)
    assert code == 0
    assert all("finds less than before" in line for line in err.splitlines())
    beside = model / COMPANION
    made, before = load(beside), load(own)
    assert isinstance(made, Towers)
    assert isinstance(before, Tower)
    assert not torch.equal(made.query.trunk.words.weight, before.trunk.words.weight)
    assert torch.equal(made.passage.trunk.words.weight, before.trunk.words.weight)
    assert set(read(beside).facts["metrics"]) == {"codes"}
    # What runs without torch encodes as what was trained, and leaves the vectors of passages as they were.
    learned, plain = OnnxEncoder(beside), OnnxEncoder(own)
    assert learned.identity == plain.identity
    asked = Tokens(tokenizer(), length=16).texts(["filler0 qa3"])
    wanted = made.eval()(asked.ids, asked.mask, role="query").detach().numpy()
    np.testing.assert_allclose(learned.encode(["qa3"], role="query"), wanted, atol=0.02)  # weights in int8
    given = [Evidence(passage("d", "filler1 pa5 pa3 filler2"), 0.5), Evidence(passage("e", "pa1 filler2"), 0.5)]
    drafts = [
        ReaderGenerator(model, fusion="attention", encoder=one).write(Query("qa3"), given)
        for one in (None, learned, plain, HashingEncoder())
    ]
    assert len({one.text for one in drafts}) == 1
    for one in drafts:
        assert one.weights == pytest.approx(drafts[0].weights)
    attending = Attending.read(read(model).data(ATTENTION), "here")
    by_hand = attending("qa3", [Source("", one.passage.text) for one in given], learned)
    assert drafts[0].weights == pytest.approx(by_hand.weights, abs=1e-6)
    # A reader that goes on without vectors takes what it weighs by along.
    again = tmp_path / "again"
    for come, gone in ((model, again), (again, again)):
        assert _with_companion(Namespace(start=come, output=gone), attending) is attending
        assert OnnxEncoder(gone / COMPANION).identity == learned.identity
    # Another tower in its place is not taken for the one that learned.
    save(Towers(tower(1), tower()), tokenizer(), beside, CARD, Reading(length=16, query_length=6))
    with pytest.raises(ModelError, match="is not the encoder that the reader in"):
        ReaderGenerator(model, fusion="attention")
    assert ReaderGenerator(model).write(Query("qa3"), given).text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--joint",), "--joint trains what weighs by vectors, with --fusion attention or soft"),
        (("--joint", "--fusion", "soft"), "and the default encoder is none"),
        (("--joint", "--fusion", "soft", "--encoder", "hashing"), "and hashing is none"),
        (("--loss", "hinge"), "--loss is nothing that reader can use"),
        (("--refresh",), "--refresh is nothing that reader can use"),
        (("--negatives", "mined"), "a reader has no vectors to mine negatives with"),
        (("--length", "40"), "length is 40; the model has 24 positions"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, data, start, capsys, options, told):
    code, out, err = run(capsys, data, "--from", start, "-o", tmp_path / "m", *options)
    assert (code, out) == (2, "")
    assert told in err
    assert not (tmp_path / "m").exists()


def test_only_a_reader_fuses(tmp_path, data, start, capsys):
    code = main(["train", "encoder", str(data), "--from", str(start), "-o", str(tmp_path / "m"), "--fusion", "bias"])
    assert code == 2
    assert "--fusion is nothing that encoder can use" in capsys.readouterr().err

"""The commands that train networks: what they keep, reject and refuse, and that they can be stopped."""

import hashlib
import json
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from raglan.cli.main import main

torch = pytest.importorskip("torch")

from safetensors import SafetensorError  # noqa: E402

from raglan.datasets.forms import load as load_set  # noqa: E402
from raglan.datasets.parts import split  # noqa: E402
from raglan.models.folder import read  # noqa: E402
from raglan.nn.sharing import load  # noqa: E402
from raglan.nn.weights import save_trunk  # noqa: E402
from raglan.store.feedback import Feedback, FeedbackLog  # noqa: E402
from raglan.store.store import Store  # noqa: E402
from raglan.train import checkpoint  # noqa: E402
from raglan.train import course as courses  # noqa: E402
from raglan.train.plan import Progress  # noqa: E402
from raglan.train.step import Descend  # noqa: E402
from raglan.types import Document, Span  # noqa: E402
from raglan.types import Passage as Found  # noqa: E402
from tests.models import samples  # noqa: E402
from tests.samples import ENGLISH  # noqa: E402
from tests.train.toy import codes, tokenizer, tower  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
FAST = ("--rate", "1e-2", "--length", "16", "--steps", "60")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made, folder = codes(), tmp_path / "codes"
    lines(folder / "corpus.jsonl", [{"id": one.id, "text": one.text} for one in made.passages])
    rows = [
        {"id": f"q{at}", "question": one.query.text, "positives": list(one.positives)}
        for at, one in enumerate(made.examples)
    ]
    lines(folder / "questions.jsonl", rows)
    return folder


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A folder as Hugging Face has them."""
    folder = tmp_path / "start"
    save_trunk(tower().trunk, folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run(capsys, what, *arguments):
    code = main(["train", what, *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def contents(folder: Path) -> dict[str, str]:
    return {
        str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file()
    }


def test_a_better_encoder_is_kept_and_can_be_gone_on_from(tmp_path, data, start, capsys):
    model = tmp_path / "model"
    code, out, err = run(capsys, "encoder", data, "--from", start, "-o", model, *FAST)
    assert (code, err) == (0, "")
    assert f"kept: {model}" in out
    [row] = [line.split() for line in out.splitlines() if line.startswith("codes")]
    assert float(row[3]) > float(row[2]) + 0.2  # recall@1
    assert read(model, "encoder").reading.length == 16
    assert not (tmp_path / "model.work").exists()
    # What it did not get better at is rejected, and what was there stays.
    before = contents(model)
    code, out, err = run(capsys, "encoder", data, "--from", model, "-o", model, "--steps", "1", "--rate", "1e-9")
    assert code == 1
    assert "rejected: its mean nDCG@10" in err
    assert "kept" not in out
    assert contents(model) == before
    load(model)


def test_json_for_programs(tmp_path, data, start, capsys):
    code, out, _ = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--json", *FAST)
    found = json.loads(out)
    assert (code, found["kept"], found["faults"], found["steps"]) == (0, True, [], 60)
    assert found["sets"]["codes"]["after"]["ndcg@10"] > found["sets"]["codes"]["before"]["ndcg@10"]


@pytest.mark.parametrize(
    "options",
    [
        ("--loss", "hinge", "--similarity", "l2", "--separate"),
        ("--loss", "pointwise", "--frozen", "1", "--part", "8"),
        ("--negatives", "mined", "--refresh", "--hard", "2", "--epochs", "3"),
        ("--negatives", "bm25", "--limit", "20"),
    ],
)
def test_options_reach_the_training(tmp_path, data, start, capsys, options):
    steps = () if "--epochs" in options else ("--steps", "4")
    code, out, _ = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--json", *steps, *options)
    found = json.loads(out)
    assert code == (0 if found["kept"] else 1)
    assert found["steps"] == (3 if "--epochs" in options else 4)


def parts(data: Path) -> tuple[Path, Path]:
    """Two folders over the passages of ``data``: questions to learn from and others."""
    rows = [json.loads(line) for line in (data / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    made = []
    for name, some in (("learn", rows[:48]), ("judge", rows[48:])):
        folder = data.parent / name
        lines(folder / "questions.jsonl", some)
        (folder / "corpus.jsonl").write_bytes((data / "corpus.jsonl").read_bytes())
        made.append(folder)
    return made[0], made[1]


@pytest.mark.parametrize("what", ["encoder", "ranker"])
def test_sets_may_be_named_to_judge_by(tmp_path, data, start, capsys, what):
    learn, judge = parts(data)
    model, more = tmp_path / "m", tmp_path / "more"
    lines(more / "questions.jsonl", [{"id": "q", "question": "filler1 qa7 qb7", "positives": ["d77"]}])
    (more / "corpus.jsonl").write_bytes((data / "corpus.jsonl").read_bytes())
    given = (learn, "--from", start, "-o", model, "--held", judge, "--held", more, "--json", *FAST)
    code, out, err = run(capsys, what, *given)
    found = json.loads(out)
    assert "left out" not in err
    assert found["rows"] == 48, "all of it"
    assert {name: one["questions"] for name, one in found["sets"].items()} == {"judge": 16, "more": 1}
    assert code == (0 if found["kept"] else 1)


def test_what_is_judged_by_is_not_learned_from(tmp_path, data, start, capsys):
    _, judge = parts(data)
    code, out, err = run(
        capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--held", judge, "--json", "--steps", "1"
    )
    assert json.loads(out)["rows"] == 48
    assert "codes: left out: 16 questions that are held out to judge by" in err
    code, out, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--held", data, "--steps", "1")
    assert (code, out) == (1, "")
    assert "no question has a passage to learn from" in err


def test_a_card_counts_the_rows_that_were_learned_from(tmp_path, data, start, capsys):
    learn, judge = parts(data)
    other = tmp_path / "other"
    lines(other / "questions.jsonl", [{"id": "q", "question": "filler2 qa3 qb3", "positives": ["x"]}])
    lines(other / "corpus.jsonl", [{"id": "x", "text": "filler4 pa3 pb3 filler4"}])
    told = ("--from", start, "-o", tmp_path / "m", "--held", judge, *FAST)
    assert run(capsys, "encoder", learn, other, *told)[0] == 0
    table = json.loads((tmp_path / "m" / "raglan.json").read_bytes())
    assert [(one["name"], one["rows"], one["licence"]) for one in table["data"]] == [
        ("learn", 48, "unknown"),
        ("other", 1, "unknown"),
    ]
    assert list(table["metrics"]) == ["judge"]
    # Where a fifth is held out, what is left is counted.
    assert run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "n", *FAST)[0] == 0
    table = json.loads((tmp_path / "n" / "raglan.json").read_bytes())
    [one] = table["data"]
    assert one["name"] == "codes"
    assert one["rows"] + table["metrics"]["codes"]["questions"] == 64


def test_a_share_of_the_weights_before_is_kept(tmp_path, data, start, capsys):
    learn, judge = parts(data)
    found = {}
    for keep in ("0", "0.25"):
        model = tmp_path / f"kept-{keep}"
        told = ("--from", start, "-o", model, "--held", judge, "--keep", keep, *FAST)
        assert run(capsys, "encoder", learn, *told)[0] == 0
        found[keep] = load(model).state_dict()
    before = tower().state_dict()
    for name, whole in found["0"].items():
        torch.testing.assert_close(found["0.25"][name], 0.25 * before[name] + 0.75 * whole)
    assert any(not torch.equal(whole, before[name]) for name, whole in found["0"].items())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--negatives", "mined", "--steps", "4"), "looked for anew after 4 steps, an epoch, and the run has 4"),
        (("--negatives", "bm25", "--epochs", "1"), "looked for anew after 4 steps, an epoch, and the run has 4"),
        (("--steps", "9"), "in-batch negatives are not looked for; take bm25 or mined"),
        (("--negatives", "bm25", "--steps", "5"), ""),
    ],
)
def test_a_refresh_that_never_comes_is_told(tmp_path, data, start, capsys, options, says):
    learn, judge = parts(data)
    told = ("--from", start, "-o", tmp_path / "m", "--held", judge, "--batch", "12", "--refresh", *options)
    _, _, err = run(capsys, "encoder", learn, *told)
    assert ("refresh does nothing" in err) == bool(says)
    assert says in err


def test_stopped_and_resumed_is_the_same_model(tmp_path, data, start, capsys, monkeypatch):
    told = ("--from", start, "--rate", "1e-2", "--steps", "30", "--length", "16")
    assert run(capsys, "encoder", data, "-o", tmp_path / "whole", *told)[0] == 0
    model = tmp_path / "model"

    def stop(now: Progress) -> None:
        if now.step == 7:
            raise KeyboardInterrupt

    real = courses.train_encoder
    with monkeypatch.context() as patch:
        patch.setattr(courses, "train_encoder", lambda *given, **more: real(*given, **{**more, "watch": [stop]}))
        code, out, err = run(capsys, "encoder", data, "-o", model, *told)
    assert (code, out) == (1, "")
    assert "stopped at step 7 of 30; resume from step 7" in err
    assert "--resume" in err
    assert not model.exists()
    # Nothing is overwritten by chance.
    code, _, err = run(capsys, "encoder", data, "-o", model, *told)
    assert code == 2
    assert "holds a run already" in err
    assert run(capsys, "encoder", data, "-o", model, *told, "--resume")[0] == 0
    name = "model.safetensors"
    assert (model / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.fixture
def stopped(tmp_path: Path, data, start, capsys, monkeypatch) -> Path:
    """Where a model was to be saved by a run that was stopped after three of six steps."""

    def stop(now: Progress) -> None:
        if now.step == 3:
            raise KeyboardInterrupt

    real = courses.train_encoder
    with monkeypatch.context() as patch:
        patch.setattr(courses, "train_encoder", lambda *given, **more: real(*given, **{**more, "watch": [stop]}))
        code, _, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "model", *SIX)
    assert (code, "stopped at step 3 of 6" in err) == (1, True)
    return tmp_path / "model"


SIX = ("--rate", "1e-2", "--length", "16", "--steps", "6")


@pytest.mark.parametrize(
    ("what", "options", "says"),
    [
        ("encoder", ("--loss", "hinge"), "loss = in_batch, not hinge"),
        ("encoder", ("--similarity", "l2"), "similarity = cosine, not l2"),
        ("encoder", ("--frozen", "1"), "frozen = 0, not 1"),
        ("encoder", ("--negatives", "bm25"), "negatives = in-batch, not bm25"),
        ("encoder", ("--hard", "3"), "hard = 1, not 3"),
        ("encoder", ("--separate",), "separate = False, not True"),
        ("encoder", ("--length", "12"), "length = 16, not 12"),
        ("encoder", ("--steps", "8"), "steps = 6, not 8"),
        ("encoder", ("--rate", "1e-3"), "rate = 0.01, not 0.001"),
        ("encoder", ("--from", "OTHER"), "from = start ("),
        ("encoder", ("--limit", "20"), "data = 61 questions over 64 passages ("),
        ("ranker", ("--hard", "1"), "model = Towers, not Ranker"),
    ],
)
def test_another_run_is_not_gone_on_with(tmp_path, data, start, stopped, capsys, what, options, says):
    """Nor is anything of it lost: it goes on with what it was begun with."""
    other = tmp_path / "other" / "start"
    save_trunk(tower(5).trunk, other)
    tokenizer().save(str(other / "tokenizer.json"))
    given = [other if one == "OTHER" else one for one in options]
    work = tmp_path / "model.work"
    before = contents(work)
    code, out, err = run(capsys, what, data, "--from", start, "-o", stopped, *SIX, "--resume", *given)
    assert (code, out) == (2, "")
    assert f"the run in {work / 'run'} was begun with {says}" in err
    assert "resume it with that, or name another folder" in err
    assert contents(work) == before


def test_other_questions_are_noticed_though_they_are_as_many(data, start, stopped, capsys):
    file = data / "questions.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace("filler", "other"), encoding="utf-8")
    code, _, err = run(capsys, "encoder", data, "--from", start, "-o", stopped, *SIX, "--resume")
    assert code == 2
    assert re.search(r"begun with data = 61 questions .*, not 61 questions ", err)


def test_a_checkpoint_that_is_not_finite_is_told(data, start, stopped, capsys, monkeypatch):
    last = stopped.with_name("model.work") / "run" / "last.safetensors"
    state = checkpoint.load(last)
    state["step"]["model"]["towers.query.trunk.words.weight"][3, 3] = torch.nan
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_refuse_what_is_not_finite", lambda *_: None)
        checkpoint.save(last, state)
    code, out, err = run(capsys, "encoder", data, "--from", start, "-o", stopped, *SIX, "--resume")
    assert (code, out) == (1, "")
    assert f"{last}: step/model/towers.query.trunk.words.weight is not finite; delete it and begin again" in err


def test_a_run_that_is_not_there_is_told_and_begun(tmp_path, data, start, capsys):
    _, _, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--steps", "1", "--resume")
    assert f"there is no run in {tmp_path / 'm.work'} to resume; one begins" in err


def interrupts(*_: object, **__: object) -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    "where",
    ["raglan.train.retriever.Retriever.fill", "raglan.train.course.judged", "raglan.nn.sharing._write_tokenizer"],
    ids=["before", "after", "saving"],
)
def test_stopped_before_or_after_the_steps(tmp_path, data, start, capsys, monkeypatch, where):
    """Every Ctrl-C is told how to go on, and costs nothing."""
    # A shell that puts a job into the background may have it ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    model = tmp_path / "model"
    given = ("encoder", data, "--from", start, "-o", model, *FAST)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(where, interrupts)
            code, out, err = run(capsys, *given)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, out) == (1, "")
    assert err.endswith("raglan: stopped; the same command with --resume goes on\n")
    assert not model.exists()
    assert run(capsys, *given, "--resume")[0] == 0
    load(model)
    assert not (tmp_path / "model.work").exists()


def test_a_disk_that_is_full_at_the_end_costs_no_training(tmp_path, data, start, capsys, monkeypatch):
    model, work = tmp_path / "model", tmp_path / "model.work"
    given = ("encoder", data, "--from", start, "-o", model, *FAST)

    def full(*_: object, **__: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr("raglan.nn.weights.save_file", full)
        code, out, err = run(capsys, *given)
    assert (code, out) == (1, "")
    assert f"{model} cannot be written (I/O error: No space left on device" in err
    assert f"what was learned is kept in {work}: the same command with --resume saves it" in err
    monkeypatch.setattr(Descend, "__call__", None)  # no step is made again
    assert run(capsys, *given, "--resume")[0] == 0
    load(model)


def test_a_ranker_is_judged_by_what_it_orders(tmp_path, data, start, capsys):
    code, out, err = run(capsys, "ranker", data, "--from", start, "-o", tmp_path / "m", "--steps", "2", "--hard", "3")
    assert code == (1 if "rejected" in err else 0)
    assert "codes" in out
    assert (tmp_path / "m").exists() == (code == 0)


def test_what_was_left_out_is_told(tmp_path, data, start, capsys):
    with (data / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "bad"}\n')
        for at in range(8):
            row = {"id": f"t{at}", "question": f"t{at}", "positives": [f"d0{at}"], "negatives": [f"d0{at}", "d11"]}
            file.write(json.dumps(row) + "\n")
        file.write('{"id": "none", "question": "q?", "answers": ["x"]}\n')
    _, _, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--steps", "1")
    assert "codes: 1 malformed rows left out" in err
    assert re.search(r"^left out: [1-8] positives that were listed as negatives too$", err, re.MULTILINE)
    assert re.search(r"^left out: 1 questions without a known passage$", err, re.MULTILINE)


@pytest.mark.parametrize(
    ("questions", "corpus", "says"),
    [
        ('{"id": "a"}\nnonsense\n', True, "there are none"),
        (
            '{"id": "a", "question": "q?", "answers": ["x"], "positives": []}\n',
            True,
            "1 questions without a known passage",
        ),
        ('{"id": "a", "question": "q?", "positives": ["d00"]}\n', False, "1 positives that are not among the passages"),
    ],
    ids=["malformed", "without positives", "without passages"],
)
@pytest.mark.parametrize("what", ["encoder", "ranker"])
def test_nothing_to_learn_from(tmp_path, data, start, capsys, what, questions, corpus, says):
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "questions.jsonl").write_text(questions, encoding="utf-8")
    if corpus:
        (bad / "corpus.jsonl").write_bytes((data / "corpus.jsonl").read_bytes())
    code, out, err = run(capsys, what, bad, "--from", start, "-o", tmp_path / "m", "--held", data)
    assert (code, out) == (1, "")
    assert "bad: no question has a passage to learn from (" in err
    assert says in err
    assert "names for each question the passages that answer it, and holds them" in err
    assert not (tmp_path / "m.work" / "run").exists()


@pytest.mark.parametrize("what", ["encoder", "ranker"])
def test_nothing_to_judge_by_is_told_before_the_training(tmp_path, data, start, capsys, what):
    _, judge = parts(data)
    bad = tmp_path / "bad"
    lines(bad / "questions.jsonl", [{"id": "q", "question": "q?", "positives": ["d00"]}])
    given = (data, "--from", start, "-o", tmp_path / "m", "--steps", "2")
    code, out, err = run(capsys, what, *given, "--held", bad)
    assert (code, out) == (1, "")
    assert "raglan: bad: no question with a known passage is held out to judge by; name a set that has some" in err
    assert not (tmp_path / "m.work").exists()
    _, _, err = run(capsys, what, *given, "--held", bad, "--held", judge)
    assert "raglan: bad: nothing is judged by it" in err


def test_a_question_that_stands_twice_is_not_learned_from_and_judged_by(tmp_path, data, start, capsys):
    """Though a fifth is held out by document, and the two are of different ones."""
    held = {one.query.text for one in split(load_set(data), share=0.8, seed=0)[1].examples}
    with (data / "questions.jsonl").open("a", encoding="utf-8") as file:
        for at, text in enumerate(sorted(held)):
            for name in ("d00", "d11", "d22", "d33"):
                file.write(json.dumps({"id": f"{name}-{at}", "question": text, "positives": [name]}) + "\n")
    seen = []
    real = courses.train_encoder

    def watched(course, *given, **more):
        seen.append(course)
        return real(course, *given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(courses, "train_encoder", watched)
        _, _, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--steps", "1")
    learned, judged = (
        {one.query.text for data in side for one in data.examples} for side in (seen[0].learn, seen[0].held)
    )
    assert held <= judged
    assert not learned & judged
    assert re.search(r"codes: left out: \d+ questions that are held out to judge by", err)


def test_no_torch_is_said(tmp_path, data, start, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m")
    assert (code, out) == (1, "")
    assert "pip install 'raglan[train]'" in err


@pytest.mark.parametrize(
    ("what", "options", "code", "says"),
    [
        ("encoder", [], 2, "--from FOLDER"),
        ("encoder", ["--from", "nowhere"], 1, "nowhere"),
        ("encoder", ["--from", "START", "--config", "x.toml"], 2, "--config is nothing that encoder can use"),
        ("ranker", ["--from", "START", "--loss", "hinge"], 2, "--loss is nothing that ranker can use"),
        ("merge", ["--from", "START"], 2, "--from is nothing that merge can use"),
        ("encoder", ["--from", "START", "--length", "600"], 2, "the model has 24 positions"),
        ("encoder", ["--from", "START", "--frozen", "2"], 2, "leaves none to learn"),
        ("ranker", ["--from", "START", "--negatives", "mined"], 2, "only an encoder"),
        ("encoder", ["--from", "START", "--keep", "1"], 2, "keep is 1.0, must be from 0"),
        ("query", ["--keep", "0.5"], 2, "--keep is nothing that query can use"),
        ("merge", ["--held", "START"], 2, "--held is nothing that merge can use"),
        ("encoder", ["--from", "START", "--held", "nowhere"], 1, "nowhere"),
    ],
)
def test_wrong_usage(tmp_path, data, start, capsys, what, options, code, says):
    given = [start if one == "START" else one for one in options]
    found, out, err = run(capsys, what, data, "-o", tmp_path / "m", *given)
    assert (found, out) == (code, "")
    assert says in err
    assert not (tmp_path / "m").exists()


def test_damaged_weights_are_not_started_from(tmp_path, data, start, capsys):
    made = tower()
    with torch.no_grad():
        made.trunk.words.weight[3, 3] = torch.nan
    save_trunk(made.trunk, start)
    for what in ("encoder", "ranker"):
        code, _, err = run(capsys, what, data, "--from", start, "-o", tmp_path / "m")
        assert code == 1
        assert f"{start / 'model.safetensors'}: embeddings.word_embeddings.weight holds NaN or infinity" in err
        assert "fetch the folder again" in err


def test_a_tokenizer_of_another_model_is_not_started_with(tmp_path, data, start, capsys):
    samples.tokenizer().save(str(start / "tokenizer.json"))
    code, out, err = run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m")
    assert (code, out) == (2, "")
    assert f"{start}: the tokenizer's ids go up to" in err
    assert "put the tokenizer there that belongs to the weights" in err


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, data, start, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear", encoding="utf-8")
    code, _, err = run(capsys, "encoder", data, "--from", start, "-o", mine, *FAST)
    assert code == 2
    assert "holds something that is no model" in err
    assert contents(mine).keys() == {"letter.txt"}
    code, _, err = run(capsys, "encoder", data, "--from", start, "-o", mine / "letter.txt", *FAST)
    assert (code, "letter.txt holds something that is no model" in err) == (2, True)
    # Nor what lies where checkpoints would.
    (tmp_path / "m.work").mkdir()
    (tmp_path / "m.work" / "letter.txt").write_text("dear", encoding="utf-8")
    run(capsys, "encoder", data, "--from", start, "-o", tmp_path / "m", "--steps", "1")
    assert contents(tmp_path / "m.work").keys() == {"letter.txt"}


@pytest.mark.parametrize("kind", ["adapter", "ranker"])
def test_a_model_of_another_kind_is_not_replaced(tmp_path, data, start, capsys, kind):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "raglan.json").write_text(json.dumps({"format": 1, "kind": kind}), encoding="utf-8")
    before = contents(mine)
    code, _, err = run(capsys, "encoder", data, "--from", start, "-o", mine, *FAST)
    assert code == 2
    assert f"{mine} holds a model of kind '{kind}': name a new folder, or one that an encoder was saved in" in err
    assert contents(mine) == before


def test_the_folder_that_one_is_in_may_be_named(tmp_path, data, start, capsys, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert run(capsys, "encoder", data, "--from", start, "-o", ".", *FAST)[0] == 0
    monkeypatch.undo()
    assert read(here, "encoder").name == "here"


def test_questions_made_from_ones_own_documents_train_an_encoder(tmp_path, capsys):
    """From a folder of documents to a model that searches it, by commands alone."""
    docs, made, model = tmp_path / "docs", tmp_path / "made", tmp_path / "model"
    docs.mkdir()
    for at, word in enumerate(ENGLISH):
        first, second = (ENGLISH[(at + step) % len(ENGLISH)] for step in (7, 13))
        text = f"Rinse the {first} {at} times. A {word} guard is a device that keeps the {second} clean."
        (docs / f"{word}.md").write_text(f"# The {word}\n\n## Caring for the {word}\n\n{text}\n", encoding="utf-8")
    assert main(["index", str(docs), "--encoder", "hashing"]) == 0
    assert main(["eval", "--make", str(docs), "-o", str(made), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["questions"] == 2 * len(ENGLISH)
    start = tmp_path / "start"
    save_trunk(samples.trunk(), start)
    samples.tokenizer().save(str(start / "tokenizer.json"))
    fast = ("--rate", "3e-3", "--length", "24", "--steps", "30", "--batch", "16")
    code, out, _ = run(capsys, "encoder", made, "--from", start, "-o", model, "--json", *fast)
    found = json.loads(out)
    learn, held = split(load_set(made), share=0.8, seed=0)
    assert (code, found["kept"], found["rows"]) == (0, True, len(learn.examples))
    assert found["sets"]["made"]["questions"] == len(held.examples) > 5
    assert main(["search", str(docs), "wand guard", "--encoder", str(model), "--by", "vectors", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == 10


def test_feedback_of_a_store_trains_an_encoder(tmp_path, start, capsys):
    """Thumbs are rows as any others: what was found wrong is a negative."""
    made, store = codes(), Store(tmp_path / "store")
    log, wrong = FeedbackLog(store), f"{next(iter(made.passages)).id}.txt"
    with store.transaction():
        for at, (passage, example) in enumerate(zip(made.passages, made.examples, strict=True)):
            name = f"{passage.id}.txt"
            text = passage.text
            store.put(Document(name, text), [Found(name, text, name, Span(0, len(text)), meta={"title": "."})])
            log.add(Feedback("2026-01-01", example.query.text, f"{example.positives[0]}.txt", 1.0, person="ann"))
            if at:
                log.add(Feedback("2026-01-01", example.query.text, wrong, -1.0, person="ann"))
    store.close()
    code, out, err = run(capsys, "encoder", tmp_path / "store", "--from", start, "-o", tmp_path / "m", "--json", *FAST)
    found = json.loads(out)
    assert (code, found["kept"]) == (0, True)
    assert "left out" not in err
    [(name, one)] = found["sets"].items()
    assert name == "store/feedback"
    assert found["rows"] + one["questions"] == 64

"""The command that trains: what it keeps, what it rejects, and what it says of sets that teach nothing."""

import json
import random
from dataclasses import fields

import pytest

from raglan.build.parts import library
from raglan.cli.main import main
from raglan.config import Config
from raglan.search.learned import FEATURES, learned, weights
from raglan.train.trial import Trial
from raglan.types import Hit, Passage, Query, Span

# Words that only vectors look at: searching by words passes them over.
JOINING = """after again all am an any are as because been before being between both but by for from further had has have
into nor now of off on once only other out over own same than that their them then there these they this those to""".split()


def rare(number):
    return "zq" + "".join(chr(97 + int(digit)) for digit in f"{number:03}")


def torn(number, chance):
    """Two passages and a question for each; both questions look like the one by words, like the other by vectors.

    Which is meant only shows in how it is written: with a mark, what vectors find.
    """
    for asks in (True, False):
        place = 2 * number + asks
        pattern = " ".join(chance.sample(JOINING, 6))
        passages = [
            {"id": f"v{place}", "text": f"{pattern}."},
            {"id": f"w{place}", "text": f"{rare(place)} {' '.join(chance.choices(JOINING, k=30))}."},
        ]
        mark = "?" if asks else ""
        question = {
            "id": f"q{place}",
            "question": f"{pattern} {rare(place)}{mark}",
            "positives": [passages[not asks]["id"]],
        }
        yield passages, question


def easy(number, chance):
    """What every search finds at once: nothing is to be gained."""
    text = f"{rare(number)} {' '.join(chance.sample(JOINING, 4))}"
    yield [{"id": f"p{number}", "text": text}], {"id": f"q{number}", "question": text, "positives": [f"p{number}"]}


def write(folder, make, count, seed=1):
    """A set in the folder form."""
    chance = random.Random(seed)
    made = [pair for number in range(count) for pair in make(number, chance)]
    lines(folder / "corpus.jsonl", [passage for passages, _ in made for passage in passages])
    lines(folder / "questions.jsonl", [question for _, question in made])
    return folder


def lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run(capsys, *arguments):
    code = main(["train", "merge", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


HASHING = ("--encoder", "hashing")


def test_a_better_merge_is_kept(tmp_path, capsys):
    sets = [write(tmp_path / name, torn, 40, seed) for name, seed in (("one", 1), ("two", 2))]
    model = tmp_path / "deep" / "down" / "model.json"
    code, out, err = run(capsys, *sets, "-o", model, *HASHING)
    assert (code, err) == (0, "")
    assert [path.name for path in model.parent.iterdir()] == ["model.json"]
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith(("one ", "two "))}
    assert set(rows) == {"one", "two"}
    for asked, words, vectors, rrf, minmax, mine, *weight in rows.values():
        assert 5 < int(asked) < 30
        assert float(mine) > max(map(float, (words, vectors, rrf, minmax))) + 0.05
        assert len(weight) == 4
    assert "trusted more the higher “asked with a mark” is (+" in out
    assert f'kept: {model}; in a configuration: merge = {{ use = "learned", weights = "{model}" }}' in out
    # It learned what there was to learn, and can be configured as it says.
    passages = [Passage(name, name, name, Span(0, 1)) for name in "ab"]
    found = [[Hit(passages[0], 5.0, "words")], [Hit(passages[1], 0.7, "vectors")]]
    assert trusted(model, "before it?", found) > trusted(model, "before it", found) + 0.05
    table = {"encoder": "hashing", "merge": {"use": "learned", "weights": str(model)}}
    made = library(None, Config.of(table))
    assert made.hybrid.merge(Query("before it?"), found) == learned(weights=str(model))(Query("before it?"), found)
    made.close()


def trusted(model, text, found):
    decided = weights(Query(text), found, weights=str(model))
    assert decided is not None
    return decided[0]


def test_one_that_is_no_better_is_rejected(tmp_path, capsys):
    data, model = write(tmp_path / "easy", easy, 30), tmp_path / "model.json"
    code, out, err = run(capsys, data, "-o", model, *HASHING)
    assert code == 1
    assert not model.exists()
    assert "kept" not in out
    assert "easy" in out
    assert "rejected: its mean, 1.0000, is not above that of minmax, 1.0000\n" in err
    assert len(err.splitlines()) == 4
    # What was there before stays.
    model.write_text("before", encoding="utf-8")
    assert run(capsys, data, "-o", model, *HASHING)[0] == 1
    assert model.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["easy", "model.json"]


def test_json_for_programs(tmp_path, capsys):
    model = tmp_path / "model.json"
    for make, kept in ((torn, True), (easy, False)):
        code, out, err = run(capsys, write(tmp_path / make.__name__, make, 40), "-o", model, *HASHING, "--json")
        found = json.loads(out)
        assert (code, found["kept"]) == (0 if kept else 1, kept)
        assert bool(found["faults"]) is not kept
        assert err == "".join(f"rejected: {fault}\n" for fault in found["faults"])
        [(name, one)] = found["sets"].items()
        assert name == make.__name__
        assert set(one) == {field.name for field in fields(Trial)}
    table = json.loads(model.read_text(encoding="utf-8"))
    assert len(table["mean"][0]) == len(FEATURES)


def test_a_seed_and_kept_indexes_change_nothing(tmp_path, capsys):
    data, work = write(tmp_path / "torn", torn, 15), tmp_path / "work"
    said = {}
    for name, *options in (("a",), ("b", "--work", work), ("c", "--work", work), ("d", "--seed", 5)):
        _, said[name], _ = run(capsys, data, "-o", tmp_path / "model.json", *HASHING, "--json", *options)
    assert said["a"] == said["b"] == said["c"] != said["d"]
    assert [path.name for path in work.iterdir()] == ["torn"]


def test_at_most_so_many_questions(tmp_path, capsys):
    _, out, _ = run(
        capsys, write(tmp_path / "x", torn, 15), "-o", tmp_path / "m.json", *HASHING, "--json", "--limit", "4"
    )
    assert json.loads(out)["sets"]["x"]["questions"] == 4


def test_malformed_rows_are_told(tmp_path, capsys):
    data = write(tmp_path / "easy", easy, 30)
    with (data / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "bad"}\n{"id": "worse", "question": 3}\n')
    _, _, err = run(capsys, data, "-o", tmp_path / "model.json", *HASHING)
    told, *rest = err.splitlines()
    assert told.startswith("easy: 2 malformed rows left out; the first: ")
    assert "questions.jsonl" in told
    assert all(line.startswith("rejected: ") for line in rest)


def test_nothing_to_try_it_on(tmp_path, capsys):
    # The one question falls into the part that is learned from.
    data = write(tmp_path / "one", easy, 1)
    code, out, err = run(capsys, data, "-o", tmp_path / "model.json", *HASHING)
    assert (code, out) == (1, "")
    assert err == "rejected: nothing could be held out to try it on\n"
    assert not (tmp_path / "model.json").exists()


def no_corpus(folder):
    lines(folder / "questions.jsonl", [{"id": "q", "question": "What?", "positives": ["p"]}])


def nothing_known(folder):
    lines(folder / "corpus.jsonl", [{"id": "p", "text": "Boiler."}])
    lines(folder / "questions.jsonl", [{"id": f"q{n}", "question": "Boiler?", "answers": ["x"]} for n in range(9)])


def nothing_found(folder):
    """What is relevant is in the corpus, and no search finds it among what there is."""
    rows = [{"id": f"p{n}", "text": f"Boiler {n}."} for n in range(150)]
    lines(folder / "corpus.jsonl", [*rows, {"id": "gold", "text": "Zeppelins fly."}])
    asked = [{"id": f"q{n}", "question": f"boiler boiler {n}", "positives": ["gold"]} for n in range(30)]
    lines(folder / "questions.jsonl", asked)


def no_json(folder):
    folder.mkdir()
    (folder / "corpus.jsonl").write_text("{\n", encoding="utf-8")
    (folder / "questions.jsonl").write_text("what?\n", encoding="utf-8")


def missing(folder):
    pass


def empty(folder):
    folder.mkdir()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (missing, "cannot be read"),
        (empty, "holds no dataset"),
        (no_json, "nothing to learn from"),
        (no_corpus, "nothing to learn from"),
        (nothing_known, "nothing to learn from"),
        (nothing_found, "nothing to learn from"),
    ],
)
def test_bad_data(tmp_path, capsys, spoil, says):
    spoil(tmp_path / "data")
    code, out, err = run(capsys, tmp_path / "data", "-o", tmp_path / "model.json", *HASHING)
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.startswith("raglan: ")
    assert str(tmp_path / "data") in last
    assert says in last
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--encoder", "none"], "it needs an encoder"),
        (["--encoder", "hashin"], "did you mean 'hashing'"),
        (["--form", "foldr"], "did you mean 'folder'"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_wrong_usage(tmp_path, capsys, options, says):
    code, out, err = run(capsys, write(tmp_path / "easy", easy, 3), "-o", tmp_path / "model.json", *options)
    assert (code, out) == (2, "")
    assert says in err
    assert not (tmp_path / "model.json").exists()


def test_two_sets_of_one_name_are_not_mixed(tmp_path, capsys):
    one, other = (write(tmp_path / name / "mine", easy, 3) for name in ("a", "b"))
    code, out, err = run(capsys, one, other, "-o", tmp_path / "model.json", *HASHING)
    assert (code, out) == (2, "")
    assert f"{other} is the second set called 'mine'" in err


@pytest.mark.parametrize(
    "arguments", [["train"], ["train", "merge"], ["train", "merge", "x"], ["train", "encoder", "x"]]
)
def test_usage_errors_exit_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2

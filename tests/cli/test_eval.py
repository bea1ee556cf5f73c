"""``raglan eval``: its contract, its gates, its pages, and questions from one's own documents."""

import json

import pytest

from raglan.cli.main import main
from raglan.datasets.forms import load

CONTRACT = {"data", "questions", "passages", "systems", "seconds"}
CORPUS = [
    ("kettle", "Kettle", "The kettle holds 1.7 litres. Never fill it above the mark."),
    ("lamp", "Lamp", "A red lamp means that the tank is empty."),
    ("warranty", "Warranty", "The warranty lasts 24 months from the date of purchase."),
    ("leave", "年假", "员工每年有二十天年假。"),
]
QUESTIONS = [
    {"id": "a", "question": "How much does the kettle hold?", "answers": ["1.7 litres"], "positives": ["kettle"]},
    {"id": "b", "question": "What does a red lamp mean?", "answers": ["the tank is empty"], "positives": ["lamp"]},
    {"id": "c", "question": "How long is the warranty?", "answers": ["24 months"], "positives": ["warranty"]},
    {"id": "d", "question": "员工每年有多少天年假？", "answers": ["二十天"], "positives": ["leave"]},
    {"id": "e", "question": "Who painted the ceiling of the chapel?", "answerable": False},
]
WORDS = ("--encoder", "none", "--systems", "words,sentence")


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    corpus = [{"id": name, "title": title, "text": text} for name, title, text in CORPUS]
    (place / "corpus.jsonl").write_text(lines(corpus), encoding="utf-8")
    (place / "questions.jsonl").write_text(lines(QUESTIONS), encoding="utf-8")
    return place


@pytest.fixture
def documents(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    for name, title, text in CORPUS:
        (place / f"{name}.md").write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
    return place


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_is_exactly_the_contract(data, capsys):
    code, out, _ = run(capsys, "eval", data, *WORDS, "--metrics", "recall@1,f1", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == CONTRACT
    assert (found["data"], found["questions"], found["passages"]) == ("mine", 5, 4)
    assert set(found["systems"]) == set(found["seconds"]) == {"words", "sentence"}
    assert found["systems"]["words"] == {"recall@1": {"mean": 1.0, "low": 1.0, "high": 1.0}}
    told = found["systems"]["sentence"]
    assert {"recall@1", "f1", "abstain_auroc", "citation_precision", "citation_recall"} <= set(told)
    assert all(set(value) == {"mean", "low", "high"} for value in told.values())
    assert all(value["low"] <= value["mean"] <= value["high"] for value in told.values())
    assert all(seconds > 0 for seconds in found["seconds"].values())


def test_every_ranking_by_its_name(data, capsys):
    names = "words,vectors,minmax,rrf,learned"
    code, out, _ = run(
        capsys, "eval", data, "--encoder", "hashing", "--systems", names, "--metrics", "recall@5", "--json"
    )
    assert code == 0
    found = json.loads(out)["systems"]
    assert list(found) == names.split(",")
    assert all(0 < one["recall@5"]["mean"] <= 1 for one in found.values())


def test_the_same_again(data, capsys):
    first, again = (json.loads(run(capsys, "eval", data, *WORDS, "--json")[1]) for _ in range(2))
    assert first["systems"] == again["systems"]


def test_gold_evidence_is_read_and_nothing_searched(data, capsys):
    code, out, _ = run(capsys, "eval", data, "--encoder", "none", "--evidence", "gold", "--json")
    found = json.loads(out)["systems"]
    assert code == 0
    assert set(found) == {"sentence"}
    assert found["sentence"]["citation_precision"]["mean"] == 1.0
    assert not any(name.startswith(("recall", "ndcg", "mrr")) for name in found["sentence"])


def test_gold_evidence_leaves_nothing_to_search(data, capsys):
    code, _, err = run(capsys, "eval", data, "--evidence", "gold", "--systems", "words,sentence")
    assert code == 2
    assert "leave out words" in err


@pytest.mark.parametrize(
    ("gate", "expected"),
    [("recall@1>=1", 0), ("words:recall@1>=0.5", 0), ("recall@1<0.5", 1), ("words:recall@5>1", 1), ("bleu>=0.99", 1)],
)
def test_a_gate_decides_on_the_exit_code(gate, expected, data, capsys):
    code, _, err = run(capsys, "eval", data, *WORDS, "--metrics", "recall@1", "--gate", gate)
    assert code == expected
    assert ("gate " + gate in err) == bool(expected)


@pytest.mark.parametrize("gate", ["recall@1", "recall@1=>1", "recall@1>=high"])
def test_what_is_no_gate_is_wrong_usage(gate, data, capsys):
    code, _, err = run(capsys, "eval", data, *WORDS, "--gate", gate)
    assert code == 2
    assert repr(gate) in err


def test_a_limit_draws_the_same_questions_each_time(data, tmp_path, capsys):
    asked = []
    for name in ("one.json", "two.json"):
        run(capsys, "eval", data, "--encoder", "none", "--systems", "words", "--limit", "2", "--save", tmp_path / name)
        asked.append([row["id"] for row in json.loads((tmp_path / name).read_text(encoding="utf-8"))["rows"]])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 2


def test_the_page_and_the_rows_are_written(data, tmp_path, capsys):
    page, rows = tmp_path / "report.html", tmp_path / "report.json"
    code, out, _ = run(capsys, "eval", data, *WORDS, "--html", page, "--save", rows)
    assert code == 0
    assert "recall@1" in out
    text = page.read_text(encoding="utf-8")
    assert "员工每年有多少天年假" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    saved = json.loads(rows.read_text(encoding="utf-8"))
    assert [row["id"] for row in saved["rows"]] == ["a", "b", "c", "d", "e"]
    assert saved["rows"][0]["told"]["words"]["found"][0] == "kettle"


def test_people_read_a_line_a_system(data, capsys):
    _, out, err = run(capsys, "eval", data, *WORDS, "--metrics", "recall@1,f1")
    assert "mine: 5 questions, 4 passages" in out
    assert out.count("  words ") == 1
    assert out.count("  sentence ") >= 2
    assert "won" in out
    assert err == ""


def test_questions_are_put_to_ones_own_documents(documents, tmp_path, capsys):
    table = tmp_path / "questions.csv"
    table.write_text("question,answer,positives\nHow long is the warranty?,24 months,warranty.md\n", encoding="utf-8")
    code, out, _ = run(capsys, "eval", table, "--over", documents, *WORDS, "--metrics", "recall@1,contains", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["data"] == "questions"
    assert found["systems"]["sentence"]["contains"]["mean"] == 1.0
    assert found["systems"]["sentence"]["recall@1"]["mean"] == 1.0
    assert found["systems"]["sentence"]["citation_precision"]["mean"] == 1.0


def test_without_documents_it_says_what_to_name(tmp_path, capsys):
    table = tmp_path / "questions.csv"
    table.write_text("question,answer\nHow long is the warranty?,24 months\n", encoding="utf-8")
    code, _, err = run(capsys, "eval", table, *WORDS)
    assert code == 1
    assert "--over PATH" in err


def test_a_malformed_row_is_named_and_left_out(data, capsys):
    with (data / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "f", "question": 7}\n')
    code, out, err = run(capsys, "eval", data, *WORDS, "--json")
    assert code == 0
    assert json.loads(out)["questions"] == 5
    assert "1 malformed rows left out" in err
    assert "questions.jsonl:6" in err


def test_the_index_is_kept_where_it_is_wanted(data, tmp_path, capsys):
    for _ in range(2):
        code, out, _ = run(capsys, "eval", data, *WORDS, "-o", tmp_path / "kept", "--json")
        assert code == 0
        assert json.loads(out)["passages"] == 4
    assert (tmp_path / "kept" / "store.sqlite").is_file()


def test_two_configurations_against_each_other(data, tmp_path, capsys):
    for name, k in (("narrow", 1), ("wide", 3)):
        (tmp_path / f"{name}.toml").write_text(f'encoder = "none"\nk = {k}\n', encoding="utf-8")
    chosen = f"{tmp_path / 'narrow.toml'},{tmp_path / 'wide.toml'}"
    code, out, _ = run(
        capsys, "eval", data, "--encoder", "none", "--systems", chosen, "--metrics", "contains", "--json"
    )
    assert code == 0
    assert set(json.loads(out)["systems"]) == {"narrow", "wide"}


def test_made_questions_lead_to_their_passages(documents, tmp_path, capsys):
    code, out, _ = run(capsys, "eval", "--make", documents, "-o", tmp_path / "made", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["questions"] >= told["train"] + told["dev"] > 0
    whole = load(tmp_path / "made")
    texts = {one.id: one.text for one in whole.passages}
    for one in whole.examples:
        assert any(answer in texts[name] for answer in one.answers for name in one.positives)
    halves = [
        {name for row in load(tmp_path / "made" / part).examples for name in row.positives} for part in ("train", "dev")
    ]
    assert not {name.partition(":")[0] for name in halves[0]} & {name.partition(":")[0] for name in halves[1]}
    code, out, _ = run(capsys, "eval", tmp_path / "made", "--encoder", "none", "--systems", "words", "--json")
    assert code == 0
    assert json.loads(out)["systems"]["words"]["recall@5"]["mean"] > 0.5


def test_nothing_to_make_questions_of(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Hm.", encoding="utf-8")
    code, _, err = run(capsys, "eval", "--make", tmp_path / "docs")
    assert code == 1
    assert "question" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a labelled set"),
        (("--systems", "wrods"), "words"),
        (("--systems", ","), "--systems names none"),
        (("--metrics", "recal@5"), "recall"),
        (("--metrics", "recall@0"), "at is 0"),
        (("--form", "sqad"), "squad"),
        (("--systems", "missing.toml"), "missing.toml"),
    ],
)
def test_wrong_usage_says_the_way_out(arguments, told, data, capsys):
    code, _, err = run(capsys, "eval", *([data] if arguments else []), "--encoder", "none", *arguments)
    assert code == 2
    assert told in err


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_is_a_count(limit, data, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["eval", str(data), "--limit", limit])
    assert stopped.value.code == 2

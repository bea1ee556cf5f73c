"""The contract of the commands: objects, exit codes, and what goes where."""

import json

import pytest

from raglan.cli.main import main
from raglan.types import Span

ASK = {"answer", "abstained", "confidence", "clarify", "citations", "evidence", "coverage", "notes", "seconds"}
CITATION = {"document", "passage", "page", "start", "end", "quote", "answer_start", "answer_end", "support"}
EVIDENCE = {"document", "passage", "weight", "text"}
HIT = {"document", "passage", "score", "by", "start", "end", "text"}
TEXT = "# Warranty\n\nThe warranty lasts 24 months from the date of purchase. Keep the receipt.\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    place.mkdir()
    (place / "warranty.md").write_text(TEXT, encoding="utf-8")
    (place / "holidays.txt").write_text("员工每年有二十天年假。年假须提前一周申请。", encoding="utf-8")
    (place / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    return place


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_ask_json_is_exactly_the_contract(folder, capsys):
    code, out, err = run(capsys, "ask", folder, "How long does the warranty last?", "--json", "--threshold", "0")
    assert code == 0
    found = json.loads(out)
    assert set(found) == ASK
    assert (found["clarify"], found["coverage"]) == (None, None)
    assert found["abstained"] is False
    assert set(found["seconds"]) == {"search", "write"}
    assert all(set(one) == EVIDENCE for one in found["evidence"])
    assert sum(one["weight"] for one in found["evidence"]) == pytest.approx(1, abs=1e-4)
    for one in found["citations"]:
        assert set(one) == CITATION
    [first, *_] = [one for one in found["citations"] if "24 months" in one["quote"]]
    assert first["document"] == "warranty.md"
    assert Span(first["start"], first["end"]).of(TEXT) == first["quote"]
    assert "24 months" in found["answer"][first["answer_start"] : first["answer_end"]]
    assert "broken.pdf" in err


def test_ask_in_chinese_for_people(folder, capsys):
    code, out, _ = run(capsys, "ask", folder, "员工每年有多少天年假？", "--threshold", "0")
    assert code == 0
    assert "二十天" in out
    assert "holidays.txt" in out


def test_what_is_asked_of_all_passages_comes_with_its_coverage(folder, capsys):
    code, out, _ = run(capsys, "ask", folder, "Which documents mention the receipt?", "--json")
    found = json.loads(out)
    assert (code, set(found), found["coverage"]) == (0, ASK, {"read": 1, "matching": 1})
    assert found["answer"] == "1 document mentions “receipt”.\n- warranty.md: Keep the receipt."
    _, out, _ = run(capsys, "ask", folder, "How many documents are there?")
    assert out.startswith("There are 2 documents. [1] [2]\n")
    assert out.endswith("\nRead 2 of 2 matching passages.\n")
    _, out, _ = run(capsys, "ask", folder, "哪些文件提到了年假？")
    assert out.startswith("有1个文件提到“年假”。")
    assert out.endswith("\n已读 1/1 段。\n")
    code, out, _ = run(capsys, "ask", folder, "How many documents mention unicorns?")
    assert code == 0
    assert "Read 0 of 0 matching passages." in out


def test_an_abstention_is_no_failure(folder, capsys):
    code, out, _ = run(capsys, "ask", folder, "Who painted the ceiling?", "--json", "--threshold", "1")
    found = json.loads(out)
    assert (code, found["answer"], found["abstained"], found["citations"]) == (0, "", True, [])
    assert found["evidence"]


def test_search_json_is_exactly_the_contract(folder, capsys):
    code, out, _ = run(capsys, "search", folder, "receipt", "--json", "-k", "2")
    found = json.loads(out)
    assert (code, set(found)) == (0, {"hits"})
    assert all(set(hit) == HIT for hit in found["hits"])
    first = found["hits"][0]
    assert first["document"] == "warranty.md"
    assert TEXT[first["start"] : first["end"]] == first["text"]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--boolean"], "warranty.md"),
        (["--by", "words"], "warranty.md"),
        (["--by", "vectors"], "warranty.md"),
        (["--diverse"], "warranty.md"),
        (["--where", "file=warranty.md"], "warranty.md"),
        (["--encoder", "none"], "warranty.md"),
    ],
)
def test_ways_to_search(folder, capsys, options, wanted):
    code, out, _ = run(capsys, "search", folder, "warranty", "--json", *options)
    assert code == 0
    assert json.loads(out)["hits"][0]["document"] == wanted


def test_where_excludes(folder, capsys):
    _, out, _ = run(capsys, "search", folder, "warranty", "--json", "--where", "language=zh")
    assert all(hit["document"] == "holidays.txt" for hit in json.loads(out)["hits"])


def test_index_counts_and_names(folder, capsys, tmp_path):
    code, out, _ = run(capsys, "index", folder, "-o", tmp_path / "store", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["added"], [one["path"] for one in found["skipped"]]) == (2, ["broken.pdf"])
    code, out, _ = run(
        capsys, "ask", tmp_path / "store", "How long does the warranty last?", "--json", "--threshold", "0"
    )
    assert json.loads(out)["citations"][0]["document"] == "warranty.md"


def test_several_folders_need_a_store(folder, capsys, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "pump.txt").write_text("The pump makes fifteen bar.", encoding="utf-8")
    code, _, err = run(capsys, "index", folder, other)
    assert code == 2
    assert "-o STORE" in err
    code, out, _ = run(capsys, "index", folder, other, "-o", tmp_path / "both", "--json")
    assert json.loads(out)["added"] == 3
    _, out, _ = run(capsys, "search", tmp_path / "both", "fifteen bar", "--json")
    assert json.loads(out)["hits"][0]["document"] == "other/pump.txt"


def test_why(folder, capsys):
    code, out, _ = run(capsys, "why", folder, "How long does the warranty last?", "Keep the receipt", "--json")
    stages = json.loads(out)["stages"]
    assert code == 0
    assert [stage["stage"] for stage in stages][:2] == ["read", "cut"]
    assert all(stage["kept"] for stage in stages[:5])
    _, out, _ = run(capsys, "why", folder, "warranty", "zeppelins cross the atlantic ocean")
    assert out.startswith("LOST  read")


def test_doctor(folder, capsys):
    run(capsys, "index", folder)
    code, out, _ = run(capsys, "doctor", folder)
    assert code == 0
    assert "FAIL" not in out
    assert "tantivy" in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", "{nowhere}", "why?"], 1, "no such file"),
        (["ask", "{folder}", "  "], 2, "empty"),
        (["search", "{folder}", "x", "--where", "file"], 2, "NAME=VALUE"),
        (["search", "{folder}", "x", "-k", "0"], 2, "-k is 0"),
        (["ask", "{folder}", "x", "-k", "0"], 2, "-k is 0"),
        (["ask", "{folder}", "x", "--threshold", "7"], 2, "--threshold is 7"),
        (["ask", "{folder}", "x", "--risk", "1"], 2, "--risk is 1"),
        (["ask", "{folder}", "x", "--risk", "0.0001"], 2, "cannot keep a risk of 0.0001"),
        (["search", "{folder}", "(warranty", "--boolean"], 2, "("),
        (["search", "{folder}", "x", "--encoder", "hashin"], 2, "did you mean 'hashing'"),
        (["index", "{nowhere}"], 1, "no such file"),
        (["doctor", "{folder}"], 1, "no store"),
    ],
)
def test_wrong_usage_and_failures(folder, capsys, tmp_path, arguments, code, says):
    places = {"folder": folder, "nowhere": tmp_path / "nowhere"}
    found, out, err = run(capsys, *(argument.format(**places) for argument in arguments))
    assert (found, out) == (code, "")
    assert says in err


def test_usage_errors_exit_with_two(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["ask"])
    assert stopped.value.code == 2


def test_only_unreadable_files(tmp_path, capsys):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    code, _, err = run(capsys, "ask", tmp_path, "why?")
    assert code == 1
    assert "no document could be read" in err


def test_a_config_in_the_store(folder, capsys):
    run(capsys, "index", folder)
    (folder / ".raglan" / "raglan.toml").write_text('generator = "sentense"\n', encoding="utf-8")
    code, _, err = run(capsys, "ask", folder, "why?")
    assert code == 2
    assert "did you mean 'sentence'" in err


def test_a_config_that_came_with_documents_reaches_no_server(folder, capsys):
    run(capsys, "index", folder)
    table = 'generator = { use = "openai", base_url = "http://127.0.0.1:9/v1", model = "m", key_env = "HOME" }'
    own = folder / ".raglan" / "raglan.toml"
    own.write_text(table, encoding="utf-8")
    code, _, err = run(capsys, "ask", folder, "why?")
    assert code == 2
    assert "--config" in err


def test_an_encoder_tried_on_a_question_leaves_the_store_as_it_was(folder, capsys):
    run(capsys, "index", folder)
    before = {path.name for path in (folder / ".raglan" / "vectors").iterdir()}
    run(capsys, "ask", folder, "How long does the warranty last?", "--encoder", "hashing")
    assert before < {path.name for path in (folder / ".raglan" / "vectors").iterdir()}

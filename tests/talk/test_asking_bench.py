"""The bench of asking back: its tables are written where a page marks their places, and nowhere else."""

import gzip
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
asking = pytest.importorskip("bench.asking")

PAGE = """# Numbers

<!-- asking -->
<!-- /asking -->
between
<!-- asking-chinese -->
old
<!-- /asking-chinese -->
<!-- needless -->
old
<!-- /needless -->
after
"""
FORMS = ("What causes {} ?", "Is {} inherited ?", "What are the symptoms of {} ?")


def folder(place, passages, questions):
    place.mkdir(parents=True)
    for name, rows in (("corpus", passages), ("questions", questions)):
        with gzip.open(place / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def made(data, name, titles, forms, text):
    """A set, both halves over one corpus: every form is asked of every title, and each has its passage."""
    passages = [
        {"id": f"{title}-{at}", "title": title, "text": text.format(title, at)}
        for title in titles
        for at in range(len(forms))
    ]
    questions = [
        {"id": f"{title}{at}", "question": form.format(title), "answers": [], "positives": [f"{title}-{at}"]}
        for title in titles
        for at, form in enumerate(forms)
    ]
    for half in ("train", "dev"):
        folder(data / name / half, passages, questions)


@pytest.fixture
def data(tmp_path):
    colours = ("red", "blue", "green", "white", "black", "grey")
    made(tmp_path / "data", "medquad", [f"{one} fever" for one in colours], FORMS, "{}: text {}, caused by damp.")
    parks = ["东湖公园", "西湖公园", "南湖公园", "北湖公园"]
    for name in ("cmrc", "drcd"):
        made(tmp_path / "data", name, parks, ("{}位于哪里？", "{}为什么有名？", "{}是什么？"), "{}，第{}段，位于城里。")
    return tmp_path / "data"


def run(monkeypatch, data, page, *options):
    work = data.parent / "work"
    given = ["--data", str(data), "--work", str(work), "--limit", "4", "--write", str(page), *options]
    monkeypatch.setattr(sys, "argv", ["asking.py", *given])
    asking.main()


def test_each_table_goes_to_its_place(data, monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    run(monkeypatch, data, page, "--sets", "cmrc")
    lines = page.read_text(encoding="utf-8").splitlines()
    assert "old" not in lines
    assert [lines.index(word) for word in ("between", "after")] == sorted(lines.index(w) for w in ("between", "after"))
    first, second = lines.index("<!-- asking-chinese -->"), lines.index("<!-- needless -->")
    assert lines[lines.index("<!-- asking -->") + 1].startswith("| left out | questions |")
    assert lines[first + 1].startswith("| left out | questions |")
    assert [line.split(" | ")[0] for line in lines[first + 3 : lines.index("<!-- /asking-chinese -->")]][
        -1
    ] == "| all of these"
    assert lines[second + 3].startswith("| cmrc | 4 | ")


def test_a_page_without_a_place_is_told_of(data, monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("asking-chinese", "elsewhere"), encoding="utf-8")
    with pytest.raises(SystemExit, match="no place for the table 'asking-chinese'"):
        run(monkeypatch, data, page, "--sets", "")

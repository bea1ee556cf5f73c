"""Counted, listed, compared, summarised over real files: each number equals one that is made without the library."""

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from raglan.build.parts import Library, library
from raglan.config import Config
from raglan.errors import ConfigError
from raglan.generate.survey import Survey
from raglan.search.matching import Matching
from raglan.text.sentences import sentences
from raglan.types import Answer, Coverage, Query

FAULTS = [
    "leaks under the tray",
    "leaking since Monday",
    "stays cold",
    "is too loud",
    "leaked on the floor",
    "shows E-07",
]
ZH = ["底部漏水", "噪音太大", "不出粉", "水箱漏水"]


def written(place: Path) -> Path:
    """102 tickets as a table, one of them so long that it is cut, 40 in Chinese as JSON lines, and a few pages."""
    place.mkdir()
    chance = random.Random(7)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "model", "fault", "status"])
    for n in range(102):
        fault = f"The machine {chance.choice(FAULTS)}." * (80 if n == 50 else 1)
        writer.writerow([f"T-{n:03}", chance.choice(["FX-100", "FX-200"]), fault, chance.choice(["open", "closed"])])
    (place / "support-tickets.csv").write_text(out.getvalue(), encoding="utf-8")
    rows = [{"id": n, "title": f"工单{n}", "text": f"客户反映机器{chance.choice(ZH)}。"} for n in range(40)]
    (place / "售后记录.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    (place / "pump.md").write_text(
        "# Pump\n\nThe pump FX-21 weighs 3 kg and costs 40 pounds. It leaks if the seal is dry. Oil the pump monthly.\n\n"
        "The oil of the pump is changed every month by a technician. A dry pump is loud.\n",
        encoding="utf-8",
    )
    (place / "valve.md").write_text(
        "# Valve\n\nThe valve FX-33 weighs 2 kg and costs 25 pounds. It never leaks. Is it loud? Clean the valve weekly.\n",
        encoding="utf-8",
    )
    (place / "阀门.md").write_text(
        "# 阀门\n\n阀门每周清洁一次。水泵每月上油一次。水泵的价格是40元。阀门的价格是25元。\n", encoding="utf-8"
    )
    return place


def opened(folder: Path, store: Path) -> Library:
    made = library(store, Config.of({"encoder": "none", "surveyor": "none"}))
    made.sync(folder)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("survey") / "docs")


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = opened(folder, tmp_path_factory.mktemp("survey") / "store")
    yield made
    made.close()


def ask(made: Library, question: str | Query, **options) -> Answer | None:
    query = Query(question) if isinstance(question, str) else question
    found = Survey(Matching(made.words), **options)(query)
    if found is not None:
        honest(found)
    return found


def honest(answer: Answer) -> None:
    """Every sentence is cited, every citation lies in its passage, weights sum to 1."""
    if answer.abstained:
        assert not answer.citations
        assert not answer.evidence
        return
    assert answer.coverage is not None
    for span in sentences(answer.text):
        assert any(citation.span.overlaps(span) for citation in answer.citations), span.of(answer.text)
    for citation in answer.citations:
        assert 0 < len(citation.quote) <= citation.quote.end <= len(citation.passage.text)
        assert citation.span.end <= len(answer.text)
    assert sum(piece.weight for piece in answer.evidence) == pytest.approx(1)
    assert answer.confidence == answer.coverage.read / answer.coverage.matching


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "support-tickets.csv").read_text(encoding="utf-8"))))


def number(answer: Answer | None) -> int:
    assert answer is not None
    match = re.search(r"\d+", answer.text.replace("FX-100", "").replace("FX-200", ""))
    assert match, answer.text
    return int(match.group())


def test_all_rows_are_counted_and_not_the_best_eight(made: Library) -> None:
    found = ask(made, "How many tickets are there?")
    assert found is not None
    assert found.text == "There are 102 rows of support-tickets.csv; the first 50 are cited."
    # The long row is cut into several passages, all of which were looked up.
    assert found.coverage is not None
    assert found.coverage.read == found.coverage.matching > 102
    assert len(found.citations) == 50


def test_a_count_equals_the_oracle(made: Library, folder: Path) -> None:
    oracle = sum(bool(re.search(r"\bleak", row["fault"])) for row in rows(folder))
    assert 10 < oracle < 90
    found = ask(made, "How many tickets are there about leaks?", shown=1000)
    assert number(found) == oracle
    assert found is not None
    assert found.text == f"{oracle} rows of support-tickets.csv mention “leaks”."
    assert len({citation.passage.id for citation in found.citations}) == oracle
    both = sum("leak" in row["fault"] and row["status"] == "open" for row in rows(folder))
    assert number(ask(made, "How many open tickets are there about leaks?")) == both
    model = sum(row["model"] == "FX-100" for row in rows(folder))
    assert number(ask(made, "how many tickets mention FX-100?")) == model


def test_a_count_in_chinese_equals_the_oracle(made: Library, folder: Path) -> None:
    lines = (folder / "售后记录.jsonl").read_text(encoding="utf-8").splitlines()
    oracle = sum("漏水" in json.loads(line)["text"] for line in lines)
    assert 5 < oracle < 40
    found = ask(made, "有多少条记录提到漏水？")
    assert found is not None
    assert found.text == f"售后记录.jsonl中有{oracle}行提到“漏水”。"
    assert found.coverage == Coverage(oracle, oracle)
    everything = ask(made, "一共有多少条记录？")
    assert everything is not None
    assert everything.text == "售后记录.jsonl中有40行。"


def test_what_changes_is_counted_anew(tmp_path: Path) -> None:
    folder = written(tmp_path / "docs")
    made = opened(folder, tmp_path / "store")
    lines = (folder / "售后记录.jsonl").read_text(encoding="utf-8").splitlines()
    left = [line for line in lines if "漏水" not in line or json.loads(line)["id"] % 2]
    assert len(left) < len(lines)
    (folder / "售后记录.jsonl").write_text("\n".join(left), encoding="utf-8")
    (folder / "support-tickets.csv").unlink()
    (folder / "copy.md").write_text((folder / "pump.md").read_text(encoding="utf-8"), encoding="utf-8")
    made.sync(folder)
    assert number(ask(made, "有多少条记录提到漏水？")) == sum("漏水" in line for line in left)
    assert ask(made, "How many tickets are there about leaks?") == Answer("", coverage=Coverage(0, 0))
    # Two documents say the same: it is told once.
    found = ask(made, "List all passages that mention a dry seal")
    assert found is not None
    lead = "2 passages in 2 documents mention “dry seal”."
    assert found.text == f"{lead}\n- It leaks if the seal is dry."
    made.close()


def test_filters_hold(made: Library) -> None:
    found = ask(made, Query("How many documents mention leaks?", where={"file": ("pump.md", "valve.md")}))
    assert found is not None
    assert found.text == "2 documents mention “leaks”."
    assert {citation.passage.document for citation in found.citations} == {"pump.md", "valve.md"}
    none = ask(made, Query("How many documents mention leaks?", where={"file": "阀门.md"}))
    assert none == Answer("", coverage=Coverage(0, 0))


@pytest.mark.parametrize(
    "question",
    [
        "How many tickets mention unicorns?",
        "有多少条记录提到独角兽？",
        "List all unicorns",
        "Summarise the unicorn policy",
    ],
)
def test_nothing_that_matches_is_an_abstention(made: Library, question: str) -> None:
    assert ask(made, question) == Answer("", coverage=Coverage(0, 0))


@pytest.mark.parametrize(
    "question",
    [
        "How loud is the pump?",
        "How many documents mention !!! ?",
        "",
        "?!",
        "\ud800",
        "Compare the pump and unicorns",
        "阀门多久清洁一次？",
    ],
)
def test_other_questions_are_left_to_the_search(made: Library, question: str) -> None:
    assert ask(made, question) is None


def test_a_list_names_each_and_says_how_many_are_shown(made: Library, folder: Path) -> None:
    are_open = [row for row in rows(folder) if row["status"] == "open"]
    found = ask(made, "List all open tickets", shown=1000)
    assert found is not None
    lead, *lines = found.text.split("\n")
    assert lead == f"{len(are_open)} rows of support-tickets.csv mention “open”."
    assert len(lines) == len(are_open)
    # Of the row that is cut, the piece is told that says "open".
    told = [match.group() for line in lines if (match := re.search(r"T-\d+", line))]
    assert told == [row["id"] for row in are_open if row["id"] != "T-050"]
    few = ask(made, "List all open tickets", shown=5)
    assert few is not None
    assert few.text.startswith(
        f"{len(are_open)} rows of support-tickets.csv mention “open”; 5 of {len(are_open)} items are shown."
    )
    assert few.text.split("\n")[1:] == lines[:5]


def test_documents_are_listed_once_each(made: Library) -> None:
    found = ask(made, "Which documents mention leaks?")
    assert found is not None
    assert "- pump.md: It leaks if the seal is dry." in found.text
    assert "- valve.md: It never leaks." in found.text
    assert found.text.count("- support-tickets.csv: ") == 1


def test_more_than_is_read_is_said(made: Library) -> None:
    found = ask(made, "List all tickets", most=10)
    assert found is not None
    assert found.coverage is not None
    assert found.coverage.read == 10 < found.coverage.matching
    assert found.confidence < 0.11
    # A count looks up all of them all the same.
    assert number(ask(made, "How many tickets are there?", most=10)) == 102


def test_two_things_side_by_side(made: Library) -> None:
    found = ask(made, "Compare the pump and the valve")
    assert found is not None
    assert "- pump: The pump FX-21 weighs 3 kg and costs 40 pounds." in found.text
    assert "- valve: The valve FX-33 weighs 2 kg and costs 25 pounds." in found.text
    assert found.text.index("- pump: The pump FX-21") + 60 > found.text.index("- valve: The valve FX-33")
    chinese = ask(made, "比较水泵和阀门的价格")
    assert chinese is not None
    assert "- 水泵：水泵的价格是40元。\n- 阀门：阀门的价格是25元。" in chinese.text


def test_rows_side_by_side(made: Library, folder: Path) -> None:
    found = ask(made, "Compare T-003 and T-004 in status")
    assert found is not None
    three, four = rows(folder)[3:5]
    assert found.text == f"- status: T-003 {three['status']}; T-004 {four['status']}."
    assert {citation.passage.document for citation in found.citations} == {"support-tickets.csv"}


def test_a_summary_of_one_document_is_in_its_order(made: Library, folder: Path) -> None:
    found = ask(made, "Summarise pump.md")
    assert found is not None
    text = (folder / "pump.md").read_text(encoding="utf-8")
    places = [text.index(line.removeprefix("- ")) for line in found.text.split("\n")]
    assert places == sorted(places)
    assert {citation.passage.document for citation in found.citations} == {"pump.md"}
    assert ask(made, "Summarise the pump") == found
    chinese = ask(made, "总结阀门")
    assert chinese is not None
    assert {citation.passage.document for citation in chinese.citations} == {"阀门.md"}


def test_the_same_question_has_the_same_answer(made: Library) -> None:
    for question in ("Compare the pump and the valve", "Summarise all tickets", "List all tickets about leaks"):
        assert ask(made, question) == ask(made, question)


@pytest.mark.parametrize("options", [{"most": 0}, {"shown": 0}, {"shown": 2.5}, {"most": "all"}])
def test_bad_options(made: Library, options) -> None:
    with pytest.raises(ConfigError, match="must be a whole number, 1 or more"):
        Survey(Matching(made.words), **options)


def test_citations_lead_to_the_source(made: Library, folder: Path) -> None:
    found = ask(made, "Which documents mention leaks?")
    assert found is not None
    for citation in found.citations:
        if citation.passage.document.endswith(".md"):
            text = (folder / citation.passage.document).read_text(encoding="utf-8")
            assert citation.source.of(text) == citation.quote.of(citation.passage.text)

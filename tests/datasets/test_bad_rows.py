"""A malformed row is named by file and place, whatever is wrong with it; or left out and told, where that is asked for."""

import gzip
import json
import random
from contextlib import suppress
from copy import deepcopy

import pytest

from raglan.datasets import trec
from raglan.datasets.array import array
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.saving import save
from raglan.errors import DataError
from raglan.types import Passage, Span

from . import samples
from .samples import spelled, written


def set_at(value, way, new):
    """A copy of ``value`` with ``new`` at the end of ``way``; without it where ``new`` is ``...``."""
    value = deepcopy(value)
    inner = value
    for key in way[:-1]:
        inner = inner[key]
    if new is ...:
        del inner[way[-1]]
    else:
        inner[way[-1]] = new
    return value


def refused(path, form, place, told):
    with pytest.raises(DataError) as caught:
        list(load(path, form).passages)
    assert caught.value.place.endswith(place), caught.value.place
    assert told in str(caught.value)


PARAGRAPH = ("data", 0, "paragraphs", 0)
QA = (*PARAGRAPH, "qas", 0)

JSON = [
    ("squad", ("data",), ..., "squad.json", "'data' is missing"),
    ("squad", ("data",), {}, "squad.json", "'data' must be a list, is {}"),
    ("squad", ("data", 0), 7, "data[0]", "must be an object, is 7"),
    ("squad", ("data", 0, "title"), 7, "data[0]", "'title' must be a text, is 7"),
    ("squad", ("data", 0, "paragraphs"), ..., "data[0]", "'paragraphs' is missing"),
    ("squad", PARAGRAPH, [], "data[0].paragraphs[0]", "must be an object, is []"),
    ("squad", (*PARAGRAPH, "context"), " ", "data[0].paragraphs[0]", "'context' must not be empty"),
    ("squad", (*PARAGRAPH, "id"), "p2", "data[0].paragraphs[1]", "passage 'p2' was there before, with another text"),
    ("squad", (*PARAGRAPH, "qas"), ..., "data[0].paragraphs[0]", "'qas' is missing"),
    ("squad", (*QA, "id"), ..., "data[0].paragraphs[0].qas[0]", "'id' must be an id, is missing"),
    ("squad", (*QA, "id"), "q3", "data[0].paragraphs[1].qas[0]", "question 'q3' was there before, at "),
    ("squad", (*QA, "question"), ..., "data[0].paragraphs[0].qas[0]", "'question' must be a text, is missing"),
    ("squad", (*QA, "question"), "\t", "data[0].paragraphs[0].qas[0]", "'question' must not be empty"),
    ("squad", (*QA, "answers"), "x", "data[0].paragraphs[0].qas[0]", "'answers' must be a list, is 'x'"),
    ("squad", (*QA, "answers"), [], "data[0].paragraphs[0].qas[0]", "'is_impossible' must be true"),
    ("squad", (*QA, "is_impossible"), True, "data[0].paragraphs[0].qas[0]", "yet there is an answer: 'three months'"),
    ("squad", (*QA, "is_impossible"), "no", "data[0].paragraphs[0].qas[0]", "must be true or false, is 'no'"),
    ("squad", (*QA, "answers", 1, "answer_start"), 0, "qas[0].answers[1]", "does not stand at 0: 'The filter l' does"),
    (
        "squad",
        (*QA, "answers", 1, "answer_start"),
        999,
        "qas[0].answers[1]",
        "does not stand at 999: the passage has 47",
    ),
    ("squad", (*QA, "answers", 1, "answer_start"), "15", "qas[0].answers[1]", "must be a whole number, is '15'"),
    ("squad", (*QA, "answers", 1, "text"), "", "qas[0].answers[1]", "'text' must not be empty"),
    ("cmrc", (0, "qas", 0, "answers"), ["blue"], "[0].qas[0]", "answer 'blue' does not stand in its passage"),
    ("cmrc", (0, "qas", 0, "answers"), [], "[0].qas[0]", "has no answers"),
    ("cmrc", (0, "context_id"), True, "[0]", "'context_id' must be an id, is True"),
    ("cmrc", (0,), "x", "[0]", "must be an object, is 'x'"),
    ("quac", (*QA, "answers"), [], "data[0].paragraphs[0].qas[0]", "has no answers"),
    ("quac", (*QA, "answers", 0, "answer_start"), 3, "qas[0].answers[0]", "does not stand at 3"),
    ("quac", (*QA, "orig_answer"), {"text": 7}, "qas[0].orig_answer", "'text' must be a text, is 7"),
    ("canard", (0, "History"), [7], "[0].History[0]", "must be a text, is 7"),
    ("canard", (0, "Rewrite"), "", "[0]", "'Rewrite' must not be empty"),
    ("dpr", (1, "question"), "", "[1]", "'question' must not be empty"),
    ("dpr", (0, "answers"), ["three", 3], "[0]", "'answers' must be texts, item 1 is 3"),
    ("dpr", (0, "positive_ctxs"), ..., "[0]", "'positive_ctxs' is missing"),
    ("dpr", (0, "negative_ctxs", 0, "text"), ..., "[0].negative_ctxs[0]", "'text' must be a text, is missing"),
    ("dpr", (1, "positive_ctxs", 0, "text"), "Else", "[1].positive_ctxs[0]", "'8' was there before, with another text"),
    ("qulac", ("topic",), 7, "topic", "must be a column"),
    ("qulac", ("topic", "1"), "pans", "row 1", "topic '5' has another request or need than at"),
    ("qulac", ("question", "2"), "any shape", "row 2", "passage '5-1' was there before, with another text"),
]


@pytest.mark.parametrize(("form", "way", "new", "place", "told"), JSON)
def test_json(tmp_path, form, way, new, place, told):
    [(name, text)] = samples.FORMS[form].items()
    path = written(tmp_path, {name: spelled(set_at(json.loads(text), way, new))})
    refused(path, form, place, told)


LINES = [
    ("nq-open", "nq.jsonl", 1, ("answer",), [], "has 0 answers; 'answerable' must be false"),
    ("nq-open", "nq.jsonl", 1, ("answer",), {}, "'answer' must be a list, is {}"),
    ("canard lines", "turns.jsonl", 1, ("history",), ["a", 7], "must be a text, as the others are, is 7"),
    (
        "canard lines",
        "turns.jsonl",
        1,
        ("history",),
        [{"role": "bot", "text": "a"}],
        "'role' must be user or assistant",
    ),
    ("canard lines", "turns.jsonl", 1, ("rewrite",), ..., "'rewrite' must be a text, is missing"),
    ("folder", "corpus.jsonl", 2, ("id",), "a", "passage 'a' was there before"),
    ("folder", "corpus.jsonl", 2, ("id",), "", "'id' must be an id, is ''"),
    ("folder", "corpus.jsonl", 2, ("text",), ..., "'text' must be a text, is missing"),
    ("folder", "corpus.jsonl", 2, ("title",), 7, "'title' must be a text, is 7"),
    ("folder", "corpus.jsonl", 2, ("start",), -1, "'start' must not be below 0, is -1"),
    ("folder", "corpus.jsonl", 2, ("meta",), [1], "'meta' must be an object"),
    ("folder", "questions.jsonl", 1, ("question",), "  ", "'question' must not be empty"),
    (
        "folder",
        "questions.jsonl",
        1,
        ("positives",),
        ["a", "z", "y"],
        "names a passage that the corpus does not hold: 'y'",
    ),
    ("folder", "questions.jsonl", 4, ("negatives",), ["z"], "names a passage that the corpus does not hold: 'z'"),
    ("folder", "questions.jsonl", 3, ("grades",), {"z": 1}, "names a passage that the corpus does not hold: 'z'"),
    ("folder", "questions.jsonl", 3, ("grades",), {"a": "high"}, "'a' must be a whole number, is 'high'"),
    ("folder", "questions.jsonl", 3, ("grades",), ["a"], "'grades' must be an object, is ['a']"),
    ("folder", "questions.jsonl", 3, ("positives",), [], "has neither answers nor positives"),
    ("folder", "questions.jsonl", 3, ("positives",), "a", "'positives' must be a list, is 'a'"),
    ("folder", "questions.jsonl", 2, ("answers",), ["x"], "'answerable' is false, and yet there is an answer: 'x'"),
    ("folder", "questions.jsonl", 2, ("answers",), [" "], "'answers' must be texts, item 0 is ' '"),
    ("folder", "questions.jsonl", 2, ("answerable",), 0, "'answerable' must be true or false, is 0"),
    ("folder", "questions.jsonl", 2, ("id",), "1", "question '1' was there before, at "),
    ("folder", "questions.jsonl", 2, ("where",), "x", "'where' must be an object"),
    ("beir", "corpus.jsonl", 2, ("_id",), "a", "passage 'a' was there before"),
    ("beir", "queries.jsonl", 2, ("_id",), "q1", "query 'q1' was there before"),
    ("beir", "queries.jsonl", 2, ("text",), "", "'text' must not be empty"),
]


@pytest.mark.parametrize(("form", "name", "number", "way", "new", "told"), LINES)
def test_json_lines(tmp_path, form, name, number, way, new, told):
    files = dict(samples.FORMS[form])
    rows = [json.loads(line) for line in files[name].splitlines()]
    files[name] = samples.lines(*set_at(rows, (number - 1, *way), new))
    with pytest.raises(DataError) as caught:
        load(written(tmp_path, files), form.split(" ")[0])
    # Behind the line there may be the way to an item of it.
    assert caught.value.place.partition(".history")[0].partition(".grades")[0] == f"{tmp_path / name}:{number}"
    assert told in str(caught.value)


TABLES = [
    ("psgs", "psgs_w100.tsv", "2\t", "2 ", "psgs_w100.tsv:3", "has 2 cells where the header has 3"),
    ("psgs", "psgs_w100.tsv", "10\t", "2\t", "psgs_w100.tsv:4", "passage '2' was there before"),
    ("psgs", "psgs_w100.tsv", "Rinse it.", " ", "psgs_w100.tsv:4", "'text' must not be empty"),
    ("psgs", "psgs_w100.tsv", 'lasts."', 'lasts." x', "psgs_w100.tsv:2", "is no record of a table"),
    (
        "psgs",
        "psgs_w100.tsv",
        "\ttext\t",
        "\tbody\t",
        "psgs_w100.tsv:1",
        "has no column 'text'; its columns are id, body",
    ),
    ("clariq", "train.tsv", "\t3\tF1\tThe large one.\tQ3", "\t9\tF1\tX\tQ3", "train.tsv:3", "from 1 to 4, is '9'"),
    ("clariq", "train.tsv", "\t3\tF1\tThe large one.\tQ3", "\t2\tF1\tX\tQ3", "train.tsv:3", "another request or need"),
    ("clariq-turns", "turns.tsv", "any size", "", "turns.tsv:2", "'question1' must not be empty"),
    ("clariq-turns", "turns.tsv", "The red one.", "", "turns.tsv:2", "'facet' must not be empty"),
    ("csv", "questions.csv", '"Who designed it?"', "", "questions.csv:3", "'question' must not be empty"),
    ("csv", "questions.csv", "yes", "perhaps", "questions.csv:2", "'answerable' must be yes or no, is 'perhaps'"),
    ("csv", "questions.csv", "yes", "no", "questions.csv:2", "yet there is an answer: 'three months'"),
    (
        "csv",
        "questions.csv",
        "three months,",
        "three, months,",
        "questions.csv:2",
        "has 6 cells where the header has 5",
    ),
    ("csv", "questions.csv", "question,", "asked,", "questions.csv:1", "has no column 'question'"),
    ("csv of DPR", "nq.qa.csv", "what colour\t", "what colour ", "nq.qa.csv:2", "must have a question and its answers"),
    ("trec", "qrels.txt", "1 0 b 0", "1 0 b high", "qrels.txt:2", "the grade must be a whole number, is 'high'"),
    ("trec", "qrels.txt", "1 0 b 0", "1 0 b", "qrels.txt:2", "must have 4 columns (QUERY 0 PASSAGE GRADE), has 3"),
    ("trec", "qrels.txt", "1 0 b 0", "1 0 a 0", "qrels.txt:2", "passage 'a' was judged before for query '1'"),
    ("trec", "qrels.txt", "1 0 b 0", "9 0 b 0", "qrels.txt:2", "names a query that is not there: '9'"),
    ("trec", "qrels.txt", "1 0 b 0", "1 0 z 0", "qrels.txt:2", "names a passage that the corpus does not hold: 'z'"),
    ("trec", "queries.tsv", "2\t", "2 ", "queries.tsv:2", "must be an id and a text with a tab between, has 0 tabs"),
    ("trec", "queries.tsv", "2\t", "1\t", "queries.tsv:2", "'1' was there before"),
    ("trec", "collection.tsv", "b\t", "b\tx\t", "collection.tsv:2", "with a tab between, has 2 tabs"),
    (
        "beir",
        "qrels/test.tsv",
        "q2\tb\t1",
        "q2\tb\t1.5",
        "qrels/test.tsv:4",
        "'score' must be a whole number, is '1.5'",
    ),
    ("beir", "qrels/test.tsv", "q2\tb\t1", "q2\tz\t1", "qrels/test.tsv:4", "that the corpus does not hold: 'z'"),
    ("beir", "qrels/test.tsv", "q2\tb\t1", "q9\tb\t1", "qrels/test.tsv:4", "names a query that is not there: 'q9'"),
    ("beir", "qrels/test.tsv", "q2\tb\t1", "q2 b 1", "qrels/test.tsv:4", "has 1 cells where the header has 3"),
]


@pytest.mark.parametrize(("form", "name", "old", "new", "place", "told"), TABLES)
def test_tables(tmp_path, form, name, old, new, place, told):
    files = dict(samples.FORMS[form])
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    refused(written(tmp_path, files), form.split(" ")[0], place, told)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1 Q0 d 4 nan mine", "the score must be finite, is nan"),
        ("1 Q0 d 4 high mine", "rank and score must be numbers, are '4' and 'high'"),
        ("1 Q0 a 4 0.1 mine", "passage 'a' was there before for query '1'"),
        ("1 Q0 d 4", "must have 6 columns (QUERY Q0 PASSAGE RANK SCORE NAME), has 4"),
    ],
)
def test_runs(tmp_path, line, told):
    path = written(tmp_path, {"mine.run": f"{samples.TREC_RUN}{line}\n"})
    with pytest.raises(DataError) as caught:
        trec.run(path)
    assert caught.value.place == f"{path}:5"
    assert told in str(caught.value)


def test_a_question_that_the_bank_does_not_hold(tmp_path):
    path = written(tmp_path, samples.FORMS["clariq"])
    written(tmp_path, {"question_bank.tsv": samples.BANK.replace("Q3", "Q5")})
    refused(path, "clariq", "train.tsv:3", "question 'Q3' is not in the question bank")
    written(tmp_path, {"question_bank.tsv": samples.BANK.replace("Q3", "Q2")})
    refused(path, "clariq", "question_bank.tsv:4", "question 'Q2' was there before")


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ('{"data": [', "x.json", "is not JSON (Expecting value, line 1, column 11)"),
        ("[" * 100_000, "x.json", "is not JSON that can be read"),
        ('{"data": ' + "1" * 5000 + "}", "x.json", "is not JSON that can be read"),
        ("", "x.json", "is not JSON"),
    ],
)
def test_json_that_is_none(tmp_path, text, place, told):
    refused(written(tmp_path, {"x.json": text}), "squad", place, told)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ('{"a": 1}', "x.json", "expected '[', found '{'"),
        ("", "x.json", "expected '[', found 'the end'"),
        ("[{} {}]", "x.json:[0]", "expected ',' or ']', found '{'"),
        ("[{}, ", "x.json:[1]", "is not JSON (Expecting value)"),
        ('[{"question": "a', "x.json:[0]", "is not JSON (Unterminated string"),
        ("[] x", "x.json", "goes on behind the end of its array"),
        ("[" * 100_000, "x.json:[0]", "is not JSON"),
        ('["' + "a" * 3_000_000 + '", 7', "x.json:[0]", "must be an object, is 'aaa"),
    ],
)
def test_arrays_that_are_none(tmp_path, text, place, told):
    path = written(tmp_path, {"x.json": text})
    with pytest.raises(DataError) as caught:
        _ = [row.get("question") for row in array(path)]
    assert caught.value.place.endswith(place)
    assert told in str(caught.value)
    with pytest.raises(DataError):
        load(path, "dpr")


@pytest.mark.parametrize("form", samples.FORMS)
def test_a_gzip_stream_that_breaks_off_raises_whatever_becomes_of_bad_rows(tmp_path, form):
    path = written(tmp_path, samples.FORMS[form], zipped=True)
    for broken in [path] if path.is_file() else sorted(path.rglob("*.gz")):
        data = broken.read_bytes()
        for cut in (data[: len(data) // 2], data[:-4], data[:12] + bytes(8) + data[20:]):
            broken.write_bytes(cut)
            with pytest.raises(DataError, match="is a damaged gzip file") as caught:
                list(load(path, form.split(" ")[0], bad=lambda error: None).passages)
            assert caught.value.place.startswith(str(broken))
        broken.write_bytes(data)


@pytest.mark.parametrize("form", samples.FORMS)
def test_what_is_not_utf8_raises(tmp_path, form):
    path = written(tmp_path, samples.FORMS[form])
    for broken in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        data = broken.read_bytes()
        for wrong in (data + b"\xff", data.decode().encode("utf-16")):
            broken.write_bytes(wrong)
            with pytest.raises(DataError, match="is not UTF-8"):
                list(load(path, form.split(" ")[0]).passages)
        broken.write_bytes(data)


def test_left_out_and_told(tmp_path):
    questions = samples.QUESTIONS.replace('"positives": ["a"]', '"positives": ["z"]') + "{]\n\n7\n"
    corpus = samples.CORPUS + samples.lines({"id": "a", "text": "Again."}, {"id": "d"})
    path = written(tmp_path, {"corpus.jsonl": corpus, "questions.jsonl": questions})
    problems: list[DataError] = []
    dataset = load(path, bad=problems.append)
    assert dataset.ids == ("2", "3", "4")
    assert dataset.grades == {1: {"b": 2, "c": 1}}
    assert [passage.id for passage in dataset.passages] == ["a", "b"] == [passage.id for passage in dataset.passages]
    assert [problem.place.partition("/")[2].rpartition("/")[2] for problem in problems] == [
        "corpus.jsonl:4",
        "corpus.jsonl:5",
        "questions.jsonl:1",
        "questions.jsonl:5",
        "questions.jsonl:7",
    ]


def test_what_stands_beside_a_bad_row_is_kept(tmp_path):
    squad = set_at(samples.SQUAD, (*QA, "question"), 7)
    squad["data"].insert(0, "x")
    squad["data"][1]["paragraphs"].append(None)
    problems: list[DataError] = []
    dataset = load(written(tmp_path, {"squad.json": spelled(squad)}), bad=problems.append)
    assert dataset.ids == ("q2", "q3")
    assert len(list(dataset.passages)) == 2
    assert [problem.place.rpartition(":")[2] for problem in problems] == [
        "data[0]",
        "data[1].paragraphs[0].qas[0]",
        "data[1].paragraphs[2]",
    ]
    dpr = set_at(samples.DPR, (0, "question"), "")
    dataset = load(written(tmp_path, {"dpr.json": spelled(dpr)}), bad=problems.append)
    assert [passage.id for passage in dataset.passages] == ["8"]
    assert dataset.ids == ("1",)


def test_saving_names_what_cannot_be_written(tmp_path):
    passage = Passage("a", "x", "a", Span(0, 1), meta={"when": object()})
    with pytest.raises(DataError, match=r"corpus\.jsonl\.gz:1: cannot be written"):
        save(Dataset("x", passages=(passage,)), tmp_path)
    assert not list(tmp_path.glob("*.gz"))


def test_a_zipped_name_on_a_plain_file_is_no_matter(tmp_path):
    (tmp_path / "nq.jsonl.gz").write_text(samples.NQ_OPEN)
    (tmp_path / "zipped.jsonl").write_bytes(gzip.compress(samples.NQ_OPEN.encode()))
    assert load(tmp_path / "nq.jsonl.gz").examples == load(tmp_path / "zipped.jsonl").examples


@pytest.mark.parametrize("form", samples.FORMS)
def test_whatever_is_done_to_a_file_it_loads_or_says_what_is_wrong(tmp_path, form):
    chance = random.Random(form)
    path = written(tmp_path, samples.FORMS[form])
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for _ in range(60):
        broken = chance.choice(files)
        data = broken.read_bytes()
        broken.write_bytes(mangled(data, chance))
        for named in (form.split(" ")[0], None):
            with suppress(DataError):
                list(load(path, named, bad=lambda error: None).passages)
        broken.write_bytes(data)


def mangled(data, chance):
    """A piece of the file lost, doubled, or written over by what other files are made of."""
    start = chance.randrange(len(data))
    end = start + chance.randrange(12)
    put = chance.choice(
        [b"", data[start:end] * 2, b"null", b"{}", b"[]", b'"', b"\t", b"\n", b"1e999", b"\x00", b'\\ud800"', b"-"]
    )
    return data[:start] + put + data[end:]

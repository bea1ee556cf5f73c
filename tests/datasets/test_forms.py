"""Every form is recognised by what is in it and becomes examples and passages, zipped or not, from any editor."""

import pytest

from raglan.datasets import trec
from raglan.datasets.dataset import called
from raglan.datasets.forms import FORMS, load, recognised
from raglan.errors import ConfigError, DataError
from raglan.types import Example, Query, Turn

from . import samples
from .samples import FILTER, LID, written


def loaded(tmp_path, form):
    path = written(tmp_path, samples.FORMS[form])
    assert recognised(path) == form.split(" ")[0]
    return load(path)


def texts(dataset):
    return {passage.id: passage.text for passage in dataset.passages}


@pytest.mark.parametrize("form", samples.FORMS)
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "zipped"])
def test_zipped_or_not_with_a_mark_and_other_line_ends_it_is_the_same(tmp_path, form, zipped):
    dataset = loaded(tmp_path / "one", form)
    assert dataset.examples or form == "psgs"
    edited = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in samples.FORMS[form].items()}
    path = written(tmp_path / "two", edited, zipped=zipped)
    other = load(path)
    assert recognised(path) == form.split(" ")[0]
    assert (other.examples, list(other.passages)) == (dataset.examples, list(dataset.passages))
    assert (other.ids, other.grades, other.long) == (dataset.ids, dataset.grades, dataset.long)
    assert (other.rewrites, other.needs) == (dataset.rewrites, dataset.needs)


@pytest.mark.parametrize("form", samples.FORMS)
def test_passages_are_read_again_and_lead_back_to_their_text(tmp_path, form):
    dataset = loaded(tmp_path, form)
    first = list(dataset.passages)
    assert first == list(dataset.passages)
    assert len({passage.id for passage in first}) == len(first)
    assert all(len(passage.span) == len(passage.text) > 0 for passage in first)
    assert len(dataset.ids) == len(set(dataset.ids)) == len(dataset.examples)


def test_every_form_has_a_sample():
    assert {form.split(" ")[0] for form in samples.FORMS} == set(FORMS)


def test_squad(tmp_path):
    dataset = loaded(tmp_path, "squad")
    first, second = dataset.passages
    assert (first.text, second.text, second.id, first.meta) == (FILTER, LID, "p2", {"title": "Kettle"})
    assert dataset.examples == (
        Example(Query("How long does the filter last?"), ("three months", "months"), (first.id,)),
        Example(Query("Who designed the filter?"), negatives=(first.id,)),
        Example(Query("盖子是什么颜色？"), ("红色",), ("p2",)),
    )
    assert dataset.ids == ("q1", "q2", "q3")


def test_a_paragraph_keeps_its_id_wherever_it_stands(tmp_path):
    one = load(written(tmp_path / "one", {"train.json": samples.spelled(samples.SQUAD)}))
    [article] = samples.SQUAD["data"]
    turned = {"data": [{**article, "paragraphs": article["paragraphs"][::-1]}, {"title": "Empty", "paragraphs": []}]}
    other = load(written(tmp_path / "two", {"dev.json": samples.spelled(turned)}))
    assert texts(one) == texts(other)
    assert (one.name, other.name) == ("one/train", "two/dev")


def test_cmrc(tmp_path):
    dataset = loaded(tmp_path, "cmrc")
    assert texts(dataset) == {"c1": LID}
    assert dataset.examples == (Example(Query("盖子是什么颜色？"), ("红色",), ("c1",)),)


def test_quac_remembers_what_was_said_and_goes_by_the_majority(tmp_path):
    dataset = loaded(tmp_path, "quac")
    [passage] = dataset.passages
    assert (passage.text, passage.meta) == (FILTER, {"title": "Kettle", "headings": ("Care",)})
    first, second, third = dataset.examples
    assert first == Example(Query("How long does the filter last?"), ("three months",), ("d1",))
    assert (second.answers, second.positives, second.negatives) == ((), (), ("d1",))
    assert third.query.history == (
        Turn("user", "How long does the filter last?"),
        Turn("assistant", "three months"),
        Turn("user", "Who designed it?"),
        Turn("assistant", "I don't know."),
    )


@pytest.mark.parametrize(("form", "said"), [("canard", 4), ("canard lines", 2)])
def test_canard(tmp_path, form, said):
    dataset = loaded(tmp_path, form)
    [example] = dataset.examples
    assert example.query.text == "How often is it rinsed?"
    assert [turn.role for turn in example.query.history] == ["user", "assistant"] * (said // 2)
    assert dataset.ids == ("d1#2",)
    assert dataset.rewrites == {0: "How often is the filter rinsed?"}


def test_dpr_names_what_has_no_name_and_puts_hard_negatives_first(tmp_path):
    dataset = loaded(tmp_path, "dpr")
    [unnamed] = set(texts(dataset)) - {"7", "8"}
    assert texts(dataset) == {"7": FILTER, "8": LID, unnamed: "A pump moves water."}
    first, second = dataset.examples
    assert first == Example(Query("how long does the filter last"), ("three months",), ("7",), (unnamed, "8"))
    assert second.positives == ("8",)


def test_psgs(tmp_path):
    dataset = loaded(tmp_path, "psgs")
    assert texts(dataset) == {"1": 'The "filter" lasts.', "2": LID, "10": "Rinse it."}
    assert [passage.meta["title"] for passage in dataset.passages] == ["Kettle", "Lid", "Kettle"]


def test_nq_open(tmp_path):
    assert loaded(tmp_path, "nq-open").examples == (
        Example(Query("how long does the filter last"), ("three months", "3 months")),
        Example(Query("who designed it")),
    )


def test_folder(tmp_path):
    dataset = loaded(tmp_path / "kettle" / "dev", "folder")
    assert dataset.name == "kettle/dev"
    first, second = dataset.passages
    assert first.meta == {"title": "Kettle", "year": 2021}
    assert (second.document, second.span.start, second.meta) == ("lid.md", 40, {"headings": ("Lid",)})
    assert dataset.examples == (
        Example(Query("How long?"), ("three months",), ("a",)),
        Example(Query("Who designed it?"), negatives=("b",)),
        Example(Query("lid"), positives=("b", "c")),
        Example(
            Query("And the lid?", history=(Turn("user", "How long?"), Turn("assistant", "three months"))),
            ("Lift the lid by its knob.",),
            ("b",),
            ("a",),
        ),
    )
    assert dataset.grades == {2: {"b": 2, "c": 1}}
    assert (dataset.long, dataset.rewrites, dataset.needs) == ({3}, {3: "How is the lid opened?"}, {3: 2})


def test_several_files_of_questions_share_a_corpus_above_them(tmp_path):
    files = {"wiki/corpus.jsonl": samples.CORPUS, "wiki/dev/questions.one.jsonl": samples.OPEN_QUESTIONS}
    files["wiki/dev/questions.two.jsonl"] = samples.OPEN_QUESTIONS.replace('"1"', '"2"')
    written(tmp_path, files, zipped=True)
    both, one = load(tmp_path / "wiki/dev"), load(tmp_path / "wiki/dev/questions.one.jsonl.gz")
    assert (both.name, one.name) == ("wiki/dev", "wiki/dev/one")
    assert (len(both.examples), len(one.examples)) == (2, 1)
    assert set(texts(both)) == set(texts(one)) == {"a", "b"}
    assert one.examples[0].answers == ("three months", "a quarter's length")
    alone = load(tmp_path / "wiki")
    assert (alone.examples, set(texts(alone)), recognised(tmp_path / "wiki")) == ((), {"a", "b"}, "folder")


def test_beir(tmp_path):
    dataset = loaded(tmp_path / "kettles", "beir")
    assert texts(dataset) == {"a": FILTER, "b": "Lid"}
    assert next(iter(dataset.passages)).meta == {"title": "Kettle", "url": "kettle.html"}
    assert dataset.examples == (
        Example(Query("filter"), positives=("a",), negatives=("b",)),
        Example(Query("lid"), positives=("b",)),
    )
    assert (dataset.ids, dataset.grades) == (("q1", "q2"), {0: {"a": 2, "b": 0}, 1: {"b": 1}})


def test_a_part_of_beir_is_named_by_its_file(tmp_path):
    folder = written(tmp_path, samples.FORMS["beir"])
    written(folder, {"qrels/dev.tsv": samples.BEIR_QRELS.splitlines(keepends=True)[0] + "q3\ta\t1\n"})
    assert load(folder).ids == ("q1", "q2")
    dev = load(folder / "qrels" / "dev.tsv")
    assert (dev.ids, dev.name) == (("q3",), f"{tmp_path.name}/dev")
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "train.tsv")
    with pytest.raises(DataError, match="holds dev, train; name one file"):
        load(folder)


def test_trec(tmp_path):
    dataset = loaded(tmp_path, "trec")
    assert texts(dataset) == {"a": FILTER, "b": LID}
    assert dataset.examples[0] == Example(Query('"filter"'), positives=("a",), negatives=("b",))
    assert dataset.grades == {0: {"a": 2, "b": 0}, 1: {"b": 1}}
    assert trec.qrels(tmp_path / "qrels.txt") == {"1": {"a": 2, "b": 0}, "2": {"b": 1}}
    (tmp_path / "collection.tsv").unlink()
    written(tmp_path, {"corpus.jsonl": samples.CORPUS})
    assert set(texts(load(tmp_path / "qrels.txt"))) == {"a", "b"}
    (tmp_path / "corpus.jsonl").unlink()
    assert load(tmp_path).passages == ()


def test_a_run_is_best_first(tmp_path):
    path = written(tmp_path, {"mine.run": samples.TREC_RUN}, zipped=True)
    assert trec.run(path) == {"1": [("c", 9.0), ("a", 1.5), ("b", 1.5)], "2": [("b", -0.3)]}
    with pytest.raises(DataError, match=r"is a run: raglan\.datasets\.trec\.run reads it"):
        recognised(path)


def test_clariq_by_request(tmp_path):
    dataset = loaded(tmp_path, "clariq")
    assert texts(dataset) == {"Q2": "any colour", "Q3": "any size"}
    assert dataset.examples == (
        Example(Query("Tell me of kettles."), positives=("Q2", "Q3")),
        Example(Query("Tell me of lids.")),
    )
    assert (dataset.ids, dataset.needs) == (("5", "6"), {0: 3, 1: 1})
    written(tmp_path, {"question_bank.tsv": samples.BANK})
    assert set(texts(load(tmp_path / "train.tsv"))) == {"Q2", "Q3", "Q4"}


def test_clariq_by_turn(tmp_path):
    dataset = load(written(tmp_path, samples.FORMS["clariq"]), "clariq-turns")
    assert [example.query.text for example in dataset.examples] == ["red", "large"]
    request, back = Turn("user", "Tell me of kettles."), Turn("assistant", "any colour")
    assert dataset.examples[0].query.history == (request, back)
    assert dataset.rewrites == {0: 'The "red" one.', 1: "The large one."}
    [example] = loaded(tmp_path / "three", "clariq-turns").examples
    assert example.query.text == "red"
    assert [turn.text for turn in example.query.history] == ["Tell me of kettles.", "any size", "no", "any colour"]


def test_qulac(tmp_path):
    dataset = loaded(tmp_path, "qulac")
    assert dataset.examples == (Example(Query("kettles"), positives=("5-1",)),)
    assert texts(dataset) == {"5-1": "any size"}


def test_csv(tmp_path):
    dataset = loaded(tmp_path, "csv")
    [passage] = dataset.passages
    assert (passage.text, passage.meta) == (FILTER, {"title": "Kettle"})
    assert dataset.examples == (
        Example(Query("How long, in months?"), ("three months",), (passage.id,)),
        Example(Query("Who designed it?"), negatives=(passage.id,)),
    )
    assert [example.answers for example in loaded(tmp_path / "dpr", "csv of DPR").examples] == [
        ("three months", "3 months"),
        ("the king's red",),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_ids_and_several_answers(tmp_path, delimiter):
    rows = ("id", "positives", "question", "answers"), ("x", "a| b|a", "How long?", "three months | 3 months")
    path = written(tmp_path, {"mine.csv": samples.table(*rows, ("y", "c", "lid", ""), delimiter=delimiter)})
    dataset = load(path)
    assert dataset.examples == (
        Example(Query("How long?"), ("three months", "3 months"), ("a", "b")),
        Example(Query("lid"), positives=("c",)),
    )
    assert (dataset.ids, dataset.name) == (("x", "y"), "mine")


def test_a_folder_with_one_file_is_that_file(tmp_path):
    written(tmp_path / "qulac", samples.FORMS["qulac"])
    (tmp_path / "qulac" / "README.md").write_text("On kettles.")
    (tmp_path / "qulac" / "notes.txt").write_text("On kettles.")
    assert recognised(tmp_path / "qulac") == "qulac"
    assert len(load(tmp_path / "qulac").examples) == 1


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"train/questions.jsonl": "", "dev/questions.jsonl": ""}, "holds dev, train: name one of them"),
        ({"dev.tsv": samples.CLARIQ, "train.tsv": samples.CLARIQ}, "holds dev.tsv, train.tsv: name one of them"),
        ({"a.md": "Kettles.", "b.md": "Lids."}, "holds no dataset"),
        ({"qrels.one.txt": "1 0 a 1", "qrels.two.txt": "1 0 a 1"}, "name one qrels file"),
        ({"qrels.dev.tsv": "1 0 a 1"}, r"put queries\.dev\.tsv beside it"),
        ({"corpus.jsonl": "", "corpus.jsonl.gz": ""}, r"stands beside corpus\.jsonl\.gz; keep one of them"),
        ({"queries.jsonl": samples.BEIR_QUERIES}, "is a part of a BEIR folder: name the folder"),
        ({"mine.jsonl": '{"text": "a"}\n'}, "has none of the known forms: it begins with"),
        ({"mine.json": "[1, 2]"}, "has none of the known forms"),
        ({"mine.txt": "A kettle boils water.\n"}, "has none of the known forms"),
        ({"mine.jsonl": ""}, "has none of the known forms"),
        ({"mine.jsonl": '{"question": \n'}, r"mine\.jsonl:1: is not JSON"),
    ],
)
def test_what_is_no_dataset_says_what_to_do(tmp_path, files, told):
    path = written(tmp_path, files)
    path = tmp_path if path.name == "qrels.dev.tsv" else path
    with pytest.raises(DataError, match=told):
        load(path)


def test_an_unknown_form_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match=r"no form of dataset is called 'squid'; did you mean 'squad'\?"):
        load(tmp_path, "squid")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "nowhere.json")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, "squad")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/squad/dev", "squad/dev"),
        ("a/mine/questions.jsonl.gz", "mine"),
        ("a/x/corpus.jsonl", "x"),
        ("b.v2.json", "b.v2"),
    ],
)
def test_a_set_is_called_by_what_tells_it_apart(tmp_path, path, name):
    assert called(tmp_path / path) == name

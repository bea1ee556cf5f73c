"""The folder form: what is saved is what is loaded, whatever it holds; and its two functions as the benches use them."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from raglan.datasets import folder
from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.saving import save
from raglan.errors import DataError
from raglan.types import Example, Passage, Query, Span, Turn

from . import samples
from .samples import FILTER, written

said = some.text(min_size=1, max_size=20).filter(str.strip)
values = some.one_of(said, some.integers(), some.booleans(), some.lists(said, max_size=2).map(tuple))
metas = some.dictionaries(some.sampled_from(["headings", "year", "page", "id", "text", "kind"]), values, max_size=3)


@some.composite
def passages(draw):
    found = []
    for name in draw(some.lists(said, unique=True, min_size=1, max_size=4)):
        text, start = draw(said), draw(some.integers(0, 9))
        meta = draw(metas) | draw(some.sampled_from([{}, {"title": "Kettle"}, {"title": 7}]))
        document = draw(some.sampled_from([name, "kettle.md"]))
        found.append(Passage(name, text, document, Span(start, start + len(text)), meta=meta))
    return tuple(found)


@some.composite
def examples(draw, names):
    several = some.lists(some.sampled_from(names), unique=True, max_size=3).map(tuple)
    history = draw(
        some.lists(some.builds(Turn, some.sampled_from(["user", "assistant"]), some.text(max_size=9)), max_size=3)
    )
    where = draw(some.dictionaries(said, values, max_size=2))
    answers = draw(some.lists(some.one_of(said, some.just("['a', 'b']")), unique=True, max_size=3).map(tuple))
    return Example(Query(draw(said), tuple(history), where), answers, draw(several), draw(several))


@some.composite
def datasets(draw):
    held = draw(passages())
    names = [passage.id for passage in held]
    rows = draw(some.lists(examples(names), max_size=4))
    places = some.sets(some.sampled_from(range(len(rows)))) if rows else some.just(set())
    grades = some.dictionaries(some.sampled_from(names), some.integers(-1, 4), max_size=3)
    return Dataset(
        "drawn",
        tuple(rows),
        held,
        ids=tuple(draw(some.lists(said, unique=True, min_size=len(rows), max_size=len(rows)))),
        grades={at: draw(grades) for at in draw(places)},
        long=frozenset(draw(places)),
        rewrites={at: draw(said) for at in draw(places)},
        needs={at: draw(some.integers(1, 4)) for at in draw(places)},
    )


@settings(max_examples=150, deadline=None)
@given(dataset=datasets())
def test_what_is_saved_is_loaded(dataset):
    with TemporaryDirectory() as place:
        save(dataset, Path(place) / "kettles")
        found = load(Path(place) / "kettles")
        assert tuple(found.passages) == dataset.passages
        assert [passage.meta for passage in found.passages] == [passage.meta for passage in dataset.passages]
        assert replace(found, name="drawn", passages=()) == replace(dataset, passages=())


@pytest.mark.parametrize("form", samples.FORMS)
def test_every_form_can_be_brought_into_this_one(tmp_path, form):
    dataset = load(written(tmp_path / "one", samples.FORMS[form]))
    save(dataset, tmp_path / "two")
    found = load(tmp_path / "two")
    assert list(found.passages) == list(dataset.passages)
    assert replace(found, name="", passages=()) == replace(dataset, name="", passages=())


def test_the_same_dataset_gives_the_same_bytes(tmp_path):
    dataset = load(written(tmp_path / "one", samples.FORMS["folder"]))
    for name in ("two", "three"):
        save(dataset, tmp_path / name)
    files = ("corpus.jsonl.gz", "questions.jsonl.gz")
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == sorted(files)
    for file in files:
        assert (tmp_path / "two" / file).read_bytes() == (tmp_path / "three" / file).read_bytes()


def test_saving_over_what_is_being_read(tmp_path):
    path = written(tmp_path, samples.FORMS["folder"], zipped=True)
    dataset = load(path)
    held = list(dataset.passages)
    save(dataset, path)
    assert list(load(path).passages) == held


def test_a_dataset_without_ids_is_numbered(tmp_path):
    save(Dataset("x", (Example(Query("How long?"), ("a day",)), Example(Query("How far?")))), tmp_path)
    assert not (tmp_path / "corpus.jsonl.gz").exists()
    assert load(tmp_path).ids == ("1", "2")


@pytest.mark.parametrize("zipped", [False, True])
def test_passages_and_examples(tmp_path, zipped):
    path = written(tmp_path, samples.FORMS["folder"], zipped=zipped)
    assert next(folder.passages(path)).text == FILTER
    assert [passage.id for passage in folder.passages(path)] == ["a", "b"]
    assert tuple(folder.examples(path)) == load(path).examples


def test_examples_come_as_they_stand(tmp_path):
    row = {"question": "", "answers": ["a day"], "positives": ["nowhere"]}
    path = written(tmp_path, {"mine/questions.jsonl": samples.lines(row)}).parent
    assert list(folder.examples(path)) == [Example(Query(""), ("a day",), ("nowhere",))]
    with pytest.raises(DataError, match=r"questions\.jsonl:1: 'question' must not be empty"):
        load(path)


def test_a_folder_that_lacks_a_file(tmp_path):
    with pytest.raises(DataError, match=r"holds no corpus\.jsonl or corpus\.jsonl\.gz"):
        folder.passages(tmp_path)
    with pytest.raises(DataError, match=r"holds no questions\.jsonl or questions\.jsonl\.gz"):
        folder.examples(tmp_path)
    with pytest.raises(DataError, match=r"holds neither questions\.jsonl nor corpus\.jsonl"):
        load(tmp_path, "folder")

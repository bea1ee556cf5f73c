"""Parts of a dataset keep what is known of each example, and halves share no document."""

from raglan.datasets.dataset import Dataset
from raglan.datasets.forms import load
from raglan.datasets.parts import chosen, folds, sampled, split
from raglan.types import Example, Passage, Query, Span

from . import samples
from .samples import written


def passage(document, number):
    return Passage(f"{document}:{number}", "text", document, Span(0, 4))


def test_chosen_takes_along_what_is_known(tmp_path):
    dataset = load(written(tmp_path, samples.FORMS["folder"]))
    part = chosen(dataset, [3, 2], name="part")
    assert (part.name, part.ids) == ("part", ("4", "3"))
    assert part.examples == (dataset.examples[3], dataset.examples[2])
    assert part.grades == {1: {"b": 2, "c": 1}}
    assert part.long == {0}
    assert (part.rewrites, part.needs) == ({0: "How is the lid opened?"}, {0: 2})
    assert chosen(dataset, range(4)) == dataset
    assert chosen(Dataset("x", dataset.examples), [1]).ids == ()


def many():
    passages = [passage(f"{letter}.md", number) for letter in "abcdefghijklmnopqrstuvwxyz" for number in range(3)]
    rows = [Example(Query(f"about {one.id}"), positives=(one.id,)) for one in passages]
    return Dataset("handbook", tuple(rows), tuple(passages))


def test_a_sample_is_drawn_and_stands_in_order():
    dataset = many()
    part = sampled(dataset, 5, 0)
    # What was drawn before stays drawn: figures of two versions are of the same questions.
    places = [5, 33, 49, 53, 65]
    assert part == chosen(dataset, places)
    assert part != sampled(dataset, 5, 1)
    assert len(sampled(dataset, len(dataset.examples) - 1, 0).examples) == len(dataset.examples) - 1
    for enough in (len(dataset.examples), 1_000):
        assert sampled(dataset, enough, 0) is dataset
    drawn = {at for seed in range(99) for at in range(78) if dataset.examples[at] in sampled(dataset, 9, seed).examples}
    assert drawn == {*range(78)}


def test_halves_share_no_document_and_lose_no_example():
    dataset = many()
    document = {passage.id: passage.document for passage in dataset.passages}
    for seed in range(5):
        first, second = split(dataset, seed=seed)
        sides = [{document[example.positives[0]] for example in part.examples} for part in (first, second)]
        assert not sides[0] & sides[1]
        assert len(first.examples) + len(second.examples) == len(dataset.examples)
        assert 5 <= len(sides[0]) <= 21
        assert (first.name, second.name) == ("handbook/train", "handbook/dev")
    assert split(dataset, seed=1) == split(dataset, seed=1) != split(dataset, seed=2)
    assert not split(dataset, share=0)[0].examples
    assert not split(dataset, share=1)[1].examples


def test_a_document_stays_on_its_side_when_others_come():
    dataset = many()
    fewer = Dataset("handbook", dataset.examples[:30], tuple(dataset.passages)[:30])
    assert set(split(fewer)[0].examples) == set(split(dataset)[0].examples) & set(fewer.examples)


def test_what_belongs_to_both_is_in_neither():
    dataset = many()
    straddling = Example(Query("all"), positives=tuple(passage.id for passage in dataset.passages))
    unlabelled = Example(Query("nothing known"))
    first, second = split(Dataset("x", (straddling, unlabelled), dataset.passages))
    assert first.examples + second.examples == (unlabelled,)


def test_each_document_is_held_out_once():
    dataset = many()
    document = {passage.id: passage.document for passage in dataset.passages}
    parts = folds(dataset, 5, seed=3)
    assert len(parts) == 5
    held = [{document[example.positives[0]] for example in second.examples} for _, second in parts]
    assert sorted(name for names in held for name in names) == sorted(set(document.values()))
    for (first, second), names in zip(parts, held, strict=True):
        assert not names & {document[example.positives[0]] for example in first.examples}
        assert len(first.examples) + len(second.examples) == len(dataset.examples)
    assert parts[-1] == split(dataset, share=0.8, seed=3)
    assert parts == folds(dataset, 5, seed=3) != folds(dataset, 5, seed=4)


def test_of_two_parts_is_never_held_out_and_learned_from_where_neither_is():
    dataset = many()
    [a, *_, z] = dataset.passages
    both = Example(Query("both"), positives=(a.id, z.id))
    parts = folds(Dataset("x", (*dataset.examples, both), dataset.passages), 5)
    assert not any(both in second.examples for _, second in parts)
    for first, second in parts:
        names = {example.positives[0] for example in second.examples}
        assert (both in first.examples) == (not names & {a.id, z.id})

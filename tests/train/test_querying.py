"""A whole adaptation: what can be learned is kept, chance is not, and nobody is asked what he was taught."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.datasets.dataset import Dataset, alone
from raglan.encode.adapted import Adapted
from raglan.encode.hashing import HashingEncoder
from raglan.errors import ConfigError, DataError
from raglan.search.view import spoken
from raglan.train import querying
from raglan.train.adapting import Settings
from raglan.train.gate import by_vectors
from raglan.train.known import Known
from raglan.train.querying import Adaptation, train_query
from raglan.types import Example, Passage, Query, Span

WORDS = [f"{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(40)]
FAST = Settings(ridges=(0.1, 1.0, 10.0))


def foreign(rows: int = 150, *, seed: int = 0, name: str = "foreign") -> Dataset:
    """Questions in other words than the passages that answer them, always the same ones."""
    chance = random.Random(seed)
    passages, examples = [], []
    for at in range(rows):
        own = chance.sample(WORDS, 4)
        passages.append(alone(f"p{at}", " ".join(own), title="t"))
        examples.append(Example(Query(" ".join(f"query{word}" for word in own)), positives=(f"p{at}",)))
    return Dataset(name, tuple(examples), tuple(passages))


def chaos(rows: int = 150, *, seed: int = 0) -> Dataset:
    """The same, with every question about some passage or other."""
    data = foreign(rows, seed=seed)
    names = [one.id for one in data.passages]
    random.Random(seed).shuffle(names)
    rows_of = zip(data.examples, names, strict=True)
    return Dataset("chaos", tuple(Example(one.query, positives=(name,)) for one, name in rows_of), data.passages)


def train(*sets: Dataset, seed: int = 0) -> Adaptation:
    return train_query(sets, Known(HashingEncoder(64)), Settings(FAST.ridges, seed=seed))


def test_what_can_be_learned_is_kept_and_can_be_served() -> None:
    data = foreign()
    found = train(data)
    assert found.verdict.kept
    [one] = found.verdict.sets.values()
    assert one.questions == 150  # each was held out once
    assert one.after["ndcg@10"] > one.before["ndcg@10"] + 0.2
    served = Adapted(HashingEncoder(64), found.adapter.matrix)
    texts = served.encode([spoken(one) for one in data.passages], role="passage")
    first = (served.encode([one.query.text for one in data.examples], role="query") @ texts.T).argmax(axis=1)
    assert np.mean(first == np.arange(150)) > 0.5


def test_chance_is_rejected() -> None:
    """Of many sets in which nothing can be learned at most one may look as if (the gate is a test at 5 %)."""
    quick = Settings(ridges=(1.0, 30.0))
    found = [train_query([chaos(30, seed=seed)], Known(HashingEncoder(32)), quick) for seed in range(12)]
    assert all(one.verdict.sets["chaos"].questions == 30 for one in found)
    assert sum(one.verdict.kept for one in found) <= 1
    assert all(one.verdict.faults for one in found if not one.verdict.kept)


def test_few_questions_prove_nothing() -> None:
    data = foreign()
    few = Dataset("few", data.examples[:19], data.passages)
    found = train(few)
    [one] = found.verdict.sets.values()
    if one.rise > 0:
        assert found.verdict.faults == ("19 questions could be held out to try it on; 20 are needed",)
    assert not found.verdict.kept


def test_a_rise_that_may_be_chance_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    found = train(foreign(40))
    [one] = found.verdict.sets.values()
    assert one.rise > 0
    monkeypatch.setattr(querying, "unsure", lambda *_: ["not sure"])
    assert train(foreign(40)).verdict.faults == ("not sure",)


def test_what_is_best_unchanged_is_rejected() -> None:
    passages = tuple(alone(f"p{at}", f"{WORDS[at % 40]} {WORDS[at // 40]} {at}") for at in range(120))
    examples = tuple(Example(Query(spoken(one)), positives=(one.id,)) for one in passages)
    found = train(Dataset("easy", examples, passages))
    assert not found.verdict.kept
    assert "is not above" in found.verdict.faults[0]


class Watched(HashingEncoder):
    """The hashing encoder, which counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(64)
        self.seen: list[tuple[str, str]] = []

    def encode(self, texts: Sequence[str], *, role: str) -> NDArray[np.float32]:
        self.seen += [(role, text) for text in texts]
        return super().encode(texts, role=role)


def test_every_text_is_encoded_once() -> None:
    encoder = Watched()
    train_query([foreign(60)], Known(encoder), FAST)
    assert len(encoder.seen) == len(set(encoder.seen)) == 120


def test_nothing_is_learned_from_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held-out questions share neither a document, nor a positive, nor their words with those that were learned from."""
    chance = random.Random(3)
    passages = tuple(
        Passage(f"d{at // 3}:{at}", f"{WORDS[at % 40]} {at}", f"d{at // 3}", Span(0, 9)) for at in range(90)
    )
    examples = []
    for at in range(120):
        names = tuple(one.id for one in chance.sample(passages[: 90 - at % 50], 1 + at % 2))
        examples.append(Example(Query(f"q{at % 110}"), positives=names))
    data = Dataset("set", tuple(examples), passages)
    place = {one.id: one for one in passages}
    learned: list[set[str]] = []
    fits = querying._Trial._learnt

    def learnt(self: querying._Trial, first: object, held: object) -> object:
        places = fits(self, first, held)  # type: ignore[arg-type]
        learned.append({list(self._group)[at] for at in places})
        return places

    held: list[tuple[set[str], Dataset]] = []

    def ranks(encode: object, part: Dataset) -> object:
        held.append((learned[-1], part))
        return by_vectors(encode, part)  # type: ignore[arg-type]

    monkeypatch.setattr(querying._Trial, "_learnt", learnt)
    monkeypatch.setattr(querying, "by_vectors", ranks)
    found = train(data)
    positives: dict[str, set[str]] = {}
    for example in examples:
        positives.setdefault(example.query.text, set()).update(example.positives)
    assert len(held) == 10
    for seen, part in held:
        taught = set().union(*(positives[text] for text in seen))
        asks = {name for one in part.examples for name in one.positives}
        assert taught
        assert asks
        assert not seen & {one.query.text for one in part.examples}
        assert not {place[name].document for name in taught} & {place[name].document for name in asks}
    [one] = found.verdict.sets.values()
    assert one.questions < 120  # some stand in two documents of different parts


def test_with_questions_enough_a_fifth_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    data = foreign()
    monkeypatch.setattr(querying, "_MANY", 20)
    [one] = train(data).verdict.sets.values()
    assert 20 <= one.questions < 60


def test_several_sets_are_judged_each() -> None:
    found = train(foreign(60), foreign(60, seed=1, name="other"))
    assert {name: one.questions for name, one in found.verdict.sets.items()} == {"foreign": 60, "other": 60}
    with pytest.raises(ConfigError, match="two sets are called 'foreign'"):
        train(foreign(60), foreign(60, seed=1))


def test_the_same_seed_gives_the_same_verdict() -> None:
    data = foreign(60)
    one, again, other = train(data, seed=1), train(data, seed=1), train(data, seed=2)
    assert np.array_equal(one.adapter.matrix, again.adapter.matrix)
    assert one.verdict == again.verdict != other.verdict


class Latin(HashingEncoder):
    """One that reads Latin letters alone."""

    def covers(self, texts: Sequence[str]) -> list[float]:
        return [float(text.isascii()) for text in texts]


def test_what_the_encoder_cannot_read_is_left_out_and_counted() -> None:
    data = foreign(60)
    more = (Example(Query("保修"), positives=("p0",)), Example(Query("what?"), positives=("zh",)), Example(Query(" ")))
    mixed = Dataset("mixed", data.examples + more, (*data.passages, alone("zh", "保修期"), alone("none", " ")))
    found = train_query([mixed], Known(Latin(64)), FAST)
    assert found.left == {
        "passages that the encoder cannot read": 2,
        "questions that the encoder cannot read": 2,
        "positives that are not among the passages": 1,
        "questions without a known passage": 1,
    }
    assert len(found.rows.rows) == 60
    [one] = found.verdict.sets.values()
    assert one.questions == 60


def test_nothing_to_learn_from_is_told() -> None:
    with pytest.raises(DataError, match="no question has a passage to learn from"):
        train(Dataset("empty", (Example(Query("why?")),), (alone("p", "text"),)))


def test_one_document_leaves_nothing_to_hold_out() -> None:
    data = foreign(60)
    passages = tuple(Passage(one.id, one.text, "book", one.span) for one in data.passages)
    found = train(Dataset("book", data.examples, passages))
    assert found.verdict.faults == ("nothing could be held out to try it on",)

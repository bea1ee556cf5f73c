"""Negatives: nearest vectors against plain sorting, what may be drawn and what never, and what a draw hangs on."""

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from raglan.errors import ConfigError, DataError, MissingExtra
from raglan.search.lexical import LexicalIndex
from raglan.train import negatives
from raglan.train.negatives import Draw, Negatives, by_search, by_vectors, columns, nearest
from raglan.types import Example, Passage, Query
from tests.samples import ASKED, WRITTEN, passage

Vectors = NDArray[np.float32]


class Flat:
    """What is used of FAISS's exact index."""

    def __init__(self, dim: int) -> None:
        self.rows = np.empty((0, dim), np.float32)

    def add(self, rows: Vectors) -> None:
        self.rows = np.concatenate([self.rows, rows])

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        products = queries @ self.rows.T
        # Of equals the last first: whoever relies on their order fails.
        places = np.argsort(-products[:, ::-1], axis=1, kind="stable")[:, :k]
        places = len(self.rows) - 1 - places
        return np.take_along_axis(products, places, axis=1), places


@pytest.fixture(params=["numpy", "blocks", "faiss stub", "faiss"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways to find what is nearest; FAISS itself where it is installed."""
    if request.param == "faiss":
        pytest.importorskip("faiss")
    if request.param == "faiss stub":
        monkeypatch.setitem(sys.modules, "faiss", SimpleNamespace(IndexFlatIP=Flat))
    if request.param == "blocks":
        monkeypatch.setattr(negatives, "_QUERIES", 3)
        monkeypatch.setattr(negatives, "_PASSAGES", 7)
    return "faiss" if "faiss" in request.param else "numpy"


def vectors(rows: int, dim: int = 8, *, seed: int = 0, length: float = 1.0) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(rows, dim))
    return np.asarray(length * drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("length", [1.0, 100.0, 1e-3])
@pytest.mark.parametrize("k", [1, 5, 39, 40, 100])
def test_nearest_is_what_sorting_gives(by: str, k: int, length: float) -> None:
    queries, passages = vectors(11, length=length), vectors(40, seed=1)
    found, products = nearest(queries, passages, k, by=by)
    exact = queries.astype(float) @ passages.astype(float).T
    wanted = np.argsort(-exact, axis=1, kind="stable")[:, :k]
    assert np.array_equal(found, wanted)
    assert products == pytest.approx(np.take_along_axis(exact, wanted, axis=1), abs=1e-5 * length)
    assert found.dtype == np.int64
    assert products.dtype == np.float32


def test_of_equals_the_first_row_comes_first_however_many(by: str) -> None:
    passages = np.repeat(vectors(3, seed=2), 50, axis=0)
    for k in (1, 10, 60, 150):
        found, _ = nearest(passages[60:61], passages, k, by=by)
        assert found[0, :50].tolist() == list(range(50, 100))[:k]
        assert sorted(set(found[0].tolist())) == sorted(found[0].tolist())


def test_a_query_alone_finds_what_it_finds_among_others(by: str) -> None:
    queries, passages = vectors(20, 64), vectors(50, 64, seed=1)
    found, products = nearest(queries, passages, 9, by=by)
    for row in range(len(queries)):
        one, score = nearest(queries[row : row + 1], passages, 9, by=by)
        assert np.array_equal(one[0], found[row])
        assert np.array_equal(score[0], products[row])


def test_nothing_among_nothing_is_nothing(by: str) -> None:
    for queries, passages, k in ((3, 0, 5), (0, 3, 5), (3, 4, 0), (3, 4, -1)):
        found, products = nearest(vectors(queries), vectors(passages), k, by=by)
        assert found.shape == products.shape == (queries, min(max(k, 0), passages))


def test_vectors_that_are_none_are_refused(by: str) -> None:
    good, bad = vectors(3), vectors(3)
    bad[1, 2] = np.nan
    for queries, passages, message in (
        (bad, good, "row 1 of queries holds a number that is none"),
        (good, bad, "row 1 of passages"),
        (good, vectors(3, 7), "queries have 8 dimensions, passages 7"),
        (good[0], good, r"queries have the shape \[8\]"),
    ):
        with pytest.raises(ValueError, match=message):
            nearest(queries, passages, 2, by=by)


def test_without_faiss_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtra, match=r"pip install 'raglan\[faiss\]'"):
        nearest(vectors(2), vectors(3), 1, by="faiss")
    with pytest.raises(ConfigError, match="not by 'annoy'"):
        nearest(vectors(2), vectors(3), 1, by="annoy")


def test_ids_come_in_the_order_of_nearness() -> None:
    passages = vectors(10)
    names = [f"p{n}" for n in range(10)]
    found = by_vectors(passages[3:5], passages, names, 4)
    assert [row[0] for row in found] == ["p3", "p4"]
    assert [len(row) for row in found] == [4, 4]
    with pytest.raises(ValueError, match="9 names for 10 vectors"):
        by_vectors(passages, passages, names[1:], 4)


def test_words_find_what_they_find() -> None:
    index = LexicalIndex()
    index.add(WRITTEN)
    found = by_search(index, ASKED, 4)
    assert found == [[hit.passage.id for hit in hits] for hits in index.search(ASKED, 4)]
    index.store.close()


# Drawing.

CORPUS = [passage(f"passage number {n}", f"d{n}", title="x") for n in range(60)]
NAMES = [one.id for one in CORPUS]


def row(text: str, *positives: int, wrong: Sequence[int] = (), answers: tuple[str, ...] = ()) -> Example:
    return Example(Query(text), answers, tuple(NAMES[n] for n in positives), tuple(NAMES[n] for n in wrong))


def drawn(
    examples: Sequence[Example], *, epoch: int = 0, lists: Sequence[str] = NAMES, **options: Any
) -> list[Example]:
    made = Negatives(examples, CORPUS, **options)
    return made.drawn([lists] * len(examples), epoch=epoch)


def test_negatives_come_from_the_ranks_that_are_asked_for() -> None:
    seen: set[str] = set()
    for epoch in range(60):
        [found] = drawn([row("a", 5)], epoch=epoch, draw=Draw(3, first=3, last=12))
        assert len(set(found.negatives)) == 3
        seen |= set(found.negatives)
    assert seen == set(NAMES[2:12]) - {NAMES[5]}


def test_draws_are_even() -> None:
    counts = dict.fromkeys(NAMES[1:11], 0)
    for epoch in range(2_000):
        for name in drawn([row("a", 50)], epoch=epoch, draw=Draw(2, last=11))[0].negatives:
            counts[name] += 1
    assert all(320 < count < 480 for count in counts.values())


def test_a_draw_hangs_on_seed_epoch_and_row_alone() -> None:
    rows = [row("a", 1), row("b", 2), row("c", 3, wrong=[4])]
    whole = drawn(rows, seed=7)
    assert whole == drawn(rows, seed=7)
    assert drawn(rows[1:], seed=7) == whole[1:]
    assert whole != drawn(rows, seed=8)
    assert whole != drawn(rows, seed=7, epoch=1)


def test_known_positives_of_the_query_are_never_drawn_whichever_row_names_them() -> None:
    rows = [row("a", 1, 2), row("a", 3), row("b", 4, wrong=[5, 6])]
    for epoch in range(20):
        first, second, third = drawn(rows, epoch=epoch, draw=Draw(50, first=1, last=10))
        assert set(first.negatives) == set(second.negatives) == set(NAMES[:10]) - {NAMES[1], NAMES[2], NAMES[3]}
        assert third.negatives[:2] == (NAMES[5], NAMES[6])
        assert set(third.negatives) == set(NAMES[:10]) - {NAMES[4]}
        assert len(third.negatives) == 9


def test_several_lists_are_one_pool_and_each_has_its_own_ranks() -> None:
    made = Negatives([row("a", 50)], CORPUS, draw=Draw(50, first=2, last=4))
    [found] = made.drawn([NAMES[:9]], [NAMES[3:20]], epoch=0)
    assert set(found.negatives) == {NAMES[n] for n in (1, 2, 3, 4, 5, 6)}
    assert made.drawn([[]], epoch=0)[0].negatives == ()
    with pytest.raises(ConfigError, match="2 lists were found for 1 examples"):
        made.drawn([NAMES, NAMES], epoch=0)


def test_what_holds_an_answer_or_reads_like_a_positive_is_dropped() -> None:
    corpus = [
        passage("The warranty lasts 24 months.", "gold"),
        passage("the WARRANTY lasts  24 months .", "copy"),
        passage("It is covered for 24 months!", "holds"),
        passage("It is covered for 240 months.", "near"),
        passage("Nothing.", "none"),
    ]
    names = [one.id for one in corpus]
    example = Example(Query("how long?"), ("24 Months",), (names[0],))
    for answers, wanted in ((("24 Months",), names[3:]), ((), names[2:]), (("",), names[2:])):
        made = Negatives([replace(example, answers=answers)], corpus, draw=Draw(9, first=1))
        assert set(made.drawn([names], epoch=0)[0].negatives) == set(wanted)


def test_chinese_answers_are_found_by_character() -> None:
    corpus = [passage("保修期为两年。", "gold"), passage("电池保修两年", "holds"), passage("锅炉", "none")]
    made = Negatives([Example(Query("多久"), ("两年",), ("gold:0",))], corpus, draw=Draw(first=1))
    assert made.drawn([["holds:0", "none:0"]], epoch=0)[0].negatives == ("none:0",)


class Scores:
    """A ranker that knows a score for each passage, and counts how many it was asked for."""

    def __init__(self, scores: Sequence[float]) -> None:
        self.scores = dict(zip(NAMES, scores, strict=True))
        self.asked = 0

    def __call__(self, query: Query, passages: Sequence[Passage]) -> list[float]:
        self.asked += len(passages)
        return [self.scores[one.id] for one in passages]


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
@pytest.mark.parametrize("count", [2, 60])
def test_what_a_ranker_takes_for_right_is_dropped(share: float, count: int) -> None:
    chance = random.Random(3)
    scores = [chance.random() for _ in NAMES]
    rank = Scores(scores)
    best = max(scores[7], scores[8])
    allowed = {name for name, score in rank.scores.items() if score < share * best} - {NAMES[7], NAMES[8]}
    seen: set[str] = set()
    for epoch in range(40):
        [found] = drawn([row("a", 7, 8)], epoch=epoch, draw=Draw(count, first=1, share=share), rank=rank)
        assert len(found.negatives) == min(count, len(allowed))
        seen |= set(found.negatives)
    assert seen <= allowed
    assert count < 60 or seen == allowed


def test_a_ranker_is_asked_for_no_more_than_is_needed_and_changes_no_other_draw() -> None:
    rank = Scores([0.9, *[0.1] * 59])
    with_ranker = drawn([row("a", 0)], draw=Draw(4), rank=rank)
    assert rank.asked == 1 + 8
    assert with_ranker == drawn([row("a", 0)], draw=Draw(4))
    # What it drops leaves the others in their order.
    [every] = drawn([row("a", 0)], draw=Draw(60))
    rank.scores[every.negatives[1]] = 0.9
    [fewer] = drawn([row("a", 0)], draw=Draw(3), rank=rank)
    assert fewer.negatives == (every.negatives[0], *every.negatives[2:4])


@pytest.mark.parametrize("scores", [[-2.0] * 60, [float("nan")] * 60, [float("inf")] * 60])
def test_a_ranker_whose_scores_have_no_shares_is_refused(scores: list[float]) -> None:
    with pytest.raises(ConfigError, match="must give each a number from 0"):
        drawn([row("a", 0)], rank=Scores(scores))
    with pytest.raises(ConfigError, match="the ranker gave"):
        drawn([row("a", 0)], rank=lambda query, passages: [0.5])


def test_another_positive_may_stand_first_in_another_epoch() -> None:
    firsts = {drawn([row("a", 1, 2, 3)], epoch=epoch)[0].positives[0] for epoch in range(30)}
    assert firsts == {NAMES[1], NAMES[2], NAMES[3]}


def test_none_may_be_wanted() -> None:
    assert drawn([row("a", 1, wrong=[2])], draw=Draw(0)) == [row("a", 1, wrong=[2])]


def test_a_query_of_any_characters_can_be_drawn_for() -> None:
    [found] = drawn([row("\ud800 保修 \x00", 1)])
    assert len(found.negatives) == 7


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "examples: there are none"),
        ([row("a")], r"row 0 \('a'\): no positive"),
        ([row("a", 1), row("b", 1, wrong=[1])], r"row 1 \('b'\): passage 'd1:0' is both positive and negative"),
        ([row("a", 1, 1)], "'d1:0' is named twice"),
        ([row("a", 1, wrong=[2, 2])], "'d2:0' is named twice"),
        ([Example(Query("a"), positives=("nowhere",))], "'nowhere' is not among the passages"),
        ([Example(Query("a"), positives=(NAMES[0],), negatives=("nowhere",))], "'nowhere' is not among"),
    ],
)
def test_rows_that_nothing_can_be_learned_from_are_told(examples: list[Example], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Negatives(examples, CORPUS)


def test_passages_must_be_known_and_their_own() -> None:
    with pytest.raises(DataError, match="two different passages are called 'd0:0'"):
        Negatives([row("a", 1)], [*CORPUS, passage("other", "d0")])
    Negatives([row("a", 1)], [*CORPUS, CORPUS[0]])
    with pytest.raises(DataError, match="'elsewhere' was found but is not among the passages"):
        drawn([row("a", 1)], lists=["x", "elsewhere"], draw=Draw(first=2))


@pytest.mark.parametrize(
    "options", [{"count": -1}, {"first": 0}, {"first": 5, "last": 4}, {"share": 0.0}, {"share": np.nan}]
)
def test_numbers_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Draw(**options)


# Side by side in a batch.


def test_a_batch_has_every_passage_once_and_knows_who_is_no_negative() -> None:
    rows = [row("a", 1, 2, wrong=[5]), row("b", 3, wrong=[1, 6]), row("a", 4, wrong=[5]), row("c", 1)]
    made = columns(rows)
    assert made.passages == tuple(NAMES[n] for n in (1, 3, 4, 5, 6))
    assert made.gold.tolist() == [0, 1, 2, 0]
    # Both rows that ask "a" know each other's positives.
    assert made.excluded.astype(int).tolist() == [[1, 0, 1, 0, 0], [0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [1, 0, 0, 0, 0]]
    more = columns(rows, known={"b": [NAMES[5]], "z": [NAMES[1]]})
    assert more.excluded[1].astype(int).tolist() == [0, 1, 0, 1, 0]
    assert columns([]).excluded.shape == (0, 0)


def test_a_batch_is_what_the_losses_take() -> None:
    torch = pytest.importorskip("torch")
    contrastive = pytest.importorskip("raglan.train.contrastive")
    made = columns([row("a", 1, 2, wrong=[5]), row("b", 3, wrong=[2])])
    same = contrastive.false_negatives([{NAMES[1], NAMES[2]}, {NAMES[3]}], made.passages)
    assert same.tolist() == made.excluded.tolist()
    scores = torch.zeros(2, 4)
    loss, _ = contrastive.in_batch(
        scores, gold=torch.from_numpy(made.gold), excluded=torch.from_numpy(made.excluded), temperature=1.0
    )
    # The first row has three candidates left, the second four.
    assert float(loss) == pytest.approx((np.log(3) + np.log(4)) / 2)


def test_a_batch_at_odds_with_itself_is_told() -> None:
    with pytest.raises(DataError, match="both positive and negative"):
        columns([row("a", 1), row("b", 2, wrong=[2])])
    with pytest.raises(DataError, match="no positive"):
        columns([row("a")])

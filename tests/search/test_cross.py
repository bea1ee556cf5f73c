"""The ranker has its say within bounds: exact matches stay, what it cannot read stays, the rest comes behind."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from raglan.errors import ModelError
from raglan.models.folder import Reading
from raglan.models.graph import Graph
from raglan.nn.tokens import Tokens
from raglan.rag import Rag
from raglan.search.cross import CrossRanker
from raglan.search.fusion import softmax
from raglan.search.hybrid import lifted
from raglan.search.view import spoken
from raglan.text.words import is_chinese
from raglan.types import Hit, Query
from tests import laws
from tests.models.samples import READING, forged, ranker, saved, tokenizer, tower
from tests.samples import ENGLISH, drawn, ids, passage

ASK = Query("Which kettle has a steam wand?")
LATIN = replace(READING, scripts=("Latn",))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(ranker(), tmp_path_factory.mktemp("models") / "m", LATIN)


def english(count: int, seed: int = 0, by: str = "words+vectors") -> list[Hit]:
    """Hits as a merge gives them: scores fall from 1 to 0."""
    chance = random.Random(seed)
    texts = [" ".join(chance.choices(ENGLISH, k=chance.randint(1, 14))) for _ in range(count)]
    return [Hit(passage(text, f"d{at}"), 1 - at / count, by) for at, text in enumerate(texts)]


def chinese(text: str, score: float, by: str = "words") -> Hit:
    return Hit(passage(text, text), score, by)


def logits(query: str, hits: Sequence[Hit]) -> list[float]:
    """What torch says."""
    batch = Tokens(tokenizer(), length=READING.length, query_length=READING.query_length).pairs(
        [query] * len(hits), [spoken(hit.passage) for hit in hits]
    )
    with torch.no_grad():
        found: list[float] = ranker()(batch.ids, batch.mask, batch.types).tolist()
    return found


def named(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.document for hit in hits]


def test_it_orders_as_torch_does(place: Path) -> None:
    hits = english(16)
    wanted = logits(ASK.text, hits)
    assert max(wanted) - min(wanted) > 1, "its scores lie apart"
    found = CrossRanker(place).rerank(ASK, hits)
    shares = {hit.passage.id: 1 / (1 + math.exp(-score)) for hit, score in zip(hits, wanted, strict=True)}
    for hit in found:
        assert hit.score == pytest.approx(shares[hit.passage.id], abs=0.05)  # weights in int8
        assert hit.by == "words+vectors+ranker"
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
    assert sorted(ids(found)) == sorted(ids(hits))
    best = max(range(16), key=wanted.__getitem__)
    assert hits[best].passage.id in ids(found[:2])


def test_pairs_are_those_of_training(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def run(self: Graph, rows: Sequence[Any]) -> Any:
        seen.extend(rows)
        return np.zeros(len(rows), np.float32)

    monkeypatch.setattr(Graph, "run", run)
    hits = [*english(5), Hit(passage("kettle " * 90, "long.txt", title="A \ud800 title"), 0.1, "words")]
    for text in ("why", ASK.text * 9, "", "lone \udc00 half"):
        seen.clear()
        CrossRanker(place).rerank(Query(text), hits)
        batch = Tokens(tokenizer(), length=40, query_length=12).pairs([text] * 6, [spoken(hit.passage) for hit in hits])
        assert [row.ids for row in seen] == [
            ids_[mask].tolist() for ids_, mask in zip(batch.ids, batch.mask, strict=True)
        ]
        assert [row.type_ids for row in seen] == [
            types[mask].tolist() for types, mask in zip(batch.types, batch.mask, strict=True)
        ]
    assert len(seen[-1].ids) == 40


def test_without_a_limit_a_query_has_a_quarter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def run(self: Graph, rows: Sequence[Any]) -> Any:
        lengths.extend(row.type_ids.index(1) - 2 for row in rows)
        return np.zeros(len(rows), np.float32)

    monkeypatch.setattr(Graph, "run", run)
    CrossRanker(saved(ranker(), tmp_path / "m", Reading(length=40))).rerank(Query("kettle " * 30), english(3))
    assert lengths == [10] * 3


def test_the_order_of_the_hits_says_nothing(place: Path) -> None:
    hits = english(16, seed=3)
    made = CrossRanker(place, threads=2)
    before = {hit.passage.id: hit.score for hit in made.rerank(ASK, hits)}
    random.Random(0).shuffle(hits)
    found = made.rerank(ASK, hits)
    assert {hit.passage.id: hit.score for hit in found} == pytest.approx(before, abs=1e-5)
    [alone] = made.rerank(ASK, hits[:1])
    assert alone.score == pytest.approx(before[alone.passage.id], abs=1e-5)
    assert CrossRanker(place, threads=1).rerank(ASK, hits) == CrossRanker(place, threads=1).rerank(ASK, hits)


def test_the_rest_follows_in_order(place: Path) -> None:
    hits = english(40)
    found = CrossRanker(place).rerank(ASK, hits)
    assert sorted(named(found[:16])) == sorted(named(hits[:16])) != named(hits[:16])
    assert named(found[16:]) == named(hits[16:])
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True), "no score of the merge stands above one of the ranker"
    assert {hit.by for hit in found[16:]} == {"words+vectors"}
    assert named(CrossRanker(place, depth=1).rerank(ASK, hits)) == named(hits)
    with pytest.raises(ValueError, match="depth is 0"):
        CrossRanker(place, depth=0)


def test_scores_of_any_search_stay_finite_and_in_order(place: Path) -> None:
    for scores in ((9e9, 3.0, -2.0, -1e9), (-1.0, -2.0, -3.0, -4.0), (0.0,) * 4):
        hits = [Hit(hit.passage, score, "words") for hit, score in zip(english(4), scores, strict=True)]
        found = [hit.score for hit in CrossRanker(place, depth=2).rerank(ASK, hits)]
        assert found == sorted(found, reverse=True)
        assert all(map(math.isfinite, found))
        assert all(0 <= score <= 1 for score in found[:2])


@pytest.mark.parametrize("size", [1e3, -1e3])
def test_scores_without_measure_keep_their_order(place: Path, size: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "run", lambda self, rows: np.float32(size) + np.arange(len(rows), dtype=np.float32))
    hits = english(5)
    found = CrossRanker(place).rerank(ASK, hits)
    assert named(found) == named(hits)[::-1], "though all are 1 or all 0 once squashed"
    assert {hit.score for hit in found} == {1.0 if size > 0 else 0.0}


# What is named outright.


def test_exact_matches_stay_on_top(place: Path) -> None:
    made = CrossRanker(place)
    for seed in range(8):
        chance = random.Random(seed)
        merged = english(chance.choice([6, 20, 40]), seed)
        some = chance.sample(merged, 5)
        absent = english(45, seed)[40:]
        exact = [Hit(hit.passage, chance.choice([0.333, 0.667, 1.0]), "exact") for hit in [*some, *absent[:2]]]
        hits = lifted(merged, exact)
        found = made.rerank(ASK, hits)
        assert sorted(ids(found)) == sorted(ids(hits))
        scores = [hit.score for hit in found]
        assert scores == sorted(scores, reverse=True)
        top = found[: len(exact)]
        assert {hit.passage.id for hit in top} == {hit.passage.id for hit in exact}
        assert all(hit.score >= 1 for hit in top)
        assert all(hit.score <= 1 for hit in found[len(exact) :])
        held = {hit.passage.id: hit.score for hit in exact}
        shares = [held[hit.passage.id] for hit in top]
        assert shares == sorted(shares, reverse=True), "what holds more of what was named comes first"


def test_within_a_step_the_ranker_decides(place: Path) -> None:
    merged = english(12)  # all of one file, say
    hits = lifted(merged, [Hit(hit.passage, 1.0, "exact") for hit in merged])
    made = CrossRanker(place)
    plain, found = made.rerank(ASK, merged), made.rerank(ASK, hits)
    assert named(found) == named(plain) != named(merged)
    assert [hit.score for hit in found] == pytest.approx([1 + hit.score for hit in plain])
    assert {hit.by for hit in found} == {"words+vectors+exact+ranker"}


@pytest.mark.parametrize("merged", [0.0, 1e-13, 0.3, 1.0, 1 + 1e-12])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_steps_are_told_from_scores(step: int, merged: float, place: Path) -> None:
    hits = [Hit(english(1)[0].passage, merged + step, "words+exact")]
    [found] = CrossRanker(place).rerank(ASK, hits)
    # A merged score of nothing cannot be told from one of 1 a step below; it stays among the exact ones all the same.
    assert int(found.score) == (step if merged > 1e-9 or step == 1 else step - 1)
    [alone] = CrossRanker(place).rerank(ASK, [Hit(hits[0].passage, float(step), "exact")])
    assert int(alone.score) == step


def test_more_exact_matches_than_are_read(place: Path) -> None:
    merged = english(30)
    hits = lifted(merged, [Hit(hit.passage, 1.0, "exact") for hit in merged[5:25]])
    found = CrossRanker(place, depth=8).rerank(ASK, hits)
    assert named(found[8:]) == named(hits[8:])
    assert all(hit.score >= 1 for hit in found[:20])
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_exact_ones_come_first_whoever_found_them(place: Path) -> None:
    hits = english(30)
    hits[22] = Hit(hits[22].passage, 0.2, "exact")
    assert named(CrossRanker(place, depth=4).rerank(ASK, hits))[0] == hits[22].passage.document


def test_fusion_weighs_them_as_it_did(place: Path) -> None:
    merged = english(8)
    found = CrossRanker(place).rerank(ASK, lifted(merged, [Hit(merged[5].passage, 1.0, "exact")]))
    weights = [piece.weight for piece in softmax()(ASK, found)]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert found[0].passage == merged[5].passage


# What it cannot read.


def test_a_query_that_it_cannot_read_changes_nothing(place: Path, tmp_path: Path) -> None:
    hits = [*english(10), chinese("保修期为两年", 0.05)]
    for text in ("保修期是多久？", "Сколько длится гарантия?", "E 保修期"):
        assert CrossRanker(place).rerank(Query(text), hits) == hits
    for text in ("24?", "", "kettle 保修"):
        assert CrossRanker(place).rerank(Query(text), hits) != hits
    both = saved(ranker(), tmp_path / "both", replace(READING, scripts=("Hans", "Hant", "Latn")))
    assert CrossRanker(both).rerank(Query("保修期是多久？"), hits) != hits


def test_a_passage_that_it_cannot_read_comes_behind_those_that_it_can(place: Path) -> None:
    hits = [chinese("保修期为两年", 1.0), *english(6), chinese("锅炉每三个月除垢", 0.01)]
    found = CrossRanker(place, depth=6).rerank(ASK, hits)
    assert sorted(named(found[:5])) == sorted(named(hits[1:6]))
    assert named(found[5:]) == [named(hits)[at] for at in (0, 6, 7)]
    assert found[5].by == "words"
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
    only = [hits[0], hits[-1]]
    assert CrossRanker(place).rerank(ASK, only) == only


def test_one_that_is_named_stays_on_top_unread(place: Path) -> None:
    hits = [
        chinese("水箱没有水时显示错误 E-07", 1.9, "words+exact"),
        Hit(english(1)[0].passage, 1.2, "words+exact"),
        *english(3),
    ]
    found = CrossRanker(place).rerank(ASK, hits)
    assert [hit.by for hit in found[:2]] == ["words+exact+ranker", "words+exact"]
    assert found[1].score == 1.0


# Laws, and what goes wrong.


@pytest.mark.parametrize("depth", [1, 3, 16, 500])
def test_it_gives_what_it_was_given(depth: int, place: Path) -> None:
    made = CrossRanker(place, depth=depth)
    laws.reranking_nothing_is_nothing(made)
    hits = [Hit(one, 1 - at / 60, "words") for at, one in enumerate(drawn(48))]
    assert {is_chinese(hit.passage.text) for hit in hits} == {True, False}
    for query in ("boiler", "?", "\x00", "🙂 \ud800", "a" * 5_000, ""):
        for part in (hits, hits[:1], hits[:2], hits[5:30]):
            before = list(part)
            found = made.rerank(Query(query), part)
            assert part == before
            assert sorted(ids(found)) == sorted(ids(part))
            assert {hit.passage.id: hit.passage for hit in found} == {hit.passage.id: hit.passage for hit in part}
            scores = [hit.score for hit in found]
            assert scores == sorted(scores, reverse=True)


def test_in_a_rag(place: Path) -> None:
    hits = english(40)

    class Finds:
        def search(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
            return [hits[:k] for _ in queries]

    rag: Any = Rag(Finds(), None, fusion=softmax(), reranker=CrossRanker(place), k=3)  # type: ignore[arg-type]
    assert named(rag.search(ASK)) == named(CrossRanker(place).rerank(ASK, hits[:12])[:3])


def test_an_encoder_is_no_ranker(tmp_path: Path) -> None:
    place = saved(tower(), tmp_path / "m")
    with pytest.raises(ModelError, match="of kind 'encoder', where 'ranker' is needed; name another folder"):
        CrossRanker(place)
    with pytest.raises(ModelError, match="none is no model folder"):
        CrossRanker(tmp_path / "none")
    ranked = saved(ranker(), tmp_path / "r")
    forged(ranked, "model.onnx", (place / "model.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"model\.onnx gives \[32\] numbers a pair; a ranker gives one"):
        CrossRanker(ranked).rerank(ASK, english(2))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_damaged_files_rank_nothing(name: str, tmp_path: Path) -> None:
    place = saved(ranker(), tmp_path / "m")
    made, data = CrossRanker(place), (place / name).read_bytes()
    (place / name).write_bytes(data[:-1])
    with pytest.raises(ModelError, match="was changed"):
        made.rerank(ASK, english(2))
    (place / name).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        made.rerank(ASK, english(2))
    (place / name).write_bytes(data)
    assert made.rerank(ASK, english(2))[0].by.endswith("+ranker")


def test_no_number_is_no_score(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = CrossRanker(place)
    made.rerank(ASK, english(2))

    class Broken:
        def run(self, outputs: None, given: dict[str, Any]) -> list[Any]:
            return [np.full(len(given["ids"]), np.nan, np.float32)]

    monkeypatch.setattr(made._graph, "_session", Broken())
    with pytest.raises(ModelError, match=r"model\.onnx gives numbers that are not finite"):
        made.rerank(ASK, english(2))

"""What every part of a kind must do, as functions of a maker; a stranger's plugin can be held to them as well.

    @pytest.mark.parametrize("law", INDEX_LAWS)
    def test_mine(law: IndexLaw) -> None:
        law(MyIndex)

Scores are compared up to near ties: rounding may swap neighbours, and nothing may depend on their order.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from raglan.errors import ConfigError
from raglan.protocols import Fusion, Generator, Index, Merge, Reranker, Retriever, Streams
from raglan.types import Draft, Evidence, Hit, Passage, Query, Span
from tests.samples import ASKED, WRITTEN, differ, document, drawn, ids, passage, sentence

__all__ = ["FUSION_LAWS", "INDEX_LAWS", "MERGE_LAWS", "PLACE_LAWS", "RERANKER_LAWS", "RETRIEVER_LAWS", "STREAM_LAWS"]

MakeRetriever = Callable[[Sequence[Passage]], Retriever]
MakeIndex = Callable[[], Index]
OpenIndex = Callable[[Path], Index]
RetrieverLaw = Callable[[MakeRetriever, Sequence[Query]], None]
IndexLaw = Callable[[MakeIndex], None]
PlaceLaw = Callable[[OpenIndex, Path], None]
MergeLaw = Callable[[Merge], None]
FusionLaw = Callable[[Fusion], None]
RerankerLaw = Callable[[Reranker], None]
StreamLaw = Callable[[Generator], None]

CORPUS = [*WRITTEN, *drawn(48)]
EVERY = len(CORPUS) + 10


# Retrievers: a maker takes the corpus; the queries are such as find something there.


def is_ranked(make: MakeRetriever, queries: Sequence[Query]) -> None:
    for hits in make(CORPUS).search(queries, 10):
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert all(math.isfinite(score) for score in scores)


def finds_something(make: MakeRetriever, queries: Sequence[Query]) -> None:
    for query, hits in zip(queries, make(CORPUS).search(queries, 10), strict=True):
        assert hits, query.text


def is_bounded(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    for k in (0, 1, 2, 7, EVERY):
        for hits in made.search(queries, k):
            assert len(hits) <= k
            assert len(hits) <= len(CORPUS)


def deeper_is_longer(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    for short, long in zip(made.search(queries, 3), made.search(queries, EVERY), strict=True):
        assert len(short) == min(3, len(long))
        assert not differ(short, long[:3])


def names_no_passage_twice(make: MakeRetriever, queries: Sequence[Query]) -> None:
    for hits in make(CORPUS).search(queries, EVERY):
        assert len(set(ids(hits))) == len(hits)


def gives_passages_as_they_were(make: MakeRetriever, queries: Sequence[Query]) -> None:
    known = {one.id: one for one in CORPUS}
    for hits in make(CORPUS).search(queries, 10):
        for hit in hits:
            assert hit.passage == known[hit.passage.id]
            assert hit.by


def a_batch_is_one_by_one(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    for query, batched in zip(queries, made.search(queries, 10), strict=True):
        [alone] = made.search([query], 10)
        assert not differ(batched, alone), query.text


def no_queries_no_lists(make: MakeRetriever, queries: Sequence[Query]) -> None:
    assert make(CORPUS).search([], 10) == []


def an_empty_corpus_holds_nothing(make: MakeRetriever, queries: Sequence[Query]) -> None:
    assert make([]).search(queries, 10) == [[] for _ in queries]


def asking_nothing_is_harmless(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    for text in ("", "   ", "?!", "\x00", "🙂", "\ud800", '"', "(" * 50, "a" * 5_000):
        try:
            [hits] = made.search([Query(text)], 3)
        except ConfigError:
            continue  # expressions may be refused
        assert len(hits) <= 3


def filters_hold(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    wheres: list[dict[str, object]] = [
        {"kind": "manual"},
        {"kind": ("manual", "policy")},
        {"kind": "policy", "language": "zh"},
    ]
    for where in wheres:
        asked = [replace(query, where=where) for query in queries]
        for hits in made.search(asked, EVERY):
            assert all(_holds(hit.passage, where) for hit in hits)


def a_filter_that_nothing_meets_finds_nothing(make: MakeRetriever, queries: Sequence[Query]) -> None:
    made = make(CORPUS)
    for where in ({"colour": "red"}, {"kind": "poem"}, {"kind": ()}, {"kind": "manual", "colour": "red"}):
        assert made.search([replace(query, where=where) for query in queries], 10) == [[] for _ in queries]


RETRIEVER_LAWS: list[RetrieverLaw] = [
    is_ranked,
    finds_something,
    is_bounded,
    deeper_is_longer,
    names_no_passage_twice,
    gives_passages_as_they_were,
    a_batch_is_one_by_one,
    no_queries_no_lists,
    an_empty_corpus_holds_nothing,
    asking_nothing_is_harmless,
    filters_hold,
    a_filter_that_nothing_meets_finds_nothing,
]


# Indexes: a maker gives an empty one.


def is_a_retriever(make: MakeIndex) -> None:
    def filled(passages: Sequence[Passage]) -> Retriever:
        index = make()
        index.add(passages)
        return index

    for law in RETRIEVER_LAWS:
        law(filled, ASKED)


def a_new_one_is_empty(make: MakeIndex) -> None:
    index = make()
    index.add([])
    index.drop(["unknown.txt"])
    assert index.search(ASKED, 5) == [[] for _ in ASKED]


def adding_again_changes_nothing(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    before = index.search(ASKED, EVERY)
    index.add(CORPUS[3:20])
    index.add(CORPUS)
    _same(before, index.search(ASKED, EVERY))


def what_is_dropped_is_not_found(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    gone = {"warranty.md", "保修.md", "unknown.txt"}
    index.drop(gone)
    for hits in index.search(ASKED, EVERY):
        assert not gone & {hit.passage.document for hit in hits}
    index.drop({one.document for one in CORPUS})
    assert index.search(ASKED, EVERY) == [[] for _ in ASKED]


def what_is_dropped_can_come_back(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    before = index.search(ASKED, EVERY)
    index.drop(["warranty.md"])
    index.add([one for one in CORPUS if one.document == "warranty.md"])
    _same(before, index.search(ASKED, EVERY))


def words_that_stand_there_are_found(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    for text, home in (
        ("steam wand hot never touch", "machine.txt"),
        ("naive cafe unicode", "mixed.txt"),
        ("锅炉每三个月除垢", "机器.txt"),
        ("电池的保修期", "保修.md"),
    ):
        [hits] = index.search([Query(text)], 3)
        assert home in {hit.passage.document for hit in hits}, text


def a_filter_only_leaves_out(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    wheres: list[dict[str, object]] = [
        {"kind": "manual"},
        {"kind": ("manual", "policy")},
        {"language": "zh"},
        {"year": 2022},
        {"year": (2021, 2023), "kind": "note"},
        {"document": "mixed.txt"},
    ]
    for where in wheres:
        found = index.search([replace(query, where=where) for query in ASKED], EVERY)
        for hits, every in zip(found, index.search(ASKED, EVERY), strict=True):
            assert not differ(hits, [hit for hit in every if _holds(hit.passage, where)]), where


def a_document_may_come_in_parts(make: MakeIndex) -> None:
    parts, whole = make(), make()
    pages = document("book.txt", [f"{one.text} page" for one in CORPUS[:4]], kind="book")
    whole.add(pages)
    for page in reversed(pages):
        parts.add([page])
    _same(whole.search(ASKED, EVERY), parts.search(ASKED, EVERY))


def a_passage_can_change(make: MakeIndex) -> None:
    index = make()
    index.add(CORPUS)
    index.add([passage("A zeppelin floats.", "machine.txt", 0, kind="manual")])
    [hits] = index.search([Query("zeppelin")], 1)
    assert hits[0].passage.text == "A zeppelin floats."
    for hits in index.search([Query("Descale the boiler every three months.")], EVERY):
        assert "Descale the boiler every three months." not in {hit.passage.text for hit in hits}


def any_edits_give_what_a_new_one_gives(make: MakeIndex) -> None:
    _edited(make, random.Random(7), steps=12)


def _edited(make: MakeIndex, chance: random.Random, *, steps: int) -> None:
    """Random edits, of the index and of a plain table beside it; now and then an index made from the table is compared."""
    index, table = make(), dict[str, Passage]()
    index.add(CORPUS[:30])
    table.update((one.id, one) for one in CORPUS[:30])
    for step in range(steps):
        _edit(index, table, chance)
        if step % 4 < 3:
            continue
        fresh = make()
        fresh.add(table.values())
        asked = [*ASKED, Query(sentence(chance)), Query("manual", where={"kind": "manual"})]
        _same(index.search(asked, EVERY), fresh.search(asked, EVERY))
        _same(index.search(asked, 5), fresh.search(asked, 5))


def _edit(index: Index, table: dict[str, Passage], chance: random.Random) -> None:
    documents = sorted({one.document for one in table.values()})
    kind = chance.choice(["add", "drop", "change", "grow"])
    if kind == "drop" and documents:
        gone = chance.sample(documents, min(2, len(documents)))
        index.drop(gone)
        for name in [name for name, one in table.items() if one.document in gone]:
            del table[name]
    elif kind == "change" and table:
        old = table[chance.choice(sorted(table))]
        text = sentence(chance)
        fresh = [replace(old, text=text, span=Span(old.span.start, old.span.start + len(text)))]
        index.add(fresh)
        table[old.id] = fresh[0]
    elif kind == "grow" and documents:
        name = chance.choice(documents)
        mine = [one for one in table.values() if one.document == name]
        fresh = [passage(sentence(chance), name, max(one.span.end for one in mine) + 1, **mine[0].meta)]
        index.add(fresh)
        table[fresh[0].id] = fresh[0]
    else:
        fresh = drawn(chance.randint(1, 7), seed=chance.randrange(10**6))
        index.add(fresh)
        table.update((one.id, one) for one in fresh)


INDEX_LAWS: list[IndexLaw] = [
    is_a_retriever,
    a_new_one_is_empty,
    adding_again_changes_nothing,
    what_is_dropped_is_not_found,
    what_is_dropped_can_come_back,
    words_that_stand_there_are_found,
    a_filter_only_leaves_out,
    a_document_may_come_in_parts,
    a_passage_can_change,
    any_edits_give_what_a_new_one_gives,
]


# Indexes in a folder: opening it again gives the same.


def opened_again_it_finds_the_same(open_index: OpenIndex, place: Path) -> None:
    index = open_index(place)
    index.add(CORPUS)
    before = index.search(ASKED, EVERY)
    _same(before, open_index(place).search(ASKED, EVERY))
    index.drop(["machine.txt", "drawn-0-0.txt"])
    _same(index.search(ASKED, EVERY), open_index(place).search(ASKED, EVERY))


def two_at_once_see_each_other(open_index: OpenIndex, place: Path) -> None:
    one, other = open_index(place), open_index(place)
    one.add(CORPUS[:20])
    _same(one.search(ASKED, EVERY), other.search(ASKED, EVERY))
    other.add(CORPUS[20:])
    other.drop(["warranty.md"])
    _same(other.search(ASKED, EVERY), one.search(ASKED, EVERY))


PLACE_LAWS: list[PlaceLaw] = [opened_again_it_finds_the_same, two_at_once_see_each_other]


# Merges, fusions and rerankers.


def hit(name: str, score: float, by: str = "words") -> Hit:
    """A hit whose passage says no more than its name."""
    return Hit(passage(name, name), score, by)


def _lists() -> list[list[list[Hit]]]:
    chance = random.Random(5)
    found: list[list[list[Hit]]] = [[], [[]], [[], []], [[hit("a", 2.0)]], [[], [hit("a", -1.0, "vectors")]]]
    for _ in range(20):
        lists = []
        for by in ("words", "vectors", "graph")[: chance.randint(1, 3)]:
            names = chance.sample("abcdefghijkl", chance.randint(0, 12))
            scores = sorted((chance.uniform(-2, 9) for _ in names), reverse=True)
            lists.append([hit(name, score, by) for name, score in zip(names, scores, strict=True)])
        found.append(lists)
    return found


def merged_is_the_union_sorted(merge: Merge) -> None:
    for lists in _lists():
        hits = merge(Query("x"), lists)
        assert [one.score for one in hits] == sorted((one.score for one in hits), reverse=True)
        assert len(set(ids(hits))) == len(hits)
        assert set(ids(hits)) == {one.passage.id for found in lists for one in found}
        assert all(math.isfinite(one.score) for one in hits)


def merging_one_list_keeps_its_order(merge: Merge) -> None:
    names = list("fcab")
    hits = [hit(name, 9.0 - place) for place, name in enumerate(names)]
    for lists in ([hits], [hits, []], [[], hits]):
        assert [one.passage.document for one in merge(Query("x"), lists)] == names


def agreement_wins(merge: Merge) -> None:
    words, vectors = [hit("a", 5.0), hit("b", 4.0)], [hit("a", 0.9, "vectors"), hit("c", 0.8, "vectors")]
    assert merge(Query("x"), [words, vectors])[0].passage.document == "a"


def merging_leaves_the_lists_alone(merge: Merge) -> None:
    lists = _lists()[-1]
    before = [list(hits) for hits in lists]
    merge(Query("x"), lists)
    assert lists == before


MERGE_LAWS: list[MergeLaw] = [
    merged_is_the_union_sorted,
    merging_one_list_keeps_its_order,
    agreement_wins,
    merging_leaves_the_lists_alone,
]


def weights_sum_to_one(fuse: Fusion) -> None:
    for scores in ([0.5], [0.9, 0.1], [1e9, -1e9], [0.0] * 50, [-3.0, -3.0]):
        evidence = fuse(Query("x"), [hit(str(place), score) for place, score in enumerate(scores)])
        assert sum(piece.weight for piece in evidence) == pytest.approx(1.0)
        assert all(0 <= piece.weight <= 1 for piece in evidence)
        assert len(evidence) <= len(scores)


def no_hits_no_evidence(fuse: Fusion) -> None:
    assert fuse(Query("x"), []) == []


FUSION_LAWS: list[FusionLaw] = [weights_sum_to_one, no_hits_no_evidence]


def reranking_permutes(reranker: Reranker) -> None:
    hits = [Hit(one, 10.0 - place, "words") for place, one in enumerate(CORPUS)]
    for part in (hits, hits[:1], hits[:2], [*hits[:5], Hit(hits[0].passage, 5.0, "words")][1:]):
        found = reranker.rerank(Query("boiler"), part)
        assert sorted(ids(found)) == sorted(ids(part))
        assert set(found) == set(part)


def reranking_nothing_is_nothing(reranker: Reranker) -> None:
    assert reranker.rerank(Query("x"), []) == []


RERANKER_LAWS: list[RerankerLaw] = [reranking_permutes, reranking_nothing_is_nothing]


# Generators that stream.


def _streamed(streams: Streams, query: Query, given: Sequence[Evidence]) -> tuple[list[str], Draft]:
    writing, said = streams.stream(query, given), list[str]()
    while True:
        try:
            said.append(next(writing))
        except StopIteration as end:
            return said, end.value


def pieces_make_the_text_that_is_written(made: Generator) -> None:
    assert isinstance(made, Streams)
    some = 0
    corpora = [WRITTEN[:1], WRITTEN[:5], WRITTEN[5:7], WRITTEN[-2:], WRITTEN[:1] * 2, CORPUS[12:14], []]
    for query, corpus in zip((*ASKED, Query(""), ASKED[0]), corpora, strict=True):
        given = [Evidence(one, 1 / len(corpus)) for one in corpus]
        pieces, draft = _streamed(made, query, given)
        assert draft == made.write(query, given)
        assert "".join(pieces) == draft.text
        assert all(pieces)
        some += bool(pieces)
    assert some


def a_stream_that_is_left_ends(made: Generator) -> None:
    assert isinstance(made, Streams)
    given = [Evidence(one, 1 / 3) for one in WRITTEN[:3]]
    writing = made.stream(ASKED[0], given)
    first = next(writing, "")
    writing.close()
    assert made.write(ASKED[0], given).text.startswith(first)


STREAM_LAWS: list[StreamLaw] = [pieces_make_the_text_that_is_written, a_stream_that_is_left_ends]


def _holds(one: Passage, where: dict[str, object]) -> bool:
    def met(name: str, value: object) -> bool:
        values = value if isinstance(value, tuple) else (value,)
        return (one.document if name == "document" else one.meta.get(name)) in values

    return all(met(name, value) for name, value in where.items())


def _same(one: Sequence[Sequence[Hit]], other: Sequence[Sequence[Hit]]) -> None:
    for query, (a, b) in enumerate(zip(one, other, strict=True)):
        assert not differ(a, b), f"query {query}: {differ(a, b)}"

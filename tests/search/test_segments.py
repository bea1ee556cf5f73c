"""Segments: what joins and what does not, and that every one leads back into its document."""

import random
from collections.abc import Sequence

import pytest

from raglan.errors import ConfigError
from raglan.ingest.cut import by_structure
from raglan.search.fusion import softmax
from raglan.search.segments import Segments
from raglan.store.store import Store
from raglan.types import Block, Citation, Document, Hit, Passage, Query, Span


def kept(store: Store, text: str, cuts: Sequence[tuple[int, int]], name: str = "d", **meta: object) -> list[Passage]:
    """The passages of a document that stand at ``cuts``, in the store."""
    found = [Passage(f"{name}#{n}", text[a:b], name, Span(a, b), meta=meta) for n, (a, b) in enumerate(cuts)]
    store.put(Document(name, text), found)
    return found


def ten(store: Store, name: str = "d", **meta: object) -> list[Passage]:
    """Ten passages of nine characters each, a line break after each."""
    text = "\n".join(f"passage {n}" for n in range(10))
    return kept(store, text, [(10 * n, 10 * n + 9) for n in range(10)], name, **meta)


def found(passages: Sequence[Passage], *scores: tuple[int, float]) -> list[Hit]:
    return [Hit(passages[at], score, "words") for at, score in scores]


def spans(hits: Sequence[Hit]) -> list[tuple[int, int]]:
    return [(hit.passage.span.start, hit.passage.span.end) for hit in hits]


def test_neighbours_that_were_found_are_one_with_the_best_score(store: Store) -> None:
    passages = ten(store)
    [first, second] = Segments(store, limit=40, around=0)(found(passages, (4, 0.9), (8, 0.8), (5, 0.7), (3, 0.6)))
    assert (first.passage.text, first.score, first.by) == ("passage 3\npassage 4\npassage 5", 0.9, "words")
    assert (first.passage.id, first.passage.document) == ("d:30-59", "d")
    assert second == Hit(passages[8], 0.8, "words")


def test_what_stands_between_two_hits_comes_along(store: Store) -> None:
    passages = ten(store)
    [segment] = Segments(store, limit=40, around=0)(found(passages, (5, 0.5), (2, 0.9)))
    assert segment.passage.span == Span(20, 59)
    [one, other] = Segments(store, limit=38, around=0)(found(passages, (5, 0.5), (2, 0.9)))
    assert (one.passage, other.passage) == (passages[2], passages[5])


def test_the_closest_join_first_where_all_are_too_long_for_one(store: Store) -> None:
    passages = ten(store)
    segments = Segments(store, limit=29, around=0)(found(passages, (0, 0.9), (2, 0.8), (3, 0.7), (6, 0.1)))
    assert spans(segments) == [(0, 9), (20, 39), (60, 69)]


def test_with_around_neighbours_that_are_no_hits_come_along(store: Store) -> None:
    passages = ten(store)
    hits = found(passages, (5, 0.9), (0, 0.5))
    assert spans(Segments(store, limit=100, around=0)(hits[:1])) == [(50, 59)]
    assert spans(Segments(store, limit=100, around=19)(hits[:1])) == [(50, 69)]
    assert spans(Segments(store, limit=100, around=30)(hits[:1])) == [(40, 69)]
    assert spans(Segments(store, limit=39, around=39)(hits)) == [(40, 79), (0, 39)]
    # What is longer already does not grow.
    assert spans(Segments(store, limit=79, around=39)(hits)) == [(0, 59)]
    assert spans(Segments(store, limit=99, around=99)(found(passages, (9, 1.0)))) == [(0, 99)]


def test_neighbours_under_other_headings_are_not_taken_in_but_join_when_found(store: Store) -> None:
    text = "0123456789" * 3
    parts = [
        Passage(f"d#{n}", text[10 * n : 10 * n + 10], "d", Span(10 * n, 10 * n + 10), meta={"headings": headings})
        for n, headings in enumerate([("Care", "Water"), ("Care", "Oil"), ("Care", "Oil")])
    ]
    store.put(Document("d", text), parts)
    assert spans(Segments(store, limit=30, around=30)(found(parts, (1, 1.0)))) == [(10, 30)]
    [segment] = Segments(store, limit=30, around=0)(found(parts, (0, 1.0), (1, 0.5)))
    assert segment.passage.meta == {"headings": ("Care",)}


def test_pages_and_table_rows_stay_apart(store: Store) -> None:
    text = "0123456789" * 4
    metas: list[dict[str, object]] = [
        {"page": 1},
        {"page": 2},
        {"page": 2},
        {"page": 2, "reading": "a: 1", "row": True},
    ]
    parts = [
        Passage(f"d#{n}", text[10 * n : 10 * n + 10], "d", Span(10 * n, 10 * n + 10), meta=meta)
        for n, meta in enumerate(metas)
    ]
    store.put(Document("d", text), parts)
    segments = Segments(store, around=2000)(found(parts, (0, 4.0), (1, 3.0), (2, 2.0), (3, 1.0)))
    assert spans(segments) == [(0, 10), (10, 30), (30, 40)]
    assert segments[1].passage.meta == {"page": 2}


def test_what_overlaps_is_one_however_long(store: Store) -> None:
    text = "".join(chr(97 + n % 26) for n in range(100))
    windows = kept(store, text, [(start, start + 40) for start in range(0, 61, 20)])
    [segment] = Segments(store, limit=10, around=0)(found(windows, (0, 0.2), (1, 0.9), (2, 0.3), (3, 0.1)))
    assert (segment.passage.text, segment.score) == (text, 0.9)
    # Every other one touches: these share no character.
    assert len(Segments(store, limit=10, around=0)(found(windows, (0, 0.2), (2, 0.9)))) == 2


def test_only_what_is_common_is_said_of_a_segment(store: Store) -> None:
    passages = ten(store, title="Pump", language="en")
    [segment] = Segments(store, around=0)(found(passages, (1, 1.0), (2, 1.0)))
    assert segment.passage.meta == {"title": "Pump", "language": "en"}


def test_hits_that_the_store_does_not_hold_so_stay_as_they_are(store: Store) -> None:
    passages = ten(store)
    strange = Hit(Passage("x", "elsewhere", "no such.txt", Span(0, 9)), 0.95, "graph")
    changed = Hit(Passage("d#4", "other text", "d", Span(40, 50)), 0.85, "words")
    segments = Segments(store, limit=100, around=0)(
        [*found(passages, (3, 0.9)), strange, changed, *found(passages, (5, 0.1))]
    )
    assert segments[:2] == [strange, Hit(segments[1].passage, 0.9, "words")]
    assert segments[2] == changed
    assert segments[1].passage.span == Span(30, 59)


def test_of_equals_the_first_found_stands_first(store: Store) -> None:
    a, b = ten(store, "a"), ten(store, "b")
    hits = [Hit(b[0], 1.0, "x"), Hit(a[0], 1.0, "x"), Hit(b[5], 1.0, "x"), Hit(a[1], 1.0, "x")]
    assert [hit.passage.id for hit in Segments(store, limit=20, around=0)(hits)] == ["b#0", "a:0-19", "b#5"]


def test_two_thirds_are_taken_in_unless_said_otherwise(store: Store) -> None:
    hits = found(ten(store), (5, 0.9))
    assert spans(Segments(store, limit=60)(hits)) == spans(Segments(store, limit=60, around=40)(hits)) == [(40, 79)]
    assert spans(Segments(store)(hits)) == [(0, 99)]


def test_what_is_cited_of_a_segment_is_cited_of_its_passage(store: Store) -> None:
    passages = ten(store)
    made = Segments(store, limit=40, around=0)
    [segment] = made(found(passages, (3, 0.9), (4, 0.8)))
    whole = Citation(Span(0, 5), segment.passage, Span(10, 19), support=0.5)
    part = Citation(Span(0, 5), segment.passage, Span(2, 7))
    across = Citation(Span(0, 5), segment.passage, Span(5, 15))
    own = Citation(Span(0, 5), passages[3], Span(0, 4))
    strange = Citation(Span(0, 5), Passage("x", "elsewhere", "no such.txt", Span(0, 9)), Span(0, 4))
    changed = Citation(Span(0, 5), Passage("d:30-59", "other", "d", Span(30, 35)), Span(0, 5))
    cited = made.cited([whole, part, across, own, strange, changed])
    assert cited == (
        Citation(Span(0, 5), passages[4], Span(0, 9), support=0.5),
        Citation(Span(0, 5), passages[3], Span(2, 7)),
        across,
        own,
        strange,
        changed,
    )
    for one, other in zip(cited, (whole, part, across, own, strange, changed), strict=True):
        assert (one.source, one.quote.of(one.passage.text)) == (other.source, other.quote.of(other.passage.text))
    assert made.cited([]) == ()


def test_nothing_gives_nothing_and_numbers_are_checked(store: Store) -> None:
    assert Segments(store)([]) == []
    for limit, around in ((10, 11), (-1, 0), (10, -1)):
        with pytest.raises(ConfigError, match="characters"):
            Segments(store, limit=limit, around=around)


def chance_store(store: Store, chance: random.Random) -> list[Passage]:
    """Documents cut at random: gaps, neighbours without one, and overlaps."""
    every: list[Passage] = []
    for number in range(3):
        text = "".join(chance.choices("abc 保修\n", k=400))
        at, cuts = 0, []
        while at < 380:
            end = min(400, at + chance.randint(1, 40))
            cuts.append((at, end))
            at = max(at + 1, end + chance.choice([-10, 0, 0, 1, 5]))
        every += kept(store, text, cuts, f"d{number}", page=number)
    return every


@pytest.mark.parametrize("seed", range(12))
def test_every_segment_leads_into_its_document_and_holds_what_was_found(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    passages = chance_store(store, chance)
    picked = chance.sample(passages, chance.randint(1, 20))
    scores = sorted((round(chance.random(), 1) for _ in picked), reverse=True)
    hits = [Hit(one, score, "words") for one, score in zip(picked, scores, strict=True)]
    limit = chance.choice([0, 50, 200])
    made = Segments(store, limit=limit, around=chance.choice([0, limit // 2, limit]))
    segments = made(hits)
    assert segments == made(hits)
    assert [hit.score for hit in segments] == sorted((hit.score for hit in segments), reverse=True)
    for hit in segments:
        document = store.document(hit.passage.document)
        assert document is not None
        assert hit.passage.span.of(document.text) == hit.passage.text
    for hit in hits:
        [home] = [
            one
            for one in segments
            if one.passage.document == hit.passage.document
            and one.passage.span.start <= hit.passage.span.start
            and hit.passage.span.end <= one.passage.span.end
        ]
        assert home.score >= hit.score
    for n, one in enumerate(segments):
        for other in segments[n + 1 :]:
            apart = one.passage.document != other.passage.document
            assert apart or not one.passage.span.overlaps(other.passage.span)


def test_headings_between_two_passages_are_read_with_them(store: Store) -> None:
    text = "Care\n\nRinse it weekly.\n\nOil\n\nOil it monthly.\n\nNever use butter."
    blocks = (
        Block(Span(0, 4), "heading", level=1),
        Block(Span(6, 22)),
        Block(Span(24, 27), "heading", level=2),
        Block(Span(29, 44)),
        Block(Span(46, 63)),
    )
    document = Document("pump.md", text, layout=blocks)
    passages = list(by_structure(document, size=20))
    store.put(document, passages)
    assert [one.text for one in passages] == ["Rinse it weekly.", "Oil it monthly.", "Never use butter."]
    [segment] = Segments(store, around=0)(found(passages, (1, 0.9), (0, 0.8)))
    assert segment.passage.text == "Rinse it weekly.\n\nOil\n\nOil it monthly."
    assert segment.passage.meta["headings"] == ("Care",)
    [evidence] = softmax()(Query("oil"), [segment])
    assert evidence.weight == 1.0

"""The law of cutting, on texts and layouts of every shape, and what a good cut is beyond it."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from raglan.ingest.cut import by_structure
from raglan.text.words import chinese_share
from raglan.types import Block, Document, Span


def letters(text):
    return "".join(text.split())


def law(document, size=800):
    """Passages are parts of the text, in order, tight, apart, and together all there is but headings."""
    passages = list(by_structure(document, size=size))
    for passage in passages:
        assert passage.span.of(document.text) == passage.text
        assert passage.text
        assert passage.text == passage.text.strip()
        assert passage.document == document.id
        assert passage.id == f"{document.id}:{passage.span.start}-{passage.span.end}"
    assert all(first.span.end <= second.span.start for first, second in pairwise(passages))
    covered = {at for passage in passages for at in range(passage.span.start, passage.span.end)}
    body = [block.span for block in document.layout if block.kind != "heading"]
    for span in body if document.layout else [Span(0, len(document.text))]:
        assert all(at in covered or document.text[at].isspace() for at in range(span.start, span.end))
    return passages


PIECES = (
    *("The pump moves water. ", "Rinse it weekly! ", "Dr. Li, e.g., said so… ", "水泵应每周清洗。", "“为什么？”他问，"),
    *("\r\n", "\n\n", "\r\n\r\n", "- item\n", "1. step\n", "   ", "\t", "😀", "e\u0301", "\u3000", "......", "!?!"),
    *("x" * 90, "、，；", "\x0c", "第一章 总则\n"),
)
pieces = some.sampled_from(PIECES)
texts = some.one_of(
    some.lists(pieces, max_size=40).map("".join),
    some.text(some.characters(codec="utf-8"), max_size=200),
    some.tuples(some.sampled_from(["水泵应每周清洗，", "rinse it, ", "word ", "。", "x"]), some.integers(1, 400)).map(
        lambda pair: pair[0] * pair[1]
    ),
)


@some.composite
def laid_out(draw):
    text = draw(texts)
    cuts = sorted(draw(some.lists(some.integers(0, len(text)), max_size=12)))
    kinds = some.sampled_from(["heading", "text", "text", "item", "row", "code"])
    pages = sorted(draw(some.lists(some.sampled_from([1, 2]), min_size=len(cuts), max_size=len(cuts))))
    layout = [
        Block(
            Span(start, end),
            draw(kinds),
            level=draw(some.integers(1, 3)),
            reading=draw(some.sampled_from(["", "said"])),
            page=page,
        )
        for (start, end), page in zip(pairwise(cuts), pages, strict=False)
    ]
    return Document("d", text, layout=tuple(layout))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(texts, some.sampled_from([1, 7, 40, 800]))
def test_law_without_layout(text, size):
    law(Document("d", text), size)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(laid_out(), some.sampled_from([1, 7, 40, 800]))
def test_law_with_layout(document, size):
    passages = law(document, size)
    blocks = [block for block in document.layout if block.span.of(document.text).strip()]
    headings = [block.span for block in blocks if block.kind == "heading"]
    for passage in passages if document.layout else ():
        inside = [block for block in blocks if block.span.overlaps(passage.span)]
        assert len({block.page for block in inside}) == 1
        assert len(inside) == 1 or not any(span.overlaps(passage.span) for span in headings)
        assert len(inside) == 1 or all(block.kind != "row" for block in inside)


def document(*parts, meta=None):
    """A document of blocks, each a text, a kind, and its level or page."""
    layout, text = [], ""
    for words, kind, number in parts:
        start = len(text)
        text += words + "\n\n"
        level, page = (number, None) if kind == "heading" else (0, number or None)
        layout.append(Block(Span(start, start + len(words)), kind, level, page=page))
    return Document("d", text, meta=meta or {}, layout=tuple(layout))


def heading(text, level):
    return text, "heading", level


def cut(*parts, size=800, meta=None):
    return [(passage.text, passage.meta.get("headings")) for passage in law(document(*parts, meta=meta), size)]


def text(words, page=0):
    return words, "text", page


def test_small_neighbours_share_a_passage_under_their_headings():
    assert cut(
        heading("Pump", 1), text("A pump."), heading("Care", 2), text("Rinse it."), ("- soap", "item", 0),
        heading("Use", 2), text("Turn it on."),
    ) == [
        ("A pump.", ("Pump",)),
        ("Rinse it.\n\n- soap", ("Pump", "Care")),
        ("Turn it on.", ("Pump", "Use")),
    ]  # fmt: skip


def test_a_heading_over_nothing_is_found():
    assert cut(heading("Pump", 1), heading("Care", 2), heading("Use", 2), text("Turn it on."), heading("End", 1)) == [
        ("Care", ("Pump",)),
        ("Turn it on.", ("Pump", "Use")),
        ("End", None),
    ]


def test_only_headings():
    assert cut(heading("Pump", 1), heading("Care", 2)) == [("Pump", None), ("Care", ("Pump",))]


def test_pages_are_not_crossed():
    found = law(document(text("One.", 1), text("Two.", 1), text("Three.", 2)))
    assert [(passage.text, passage.meta["page"]) for passage in found] == [("One.\n\nTwo.", 1), ("Three.", 2)]


def test_rows_stand_alone_and_read_aloud():
    layout = (
        Block(Span(0, 5), reading="Parts:"),
        Block(Span(6, 9), "row", reading="Part: A; Price: 1"),
        Block(Span(10, 13), "row"),
    )
    found = law(Document("d", "Parts\nA|1\nB|2", layout=layout))
    assert [(passage.text, passage.meta.get("reading")) for passage in found] == [
        ("Parts", "Parts:"),
        ("A|1", "Part: A; Price: 1"),
        ("B|2", None),
    ]


def test_readings_of_a_passage_are_joined_with_the_text_of_the_others():
    layout = (Block(Span(0, 5), reading="one"), Block(Span(6, 9)))
    [found] = law(Document("d", "*one* two", layout=layout))
    assert found.meta["reading"] == "one\ntwo"


def test_boxes_are_joined():
    layout = (
        Block(Span(0, 3), page=1, box=(10.0, 10.0, 90.0, 20.0)),
        Block(Span(4, 7), page=1, box=(12.0, 30.0, 95.0, 40.0)),
    )
    [found] = law(Document("d", "one two", layout=layout))
    assert found.meta == {"page": 1, "box": (10.0, 10.0, 95.0, 40.0)}


def test_the_documents_metadata_goes_with_every_passage_but_cannot_pose_as_ours():
    meta = {"title": "T", "year": 2024, "headings": "no", "reading": "no", "box": "no", "page": 3}
    [found] = law(Document("d", "Some text.", meta=meta))
    assert found.meta == {"title": "T", "year": 2024, "page": 3}


def test_what_was_left_out_is_not_bridged():
    skipped = "an advertisement that the reader of the page left out "
    layout = (Block(Span(0, 4)), Block(Span(5 + len(skipped), 9 + len(skipped))))
    assert len(law(Document("d", f"One. {skipped}Two.", layout=layout))) == 2


@pytest.mark.parametrize(
    ("sentence", "low", "high"),
    [("The pump moves water from the well to the house. ", 500, 900), ("水泵把井里的水送到家里的水箱中。", 190, 330)],
)
def test_long_texts_fall_into_even_parts_that_end_with_sentences(sentence, low, high):
    found = law(Document("d", sentence * 40))
    assert all(low <= len(passage.text) <= high for passage in found)
    assert all(passage.text.endswith((".", "。")) for passage in found)


def test_a_small_rest_goes_with_what_stands_before_it():
    parts = [text("The pump moves water. " * 34 + "It is blue."), text("The end.")]
    assert len(cut(*parts)) == 1


def test_a_sentence_without_end_is_cut_behind_clauses_then_words_then_anywhere():
    clauses = law(Document("d", "it moves water to the house, " * 100))
    assert all(passage.text.endswith(",") for passage in clauses)
    words = law(Document("d", "water " * 500))
    assert all(passage.text.endswith("water") for passage in words)
    assert all(len(passage.text) <= 801 for passage in law(Document("d", "x" * 5000)))


def test_code_is_cut_between_lines():
    code = "\n".join(f"    call(number={n})" for n in range(200))
    found = law(Document("d", code, layout=(Block(Span(0, len(code)), "code"),)))
    assert len(found) > 3
    assert all(passage.text.startswith("call(") and passage.text.endswith(")") for passage in found)


def test_line_ends_of_every_kind():
    for newline in ("\n", "\r\n", "\r"):
        assert [p.text for p in law(Document("d", newline.join(["One.", "", "Two."]) + newline), size=5)] == [
            "One.",
            "Two.",
        ]


HUGE = (
    *("x" * 100_000, "。" * 100_000, "." * 100_000 + "x", "水泵" * 50_000, "水，" * 50_000, "e\u0301" * 50_000),
    *("A b. " * 20_000, "1. A " * 20_000, "!." * 50_000 + "x", "a\r\n" * 33_000, "A b. " * 20_000 + "😀"),
    "a" + " " * 100_000 + "b",
)


@pytest.mark.parametrize("line", HUGE, ids=lambda line: ascii(line[:8]))
def test_a_huge_line_is_cut_in_time(line):
    start = time.process_time()
    found = list(by_structure(Document("d", line)))
    assert time.process_time() - start < 1
    assert letters("".join(passage.text for passage in found)) == letters(line)
    assert all(len(passage.text) * (1 + chinese_share(passage.text) * 5 / 3) < 2000 for passage in found)


def test_many_blocks_are_cut_in_time():
    chance = random.Random(0)
    parts = [(f"Word {n}.", chance.choice(["text", "heading", "item"]), chance.randrange(1, 9)) for n in range(5000)]
    assert law(document(*[part if part[1] == "heading" else (part[0], part[1], 0) for part in parts]))


def test_nothing_gives_nothing():
    assert law(Document("d", "")) == []
    assert law(Document("d", " \n ")) == []
    assert law(Document("d", "   ", layout=(Block(Span(0, 2)),))) == []

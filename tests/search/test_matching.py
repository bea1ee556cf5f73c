"""All passages that mention a subject: against a count made without an index."""

import random

import pytest

from raglan.search.lexical import LexicalIndex
from raglan.search.matching import Matching
from raglan.store.store import Store
from raglan.text.words import terms
from raglan.types import Block, Document, Passage, Span
from tests.samples import CHINESE, ENGLISH, WRITTEN, drawn, passage


def made(passages):
    index = LexicalIndex()
    index.add(passages)
    return Matching(index), index


def found(matching, subject, **where):
    return [place.key for place in matching.places(subject, where)]


def texts(matching, subject, **where):
    return [one.text for _, one in matching.read(matching.places(subject, where))]


@pytest.mark.parametrize("seed", range(3))
def test_all_and_only_those_that_hold_every_word(seed):
    passages = drawn(200, seed)
    matching, index = made(passages)
    chance = random.Random(seed)
    subjects = [" ".join(chance.sample(ENGLISH, n)) for n in (1, 1, 2)] + chance.sample(CHINESE, 3)
    for subject in subjects:
        expected = {one.id for one in passages if set(terms(subject)) <= set(terms(one.text))}
        assert {one.id for _, one in matching.read(matching.places(subject, {}))} == expected
    assert len(found(matching, "")) == len(index.store) == 200


def test_in_the_order_of_documents_and_text():
    matching, index = made(
        [passage("valve two", "a", 20), passage("valve one", "a", 0), passage("valve three", "b", 0)]
    )
    assert texts(matching, "valves") == ["valve one", "valve two", "valve three"]
    index.add([passage("valve four", "a", 40)])
    assert texts(matching, "valves") == ["valve one", "valve two", "valve four", "valve three"]


def test_names_count_and_filters_hold():
    matching, _ = made(WRITTEN)
    assert len(found(matching, "FX-200")) == 3  # by title
    assert len(found(matching, "boiler", kind="manual")) == 1
    assert found(matching, "boiler", kind="policy") == []
    assert len(found(matching, "保修期")) == 2
    assert len(found(matching, "", language=("zh", "xx"))) == 4


def test_what_is_joined_must_stand_in_one_piece():
    matching, _ = made([passage("The FX-200 hums.", "a"), passage("An FX sold 200 times.", "b")])
    assert texts(matching, "FX-200") == ["The FX-200 hums."]
    assert texts(matching, "the FX-200's hum") == ["The FX-200 hums."]


def test_words_of_chinese_need_not_stand_in_one_piece():
    matching, _ = made([passage("磨豆机发生故障。", "a"), passage("磨豆机正常。", "b"), passage("水泵故障。", "c")])
    assert texts(matching, "磨豆机故障") == ["磨豆机发生故障。"]
    assert texts(matching, "磨豆机的故障") == ["磨豆机发生故障。"]
    assert texts(matching, "磨豆机爆炸") == []
    assert len(texts(matching, "机")) == 2


@pytest.mark.parametrize("subject", ["!?", "...", "unicorn", "独角兽", "\ud800", "🙂"])
def test_what_nothing_mentions_matches_nothing(subject):
    matching, _ = made([passage("The pump leaks.", "a")])
    assert matching.places(subject, {}) == []
    assert matching.named(subject, {}) == []


def test_what_is_dropped_matches_no_more():
    passages = [passage(f"Pump {n} leaks.", f"d{n}") for n in range(5)]
    matching, index = made(passages)
    assert len(found(matching, "leak")) == 5
    index.drop(["d1", "d3"])
    assert texts(matching, "leak") == ["Pump 0 leaks.", "Pump 2 leaks.", "Pump 4 leaks."]


def test_reading_leaves_out_what_is_gone_meanwhile():
    matching, index = made([passage("Pump leaks.", "a"), passage("Valve leaks.", "b")])
    places = matching.places("leaks", {})
    index.store.drop(["a"])
    assert [one.text for _, one in matching.read(places)] == ["Valve leaks."]


def table(name="leak-log.csv"):
    """A table with names of columns above, and a row that is cut in two."""
    lines = ["Parts of 2026", "Part | Note", "Lid | red", "Tap | wet and cold", "Cup | wet"]
    text = "\n".join(lines)
    spans: list[Span] = []
    for line in lines:
        start = spans[-1].end + 1 if spans else 0
        spans.append(Span(start, start + len(line)))
    readings = ["", "", "Part: Lid; Note: red", "Part: Tap; Note: wet and cold", "Part: Cup; Note: wet"]
    layout = tuple(Block(span, "row", reading=said) for span, said in zip(spans, readings, strict=True))
    cut = [*spans[:3], Span(spans[3].start, spans[3].start + 9), Span(spans[3].start + 10, spans[3].end), spans[4]]
    meta = {"file": name, "kind": "csv", "title": "Parts"}
    passages = [
        Passage(f"{name}:{span.start}", span.of(text), name, span, meta={**meta, "row": True, "n": at})
        for at, span in enumerate(cut)
    ]
    return Document(name, text, name, meta=meta, layout=layout), passages


def test_rows_are_counted_once_and_names_of_columns_not_at_all():
    store = Store()
    document, passages = table()
    store.put(document, passages, file=document.id)
    matching = Matching(LexicalIndex(store))
    places = matching.places("", {})
    assert len(places) == 6
    rows = matching.rows(places)
    assert sorted(map(len, rows.values())) == [1, 1, 2]
    assert matching.table("leak logs") == matching.table("logs") == "leak-log.csv"
    assert matching.table("leaks") == matching.table("") == matching.table("!") == ""


@pytest.mark.parametrize(
    ("file", "noun"),
    [
        ("support-tickets-2026.jsonl", "tickets"),
        ("data/Support_Tickets.csv", "ticket"),
        ("tickets.csv", "工单"),
        ("售后工单.csv", "工单"),
        ("工单.xlsx", "tickets"),
    ],
)
def test_a_table_is_called_by_its_file_in_either_language(file, noun):
    matching, _ = made([passage("Pump leaks.", file, file=file.rpartition("/")[2])])
    assert matching.table(noun) == file.rpartition("/")[2]
    assert matching.table("customers") == ""


def test_a_text_is_no_table():
    matching, _ = made([passage("Pump leaks.", "tickets.md", file="tickets.md", kind="md")])
    assert matching.table("tickets") == ""


def test_a_sheet_is_a_table():
    sheet = {"file": "stock.xlsx", "kind": "xlsx", "headings": ("Spare parts 备件",)}
    other = {"file": "stock.xlsx", "kind": "xlsx", "headings": ("Machines",)}
    matching, _ = made([passage("Lid | red", "stock.xlsx", 0, **sheet), passage("FX | red", "stock.xlsx", 20, **other)])
    assert matching.table("spare parts") == matching.table("备件") == "Spare parts 备件"
    assert [one.text for _, one in matching.read(matching.places("red", {}, "spare parts"))] == ["Lid | red"]


def test_a_document_is_named_by_title_first_heading_or_file():
    matching, _ = made(
        [
            passage(
                "Twenty days.", "leave-policy.docx", 0, title="Absence", headings=("Leave",), file="leave-policy.docx"
            ),
            passage(
                "Ask first.", "leave-policy.docx", 50, title="Absence", headings=("Rules",), file="leave-policy.docx"
            ),
            passage("Leave the room.", "fire.md", 0, title="Fire", headings=("Fire",), file="fire.md"),
            passage("Then leave.", "fire.md", 50, title="Fire", headings=("Leave",), file="fire.md"),
        ]
    )
    for name in ("leave policy", "Absence", "leave-policy.docx", "Leave"):
        assert [one.text for _, one in matching.read(matching.named(name, {}))] == ["Twenty days.", "Ask first."], name
    assert matching.named("Rules", {}) == []
    assert matching.named("Absence", {"file": "fire.md"}) == []

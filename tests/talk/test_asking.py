"""Asking back: over a few documents, in English and Chinese."""

from dataclasses import replace

import pytest

from raglan.encode.hashing import HashingEncoder
from raglan.protocols import Retriever
from raglan.search.lexical import LexicalIndex
from raglan.talk.asking import FacetAsker
from raglan.talk.facets import MOST, aspects, headings, topics
from raglan.talk.shape import SHAPE, shape, shares
from raglan.talk.worth import FEATURES, features, gain
from raglan.types import Clarify, Hit, Passage, Query, Span, Turn


def passage(name, text, title, *headings):
    meta = {"title": title, "headings": (title, *headings)} if headings else {"title": title}
    return Passage(
        name, text, name.partition("#")[0], Span(int(name[-1]) * 100, int(name[-1]) * 100 + len(text)), meta=meta
    )


PASSAGES = [
    passage("a#0", "Pressure in the eye rises slowly; the causes are blocked drains.", "Open-angle glaucoma"),
    passage("b#0", "The drain closes at once. Causes: a narrow angle.", "Angle-closure glaucoma"),
    passage("c#0", "A defect at birth causes it.", "Congenital glaucoma"),
    passage("d#0", "The kettle is covered for two years.", "Kettle", "Warranty"),
    passage("d#1", "Rinse it weekly, descale it twice a year.", "Kettle", "Cleaning"),
    passage("d#2", "Fill it to the mark and press the lever.", "Kettle", "First use"),
    passage("e#0", "电水壶保修两年。", "电水壶说明", "保修"),
    passage("e#1", "每周冲洗一次，每年除垢两次。", "电水壶说明", "清洗"),
    passage("f#0", "开角型青光眼的原因是引流受阻。", "开角型青光眼"),
    passage("g#0", "闭角型青光眼的原因是房角关闭。", "闭角型青光眼"),
]


@pytest.mark.parametrize(
    "where", [{"year": 2021}, {"kind": "leaflet"}, {"kind": ("leaflet", "note")}, {"year": [2021]}]
)
def test_a_filter_of_the_user_stays_and_changes_no_worth(where):
    extra = {"year": 2021, "kind": "leaflet"}
    index = LexicalIndex()
    index.add([replace(one, meta={**one.meta, **extra}) for one in PASSAGES])
    plain, limited = Query("What causes glaucoma?"), Query("What causes glaucoma?", where=where)
    [hits] = index.search([plain], 30)
    facets = [topics(one, hits) for one in (plain, limited)]
    assert facets[0]
    assert facets[1]
    assert features(limited, hits, facets[1]) == features(plain, hits, facets[0])
    for one in facets[1].asked.queries:
        assert one.where.items() >= where.items()


@pytest.fixture(scope="module")
def words() -> Retriever:
    index = LexicalIndex()
    index.add(PASSAGES)
    return index


def asked(words, text, history=(), **options) -> Clarify | None:
    query = Query(text, history=history)
    return FacetAsker(words, **options)(query, words.search([query], 3)[0])


@pytest.mark.parametrize(
    ("text", "said", "options"),
    [
        (
            "What causes glaucoma?",
            'Which "glaucoma" do you mean?',
            {"Open-angle glaucoma", "Angle-closure glaucoma", "Congenital glaucoma"},
        ),
        ("青光眼的原因是什么？", "您指的是哪一个“青光眼”？", {"开角型青光眼", "闭角型青光眼"}),
    ],
)
def test_it_asks_which_of_several_things_is_meant(words, text, said, options):
    back = asked(words, text, cost=0.0)
    assert back is not None
    assert back.question == said
    assert set(back.options) == options
    for option, query in zip(back.options, back.queries, strict=True):
        assert option in query.text
        assert query.where == {"title": (option,)}
        assert {hit.passage.meta["title"] for hit in words.search([query], 5)[0]} == {option}


@pytest.mark.parametrize(
    ("text", "said", "options"),
    [
        (
            "Tell me about the kettle.",
            "What would you like to know about Kettle?",
            ("Warranty", "Cleaning", "First use"),
        ),
        ("介绍一下电水壶", "您想了解“电水壶说明”的哪方面？", ("保修", "清洗")),
    ],
)
def test_where_only_a_document_is_named_its_headings_are_the_choices(words, text, said, options):
    back = asked(words, text)
    assert back is not None
    assert (back.question, back.options) == (said, options)
    for option, query in zip(back.options, back.queries, strict=True):
        assert words.search([query], 1)[0][0].passage.meta["headings"][-1] == option


@pytest.mark.parametrize(
    "text", ["How often should the kettle be descaled?", "电水壶多久除垢一次？", "What causes open-angle glaucoma?"]
)
def test_a_question_that_says_what_it_means_is_answered(words, text):
    assert asked(words, text) is None


def test_a_question_is_not_put_twice_and_not_more_often_than_wanted(words):
    first = asked(words, "Tell me about the kettle.")
    assert first is not None
    history = (Turn("user", "Tell me about the kettle."), Turn("assistant", first.question))
    assert asked(words, "Tell me about the kettle.", history) is None
    other = (Turn("assistant", "Which one?"), Turn("assistant", "哪一个？"))
    assert asked(words, "Tell me about the kettle.", other) is None
    assert asked(words, "Tell me about the kettle.", other, turns=3) is not None


def test_nothing_is_asked_where_nothing_was_found_or_it_costs_too_much(words):
    assert asked(words, "Tell me about submarines.") is None
    assert FacetAsker(words)(Query("Tell me about the kettle."), []) is None
    assert asked(words, "Tell me about the kettle.", cost=1.0) is None


@pytest.mark.parametrize("options", [{"cost": 1.5}, {"cost": -0.1}, {"depth": 1}, {"turns": -1}])
def test_an_asker_refuses_what_cannot_be(words, options):
    with pytest.raises(ValueError, match="must be"):
        FacetAsker(words, **options)


def hits(*passages):
    return [Hit(one, 1 - at / 10, "words") for at, one in enumerate(passages)]


def test_at_most_five_things_are_offered_and_the_others_counted():
    many = [passage(f"{n}#0", "It has causes.", f"Type {n} glaucoma") for n in range(8)]
    found = topics(Query("What causes glaucoma?"), hits(*many))
    assert found is not None
    assert len(found.asked.options) == MOST
    assert found.others == 3


def test_titles_of_one_thing_are_one_choice():
    same = [passage("a#0", "x", "Von Hippel-Lindau Disease (VHL)"), passage("b#0", "y", "von Hippel-Lindau disease")]
    assert topics(Query("What causes Lindau disease?"), hits(*same)) is None
    both = topics(Query("What causes Lindau disease?"), hits(*same, passage("c#0", "z", "Other Lindau disease")))
    assert both is not None
    assert len(both.asked.options) == 2
    assert both.asked.queries[0].where == {"title": ("Von Hippel-Lindau Disease (VHL)", "von Hippel-Lindau disease")}


def test_a_whole_chinese_title_is_what_is_meant():
    nested = [passage("a#0", "x", "黄蝉"), passage("b#0", "y", "软枝黄蝉"), passage("c#0", "z", "紫黄蝉")]
    assert topics(Query("误食黄蝉有什么危害？"), hits(*nested)) is None
    found = topics(Query("误食黄蝉有什么危害？"), hits(*nested[1:]))
    assert found is not None
    assert found.asked.options == ("软枝黄蝉", "紫黄蝉")


def test_a_title_that_asks_is_no_thing():
    asks = [passage("a#0", "x", "Why does glaucoma hurt?"), passage("b#0", "y", "青光眼会痛吗？")]
    both = [passage("c#0", "z", "Open glaucoma"), passage("d#0", "z", "开角青光眼"), passage("e#0", "z", "闭角青光眼")]
    assert topics(Query("What causes glaucoma?"), hits(*both[:1], asks[0])) is None
    assert topics(Query("青光眼怎么治？"), hits(both[1], asks[1])) is None
    found = topics(Query("青光眼怎么治？"), hits(*both[1:], asks[1]))
    assert found is not None
    assert found.asked.options == ("开角青光眼", "闭角青光眼")


def test_documents_without_a_title_are_told_apart_by_name():
    one, other = (Passage(f"{name}:0", "It lasts.", name, Span(0, 9)) for name in ("red lamp.txt", "blue lamp.txt"))
    found = topics(Query("How long does the lamp last?"), hits(one, other))
    assert found is not None
    assert [query.where for query in found.asked.queries] == [
        {"document": ("red lamp.txt",)},
        {"document": ("blue lamp.txt",)},
    ]


def test_aspects_come_from_passages_and_need_an_encoder():
    same = [
        passage("a#0", "The symptoms of gout are pain and swelling.", "Gout"),
        passage("b#0", "The treatments for gout are rest and tablets.", "Gout"),
    ]
    found = aspects(Query("Tell me about gout."), hits(*same), HashingEncoder(256))
    assert found is not None
    assert found.asked.question == "What would you like to know about Gout?"
    assert set(found.asked.options) == {"symptoms", "treatment"}
    assert {"What are the symptoms of Gout?", "What are the treatments for Gout?"} == {
        query.text for query in found.asked.queries
    }
    assert aspects(Query("Tell me about gout."), hits(*same), None) is None
    assert headings(Query("Tell me about gout."), hits(*same)) is None


def test_the_shape_of_a_search_is_finite_and_complete():
    for found in (hits(PASSAGES[0]), hits(*PASSAGES)):
        numbers = shape(Query("What causes glaucoma?"), found)
        assert len(numbers) == len(SHAPE)
        assert all(abs(one) < 100 for one in numbers)
    assert sum(shares(hits(*PASSAGES)).values()) == pytest.approx(1)


def test_a_gain_is_a_chance():
    query, found = Query("What causes glaucoma?"), hits(*PASSAGES[:3])
    facet = topics(query, found)
    assert facet is not None
    assert len(features(query, found, facet)) == len(FEATURES)
    assert 0 < gain(query, found, facet) < 1

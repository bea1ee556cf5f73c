"""Questions made from the evidence: what answers differ by, in English and Chinese, and when nothing is asked."""

import pytest

from raglan.search.lexical import LexicalIndex
from raglan.talk.apart import told_apart
from raglan.talk.asking import FacetAsker
from raglan.talk.differing import differing
from raglan.talk.rivals import rivals
from raglan.types import Hit, Passage, Query, Span, Turn


def passage(document, text, title, *headings, at=0, **meta):
    own = {"title": title, **({"headings": (title, *headings)} if headings else {}), **meta}
    return Passage(f"{document}:{at}", text, document, Span(at, at + len(text)), meta=own)


def row(at, reading):
    return passage("prices", "x", "Price list", at=at, row=True, reading=reading)


MODELS = [
    passage("a", "The machine weighs 12 kg without water. It holds 2 litres.", "FX-200 manual"),
    passage("b", "The machine weighs 15 kg without water. It holds 3 litres.", "FX-300 manual"),
]
YEARS = [
    passage("a", "The institute had 120 employees in winter.", "Annual report 2021"),
    passage("b", "The institute had 150 employees in winter.", "Annual report 2022"),
]
COUNTRIES = [
    passage("a", "The notice period is three months.", "Rules", country="Germany"),
    passage("b", "The notice period is four weeks.", "Terms", country="Austria"),
    passage("c", "The notice period is two weeks.", "Contract", country="Belgium"),
]
PLANS = [passage("a", "The basic plan costs 5 euros a month. The family plan costs 12 euros a month.", "Prices")]
ROWS = [
    row(0, "Machine: Lux; Guests: 20 people; Delivery: 4 weeks"),
    row(9, "Machine: Duo; Guests: 9 people; Delivery: 8 weeks"),
]
HALLS = [
    passage("a", "The hall seats 80 people.", "Venues", "North hall", at=0),
    passage("a", "The hall seats 200 people.", "Venues", "South hall", at=90),
]
RESETS = [
    passage("a", "To reset the machine, hold the red button.", "FX-200 manual"),
    passage("b", "To reset the machine, open the service menu and choose factory settings.", "FX-300 manual"),
]
YEARS_ZH = [
    passage("a", "公司共有员工120人。", "2021年年报"),
    passage("b", "公司共有员工150人。", "2022年年报"),
]
KINDS_ZH = [
    passage("a", "这台机器重12公斤。", "清风挂烫机说明"),
    passage("b", "这台机器重15公斤。", "明月挂烫机说明"),
]
PLANS_ZH = [passage("a", "基础版套餐每月5元，可上门两次。家庭版套餐每月12元，可上门四次。", "套餐价格")]
CARE_ZH = [
    passage("a", "清洗需要五分钟。", "咖啡机", "二、每周的清洗"),
    passage("a", "清洗需要半小时，即30分钟。", "咖啡机", "三、每月的清洗", at=90),
]
COUNTRIES_ZH = [
    passage("a", "通知期为三个月。", "规定", 国家="德国"),
    passage("b", "通知期为四周。", "条款", 国家="奥地利"),
]
CASES = [
    (MODELS, "How heavy is the machine?", "Which model do you mean?", {"FX-200", "FX-300"}),
    (MODELS, "How much does the machine weigh?", "Which model do you mean?", {"FX-200", "FX-300"}),
    (YEARS, "How many employees did the institute have?", "Which year do you mean?", {"2021", "2022"}),
    (COUNTRIES, "How long is the notice period?", "Which country do you mean?", {"Germany", "Austria", "Belgium"}),
    (PLANS, "How much does the plan cost?", "Which plan do you mean?", {"basic plan", "family plan"}),
    (ROWS, "How long is the delivery?", "Which machine do you mean?", {"Lux", "Duo"}),
    (HALLS, "How many people can sit?", None, set()),
    (
        HALLS,
        "How many people does the hall seat?",
        "Do you mean North hall or South hall?",
        {"North hall", "South hall"},
    ),
    (RESETS, "How do I reset the machine?", "Which model do you mean?", {"FX-200", "FX-300"}),
    (YEARS_ZH, "公司有多少员工？", "您指的是哪个年份？", {"2021", "2022"}),
    (KINDS_ZH, "这台机器多重？", "您指的是清风挂烫机说明还是明月挂烫机说明？", {"清风挂烫机说明", "明月挂烫机说明"}),
    (CARE_ZH, "清洗要多久？", "您指的是每周的清洗还是每月的清洗？", {"每周的清洗", "每月的清洗"}),
    (PLANS_ZH, "套餐每月多少钱？", "您指的是基础版还是家庭版？", {"基础版", "家庭版"}),
    (PLANS_ZH, "家庭版套餐每月多少钱？", None, set()),
    (COUNTRIES_ZH, "通知期多长？", "您指的是哪个国家？", {"德国", "奥地利"}),
    (COUNTRIES_ZH, "How long is 通知期?", "Which country do you mean?", {"德国", "奥地利"}),
    (MODELS, "How heavy is the FX-200?", None, set()),
    (YEARS, "How many employees did the institute have in 2021?", None, set()),
    (PLANS, "How much does the family plan cost?", None, set()),
    (YEARS_ZH, "2021年公司有多少员工？", None, set()),
    (MODELS, "How long is the warranty?", None, set()),
    (MODELS, "How heavy is it?", None, set()),
]


def index(passages):
    made = LexicalIndex()
    made.add(passages)
    return made


def asked(words, text, *, history=(), **options):
    query = Query(text, history=history)
    return FacetAsker(words, **options)(query, words.search([query], 8)[0])


@pytest.mark.parametrize(("passages", "text", "question", "options"), CASES, ids=[f"{c[1]} {c[2]}" for c in CASES])
def test_what_the_answers_differ_by_is_asked(passages, text, question, options):
    words = index(passages)
    back = asked(words, text)
    assert (back.question if back else None, set(back.options) if back else set()) == (question, options)
    for one, option in zip(back.queries if back else (), back.options if back else (), strict=True):
        assert option in one.text
        [best, *_] = then = words.search([one], 8)[0]
        assert option.split()[0] in f"{best.passage.text} {best.passage.meta}"
        assert FacetAsker(words)(one, then) is None, "what was chosen is not asked again"


def test_a_filter_holds_where_documents_are_chosen():
    for passages, name, value in ((MODELS, "title", ("FX-200 manual",)), (COUNTRIES, "country", "Germany")):
        words = index(passages)
        question = "How heavy is the machine?" if passages is MODELS else "How long is the notice period?"
        back = asked(words, question)
        assert back is not None
        one = back.queries[
            [option[:2] for option in back.options].index(value[0][:2] if name == "title" else value[:2])
        ]
        assert one.where == {name: value}


def test_answers_that_agree_are_not_asked_about():
    same = [passage("a", MODELS[0].text, "FX-200 manual"), passage("b", MODELS[0].text, "FX-300 manual")]
    assert asked(index(same), "How heavy is the machine?") is None
    reset = [passage("a", RESETS[0].text, "FX-200 manual"), passage("b", RESETS[0].text, "FX-300 manual")]
    assert asked(index(reset), "How do I reset the machine?") is None
    units = [
        passage("a", "The warranty lasts 24 months.", "FX-200"),
        passage("b", "The warranty lasts two years.", "FX-300"),
    ]
    assert asked(index(units), "How long is the warranty?") is None
    dates = [
        passage("a", "The bridge opened in 1998.", "FX-1"),
        passage("b", "The bridge opened on 3 May 1998.", "FX-2"),
    ]
    assert asked(index(dates), "When was the bridge opened?") is None


def test_a_field_that_is_the_answer_is_no_slot():
    texts = ("The seat costs 80 euros.", "The seat costs 90 euros.")
    fields = ({"price": 80, "hall": "North"}, {"price": 90, "hall": "South"})
    made = [passage(n, text, "Seats", **own) for n, text, own in zip("ab", texts, fields, strict=True)]
    back = asked(index(made), "How much does the seat cost?")
    assert back is not None
    assert back.question == "Which hall do you mean?"
    without = [passage(n, text, "Seats", price=own["price"]) for n, text, own in zip("ab", texts, fields, strict=True)]
    assert asked(index(without), "How much does the seat cost?") is None
    half = [made[0], passage("b", texts[1], "Seats")]
    assert asked(index(half), "How much does the seat cost?") is None


def test_what_one_answer_alone_holds_decides():
    more = [passage("a", "The old machine weighs 12 kg.", "FX-200 manual"), MODELS[1]]
    assert asked(index(more), "How heavy is the old machine?") is None


def test_titles_of_unlike_things_and_names_of_files_are_no_choices():
    texts = ("The hall seats 80 people.", "The hall seats 90 people.")
    for titles in (
        ("Town chronicle", "Visitors' book"),
        ("a35102e66d95", "31a59cf6f2c8"),
        ("Warranty", "Warranty 2021"),
    ):
        made = [passage(name, text, title) for name, text, title in zip("ab", texts, titles, strict=True)]
        assert asked(index(made), "How many people does the hall seat?") is None


def test_values_of_two_kinds_under_one_label_are_no_slot():
    mixed = [*MODELS, passage("c", "The machine weighs 18 kg without water.", "FX-200 manual")]
    query = Query("How heavy is the machine?")
    found = rivals(query, [Hit(one, 1.0, "words") for one in mixed])
    assert len(found) == 3
    assert told_apart(query.text, found) is None


def test_at_most_five_are_offered():
    many = [passage(str(n), f"The machine weighs {10 + n} kg.", f"FX-{n}00 manual") for n in range(1, 8)]
    facet = differing(Query("How heavy is the machine?"), [Hit(one, 1.0, "words") for one in many])
    assert facet is not None
    assert (len(facet.asked.options), facet.others, facet.kind) == (5, 2, "slot")


def test_it_is_not_asked_twice_and_costs_what_it_costs():
    words = index(MODELS)
    history = (Turn("user", "How heavy is the machine?"), Turn("assistant", "Which model do you mean?"))
    assert asked(words, "How heavy is the machine?", history=history) is None
    assert asked(words, "How heavy is the machine?", cost=0.6) is None


def test_only_the_best_hits_make_it_worth_asking():
    query = Query("How heavy is the machine?")
    others = [passage(str(n), "Nothing of the kind.", "Other") for n in range(3)]
    hits = [Hit(one, 1 - at / 10, "words") for at, one in enumerate([*others, *MODELS])]
    assert rivals(query, hits) == []
    assert len(rivals(query, hits[2:])) == 2


SENSES = [
    passage("a", "Mercury is the smallest planet in the Solar System. It orbits the Sun in 88 days.", "Bodies"),
    passage("b", "Mercury is a chemical element. Being liquid, it was used in thermometers.", "The laboratory"),
]
SENSES_ZH = [
    passage("a", "苹果是一种蔷薇科的水果。果实在秋天成熟。", "果园手册"),
    passage("b", "苹果是一家美国科技公司。总部设在库比蒂诺。", "企业名录"),
]


@pytest.mark.parametrize(
    ("passages", "text", "question", "options"),
    [
        (
            SENSES,
            "What is Mercury?",
            'Which "Mercury" do you mean?',
            {"the smallest planet in the Solar System", "a chemical element"},
        ),
        (SENSES, "What is the planet Mercury?", None, set()),
        (SENSES, "Why is Mercury dangerous?", None, set()),
        (SENSES_ZH, "苹果是什么？", "您指的是哪一个“苹果”？", {"一种蔷薇科的水果", "一家美国科技公司"}),
        (SENSES_ZH, "苹果什么时候成熟？", None, set()),
    ],
)
def test_one_name_of_several_things(passages, text, question, options):
    words = index(passages)
    back = asked(words, text)
    assert (back.question if back else None, set(back.options) if back else set()) == (question, options)
    for one, option in zip(back.queries if back else (), back.options if back else (), strict=True):
        then = words.search([one], 8)[0]
        assert {hit.passage.text for hit in then} == {next(p.text for p in passages if option in p.text)}
        assert FacetAsker(words)(one, then) is None


@pytest.mark.parametrize(
    "other",
    [
        passage("b", "Mercury is a rocky planet. It is grey.", "Rocks"),
        passage("b", "Mercury is a chemical element. Near the Sun it orbits in 88 days.", "The laboratory"),
        passage("b", "Mercury is a chemical element. Being liquid, it was used in thermometers.", "Bodies"),
        passage("b", "Mercury is liquid.", "The laboratory"),
    ],
    ids=["the same kind of thing", "the same words around", "the same title", "no definition"],
)
def test_what_may_be_one_thing_is_not_asked_about(other):
    assert asked(index([SENSES[0], other]), "What is Mercury?") is None
    product = [
        passage("a", "The FX-2 is a coffee machine.", "Manual"),
        passage("b", "The FX-2 is the best seller of May.", "Sales"),
    ]
    assert asked(index(product), "What is the FX-2?") is None

"""Questions made of a small handbook, in two languages: each stands on its passages, and tells them from the others."""

import pytest

from raglan.datasets.asking import asked
from raglan.datasets.asking_definitions import definition
from raglan.datasets.asking_gaps import gap
from raglan.datasets.forms import load
from raglan.datasets.made import made, questions
from raglan.datasets.parts import split
from raglan.datasets.saving import save
from raglan.types import Passage, Span


def passage(text, document="handbook.md", start=0, **meta):
    return Passage(f"{document}:{start}", text, document, Span(start, start + len(text)), meta=meta)


def row(text, document="prices.csv", start=0, **cells):
    reading = "; ".join(f"{header}: {cell}" for header, cell in cells.items())
    return passage(text, document, start, row=True, reading=reading)


HANDBOOK = [
    passage(
        "A burr grinder is a mill that crushes beans between two plates. It needs oil.",
        title="Mill handbook",
        headings=("Mill handbook", "2.1 How it works"),
    ),
    passage(
        "The boiler of a mill must be descaled every 3 months by its owner. Call Nora Vance at the shop to help with lime.",
        start=100,
        title="Mill handbook",
        headings=("Mill handbook", "Care of the boiler"),
    ),
    passage(
        "Never descale it with vinegar. The workshop opened on 12 March 2019 in the old harbour hall.",
        start=300,
        title="Mill handbook",
        headings=("Mill handbook", "Care of the boiler"),
    ),
    passage("Two years. Parts are covered for less.", "faq.md", headings=("FAQ", "How long is the warranty?")),
    passage("Use a dry cloth only.", "faq.md", 50, title="FAQ", headings=("FAQ", "How to clean the hopper")),
    row("Lid | 4.50 EUR | yes", Part="Lid", Price="4.50 EUR", Stock="yes"),
    row("Knob | 1.20 EUR | no", start=30, Part="Knob", Price="1.20 EUR", Stock="no"),
    passage(
        "磨豆机是一种用两片磨盘研磨咖啡豆的机器。",
        "手册.md",
        title="磨豆机手册",
        headings=("磨豆机手册", "第一章 什么是磨豆机"),
    ),
    passage(
        "本手册所称保修期，是指自购买之日起计算的两年。", "手册.md", 40, title="磨豆机手册", headings=("保修范围",)
    ),
    passage("用户必须每三个月为锅炉除垢一次，否则保修失效。", "手册.md", 90),
    row("盖子 | 四元 | 红色", "价格.csv", 0, 零件="盖子", 价格="四元"),
]
ALL = {one.query.text: one for one in questions(HANDBOOK, seed=0, most=1_000)}
TEXTS = {one.id: one.text for one in HANDBOOK}


@pytest.mark.parametrize(
    ("question", "answers", "positives"),
    [
        ("What is a burr grinder?", ("a mill that crushes beans between two plates",), ("handbook.md:0",)),
        ("What does Mill handbook say about how it works?", (HANDBOOK[0].text[:63],), ("handbook.md:0",)),
        (
            "What does Mill handbook say about care of the boiler?",
            ("Never descale it with vinegar.", "The boiler of a mill must be descaled every 3 months by its owner."),
            ("handbook.md:100", "handbook.md:300"),
        ),
        ("How long is the warranty?", ("Two years.",), ("faq.md:0",)),
        ("How do I clean the hopper?", ("Use a dry cloth only.",), ("faq.md:50",)),
        ("What is the price of Lid?", ("4.50 EUR",), ("prices.csv:0",)),
        ("What is the price of Knob?", ("1.20 EUR",), ("prices.csv:30",)),
        (
            "What is missing: The boiler of a mill must be descaled every ____ by its owner?",
            ("3 months",),
            ("handbook.md:100",),
        ),
        ("What is missing: Call ____ at the shop to help with lime?", ("Nora Vance",), ("handbook.md:100",)),
        (
            "What is missing: The workshop opened on ____ in the old harbour hall?",
            ("12 March 2019",),
            ("handbook.md:300",),
        ),
        ("磨豆机是什么？", ("一种用两片磨盘研磨咖啡豆的机器",), ("手册.md:0",)),
        ("保修期是什么？", ("自购买之日起计算的两年",), ("手册.md:40",)),
        ("关于“保修范围”，《磨豆机手册》是怎么说的？", (HANDBOOK[8].text,), ("手册.md:40",)),
        ("填空：用户必须每____为锅炉除垢一次，否则保修失效？", ("三个月",), ("手册.md:90",)),
        ("盖子的价格是什么？", ("四元",), ("价格.csv:0",)),
    ],
)
def test_what_the_handbook_is_asked(question, answers, positives):
    assert question in ALL, sorted(ALL)
    assert (ALL[question].answers, ALL[question].positives) == (answers, positives)


def test_every_answer_stands_in_each_passage_that_it_names():
    assert len(ALL) >= 15
    for example in ALL.values():
        assert example.positives
        assert all(any(answer in TEXTS[name] for answer in example.answers) for name in example.positives)
        assert all(any(answer in TEXTS[name] for name in example.positives) for answer in example.answers)


def test_nothing_is_asked_of_yes_and_no_or_of_what_leans_on_the_sentence_before():
    assert not any("stock" in question.lower() for question in ALL)
    assert not any(" It needs" in question or "It needs" in question for question in ALL)


@pytest.mark.parametrize(
    "sentence",
    [
        "It is a mill that crushes beans between plates.",
        "The device is a mill that crushes beans.",
        "Information about our mills is a matter of trust.",
        "What it grinds is a matter of taste and care.",
        "Batteries are covered for six months only.",
        "There is a lid on the mill of last year.",
        "A similar method is the grinding of beans by hand.",
        "This means the mill is broken for good.",
        "The result means that the mill is broken for good.",
        "该机器是一种研磨咖啡豆的机器。",
        "保修期不是一种承诺而是义务。",
        "这个盖子是指上面的盖子。",
        "保修期两年。",
    ],
)
def test_no_definition(sentence):
    assert definition(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("The FX-200 is a mill for small kitchens.", "What is the FX-200?"),
        ("Burr stands for the plate that crushes beans.", "What does Burr stand for?"),
        ("Descaling means removing lime from the boiler.", "What does Descaling mean?"),
        ("The drip tray refers to the tray below the cups.", "What does the drip tray refer to?"),
        ("Steam wands are the pipes that froth milk.", "What are Steam wands?"),
        ("磨盘指的是研磨咖啡豆的圆片。", "磨盘是什么？"),
    ],
)
def test_definitions(sentence, question):
    found = definition(sentence)
    assert found is not None
    assert found[0] == question
    assert found[1] in sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "It must be descaled every 3 months by its owner at home.",
        "Fill 3 cups of water, then 3 cups of milk, into the tank.",
        "Rinse the FX-200 and the FX-300 with cold water every day.",
        "Rinse the boiler and the tank with cold water.",
        "About 3 months.",
        "12. Rinse the boiler and the tank with cold water",
        "Rinse the boiler\nwith 3 litres of cold clean water",
        "第三人不得打开锅炉的盖子。",
        "",
    ],
)
def test_no_gap(sentence):
    assert gap(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The mill weighs about 12.5 kg without its hopper and lid.", "12.5 kg"),
        ("A spare hopper costs €45 in every shop of the town.", "€45"),
        ("Nearly 40 mills were sold at the fair of the town.", "40"),
        ("The hall was opened in 1998 with 30 mills on show.", "1998"),
        ("Since then the shop of Nora van Vance has sold lids and knobs.", None),
        ("In the old hall, the shop of Nora van Vance has sold lids and knobs.", None),
        ("Every lid in the shop of Nora van Vance has a knob.", None),
        ("Lids from the shop of Nora van Vance have a red knob.", "Nora van Vance"),
        ("工厂于2019年3月12日在旧港口的大厅开业。", "2019年3月12日"),
        ("水箱可以装下1.5升水，盖子必须盖好。", "1.5升"),
        ("用户应当阅读《咖啡机安全手册》的各个章节。", "咖啡机安全手册"),
    ],
)
def test_gaps(sentence, missing):
    found = gap(sentence)
    assert (found and found[1]) == missing


def test_a_long_sentence_is_cut_around_its_gap():
    found = gap(f"{'Clean and oil the mill ' * 5}every 3 months {'and the lid and knob ' * 5}.")
    assert found is not None
    question, _ = found
    assert question.startswith("What is missing: … ")
    assert question.endswith(" …?")
    assert len(question.split()) < 30


def test_the_same_question_with_two_answers_is_dropped_and_with_one_is_merged():
    cells = {"Part": "Lid", "Price": "4 EUR", "Colour": "red"}
    twice = [
        row("Lid | 4 EUR | red", "one.csv", **cells),
        row("Lid | 5 EUR | red", "two.csv", **{**cells, "Price": "5 EUR"}),
    ]
    [example] = questions(twice, seed=0, most=10)
    assert (example.query.text, example.positives) == ("What is the colour of Lid?", ("one.csv:0", "two.csv:0"))


def test_a_heading_over_too_much_is_not_asked_for():
    for count, asked_for in ((4, 1), (5, 0)):
        many = [
            passage(f"Oil the part {number}.", start=50 * number, headings=("Care of parts",))
            for number in range(count)
        ]
        assert len(questions(many, seed=0, most=10)) == asked_for


@pytest.mark.parametrize("heading", ["Overview", "3. Notes", "附录", "第二章 总则", "A", "1.2", "***"])
def test_a_heading_that_announces_nothing(heading):
    assert not list(asked(passage("Oil the lid.", headings=(heading,))))


def test_table_rows_that_cannot_be_asked():
    rows = [
        row("4 | 5", A="4", B="5"),
        row("Lid", Part="Lid"),
        row("Lid | four", Part="Lid", Price="4 EUR"),
        passage("Lid | 4 EUR", row=True),
        passage("Lid | 4 EUR", row=True, reading="Lid 4 EUR"),
        row("Lid | -", Part="Lid", Price="-"),
    ]
    assert not [one for each in rows for one in asked(each)]


def test_a_cell_may_hold_the_marks_that_part_cells():
    one = row("Lid | red; shiny | 1: 2", Part="Lid", Look="red; shiny", Scale="1: 2")
    assert {each.answer for each in asked(one)} == {"red; shiny", "1: 2"}


def test_evenly_of_all_kinds_and_documents():
    found = made("handbook", HANDBOOK, seed=3, most=4)
    assert {name.split("-")[0] for name in found.ids} == {"cell", "definition", "gap", "heading"}
    assert found.long == {at for at, name in enumerate(found.ids) if name.startswith("heading")}
    eight = made("handbook", HANDBOOK, seed=3, most=8)
    cells = [one.positives for one, name in zip(eight.examples, eight.ids, strict=True) if name.startswith("cell")]
    assert {name.split(":")[0] for [name] in cells} == {"prices.csv", "价格.csv"}


def test_a_seed_gives_the_same_whatever_the_order_and_another_seed_others():
    first = questions(HANDBOOK, seed=1, most=8)
    assert first == questions(HANDBOOK[::-1], seed=1, most=8) == questions(iter(HANDBOOK), seed=1, most=8)
    assert len({tuple(one.query.text for one in questions(HANDBOOK, seed=seed, most=8)) for seed in range(8)}) > 1
    assert len(first) == 8
    assert questions(HANDBOOK, seed=1, most=0) == questions([], seed=1, most=5) == []


def test_what_was_made_can_be_saved_loaded_and_split(tmp_path):
    dataset = made("handbook", HANDBOOK)
    save(dataset, tmp_path / "handbook")
    found = load(tmp_path / "handbook")
    assert (found.examples, found.ids, found.long) == (dataset.examples, dataset.ids, dataset.long)
    assert list(found.passages) == HANDBOOK
    first, second = split(found, seed=5)
    documents = [
        {name.rpartition(":")[0] for one in part.examples for name in one.positives} for part in (first, second)
    ]
    assert all(documents)
    assert not documents[0] & documents[1]

"""A pointer over characters learns: where an answer stands, in which text, and that it stands in none."""

from collections.abc import Iterator

import pytest
import torch

from raglan.generate.pointer import PointerGenerator
from raglan.models.aligned import units
from raglan.models.blocks import Source
from raglan.models.pointer import MOST, Pointer, Table, packed
from raglan.nn.pointer import PointerNetwork
from raglan.train.lessons import Lesson
from raglan.train.pointing import PointingLearning
from raglan.train.step import Descend, Descent, accelerator
from raglan.types import Evidence, Query
from tests.models.samples import pointer_table
from tests.samples import passage

THINGS = "水泵 锅炉 阀门 滤芯 水壶 仪表 水箱 发票".split()
PLACES = "上海 天津 重庆 苏州 杭州 南京 西安 成都".split()


def text_of(thing: str, place: str) -> str:
    return f"本厂的产品很多。{thing}在{place}制造，质量很好。"


def lessons() -> Iterator[tuple[Lesson, Source]]:
    for one, thing in enumerate(THINGS):
        for other, place in enumerate(PLACES):
            name = f"{one}.{other}"
            source = Source("", text_of(thing, place))
            if (one + other) % 4 == 3:  # another thing is asked for
                yield Lesson(f"{THINGS[one - 1]}在哪里制造？", (), (), (name,)), source
            else:
                yield Lesson(f"{thing}在哪里制造？", (place,), (name,)), source


@pytest.fixture(scope="module")
def taught() -> PointerGenerator:
    table, rows = pointer_table(), list(lessons())
    sources = {(lesson.right or lesson.wrong)[0]: source for lesson, source in rows}
    net = PointerNetwork(torch.from_numpy(table.rows), width=24, seed=0)
    learning = PointingLearning(net, table, sources, texts=2)
    torch.manual_seed(0)
    step = Descend(net, learning.objective, Descent(120, rate=1e-2), by=accelerator("no", cpu=True))
    names = list(sources)
    for at in range(120):
        some = [rows[(7 * at + 5 * k) % len(rows)][0] for k in range(8)]
        others = [next(n for n in names[at % 40 :] if row.question[:2] not in sources[n].text) for row in some]
        last = step(learning.batch([(row, [other]) for row, other in zip(some, others, strict=True)], at))
    assert last["loss"] < 0.5
    return PointerGenerator(Pointer(packed({k: v.numpy() for k, v in net.state_dict().items()}), "toy", table))


def asked(made: PointerGenerator, question: str, *texts: str) -> tuple[str, float, tuple[float, ...], list[str]]:
    evidence = [Evidence(passage(text, f"{at}.md"), 1 / len(texts)) for at, text in enumerate(texts)]
    draft = made.write(Query(question), evidence)
    return draft.text, draft.logprob, draft.weights, [one.quote.of(one.passage.text) for one in draft.citations]


def test_it_points_at_the_answer_and_cites_its_sentence(taught: PointerGenerator) -> None:
    text = text_of("锅炉", "大连")  # a place that it has not seen
    said, _, weights, quotes = asked(taught, "锅炉在哪里制造？", text)
    assert said == "大连"
    assert weights == (1.0,)
    assert quotes == ["锅炉在大连制造，质量很好。"]


def test_the_text_that_answers_counts_most(taught: PointerGenerator) -> None:
    texts = text_of("阀门", "天津"), text_of("水箱", "南京"), text_of("滤芯", "西安")
    for at, thing in enumerate(("阀门", "水箱", "滤芯")):
        said, _, weights, _ = asked(taught, f"{thing}在哪里制造？", *texts)
        assert said == PLACES[PLACES.index(("天津", "南京", "西安")[at])]
        assert max(range(3), key=weights.__getitem__) == at


def test_it_is_less_sure_where_nothing_answers(taught: PointerGenerator) -> None:
    there = asked(taught, "阀门在哪里制造？", text_of("阀门", "天津"))[1]
    assert asked(taught, "发票在哪里制造？", text_of("阀门", "天津"))[1] < there - 0.5


def test_a_long_text_is_read_to_its_end(taught: PointerGenerator) -> None:
    long = "这一段和问题没有关系。" * 700 + text_of("水壶", "重庆")
    said, _, _, quotes = asked(taught, "水壶在哪里制造？", long)
    assert (said, quotes) == ("重庆", ["水壶在重庆制造，质量很好。"])


def test_what_is_drawn_is_the_same_for_a_seed_and_holds_the_answer() -> None:
    table = pointer_table()
    source = Source("", "无关的话。" * 90 + "水泵在上海制造。" + "别的话。" * 90)
    net = PointerNetwork(torch.from_numpy(table.rows), width=8)
    row = (Lesson("水泵在哪里制造？", ("上海",), ("a",)), ())
    one, other = (PointingLearning(net, table, {"a": source}, shown=64, seed=4).batch([row], 9) for _ in range(2))
    assert torch.equal(one.texts.own, other.texts.own)
    [[text, first, last]] = one.gold[0].tolist()
    assert one.texts.own.shape == (1, 64)
    assert one.texts.own[text, first : last + 1].tolist() == units("上海").rows.tolist()


def test_of_a_long_answer_the_beginning_is_learned() -> None:
    table: Table = pointer_table()
    answer = "一二三四五六七八九十" * 9
    net = PointerNetwork(torch.from_numpy(table.rows), width=8)
    learning = PointingLearning(net, table, {"a": Source("", f"说明：{answer}。")})
    batch = learning.batch([(Lesson("什么？", (answer,), ("a",)), ())], 0)
    [[_, first, last]] = batch.gold[0].tolist()
    assert last - first == MOST - 1
    loss, _ = learning.objective(net, batch)
    assert torch.isfinite(loss)

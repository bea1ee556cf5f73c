"""Small corpora to search in: written ones in two languages, and drawn ones of any size."""

import random
from collections.abc import Iterable, Sequence

from raglan.types import Hit, Passage, Query, Span

ENGLISH = (
    "battery warranty boiler pump valve filter grinder kettle steam wand pressure gauge water tank descale rinse clean "
    "replace delivery invoice refund return customer support manual safety voltage cable switch heater lamp noise"
).split()
CHINESE = (
    "电池 保修 锅炉 水泵 阀门 滤芯 磨豆 水壶 蒸汽 压力 仪表 水箱 除垢 冲洗 清洁 更换 送货 发票 退款 退货 客户 支持 "
    "说明 安全"
).split()


def passage(text: str, document: str, start: int = 0, **meta: object) -> Passage:
    """A passage that stands at ``start`` of its document."""
    return Passage(f"{document}:{start}", text, document, Span(start, start + len(text)), meta=meta)


def document(name: str, texts: Iterable[str], **meta: object) -> list[Passage]:
    """Passages one after the other, a blank between two."""
    found: list[Passage] = []
    for text in texts:
        found.append(passage(text, name, found[-1].span.end + 1 if found else 0, **meta))
    return found


WRITTEN = [
    *document(
        "warranty.md",
        ["The warranty lasts 24 months from the date of delivery.", "Batteries are covered for six months only."],
        title="Warranty",
        kind="policy",
        language="en",
    ),
    *document(
        "machine.txt",
        [
            "Descale the boiler every three months.",
            "Error E-07 means that the water tank is empty.",
            "The steam wand gets hot: never touch it.",
        ],
        title="Coffee machine FX-200",
        kind="manual",
        language="en",
    ),
    *document(
        "保修.md",
        ["保修期为两年，自购买之日起计算。", "电池的保修期只有六个月。"],
        title="保修条款",
        kind="policy",
        language="zh",
    ),
    *document(
        "机器.txt",
        ["锅炉每三个月除垢一次。", "水箱没有水时显示错误 E-07。"],
        title="咖啡机使用说明",
        kind="manual",
        language="zh",
    ),
    *document("mixed.txt", ["Emoji 🙂 and 保修 side by side.", "Ünïcode, naïve café."], kind="note", language="en"),
]

ASKED = [
    Query("How long does the warranty last?"),
    Query("boiler"),
    Query("电池的保修期是多久？"),
    Query("水箱"),
    Query("café 保修"),
]


def drawn(count: int, seed: int = 0, *, per_document: int = 3) -> list[Passage]:
    """``count`` passages of words drawn by chance, in both languages, with a kind and a year to filter by."""
    chance = random.Random(seed)
    found: list[Passage] = []
    for number in range(0, count, per_document):
        texts = [sentence(chance) for _ in range(min(per_document, count - number))]
        meta = {"kind": chance.choice(["manual", "policy", "note"]), "year": chance.choice([2021, 2022, 2023])}
        found += document(f"drawn-{seed}-{number}.txt", texts, **meta)
    return found


def sentence(chance: random.Random) -> str:
    """Words of one language, a number at the end that makes it its own."""
    words, gap = (ENGLISH, " ") if chance.random() < 0.7 else (CHINESE, "")
    return gap.join(chance.choices(words, k=chance.randint(4, 12))) + f" {chance.randrange(10**6)}"


def ids(hits: Sequence[Hit]) -> list[str]:
    """Which passages, in order."""
    return [hit.passage.id for hit in hits]


def differ(one: Sequence[Hit], other: Sequence[Hit], *, by: float = 1e-4) -> str:
    """How two rankings differ beyond near ties; empty if they do not.

    Place by place the scores must agree; a passage that only one of them lists may only be missing from the other where
    that ends, in a tie with its last.
    """
    if len(one) != len(other):
        return f"{len(one)} hits against {len(other)}"
    for place, (a, b) in enumerate(zip(one, other, strict=True)):
        if abs(a.score - b.score) > by:
            return f"score {a.score} against {b.score} at place {place}"
    for left, right in ((one, other), (other, one)):
        scores = {hit.passage.id: hit.score for hit in right}
        for hit in left:
            expected = scores.get(hit.passage.id, right[-1].score)
            if abs(hit.score - expected) > by:
                return f"{hit.passage.id} has score {hit.score} against {expected}"
    return ""

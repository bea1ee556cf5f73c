"""Answers by the pointer over characters, whatever it has learned: what is said stands where it is said to stand."""

import math

import pytest
import torch

from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration
from raglan.generate.pointer import PointerGenerator
from raglan.models.pointer import Pointer, packed
from raglan.nn.pointer import PointerNetwork
from raglan.types import Evidence, Query
from tests.models.samples import pointer_table
from tests.samples import passage

TEXTS = ["保修期是两年。从送货那天算起。", "机器每三个月要除垢一次。", "2019年3月5日，FX-200停产。"]


@pytest.fixture(scope="module")
def made() -> PointerGenerator:
    table = pointer_table()
    net = PointerNetwork(torch.from_numpy(table.rows), width=16, seed=1)
    return PointerGenerator(
        Pointer(packed({k: v.detach().numpy() for k, v in net.state_dict().items()}), "drawn", table)
    )


def given(*texts: str) -> list[Evidence]:
    return [Evidence(passage(text, f"{at}.md"), 1 / len(texts)) for at, text in enumerate(texts)]


@pytest.mark.parametrize("question", ["保修期是多久？", "何时停产？", "FX-200", "？？", "what?"])
def test_what_is_said_stands_in_what_is_cited(made: PointerGenerator, question: str) -> None:
    draft = made.write(Query(question), given(*TEXTS))
    assert draft.text
    for one in draft.citations:
        assert draft.text.lower() in one.quote.of(one.passage.text).lower()
        assert one.span.of(draft.text) == draft.text
    assert math.fsum(draft.weights) == pytest.approx(1)
    assert len(draft.weights) == 3
    assert draft.logprob <= 0
    assert draft == made.write(Query(question), given(*TEXTS))


@pytest.mark.parametrize("texts", [[], [""], [" \n "]])
def test_of_nothing_nothing_is_said(made: PointerGenerator, texts: list[str]) -> None:
    draft = made.write(Query("保修期是多久？"), given(*texts))
    assert (draft.text, draft.citations, draft.logprob) == ("", (), -math.inf)
    assert made.write(Query(" "), given(*TEXTS)).text == ""


def test_an_empty_passage_has_no_weight(made: PointerGenerator) -> None:
    draft = made.write(Query("保修期是多久？"), given("", TEXTS[0]))
    assert draft.weights == pytest.approx((0, 1))


def test_a_row_is_cited_whole(made: PointerGenerator) -> None:
    row = passage("两年; 免费", "表.csv", row=True, reading="保修期：两年；送货：免费")
    draft = made.write(Query("保修期是多久？"), [Evidence(row, 1.0)])
    assert {one.quote.of(row.text) for one in draft.citations} == {row.text}


def test_many_passages_and_strange_letters(made: PointerGenerator) -> None:
    many = given(*(f"第{at}号：{text}" for at in range(60) for text in TEXTS), "\ud800\x00İ𠀀" * 20)
    assert made.write(Query("保修期\ud800是多久？"), many).text


def test_it_reads_chinese_alone(made: PointerGenerator) -> None:
    assert made.covers("FX-300首次启动需要多长时间？")
    assert not made.covers("How long does it take?")


def test_a_risk_is_known_where_it_was_measured(made: PointerGenerator) -> None:
    with pytest.raises(ConfigError, match="name a threshold"):
        made.threshold(0.1)
    fitted = Calibration((1, 0, 0, 0, 0, 0, 0, 0), ((0.0, 0.5), (0.4, 0.1)))
    again = PointerGenerator(made._pointer, fitted)
    assert again.threshold(0.2) == 0.4
    draft, measures, _ = again.measured(Query("保修期是多久？"), given(*TEXTS))
    assert measures is not None
    assert math.exp(draft.logprob) == pytest.approx(fitted.sure(measures))

"""A few words or sentences: whichever is likelier right, and the probability of what is told."""

import math
from collections.abc import Sequence

import pytest

from raglan.errors import ConfigError
from raglan.generate.calibrated import Calibration, Measures
from raglan.generate.either import Either
from raglan.generate.measured import Measured
from raglan.generate.sentence import SentenceGenerator
from raglan.types import Citation, Draft, Evidence, Passage, Query, Span

TEXT = "The bridge was painted in May. It is closed to lorries. Repairs began in 2019 and ended in 2021."
PASSAGE = Passage("a:0", TEXT, "a", Span(0, len(TEXT)))
GIVEN = [Evidence(PASSAGE, 1.0)]
QUESTION = Query("When did the repairs of the bridge begin?")
FLAT = (0.0,) * 7


class Points:
    """Points at a year, and is so sure of it."""

    def __init__(self, sure: float, hold: float | None, *, reads: bool = True) -> None:
        self.calibration = Calibration(
            (*FLAT, _logit(sure)),
            sentences=() if hold is None else (*FLAT, _logit(hold)),
            either=((0.0, 0.3), (0.6, 0.1)),
        )
        self._reads = reads

    def covers(self, text: str) -> bool:
        return text.isascii()

    def measured(self, query: Query, evidence: Sequence[Evidence]) -> Measured:
        sentences = SentenceGenerator().scored(query, evidence)
        if not self._reads:
            return Measured(Draft("", logprob=-math.inf), None, sentences)
        measures = Measures(0, 0, 0, 0)
        at = TEXT.index("2019")
        cited = Citation(Span(0, 4), PASSAGE, Span(at, at + 4))
        return Measured(Draft("2019", (cited,), (1.0,), math.log(self.calibration.sure(measures))), measures, sentences)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


@pytest.mark.parametrize(("sure", "hold", "told"), [(0.6, 0.65, "2019"), (0.6, 0.75, "sentences"), (0.6, None, "2019")])
def test_whichever_is_likelier_right(sure: float, hold: float | None, told: str) -> None:
    draft = Either(Points(sure, hold)).write(QUESTION, GIVEN)
    if told == "2019":
        assert draft.text == "2019"
        assert math.exp(draft.logprob) == pytest.approx(sure)
    else:
        assert hold is not None
        assert draft.text == SentenceGenerator().write(QUESTION, GIVEN).text
        assert math.exp(draft.logprob) == pytest.approx(hold)
        assert draft.weights == (1.0,)
        assert all(one.quote.of(one.passage.text) in draft.text for one in draft.citations)


def test_the_leeway_is_for_few_words() -> None:
    assert Either(Points(0.6, 0.75), leeway=0.2).write(QUESTION, GIVEN).text == "2019"
    assert Either(Points(0.6, 0.65), leeway=0.0).write(QUESTION, GIVEN).text != "2019"
    with pytest.raises(ConfigError, match="leeway is 2"):
        Either(Points(0.6, 0.6), leeway=2)


def test_sentences_where_nothing_was_read() -> None:
    draft = Either(Points(0.6, 0.1, reads=False)).write(QUESTION, GIVEN)
    assert draft == SentenceGenerator().write(QUESTION, GIVEN)
    assert Either(Points(0.6, 0.1)).covers("Hello")
    assert not Either(Points(0.6, 0.1)).covers("你好")


def test_a_risk_is_that_of_what_is_told() -> None:
    assert Either(Points(0.6, 0.6)).threshold(0.2) == 0.6
    with pytest.raises(ConfigError, match=r"cannot keep a risk of 0\.05"):
        Either(Points(0.6, 0.6)).threshold(0.05)


def test_a_few_words_where_no_sentence_says_more_than_the_question() -> None:
    said = "The repairs of the bridge begin when?"
    asked = [Evidence(Passage("a:0", said, "a", Span(0, len(said))), 1.0)]
    assert not SentenceGenerator().write(Query(said), asked).text
    assert Either(Points(0.6, 0.9)).write(Query(said), asked).text == "2019"

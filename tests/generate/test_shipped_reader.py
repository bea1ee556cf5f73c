"""The readers in the box: small things that every one of them must get right, and that nothing is said of nothing."""

import pytest

from raglan.generate.checking import ReaderCritic
from raglan.generate.opened import opened
from raglan.generate.reader import ReaderGenerator
from raglan.generate.routed import Routed, reader
from raglan.models.shipped import READERS
from raglan.types import Answer, Citation, Evidence, Query, Span
from tests.samples import passage

pytestmark = pytest.mark.skipif(not READERS, reason="no reader is in the box yet")

PUMP = passage("The pump of the FX-200 was replaced by Maria Jensen on 3 May 2019 in Aarhus.", "service.md")
TOWER = passage("The tower in Lund was finished in 1145. It is 55 metres high.", "tower.md")
LEAVE = passage("Every employee has 22 days of paid leave a year. Leave is asked for two weeks before.", "leave.md")
GIVEN = [Evidence(one, 1 / 3) for one in (PUMP, TOWER, LEAVE)]


@pytest.fixture(scope="module")
def made() -> Routed:
    found = reader()
    assert isinstance(found, Routed)
    return found


@pytest.mark.parametrize(
    ("question", "answer", "source"),
    [
        ("Who replaced the pump?", "Maria Jensen", "service.md"),
        ("When was the tower in Lund finished?", "1145", "tower.md"),
        ("How high is the tower?", "55 metres", "tower.md"),
        ("How many days of paid leave does an employee have?", "22", "leave.md"),
    ],
)
def test_plain_questions(made: Routed, question: str, answer: str, source: str) -> None:
    draft = made.write(Query(question), GIVEN)
    assert answer in draft.text
    assert len(draft.text) < 40
    assert {one.passage.document for one in draft.citations} == {source}
    assert draft.weights == pytest.approx(draft.weights)
    assert max(range(3), key=draft.weights.__getitem__) == [one.passage.document for one in GIVEN].index(source)


@pytest.mark.parametrize(
    ("question", "answer", "source"),
    [
        ("Who replaced the pump?", "Maria Jensen", "service.md"),
        ("When was the tower in Lund finished?", "1145", "tower.md"),
        ("How high is the tower?", "55 metres", "tower.md"),
    ],
)
def test_it_writes_plain_answers(question: str, answer: str, source: str) -> None:
    draft = ReaderGenerator(READERS[0], fusion="bias").write(Query(question), GIVEN)
    assert draft.text == answer
    assert {one.passage.document for one in draft.citations} == {source}


def test_it_writes_sentences() -> None:
    made = ReaderGenerator(READERS[0], form="sentence")
    tower = made.write(Query("When was the tower in Lund finished?"), GIVEN)
    assert tower.text == "The tower in Lund was finished in 1145."
    assert {one.passage.document for one in tower.citations} == {"tower.md"}
    nobody = made.write(Query("Who won the football world cup in 1998?"), GIVEN)
    assert (nobody.text, nobody.citations) == ("", ())


def test_it_is_less_sure_of_what_is_not_there(made: Routed) -> None:
    there = made.write(Query("When was the tower in Lund finished?"), GIVEN).logprob
    assert made.write(Query("Who won the football world cup in 1998?"), GIVEN).logprob < there
    assert made.write(Query("What is the capital of Mongolia?"), GIVEN).logprob < there


def test_chinese_is_answered_by_somebody(made: Routed) -> None:
    leave = passage("员工每年有22天带薪年假。", "年假.md")
    assert "22天" in made.write(Query("员工每年有多少天年假？"), [Evidence(leave, 1.0)]).text


def test_every_reader_is_whole() -> None:
    assert READERS
    for name in READERS:
        opened(name).folder.verify()


def test_it_checks_claims() -> None:
    critic = ReaderCritic(READERS[0])
    right, wrong = "The pump was replaced by Maria Jensen.", "The pump was replaced by Peter Olsen."
    scores = []
    for said in (right, wrong):
        cited = (Citation(Span(0, len(said)), PUMP, Span(0, len(PUMP.text))),)
        scores.append(critic.judge(Query("Who replaced the pump?"), Answer(said, cited, confidence=1.0)).score)
    assert scores[0] > scores[1]

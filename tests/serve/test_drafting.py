"""Those who ask the same share a draft, and get what they would get alone."""

import random
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from raglan.generate.sentence import SentenceGenerator
from raglan.protocols import Streams
from raglan.serve.answering import Stop
from raglan.serve.drafting import drafts
from raglan.serve.service import Options, Service
from raglan.types import Answer, Draft, Evidence, Query
from tests.samples import WRITTEN, drawn
from tests.serve.conftest import HASHING

QUERY = Query("How long is the warranty?")
GIVEN = [Evidence(one, 1 / 3) for one in WRITTEN[:3]]


class Held:
    """Writes when it is let go, and counts."""

    def __init__(self, *, repeats: bool = True, fails: int = 0) -> None:
        self.repeats, self.fails = repeats, fails
        self.go, self.asked = threading.Event(), list[Query]()

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        self.asked.append(query)
        mine = len(self.asked)
        assert self.go.wait(10)
        if mine <= self.fails:
            raise ValueError(f"{mine}")
        return Draft(f"{query.text} {len(evidence)}")


class Spoken(Held):
    def stream(self, query: Query, evidence: Sequence[Evidence]) -> Generator[str, None, Draft]:
        found = self.write(query, evidence)
        yield from found.text.split(" ")
        return found


def spoken(made: Streams) -> tuple[list[str], Draft]:
    writing, said = made.stream(QUERY, GIVEN), list[str]()
    while True:
        try:
            said.append(next(writing))
        except StopIteration as end:
            return said, end.value


def until(true: object) -> None:
    end = monotonic() + 10
    while not true():  # type: ignore[operator]
        assert monotonic() < end
        sleep(0.001)


def test_those_who_ask_the_same_at_a_time_share_one_draft() -> None:
    held = Held(repeats=False)
    made = drafts(held)
    with ThreadPoolExecutor(6) as pool:
        same = [pool.submit(made.write, QUERY, list(GIVEN)) for _ in range(4)]
        other = pool.submit(made.write, replace(QUERY, text="How heavy is it?"), GIVEN)
        less = pool.submit(made.write, QUERY, GIVEN[:2])
        until(lambda: len(held.asked) == 3)
        held.go.set()
        found = [one.result(10) for one in same]
    assert all(one is found[0] for one in found)
    assert found[0].text == "How long is the warranty? 3"
    assert other.result().text == "How heavy is it? 3"
    assert less.result().text == "How long is the warranty? 2"
    made.write(QUERY, GIVEN)
    assert len(held.asked) == 4  # who draws by chance is asked again


def test_what_repeats_itself_is_remembered_and_the_oldest_forgotten() -> None:
    held = Held()
    held.go.set()
    made = drafts(held, most=2)
    first, second, third = (replace(QUERY, text=text) for text in "abc")
    for one in (first, second, first, third, first, second):
        assert made.write(one, GIVEN).text == f"{one.text} 3"
    assert [one.text for one in held.asked] == ["a", "b", "c", "b"]


def test_other_passages_under_the_same_names_are_read() -> None:
    held = Held()
    held.go.set()
    made = drafts(held)
    changed = [replace(GIVEN[0], passage=replace(GIVEN[0].passage, text="New.")), *GIVEN[1:]]
    weighed = [replace(one, weight=weight) for one, weight in zip(GIVEN, (0.5, 0.3, 0.2), strict=True)]
    rounded = [replace(one, weight=one.weight * (1 + 1e-7)) for one in GIVEN]
    asked = replace(QUERY, where={"file": "a.md"})
    for query, given, count in (
        (QUERY, GIVEN, 1),
        (QUERY, rounded, 1),
        (QUERY, changed, 2),
        (QUERY, weighed, 3),
        (asked, weighed, 4),
    ):
        made.write(query, given)
        assert len(held.asked) == count


def test_one_that_fails_spoils_no_other() -> None:
    held = Held(fails=1)
    made = drafts(held)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(made.write, QUERY, GIVEN)
        until(lambda: held.asked)
        second = pool.submit(made.write, QUERY, GIVEN)
        held.go.set()
        with pytest.raises(ValueError, match="1"):
            first.result(10)
        assert second.result(10).text == "How long is the warranty? 3"
    assert made.write(QUERY, GIVEN).text == "How long is the warranty? 3"


def test_it_streams_where_the_generator_does_and_what_is_known_at_once() -> None:
    assert not isinstance(drafts(Held()), Streams)
    talks = Spoken()
    talks.go.set()
    made = drafts(talks)
    assert isinstance(made, Streams)
    said, draft = spoken(made)
    assert len(said) > 1
    assert spoken(made) == ([draft.text], draft)
    assert made.write(QUERY, GIVEN) == draft
    assert len(talks.asked) == 1


def test_shared_or_not_the_drafts_are_the_same() -> None:
    chance = random.Random(3)
    corpus = [*WRITTEN, *drawn(24)]
    asked = []
    for number in range(12):
        passages = chance.sample(corpus, 4)
        asked.append((Query(f"What is {number} of {passages[0].text[:30]}?"), [Evidence(p, 0.25) for p in passages]))
    crowd = [chance.choice(asked) for _ in range(60)]
    made, alone = drafts(SentenceGenerator(), most=5), SentenceGenerator()
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: made.write(*one), crowd))
    assert found == [alone.write(*one) for one in crowd]


def test_a_server_shares_within_a_library_and_without_batches_not_at_all(store: Path) -> None:
    for batch in (True, False):
        service = Service(store, HASHING, Options(batch=batch))
        other = service._view(service.whole.store)
        mine = service.whole.rag.generator
        assert mine is not other.rag.generator
        assert isinstance(mine, type(drafts(SentenceGenerator()))) is batch
        service.close()


def test_a_crowd_is_answered_as_one_by_one(store: Path) -> None:
    asked = [
        Query(text)
        for text in ("How long is the warranty?", "When does the pump stop?", "保修期多长？", "When is the desk open?")
    ]
    together, alone = Service(store, HASHING), Service(store, HASHING, Options(batch=False))
    with ThreadPoolExecutor(6) as pool:
        crowd = list(pool.map(lambda query: together.answer(together.whole, query, Stop()), asked * 4))
    for number, told in enumerate(crowd):
        mine, other = told.reply, alone.answer(alone.whole, asked[number % len(asked)], Stop()).reply
        assert isinstance(mine, Answer)
        assert isinstance(other, Answer)
        assert (mine.text, mine.citations) == (other.text, other.citations)
        assert mine.confidence == pytest.approx(other.confidence, rel=1e-4)
        assert [one.passage for one in mine.evidence] == [one.passage for one in other.evidence]
        assert [one.weight for one in mine.evidence] == pytest.approx([one.weight for one in other.evidence], rel=1e-3)
    assert any(isinstance(one.reply, Answer) and one.reply.text for one in crowd)
    together.close()
    alone.close()

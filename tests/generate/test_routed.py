"""Who answers by default: a reader what it reads, sentences the rest."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from raglan.errors import ConfigError
from raglan.generate.reader import ReaderGenerator
from raglan.generate.routed import Routed, reader
from raglan.generate.sentence import SentenceGenerator
from raglan.models.folder import FACTS, dump, read
from raglan.types import Draft, Evidence, Query
from tests.models.samples import reader as tiny
from tests.models.samples import saved
from tests.samples import WRITTEN, passage

CHINESE = passage("保修期为二十四个月。", "保修.md")


class Told:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def write(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        self.asked.append(query.text)
        return Draft("other", (), (), -1.0)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = saved(tiny(3), tmp_path_factory.mktemp("readers") / "tiny")
    folder = read(place)
    dump(replace(folder, reading=replace(folder.reading, scripts=("Latn",))).table(), place / FACTS)
    return place


def evidence(*passages: object) -> list[Evidence]:
    return [Evidence(one, 1 / len(passages)) for one in passages]  # type: ignore[arg-type]


def test_by_the_script_of_the_question(english: Path) -> None:
    other = Told()
    made = Routed([ReaderGenerator(english)], other)
    assert made.write(Query("How long is the warranty?"), evidence(WRITTEN[0])).text != "other"
    assert other.asked == []
    assert made.write(Query("保修期是多久？"), evidence(CHINESE, WRITTEN[0])).text == "other"


def test_what_it_does_not_read_has_no_weight(english: Path) -> None:
    other = Told()
    made = Routed([ReaderGenerator(english)], other)
    draft = made.write(Query("How long is the warranty?"), evidence(CHINESE, WRITTEN[0], CHINESE))
    assert draft.weights == pytest.approx((0.0, 1.0, 0.0))
    assert {one.passage.id for one in draft.citations} == {WRITTEN[0].id}
    assert made.write(Query("How long is the warranty?"), evidence(CHINESE)).text == "other"
    assert made.write(Query("How long is the warranty?"), []).text == "other"


def test_a_risk_needs_all_of_them(english: Path) -> None:
    with pytest.raises(ConfigError, match="Told states no risk"):
        Routed([ReaderGenerator(english)], Told()).threshold(0.1)


def test_by_name(english: Path) -> None:
    assert isinstance(reader(str(english)), ReaderGenerator)
    assert isinstance(reader(), Routed)
    assert isinstance(SentenceGenerator().write(Query("x"), evidence(WRITTEN[0])), Draft)


def test_a_row_is_read_with_the_names_of_its_columns(english: Path) -> None:
    row = passage("FX-200;24", "prices.csv")
    row = replace(row, meta={**row.meta, "row": True, "reading": "Model: FX-200; Warranty in months: 24"})
    draft = ReaderGenerator(english).write(Query("How long is the warranty?"), evidence(row))
    assert draft.text in " ".join(str(row.meta["reading"]).split())
    assert [one.quote.of(row.text) for one in draft.citations] == [row.text]

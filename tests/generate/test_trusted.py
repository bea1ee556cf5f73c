"""What speaks for evidence, in two languages, and the file that says how much it counts."""

import math
from pathlib import Path

import pytest

from raglan.errors import ConfigError, ModelError
from raglan.generate.trusted import Balance, Grounds, grounds
from raglan.types import Evidence, Query
from tests.samples import passage


def evidence(*pieces: tuple[str, float]) -> list[Evidence]:
    return [Evidence(passage(text, f"{at}.md"), weight) for at, (text, weight) in enumerate(pieces)]


@pytest.mark.parametrize(
    ("asked", "held", "other"),
    [
        ("How long is the warranty of the kettle?", "The kettle has a warranty.", "Rinse it."),
        ("水壶的保修期是多久？", "水壶的保修期为两年。", "请冲洗。"),
    ],
)
def test_what_is_held_speaks_for_it(asked: str, held: str, other: str) -> None:
    query = Query(asked)
    good, bad = grounds(query, evidence((other, 0.5), (held, 0.5))), grounds(query, evidence((other, 1.0)))
    assert good.best == good.all
    assert good.best > 0.5
    assert (bad.best, bad.all) == (0.0, 0.0)


def test_passages_hold_together_what_none_holds_alone() -> None:
    query = Query("warranty of the kettle")
    found = grounds(query, evidence(("The warranty.", 0.5), ("The kettle.", 0.5)))
    assert (found.best, found.all) == (0.5, 1.0)


def test_weights_speak_by_how_clear_they_are() -> None:
    query = Query("kettle")
    same = grounds(query, evidence(*[("a", 0.25)] * 4))
    assert same.top == 0.25
    assert same.clear == pytest.approx(0, abs=1e-9)
    sure = grounds(query, evidence(("a", 1.0), ("b", 0.0)))
    assert (sure.top, sure.clear) == (1.0, 1.0)
    between = grounds(query, evidence(("a", 0.8), ("b", 0.2)))
    entropy = -(0.8 * math.log(0.8) + 0.2 * math.log(0.2))
    assert between.clear == pytest.approx(1 - entropy / math.log(2))


def test_nothing_speaks_for_nothing() -> None:
    assert grounds(Query("kettle"), []) == Grounds(0, 0, 0, 0)
    assert grounds(Query(""), evidence(("kettle", 1.0))) == Grounds(1, 1, 0, 0)


def test_a_share_is_a_share() -> None:
    found = Grounds(0.9, 0.5, 1.0, 1.0)
    assert Balance((0, 0, 0, 0, 0)).share(found) == 0.5
    assert Balance((1.0, 2.0, 0, 0, -1.0)).share(found) == pytest.approx(1 / (1 + math.exp(-0.9)))
    assert 0 < Balance((-1e9, 0, 0, 0, 0)).share(found) < 1e-9
    assert Balance((1e9, 0, 0, 0, 0)).share(found) == pytest.approx(1)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = Balance((1.0, 0.5, 0.25, 0.0, -1.0))
    file = tmp_path / "balance.json"
    file.write_text(found.text())
    assert Balance.open(file) == Balance.read(found.text().encode(), "here") == found


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"weights": [1]}', b'{"weights": [1,1,1,1,NaN]}', b'{"weights": null}']
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="here holds no balance"):
        Balance.read(data, "here")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file can be read"):
        Balance.open(tmp_path / "nowhere.json")

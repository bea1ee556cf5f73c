"""A probability from measures, and thresholds for risks: against rows whose chances are known."""

import math

import numpy as np
import pytest

from raglan.errors import ConfigError, ModelError
from raglan.generate.calibrated import Calibration, Measures
from raglan.train.calibrating import calibrated, foretold


def rows(count: int, seed: int = 0) -> tuple[list[Measures], list[bool], np.ndarray]:
    """Answers that are right with a chance that their odds tell."""
    chance = np.random.default_rng(seed)
    made = [Measures(*chance.normal(size=7)) for _ in range(count)]
    sure = np.array([1 / (1 + math.exp(-(4 * one.odds - 0.5))) for one in made])
    return made, (chance.random(count) < sure).tolist(), sure


def test_the_probability_comes_true() -> None:
    made, right, _ = rows(4000)
    found = calibrated(made, right)
    assert found is not None
    others, _, wanted = rows(500, seed=1)
    assert np.abs([found.sure(one) for one in others] - wanted).mean() < 0.02


@pytest.mark.parametrize("risk", [0.05, 0.1, 0.2])
def test_a_stated_risk_is_kept(risk: float) -> None:
    made, right, _ = rows(4000)
    found = calibrated(made, right)
    assert found is not None
    others, came, _ = rows(4000, seed=2)
    kept = np.array([found.sure(one) >= found.threshold(risk) for one in others])
    wrong = 1 - np.array(came, float)[kept].mean()
    assert wrong <= risk + 0.02
    assert kept.mean() > 0.2, "and is not bought with silence"
    assert found.threshold(risk) > found.threshold(risk + 0.1)


def test_foretold_by_others() -> None:
    made, right, wanted = rows(2000)
    assert np.abs(foretold(made, right) - wanted).mean() < 0.03


def test_what_cannot_be_kept_is_refused() -> None:
    found = Calibration((1.0, 0, 0, 0, 0, 0, 0, 0), ((0.0, 0.4), (0.5, 0.2)))
    assert found.threshold(0.25) == 0.5
    with pytest.raises(ConfigError, match=r"cannot keep a risk of 0.1: the least that was measured of it is 0.200"):
        found.threshold(0.1)
    with pytest.raises(ConfigError, match="no risk is known of it"):
        Calibration((1.0, 0, 0, 0, 0, 0, 0, 0)).threshold(0.1)
    with pytest.raises(ConfigError, match="risk is 0"):
        found.threshold(0)


def test_too_few_say_nothing() -> None:
    made, right, _ = rows(49)
    assert calibrated(made, right) is None
    made, _, _ = rows(100)
    assert calibrated(made, [True] * 100) is None


def test_it_is_read_as_it_was_written() -> None:
    found = Calibration((1.0, 0.5, 0.25, 0.0, 0.0, 2.0, 3.0, -1.0), ((0.0, 0.4),), (), (1.0,) * 8, ((0.5, 0.1),))
    assert Calibration.read(found.text().encode(), "here") == found


def test_one_that_knows_nothing_of_sentences_is_read() -> None:
    found = Calibration.read(b'{"weights": [1, 2, 3, 4, -1], "risks": []}', "here")
    assert list(found.weights) == [1, 2, 3, 4, 0, 0, 0, -1]
    assert found.sentences_hold(Measures(1, 1, 1, 1, 9, 9, 9)) == 0


def test_sentences_have_a_probability_of_their_own() -> None:
    made, right, sure = rows(4000)
    chance = np.random.default_rng(3)
    hold = np.array([1 / (1 + math.exp(-3 * one.found)) for one in made])
    found = calibrated(made, right, (chance.random(len(made)) < hold).tolist())
    assert found is not None
    assert np.abs([found.sentences_hold(one) for one in made] - hold).mean() < 0.02
    assert np.abs([found.sure(one) for one in made] - sure).mean() < 0.02
    # Whichever is surer is wrong less often than either alone: a risk costs less silence.
    assert found.threshold(0.1) > 0
    wrong = dict(found.either)
    assert wrong[0.0] < min(dict(found.risks)[0.0], 1 - hold.mean()) - 0.1


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"weights": [1], "risks": []}', b'{"weights": [1,1,1,1,NaN], "risks": []}']
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="here holds no calibration"):
        Calibration.read(data, "here")


def test_measures_are_finite() -> None:
    for one in (Measures.of([1.0], 0.0, math.inf), Measures.of([0.0, 0.0], 1.0, -math.inf)):
        assert all(map(math.isfinite, one))
    assert Calibration((99.0,) * 8).sure(Measures.of([1.0], 0.0, 9.0)) < 1

"""A promise about recall: exact, and refused where there are too few attacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from riskcore.core.errors import DataError
from riskcore.services.deciding.guarantee import attacks_needed, clopper_pearson, guarantee, misses_allowed
from riskcore.services.deciding.prior import event_weights


def made(n: int, seed: int = 0, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    attack = np.arange(5 * n) < n
    risk = np.clip(rng.normal(0.3 + 0.4 * attack, 0.2), 0, 1)
    return (risk.round(1) if ties else risk), attack


@given(st.integers(1, 2_000), st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_the_most_misses_that_are_allowed_are_the_exact_binomial_ones(n: int, recall: float, confidence: float) -> None:
    k = misses_allowed(n, recall, confidence)
    if k >= 0:
        assert binom.cdf(k, n, 1 - recall) <= (1 - confidence) * (1 + 1e-8)
    assert binom.cdf(k + 1, n, 1 - recall) > (1 - confidence) * (1 - 1e-8)


@given(st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_one_attack_fewer_than_needed_is_too_few(recall: float, confidence: float) -> None:
    needed = attacks_needed(recall, confidence)
    assert misses_allowed(needed, recall, confidence) >= 0
    assert misses_allowed(needed - 1, recall, confidence) == -1


@pytest.mark.parametrize("ties", [False, True])
def test_the_promise_is_kept_as_often_as_it_says(ties: bool) -> None:
    world, kind = made(200_000, seed=1, ties=ties)
    attacks, kept = world[kind], 0
    for seed in range(400):
        some = np.random.default_rng(seed).choice(attacks, 120)
        found = guarantee(some, np.ones(120, dtype=bool), wanted=0.9, confidence=0.9)
        assert found.threshold is not None
        kept += (attacks >= found.threshold).mean() >= 0.9
    assert kept >= 400 * 0.9 - 3 * np.sqrt(400 * 0.9 * 0.1)


def test_the_threshold_misses_exactly_the_allowed_number_without_ties() -> None:
    risk, attack = made(120)
    found = guarantee(risk, attack, 0.9)
    assert found.allowed == 6
    assert found.threshold is not None
    assert (risk[attack] < found.threshold).sum() == 6
    assert found.recall is not None
    assert found.recall.low < 114 / 120 == found.recall.value < found.recall.high
    assert found.alert_rate == (risk >= found.threshold).mean()


def test_twenty_attacks_cannot_promise_and_it_is_said_how_many_more_it_takes() -> None:
    risk, attack = made(20)
    found = guarantee(risk, attack, 0.9, 0.95)
    assert (found.threshold, found.more) == (None, 9)
    assert "29 must be known, 9 more" in found.sentence
    assert guarantee(risk, attack, 0.8, 0.95).threshold is not None


def test_groups_are_promised_by_their_riskiest_event() -> None:
    risk = np.array([0.1, 0.9] * 40 + [0.2] * 100)
    attack = np.arange(180) < 80
    group = np.repeat(np.arange(90), 2).astype(str)
    found = guarantee(risk, attack, 0.9, group=group)
    assert found.attacks == 40
    assert found.threshold == 0.9
    alone = guarantee(risk, attack, 0.9)
    assert alone.threshold == 0.1


def test_a_float32_risk_reaches_its_own_threshold() -> None:
    risk = np.full(60, 0.7, dtype=np.float32)
    found = guarantee(risk, np.ones(60, dtype=bool), 0.9)
    assert found.recall is not None
    assert found.recall.value == 1
    assert found.false_alarm_rate is None


def test_a_promise_of_everything_or_nothing_is_refused() -> None:
    risk, attack = made(50)
    for wrong in (0, 1, 1.2):
        with pytest.raises(DataError, match="above 0 and below 1"):
            guarantee(risk, attack, wrong)
        with pytest.raises(DataError, match="above 0 and below 1"):
            guarantee(risk, attack, 0.9, wrong)


def test_no_attack_at_all_is_refused_in_words() -> None:
    assert guarantee(np.array([0.2, 0.4]), np.zeros(2, dtype=bool), 0.9).more == 29


def test_exact_intervals_end_at_zero_and_one() -> None:
    assert clopper_pearson(0, 10).low == 0
    assert clopper_pearson(10, 10).high == 1
    assert clopper_pearson(5, 10).low == pytest.approx(0.1871, abs=1e-4)


def test_rarer_attacks_alarm_less_often_at_the_same_promise() -> None:
    rng = np.random.default_rng(0)
    attack = np.arange(2_000) < 400
    risk = rng.random(2_000) + attack
    plain, own, rare = (guarantee(risk, attack, 0.9, weight=event_weights(attack * 1, p)) for p in (None, 0.2, 0.01))
    assert own.alert_rate == pytest.approx(plain.alert_rate)
    assert rare.threshold == plain.threshold
    assert rare.recall is not None
    assert rare.false_alarm_rate is not None
    assert rare.alert_rate == pytest.approx(0.01 * rare.recall.value + 0.99 * rare.false_alarm_rate.value)

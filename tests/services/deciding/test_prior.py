"""Another share of attacks: counts and money re-weighted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError
from riskcore.services.deciding.prior import class_weights, reweighted
from riskcore.services.thresholds import sweep
from tests.deciding import COSTS, POLICY, drawn, scored, three_class


@given(st.integers(1, 500), st.integers(1, 500))
def test_the_own_prior_changes_nothing(honest: int, attacks: int) -> None:
    counts = np.array([honest, attacks])
    assert class_weights(counts, attacks / (honest + attacks)) == pytest.approx(1.0)


def test_a_sweep_re_weighted_to_its_own_prior_is_the_same_sweep() -> None:
    rows, labels = drawn(2_000)
    swept = sweep(rows, POLICY, COSTS, labels)
    again = reweighted(swept, float(labels.mean()))
    for name, values in swept.figures.items():
        assert again.figures[name] == pytest.approx(values, nan_ok=True), name
    assert again.optimum() == swept.optimum()


@given(st.floats(0.001, 0.999))
def test_attacks_get_the_stated_share_and_the_total_stays(prior: float) -> None:
    counts = np.array([700, 200, 100])
    weighted = counts * class_weights(counts, prior)
    assert weighted.sum() == pytest.approx(1_000)
    assert weighted[1:].sum() / weighted.sum() == pytest.approx(prior)
    assert weighted[1] / weighted[2] == pytest.approx(2)  # the mix of the attacks stays


def test_recall_and_false_alarms_stay_while_precision_and_cost_move() -> None:
    rows, labels = drawn(3_000, rate=0.2)
    swept = sweep(rows, POLICY, COSTS, labels)
    rare = reweighted(swept, 0.002)
    for name in ("recall", "false_alarm_rate"):
        assert rare.figures[name] == pytest.approx(swept.figures[name])
    point = swept.applied()
    assert rare.figures["precision"][point] < swept.figures["precision"][point] / 10
    assert rare.figures["lost"][point] == pytest.approx(swept.figures["lost"][point] * 0.002 / labels.mean())


def test_three_classes_are_re_weighted_as_well() -> None:
    rows, labels = three_class(500)
    swept = sweep(rows, rows.scenario.policy, rows.scenario.costs, labels)
    rare = reweighted(swept, 0.01)
    assert rare.confusion[0, :, 1:].sum() == pytest.approx(5)


@pytest.mark.parametrize("prior", [0, 1, -0.1, 2, float("nan")])
def test_a_prior_that_is_no_share_is_refused(prior: float) -> None:
    rows, labels = drawn(100, rate=0.2)
    with pytest.raises(DataError, match="above 0 and below 1"):
        reweighted(sweep(rows, POLICY, COSTS, labels), prior)


def test_one_class_only_cannot_be_re_weighted() -> None:
    swept = sweep(scored([0.1, 0.9]), POLICY, COSTS, np.zeros(2, dtype=np.int64))
    with pytest.raises(DataError, match="2 honest events and 0 attacks"):
        reweighted(swept, 0.1)
    with pytest.raises(DataError, match="Without labels"):
        reweighted(sweep(scored([0.1, 0.9]), POLICY, COSTS), 0.1)

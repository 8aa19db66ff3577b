"""Thresholds by alert rate, without labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError
from riskcore.services.deciding.percentiles import Contamination, percentile
from tests.deciding import scored


@given(
    st.lists(st.sampled_from((0.0, 0.1, 0.3, 0.7, 1.0)), min_size=1, max_size=40),
    st.floats(0, 1),
    st.sampled_from((np.float32, np.float64)),
)
def test_a_threshold_alarms_at_most_what_was_asked_and_no_lower_one_does(risks, asked: float, dtype) -> None:
    value = np.array(risks, dtype=dtype)
    found = percentile(scored(value), asked)
    alerts = (value >= found.threshold).sum()
    assert alerts <= asked * len(value) + 1e-6
    assert found.alert_rate.value == alerts / len(value)
    assert found.tied == (value == dtype(found.threshold)).sum()
    below = value[value < found.threshold]
    if len(below):
        assert (value >= below.max()).sum() > asked * len(value) - 1e-6


def test_the_98th_percentile_of_distinct_risks_alarms_two_in_a_hundred() -> None:
    found = percentile(scored(np.linspace(0, 1, 1_000)), 0.02)
    assert found.alert_rate.value == 0.02
    assert found.alert_rate.low < 0.02 < found.alert_rate.high
    assert found.alerts_per_day == pytest.approx(0.02 * 240, rel=0.01)  # ten events an hour


def test_where_too_many_tie_at_the_top_nothing_alarms() -> None:
    found = percentile(scored([0.5, 1.0, 1.0, 1.0]), 0.5)
    assert found.threshold > 1
    assert (found.alert_rate.value, found.tied) == (0, 0)


def test_a_rate_that_is_none_and_no_events_are_refused() -> None:
    with pytest.raises(DataError, match="from 0 to 1"):
        percentile(scored([0.5]), 1.5)
    with pytest.raises(DataError, match="no events"):
        percentile(scored([]), 0.1)


def test_contamination_bounds_what_any_model_could_do() -> None:
    assert (Contamination(0.01, 0.05).best_precision, Contamination(0.01, 0.05).best_recall) == (
        pytest.approx(0.2),
        1.0,
    )
    assert (Contamination(0.05, 0.01).best_precision, Contamination(0.05, 0.01).best_recall) == (
        1.0,
        pytest.approx(0.2),
    )

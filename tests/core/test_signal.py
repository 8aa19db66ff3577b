"""A signal measures in its unit, is read on its ramp, and keeps quiet where it cannot know."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.asof import AsOf
from riskcore.core.errors import ScenarioError
from riskcore.core.signal import Group, Signal, check_signals, measure, strengths

EARLIER: Signal[AsOf] = Signal(
    name="busy",
    group="pace",
    label="Earlier events",
    unit="events",
    measure=lambda asof: asof.count("user_id"),
    ramp=(1, 3),
    reason="{value:.0f} events before",
)
GAP: Signal[AsOf] = Signal(
    name="hasty",
    group="pace",
    label="Time since the event before",
    unit="s",
    measure=lambda asof: asof.seconds_since("user_id"),
    ramp=(60, 0),
    min_history=2,
    reason="only {value:.0f} s after the event before",
)


def four_events() -> AsOf:
    """Four events of one user, 30 s apart."""
    times = pd.date_range("2026-01-01", periods=4, freq="30s", tz="UTC", unit="us")
    return AsOf(pd.DataFrame({"event_id": list("abcd"), "timestamp": times, "user_id": "ann"}))


def test_signals_are_measured_in_their_unit_and_read_on_their_ramp() -> None:
    asof = four_events()
    measured = measure((EARLIER, GAP), asof, asof)
    assert measured.values[:, 0].tolist() == [0, 1, 2, 3]
    assert measured.strengths[:, 0].tolist() == [0, 0, 0.5, 1]
    assert measured.strengths[2:, 1].tolist() == [0.5, 0.5]
    assert measured.values.dtype == measured.strengths.dtype == np.float32


def test_a_signal_abstains_until_its_entity_has_enough_past() -> None:
    asof = four_events()
    measured = measure((EARLIER, GAP), asof, asof)
    assert measured.abstains[:, 1].tolist() == [True, True, False, False]
    assert measured.strengths[:2, 1].tolist() == [0, 0]
    assert not measured.abstains[:, 0].any()


def test_a_past_beyond_the_lookback_is_no_past() -> None:
    events = pd.DataFrame({"event_id": list("abc"), "user_id": "ann"})
    events["timestamp"] = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-02-02"], utc=True).as_unit("us")
    asof = AsOf(events, lookback=timedelta(days=7))
    assert measure((replace(GAP, min_history=1),), asof, asof).abstains[:, 0].tolist() == [True, True, False]


def test_no_signals_and_no_events_are_an_empty_answer() -> None:
    asof = four_events()
    assert measure((), asof, asof).strengths.shape == (4, 0)
    none = AsOf(
        pd.DataFrame({"event_id": [], "user_id": [], "timestamp": pd.to_datetime([], utc=True)}).astype(
            {"event_id": "str"}
        )
    )
    assert measure((EARLIER, GAP), none, none).strengths.shape == (0, 2)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=2), st.floats(-100, 100), st.floats(0.01, 100))
def test_strength_rises_along_the_ramp_and_stays_within_0_and_1(values: list[float], end: float, length: float) -> None:
    column = np.sort(np.array(values, dtype=np.float32))[:, None]
    rising = strengths([replace(EARLIER, ramp=(end, end + length))], column)
    falling = strengths([replace(EARLIER, ramp=(end + length, end))], column)
    assert ((rising >= 0) & (rising <= 1)).all()
    assert (np.diff(rising[:, 0]) >= 0).all()
    assert (np.diff(falling[:, 0]) <= 0).all()
    np.testing.assert_allclose(rising + falling, 1, atol=1e-5)


def test_on_a_logarithmic_ramp_twice_as_much_is_everywhere_the_same_step() -> None:
    ramp = [replace(EARLIER, ramp=(2, 2_000), scale="log"), replace(EARLIER, ramp=(2_000, 2), scale="log"), EARLIER]
    values = np.array([[-1], [0], [2], [20], [200], [9_000], [np.nan]], dtype=np.float32)
    found = strengths(ramp, np.repeat(values, 3, axis=1))
    np.testing.assert_allclose(found[:, 0], [0, 0, 0, 1 / 3, 2 / 3, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found[:, 1], [1, 1, 1, 2 / 3, 1 / 3, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(found[:, 2], [0, 0, 0.5, 1, 1, 1, 0])


def test_a_reason_tells_the_measured_number() -> None:
    assert EARLIER.told(7.0) == "7 events before"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ramp": (3, 3)}, "two different ends"),
        ({"ramp": (3, np.inf)}, "two different ends"),
        ({"ramp": (0, 3), "scale": "log"}, "both ends must be above 0"),
        ({"weight": 1.0}, "its weight is 1.0; it must lie between 0 and 1"),
        ({"min_history": -1}, "must be at least 0"),
        ({"reason": "{count} failures"}, r"its reason '\{count\} failures' cannot be filled in with a value"),
        ({"reason": "{value:d}"}, "cannot be filled in with a value"),
    ],
)
def test_a_signal_that_cannot_be_read_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=f"Signal busy: .*{said}"):
        replace(EARLIER, **changes)


def test_all_that_does_not_fit_together_is_told_at_once() -> None:
    pace = Group("pace", "Pace", cap=0.9)
    check_signals((EARLIER, GAP), (pace,))
    with pytest.raises(ScenarioError) as told:
        check_signals((EARLIER, EARLIER, replace(GAP, group="pase")), (replace(pace, cap=1.0),))
    assert str(told.value) == (
        "Signal 'busy' is declared 2 times. Signal hasty is in group 'pase'. Did you mean 'pace'? "
        "Group pace has cap 1.0; it must lie between 0 and 1."
    )


def test_an_amount_has_its_unit_in_the_singular_for_one_and_is_empty_where_nothing_is_known() -> None:
    assert [EARLIER.amount(value) for value in (0.0, 1.0, 25_000.0)] == ["0 events", "1 event", "25,000 events"]
    assert GAP.amount(1.0) == "1 s"
    assert EARLIER.amount(float("nan")) == ""

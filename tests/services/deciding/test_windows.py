"""Rules over minutes, against counting one event at a time."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError, RiskcoreError, UnknownKeyError
from riskcore.services.deciding.windows import RISK_COLUMN, Window, alarms, judge_window
from tests.deciding import scored, three_class

RULE = Window(2, timedelta(minutes=30), 0.5, "user")
EVENTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from((0.0, 600.0, 1_800.0, 2_400.0)), st.sampled_from((0.2, 0.5, 0.9))),
    min_size=1,
    max_size=25,
)


def table(events):
    user, time, risk = (list(column) for column in zip(*events, strict=True))
    return scored(np.array(risk), {"user": user, "Time": time})


def by_rows(rows, rule: Window) -> list[bool]:
    found = []
    events = rows.events
    for i in range(len(events)):
        at = (events["Time"][i], events["id"][i])
        seen = [
            j
            for j in range(len(events))
            if events["user"][j] == events["user"][i]
            and (events["Time"][j], events["id"][j]) <= at
            and events["Time"][j] > at[0] - rule.within.total_seconds()
            and rows.risk[j] >= rule.edge
        ]
        found.append(len(seen) >= rule.k)
    return found


@given(EVENTS, st.integers(1, 4))
def test_an_alarm_counts_exactly_the_events_before_it_in_its_window(events, k: int) -> None:
    rows, rule = table(events), Window(k, RULE.within, RULE.edge, RULE.by)
    assert alarms(rows, rule).tolist() == by_rows(rows, rule)


@given(EVENTS, st.randoms())
def test_the_order_of_rows_changes_nothing(events, random) -> None:
    rows = table(events)
    order = list(range(len(events)))
    random.shuffle(order)
    mixed = scored(np.asarray(rows.risk)[order], {c: rows.events[c].to_numpy()[order] for c in rows.events})
    assert alarms(mixed, RULE).tolist() == alarms(rows, RULE)[order].tolist()


@given(EVENTS, st.integers(0, 25))
def test_a_past_in_history_counts_as_a_past_in_the_table(events, cut: int) -> None:
    rows = table(events)
    order = np.lexsort((rows.events["id"], rows.events["Time"]))
    first, second = order[:cut], order[cut:]
    history = rows.events.iloc[first].assign(**{RISK_COLUMN: np.asarray(rows.risk)[first]})
    later = scored(np.asarray(rows.risk)[second], {c: rows.events[c].to_numpy()[second] for c in rows.events})
    assert alarms(later, RULE, history).tolist() == alarms(rows, RULE)[second].tolist()


def test_events_of_nobody_are_counted_alone() -> None:
    rows = scored([0.9, 0.9], {"user": [None, None], "Time": [0.0, 1.0]})
    assert alarms(rows, RULE).tolist() == [False, False]


def test_an_event_as_old_as_the_window_no_longer_counts() -> None:
    rows = scored([0.9, 0.9], {"user": ["a", "a"], "Time": [0.0, 1_800.0]})
    assert alarms(rows, RULE).tolist() == [False, False]
    rows = scored([0.9, 0.9], {"user": ["a", "a"], "Time": [0.0, 1_799.9]})
    assert alarms(rows, RULE).tolist() == [False, True]


def test_a_float32_risk_reaches_its_own_edge() -> None:
    rows = scored(np.array([0.7], dtype=np.float32))
    assert alarms(rows, Window(1, RULE.within, 0.7, "user")).tolist() == [True]


def test_a_rule_is_judged_beside_the_single_event() -> None:
    rows = scored([0.9, 0.9, 0.9], {"user": ["a", "a", "b"], "Time": [0.0, 60.0, 60.0]})
    found = judge_window(rows, RULE, np.array([1, 1, 0]))
    assert (found.alert_rate.value, found.alone_rate.value) == (pytest.approx(1 / 3), 1)
    assert found.recall is not None
    assert found.precision is not None
    assert (found.recall.value, found.precision.value) == (0.5, 1)
    assert judge_window(rows, RULE).recall is None


def test_a_rule_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(DataError, match="at least 1"):
        Window(0, RULE.within, 0.5, "user")
    with pytest.raises(UnknownKeyError, match="Did you mean 'user'"):
        alarms(scored([0.5]), Window(1, RULE.within, 0.5, "users"))
    with pytest.raises(DataError, match="no column 'risk_score'"):
        alarms(scored([0.5]), RULE, scored([0.5]).events)
    timeless, _ = three_class(5)
    with pytest.raises(RiskcoreError, match="no time"):
        alarms(timeless, RULE)


def test_history_of_another_user_changes_nothing() -> None:
    rows = scored([0.9], {"user": ["a"], "Time": [100.0]})
    others = pd.DataFrame({"id": ["x"], "user": ["b"], "Time": [50.0], RISK_COLUMN: [0.99]})
    assert alarms(rows, RULE, others).tolist() == [False]


def test_without_a_field_all_events_stand_together() -> None:
    rows = scored([0.9, 0.9, 0.9], {"user": ["a", "b", "c"], "Time": [0.0, 60.0, 4_000.0]})
    rule = Window(2, RULE.within, 0.5)
    assert alarms(rows, rule).tolist() == [False, True, False]
    assert rule.name == "2 events at risk >= 0.5 within 30 min"

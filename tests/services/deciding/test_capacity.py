"""Capacity on each day, against the same reckoning row by row."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.costs import EffectCost
from riskcore.core.errors import DataError
from riskcore.core.policy import Band, Policy
from riskcore.services.deciding.capacity import best_pair, capacity_of, worked_actions, workload
from riskcore.services.deciding.days import days_of
from riskcore.services.deciding.prior import reweighted
from riskcore.services.thresholds import exact, sweep
from tests.deciding import ACTIONS, COSTS, DAY, FREE, POLICY, drawn, scored, three_class


def times(*days: float) -> dict[str, np.ndarray]:
    return {"Time": np.array(days) * DAY}


def test_a_file_of_whole_days_has_each_of_them() -> None:
    days = days_of(scored([0.1] * 4, times(0.0, 0.99, 1.5, 2.999)))
    assert days.number.tolist() == [0, 1, 2]
    assert days.length.tolist() == [1, 1, 1]
    assert days.code.tolist() == [0, 0, 1, 2]
    assert not days.partial.any()
    assert (days.empty, days.total) == (0, 3)


def test_days_cut_off_by_the_files_ends_are_partial() -> None:
    days = days_of(scored([0.1] * 3, times(0.75, 1.5, 3.5)))
    assert days.length == pytest.approx([0.25, 1, 0.5])
    assert days.partial.tolist() == [True, False, True]


def test_a_day_without_events_counts_and_divides_nothing() -> None:
    rows = scored([0.1, 0.5, 0.5, 0.9], times(0.0, 0.5, 3.2, 3.99))
    days = days_of(rows)
    assert (days.number.tolist(), days.empty, days.total) == ([0, 3], 2, 4)
    found = workload(exact(rows, POLICY, COSTS, None), rows, None, capacity=5)
    assert found.at(0)["days_without_events"] == 2
    assert found.at(0)["worked_per_day"] == pytest.approx(2 / 4)


def test_a_file_shorter_than_two_days_is_one_rate_per_24_hours() -> None:
    rows = scored([0.5] * 38, {"Time": np.arange(38) * 3_600.0})  # an alert an hour, for 37 hours
    days = days_of(rows)
    assert days.length == pytest.approx([37 / 24])
    assert "37.0 hours" in days.why
    found = workload(exact(rows, POLICY, COSTS, None), rows, None, capacity=10)
    assert found.per_24h[0, 0] == pytest.approx(38 * 24 / 37)
    assert found.overflow[0, 0] == pytest.approx(38 - 10 * 37 / 24)


def test_events_without_a_time_fill_an_assumed_day() -> None:
    rows, _ = three_class(50)
    days = days_of(rows)
    assert days.total == pytest.approx(50 / rows.scenario.per_day)
    assert "carry no time" in days.why


def by_rows(rows, policy, labels, capacity: float) -> float:
    """Expected cost, one event at a time: reached or let through."""
    amounts = rows.events["Amount"].to_numpy()
    actions = policy.decide(rows.measures, rows.events).actions
    days = days_of(rows)
    lost = np.stack([COSTS.of(labels, amounts, a.effect) for a in policy.actions])
    cost = 0.0
    for day, length in enumerate(days.length):
        for i in np.flatnonzero(days.code == day):
            alerts = ((days.code == day) & (actions == 1)).sum()
            chance = min(1.0, capacity * length / alerts) if actions[i] == 1 else 1.0
            cost += chance * lost[actions[i], i] + (1 - chance) * lost[0, i]
    return cost


@given(seed=st.integers(0, 50), capacity=st.floats(0, 30))
def test_the_cost_under_a_capacity_is_that_of_the_rows(seed: int, capacity: float) -> None:
    rows, labels = drawn(120, rate=0.2, seed=seed)
    found = workload(exact(rows, POLICY, COSTS, labels), rows, labels, capacity)
    assert found.swept.cost is not None
    assert found.swept.cost[0] == pytest.approx(by_rows(rows, POLICY, labels, capacity))


def test_each_point_of_a_sweep_under_a_capacity_is_its_policy_under_it() -> None:
    rows, labels = drawn(600, rate=0.1)
    swept = sweep(rows, POLICY, COSTS, labels)
    found = workload(swept, rows, labels, 4, prior=0.02)
    assert found.swept.cost is not None
    for point in range(0, len(swept.confusion), 97):
        policy = POLICY.with_edges(swept.edges(*swept.places(point)))
        alone = workload(exact(rows, policy, COSTS, labels), rows, labels, 4, prior=0.02)
        assert alone.swept.cost is not None
        assert found.swept.cost[point] == pytest.approx(alone.swept.cost[0])
        assert found.worked[:, point] == pytest.approx(alone.worked[:, 0])


def test_enough_capacity_changes_nothing() -> None:
    rows, labels = drawn(500)
    swept = sweep(rows, POLICY, COSTS, labels)
    found = workload(swept, rows, labels, 1e9)
    assert found.swept.figures["cost"] == pytest.approx(swept.figures["cost"])
    assert not found.over.any()
    assert found.hour == pytest.approx(0)
    rare = workload(swept, rows, labels, 1e9, prior=0.001)
    assert rare.swept.figures["cost"] == pytest.approx(reweighted(swept, 0.001).figures["cost"])


def test_more_capacity_never_leaves_more_overflow() -> None:
    rows, labels = drawn(800)
    swept = sweep(rows, POLICY, COSTS, labels)
    left = [workload(swept, rows, labels, c).overflow.sum() for c in (0, 1, 5, 20, 1e6)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0


def test_capacity_zero_lets_every_review_through() -> None:
    rows, labels = drawn(500, rate=0.2)
    found = workload(exact(rows, POLICY, COSTS, labels), rows, labels, 0)
    assert found.swept.confusion[0, 1].sum() == 0
    assert found.swept.confusion[0, 2].sum() == exact(rows, POLICY, COSTS, labels).confusion[0, 2].sum()
    assert found.swept.figures["review"][0] == 0


def test_a_negative_capacity_is_refused() -> None:
    rows, labels = drawn(100)
    for wrong in (-1, float("nan")):
        with pytest.raises(DataError, match="0 or more"):
            workload(exact(rows, POLICY, COSTS, labels), rows, labels, wrong)
    with pytest.raises(DataError, match="above 0"):
        capacity_of(1, 8, 0)


def test_one_more_hour_is_worth_what_its_reviews_save() -> None:
    # Forty reviews on one day, all of attacks; each saves 0.9 × 65 EUR for 6 EUR of an analyst's time.
    rows = scored([0.5] * 40, {"Time": np.linspace(0, 2.9, 40) // 1 * DAY + np.arange(40)})
    labels = np.ones(40, dtype=np.int64)
    found = workload(exact(rows, POLICY, COSTS, labels), rows, labels, 1)
    assert found.hour is not None
    days = found.days.total
    more = np.minimum(found.overflow[:, 0], 10 * found.days.length)  # an hour reviews ten
    assert found.hour[0] == pytest.approx(more.sum() * (0.9 * 65 - 6) / days)


def test_without_minutes_every_alert_is_worked_and_an_hour_has_no_worth() -> None:
    untimed = replace(COSTS, effects={k: replace(e, review_minutes=0) for k, e in COSTS.effects.items()})
    mask, _ = worked_actions(POLICY, untimed)
    assert mask.tolist() == [False, True, True]
    rows, labels = drawn(300)
    assert workload(exact(rows, POLICY, untimed, labels), rows, labels, 1).hour is None


def test_the_best_pair_costs_no_more_than_any_other_pair() -> None:
    rows, labels = drawn(800, rate=0.15)
    found = best_pair(rows, POLICY, COSTS, labels, capacity=6)
    assert found.edges[1] < found.edges[2]
    best = workload(exact(rows, POLICY.with_edges(found.edges), COSTS, labels), rows, labels, 6).swept.cost
    for low in np.quantile(rows.risk, (0.3, 0.7, 0.9)):
        for high in np.quantile(rows.risk, (0.92, 0.97, 0.999)):
            tried = POLICY.with_edges({1: float(low), 2: float(high)})
            cost = workload(exact(rows, tried, COSTS, labels), rows, labels, 6).swept.cost
            assert cost is not None
            assert best is not None
            assert best[0] <= cost[0] * 1.02  # of 81 × 81 positions, not of all there are


def test_fewer_analysts_mean_a_stricter_review() -> None:
    rows, labels = drawn(3_000, rate=0.1)
    dear = replace(COSTS, effects={**COSTS.effects, "stop": EffectCost(friction=5_000, catch_rate=1.0)})
    few, many = (best_pair(rows, POLICY, dear, labels, capacity=c).edges[1] for c in (5, 500))
    assert few > many


def test_a_pair_needs_two_bands_and_costs() -> None:
    rows, labels = drawn(100)
    with pytest.raises(DataError, match="two bands"):
        best_pair(rows, Policy(actions=ACTIONS, bands=(Band(0, "allow"), Band(0.5, "stop"))), COSTS, labels, 5)
    with pytest.raises(DataError, match="none is best"):
        best_pair(rows, POLICY, FREE, labels, 5)


def test_analysts_hours_and_minutes_make_a_capacity() -> None:
    assert capacity_of(analysts=2, hours=8, minutes=6) == 160

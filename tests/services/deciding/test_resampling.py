"""Intervals of a sweep against what repeated draws of the same world do, and against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.services.deciding.cell_draws import ATOMS, entity_of, joined, total
from riskcore.services.deciding.prior import class_weights, reweighted
from riskcore.services.deciding.resampling import intervals
from riskcore.services.judging.estimates import proportion
from riskcore.services.thresholds import exact, sweep
from tests.deciding import COSTS, FREE, POLICY, drawn, scored, three_class


def test_intervals_hold_every_value_and_share_one_draw_between_all_thresholds() -> None:
    rows, labels = drawn(3_000)
    swept = sweep(rows, POLICY, COSTS, labels)
    found = intervals(swept, rows, labels)
    for name, values in swept.figures.items():
        known = ~np.isnan(values)
        assert (found.low[name] <= values * (1 + 1e-6) + 1e-6)[known].all(), name
        assert (found.high[name] >= values * (1 - 1e-6) - 1e-6)[known].all(), name
    assert (np.diff(found.low["alerts"]) <= 0).all()  # as the alerts of each draw fall with the threshold
    assert found.unit == "event"


def test_the_interval_of_the_cost_covers_the_truth_about_as_often_as_it_says() -> None:
    rows, labels = drawn(100_000, seed=9)
    true = exact(rows, POLICY, COSTS, labels).figures["cost_per_100k"][0]
    hits = 0
    for seed in range(60):
        some, y = drawn(1_000, seed=100 + seed)
        found = intervals(exact(some, POLICY, COSTS, y), some, y, seed=seed)
        hits += found.low["cost_per_100k"][0] <= true <= found.high["cost_per_100k"][0]
    assert 50 <= hits <= 60  # 95 % of 60 is 57; fewer than 50 would be a chance of one in 100,000


def test_the_same_seed_gives_the_same_intervals() -> None:
    rows, labels = drawn(500)
    swept = sweep(rows, POLICY, COSTS, labels)
    once, again = (intervals(swept, rows, labels, seed=3) for _ in range(2))
    assert all(np.array_equal(once.low[name], again.low[name], equal_nan=True) for name in once.low)
    assert once.optimum == again.optimum


def test_drawing_whole_users_widens_what_their_rows_share() -> None:
    alone, labels = drawn(2_000, rate=0.3)
    users = {"user": [f"u{i // 40}" for i in range(2_000)]}
    order = np.argsort(labels, kind="stable")  # each user is all honest or all attack
    together = scored(np.asarray(alone.risk)[order], users, entities=("user",))
    apart = scored(np.asarray(alone.risk)[order], users)
    widths = []
    for rows in (together, apart):
        found = intervals(exact(rows, POLICY, COSTS, labels[order]), rows, labels[order])
        widths.append(found.high["alerts"][0] - found.low["alerts"][0])
    assert widths[0] > 2 * widths[1]


def test_drawing_users_of_one_row_each_is_drawing_rows() -> None:
    columns = {"user": [f"u{i}" for i in range(800)]}
    rows, labels = drawn(800, rate=0.2)
    alone = scored(rows.risk, columns, entities=("user",))
    found = [intervals(exact(r, POLICY, COSTS, labels), r, labels, replicates=4_000) for r in (alone, rows)]
    assert found[0].unit == "user"
    assert found[0].high["cost"][0] == pytest.approx(found[1].high["cost"][0], rel=0.15)


def test_where_all_of_few_attacks_are_caught_recall_is_still_not_certain() -> None:
    labels = np.array([1] * 20 + [0] * 200)
    rows = scored(np.where(labels == 1, 0.9, 0.1))
    found = intervals(exact(rows, POLICY, COSTS, labels), rows, labels)
    assert found.low["recall"][0] == pytest.approx(proportion(20, 20).low)
    assert found.high["recall"][0] == 1


def test_with_all_costs_at_zero_the_optimum_has_no_interval() -> None:
    rows, labels = drawn(300)
    assert intervals(sweep(rows, POLICY, FREE, labels), rows, labels).optimum is None


def test_the_optimum_lies_in_its_interval_which_narrows_with_more_events() -> None:
    widths = []
    for n in (1_000, 30_000):
        rows, labels = drawn(n)
        best = intervals(sweep(rows, POLICY, COSTS, labels), rows, labels).optimum
        assert best is not None
        assert best[0].low <= best[0].value <= best[0].high
        widths.append(best[0].high - best[0].low)
    assert widths[1] < widths[0]


def test_two_cut_offs_have_an_interval_each() -> None:
    rows, labels = three_class(800)
    kind = rows.scenario
    swept = sweep(rows, kind.policy, kind.costs, labels)
    found = intervals(swept, rows, labels, replicates=50)
    assert found.optimum is not None
    assert len(found.optimum) == 2
    at = found.at(swept, swept.applied())["recall"]
    assert at is not None
    assert at.low < at.value <= at.high


def test_without_labels_alerts_alone_have_intervals() -> None:
    rows, _ = drawn(400)
    swept = sweep(rows, POLICY, COSTS)
    found = intervals(swept, rows, None)
    assert set(found.low) == set(swept.figures)
    assert found.optimum is None


def test_users_are_drawn_whole_without_labels_and_on_two_cut_offs_too() -> None:
    rows, _ = drawn(400, entities=("user",), users=20)
    assert intervals(sweep(rows, POLICY, COSTS), rows, None).unit == "user"
    sessions, labels = three_class(300)
    users = sessions.events.assign(user=np.arange(300) % 30)
    kind = replace(sessions.scenario, entities=("user",))
    sessions = replace(sessions, scenario=kind, validated=replace(sessions.validated, events=users))
    swept = sweep(sessions, kind.policy, kind.costs, labels)
    found = intervals(swept, sessions, labels, replicates=40)
    point = swept.applied()
    assert found.unit == "user"
    assert found.low["cost"][point] < swept.figures["cost"][point] < found.high["cost"][point]


def test_many_attacks_are_drawn_in_groups_of_nearly_equal_amounts() -> None:
    rows, labels = drawn(3 * ATOMS, rate=0.6)
    found = intervals(exact(rows, POLICY, COSTS, labels), rows, labels, replicates=300)
    n, amounts = len(labels), rows.events["Amount"].to_numpy()
    actions = POLICY.decide(rows.measures, rows.events).actions
    lost = np.stack([COSTS.of(labels, amounts, a.effect) for a in POLICY.actions])[actions, np.arange(n)]
    spread = 1.96 * lost.std() * np.sqrt(n)
    assert found.high["cost"][0] - found.low["cost"][0] == pytest.approx(2 * spread, rel=0.15)


def test_the_sum_of_a_difference_has_the_spread_of_its_rows() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(5_000) < 0.3, rng.normal(2, 5, 5_000), 0.0)
    y = (rng.random(5_000) < 0.1).astype(np.int64)
    found = total(values, None, y, replicates=3_000)
    assert found.value == pytest.approx(values.sum())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() * np.sqrt(5_000), rel=0.08)
    assert total(np.zeros(10), None, y[:10]).high == 0


def test_a_re_weighted_difference_has_the_spread_of_samples_with_that_share_of_attacks() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(5_000) < 0.3).astype(np.int64)
    values = np.where(y == 1, rng.normal(-20, 5, 5_000), rng.normal(1, 2, 5_000))
    prior, n = 0.02, len(y)
    means, spreads = (np.array([f(values[y == c]) for c in (0, 1)]) for f in (np.mean, np.std))
    shares = np.array([1 - prior, prior])
    # The prior is stated and never drawn, so only the means of the two classes vary.
    spread = n * np.sqrt((shares**2 * spreads**2 / np.bincount(y)).sum())
    for unit, near in ((None, 0.08), (np.arange(n), 0.25)):  # units are joined, which makes their spread less precise
        found = total(values, unit, y, prior, replicates=3_000)
        assert found.value == pytest.approx(n * (shares * means).sum())
        assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=near)


def test_units_are_joined_at_random_but_never_torn_apart() -> None:
    unit = np.repeat(np.arange(100), 3)
    group, count = joined(unit, 10, np.random.default_rng(0))
    assert count == 10
    assert (group.reshape(100, 3) == group.reshape(100, 3)[:, :1]).all()
    assert (np.bincount(group) == 30).all()


def test_rows_of_nobody_known_are_units_of_their_own() -> None:
    rows = scored([0.1] * 4, {"user": ["a", None, None, "a"]}, entities=("user",))
    unit, name = entity_of(rows)
    assert unit is not None
    assert name == "user"
    assert len(set(unit.tolist())) == 3


def test_precision_under_another_prior_is_bayes_rule_within_its_interval() -> None:
    rows, labels = drawn(5_000, rate=0.2)
    raw = exact(rows, POLICY, COSTS, labels)
    moved = reweighted(raw, 0.01)
    recall, false = raw.figures["recall"][0], raw.figures["false_alarm_rate"][0]
    expected = 0.01 * recall / (0.01 * recall + 0.99 * false)
    assert moved.figures["precision"][0] == pytest.approx(expected)
    found = intervals(raw, rows, labels, prior=0.01)
    assert found.low["precision"][0] < expected < found.high["precision"][0]
    # The prior is stated, not estimated: the share of attacks is the same in every draw.
    assert class_weights(raw.confusion[0].sum(axis=0), 0.01).shape == (2,)

"""The sweep against brute force: what it says of every threshold is what the policy does with that threshold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.core.overrides import Override
from riskcore.core.policy import RISK, Action, Band, Policy
from riskcore.core.schema import Validated
from riskcore.scenarios import card_fraud, session_risk
from riskcore.services.deciding.grids import roundest
from riskcore.services.deciding.grids import thresholds as grid
from riskcore.services.judging.estimates import proportion
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import (
    JOINT_POINTS,
    POINTS,
    Sweep,
    events_per_day,
    exact,
    histogram,
    joint,
    movable,
    sweep,
)

CARDS, SESSIONS = card_fraud.SCENARIO, session_risk.SCENARIO
ACTIONS = (
    Action("allow", "Allow", "pass"),
    Action("ask", "Ask", "challenge"),
    Action("review", "Review", "review"),
    Action("stop", "Stop", "stop"),
)
COSTS = Costs(
    currency="EUR",
    losses=(0.0, 15.0, 40.0),
    share_lost=0.5,
    minute=0.8,
    effects={
        "challenge": EffectCost(friction=0.5, catch_rate=0.8),
        "review": EffectCost(friction=0.25, review_minutes=6.0, catch_rate=0.9),
        "stop": EffectCost(friction=30.0, catch_rate=1.0),
    },
)


def scored(scenario, output: Output, **columns) -> Scored:
    """Rows of a scenario with outputs of our own making."""
    n = len(output.risk)
    defaults = {"Amount": np.linspace(1.0, 900.0, n), "Time": np.linspace(0.0, 1e5, n)}
    events = pd.DataFrame(columns or defaults, index=range(n))
    return Scored(scenario, Validated(events, np.ones(n, dtype=bool), ()), pd.DataFrame(index=range(n)), output, "v1")


def two_class(risk) -> Scored:
    risk = np.asarray(risk)
    return scored(CARDS, Output(risk, risk))


def three_class(probabilities) -> Scored:
    p = np.asarray(probabilities)
    severity = p @ np.asarray([0, 0.5, 1], dtype=p.dtype)
    return scored(SESSIONS, Output(severity, severity, p))


def agree(swept: Sweep, rows: Scored, costs: Costs, labels: np.ndarray, points) -> None:
    """Every count and cost of these points, against decisions made one policy at a time."""
    amount = rows.scenario.event.amount
    amounts = None if amount is None else rows.events[amount].to_numpy()
    for p in points:
        policy = swept.policy.with_edges(swept.edges(*swept.places(p)))
        actions = policy.decide(rows.measures, rows.events).actions
        expected = np.zeros_like(swept.confusion[p])
        np.add.at(expected, (actions, labels), 1)
        assert swept.confusion[p].tolist() == expected.tolist(), (p, swept.edges(*swept.places(p)))
        lost = sum(
            costs.of(labels, amounts, a.effect)[actions == code].sum() for code, a in enumerate(swept.policy.actions)
        )
        assert swept.cost is not None
        assert swept.cost[p] == pytest.approx(lost, rel=1e-9, abs=1e-6)


# Few distinct values, so that ties with one another and with edges are the rule.
LEVELS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
EDGES = st.lists(st.sampled_from((0.05, 0.1, 0.3, 0.5, 0.55, 0.7, 0.9, 1.0)), min_size=3, max_size=3, unique=True)


@given(
    data=st.lists(st.tuples(st.sampled_from(LEVELS), st.integers(0, 1)), min_size=1, max_size=60),
    edges=EDGES.map(sorted),
    band=st.integers(1, 3),
    dtype=st.sampled_from((np.float32, np.float64)),
)
def test_every_point_of_a_single_sweep_is_what_the_policy_decides(data, edges, band, dtype) -> None:
    bands = tuple(Band(e, a.key) for e, a in zip((0.0, *edges), ACTIONS, strict=True))
    rows = two_class(np.array([risk for risk, _ in data], dtype=dtype))
    labels = np.array([label for _, label in data])
    swept = sweep(rows, Policy(actions=ACTIONS, bands=bands), COSTS, labels, band)
    agree(swept, rows, COSTS, labels, range(len(swept.confusion)))


@given(
    data=st.lists(st.tuples(st.sampled_from(range(6)), st.integers(0, 2)), min_size=1, max_size=60),
    medium=st.sampled_from((0.05, 0.3, 0.5)),
    high=st.sampled_from((0.1, 0.25, 0.7)),
    extra=st.sampled_from((None, 0.6, 0.75)),
    dtype=st.sampled_from((np.float32, np.float64)),
    pick=st.randoms(use_true_random=False),
)
def test_every_point_of_a_joint_sweep_is_what_the_policy_decides(data, medium, high, extra, dtype, pick) -> None:
    kinds = np.array(
        [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.25, 0.25), (0.7, 0.05, 0.25), (0.25, 0.75, 0)], dtype=dtype
    )
    bands = [Band(0.0, "allow"), Band(medium, "ask", "medium")]
    bands += [] if extra is None else [Band(extra, "review", "medium")]
    bands += [Band(high, "stop", "high")]
    rows = three_class(kinds[[kind for kind, _ in data]])
    labels = np.array([label for _, label in data])
    swept = sweep(rows, Policy(actions=ACTIONS, bands=tuple(bands)), COSTS, labels)
    points = range(len(swept.confusion))
    agree(swept, rows, COSTS, labels, pick.sample(points, min(40, len(points))))


@pytest.fixture(scope="module")
def cards() -> tuple[Scored, np.ndarray]:
    """20,000 payments whose risks tell frauds from the others well, most of them near 0."""
    rng = np.random.default_rng(5)
    labels = (rng.random(20_000) < 0.01).astype(np.int64)
    margin = rng.normal(-6 + 6 * labels, 1.5)
    return two_class((1 / (1 + np.exp(-margin))).astype(np.float32)), labels


def test_the_applied_point_is_the_policy_in_force(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    assert swept.edges(*swept.places(swept.applied())) == {1: CARDS.policy.bands[1].edge}
    one = exact(rows, CARDS.policy, CARDS.costs, labels)
    assert swept.confusion[swept.applied()].tolist() == one.confusion[0].tolist()
    assert swept.cost is not None
    assert one.cost is not None
    assert swept.cost[swept.applied()] == pytest.approx(one.cost[0])


def test_the_optimum_costs_no_more_than_any_other_point_and_than_the_default(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    best = swept.optimum()
    assert best is not None
    assert swept.cost is not None
    assert swept.cost[best] == swept.cost.min() < swept.cost[swept.applied()]
    chosen = swept.policy.with_edges(swept.edges(*swept.places(best)))
    outcome = exact(rows, chosen, CARDS.costs, labels).metrics(0)
    assert outcome == {k: pytest.approx(v) for k, v in swept.metrics(best).items()}


def test_with_all_costs_at_zero_there_is_no_optimum(cards) -> None:
    rows, labels = cards
    assert sweep(rows, CARDS.policy, Costs(currency="EUR", losses=(0.0, 0.0)), labels).optimum() is None


def test_without_labels_alerts_are_counted_and_nothing_else_is_claimed(cards) -> None:
    rows, _ = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs)
    assert swept.classes == ("all",)
    assert swept.optimum() is None
    shares = {f"share_{action.key}" for action in CARDS.policy.actions}
    assert set(swept.metrics(swept.applied())) == {"alerts", "alerts_per_100k", "alerts_per_day"} | shares
    assert (swept.confusion.sum(axis=(1, 2)) == swept.n).all()


def test_labels_of_one_class_leave_recall_undefined() -> None:
    swept = sweep(two_class([0.1, 0.5, 0.9]), CARDS.policy, CARDS.costs, np.zeros(3, dtype=np.int64))
    said = swept.metrics(swept.applied())
    assert (said["recall"], said["precision"]) == (None, 0.0)
    assert said["false_alarm_rate"] == 1.0 - 0 / 3


def test_alerts_never_rise_with_the_threshold(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    alerts = swept.confusion[:, 1:].sum(axis=(1, 2))
    assert (np.diff(alerts) <= 0).all()
    assert alerts[0] > alerts[-1]


def test_no_events_at_all_give_points_with_nothing_in_them() -> None:
    swept = sweep(two_class(np.zeros(0)), CARDS.policy, CARDS.costs, np.zeros(0, dtype=np.int64))
    assert swept.confusion.sum() == 0
    assert swept.metrics(0)["alerts_per_100k"] is None


def test_the_grid_follows_alert_rates_and_holds_every_edge() -> None:
    rng = np.random.default_rng(1)
    risk = np.sort(rng.beta(0.02, 20, 100_000))[::-1]  # most of it far below 0.001
    found = grid(risk, [0.06, 0.15, 1.0], POINTS)
    assert len(found) <= POINTS
    assert (np.diff(found) > 0).all()
    assert {0.06, 0.15, 1.0} <= set(found.tolist())
    alerts = np.searchsorted(-risk, -found, side="right")
    for most, points in ((10, 10), (100, 70), (1_000, 170)):
        assert (alerts <= most).sum() >= points


def test_the_optimum_is_looked_for_between_the_points_of_the_coarse_grid(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels, band=2)
    best = swept.optimum()
    assert best is not None
    assert swept.cost is not None
    near = np.unique(np.asarray(rows.risk, dtype=np.float64))
    around = np.searchsorted(near, swept.axes[0].thresholds[best]) + np.arange(-15, 16)
    for edge in near[around[(around >= 0) & (around < len(near))]]:
        tried = CARDS.policy.with_edges({2: max(edge, CARDS.policy.bands[1].edge + 1e-6)})
        cost = exact(rows, tried, CARDS.costs, labels).cost
        assert cost is not None
        assert swept.cost[best] <= cost[0] + 1e-6


def test_sweeps_stay_small_enough_to_send(cards) -> None:
    rows, labels = cards
    assert len(sweep(rows, CARDS.policy, CARDS.costs, labels).confusion) <= POINTS
    rng = np.random.default_rng(2)
    both = sweep(three_class(rng.dirichlet((1, 1, 1), 5_000)), SESSIONS.policy, SESSIONS.costs)
    assert len(both.confusion) <= JOINT_POINTS**2


def test_an_edge_pushed_along_leaves_a_policy_that_can_be_applied(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels, band=1)
    far = swept.axes[0].nearest(0.6)  # beyond the edge of decline
    edges = swept.edges(far)
    assert edges[2] > edges[1] > CARDS.policy.bands[2].edge
    assert edges[2] - edges[1] < 1e-6
    swept.policy.with_edges(edges)  # rises strictly, or it would be refused


def test_overrides_count_at_every_point_of_a_sweep() -> None:
    vip = Override(name="large amounts are reviewed", when={"Amount": 900.0}, action="review")
    policy = replace(CARDS.policy, overrides=(vip,))
    rows, labels = two_class([0.0, 0.0, 0.99]), np.array([0, 0, 1])
    assert exact(rows, policy, CARDS.costs, labels).confusion[0].tolist() == [[2, 0], [0, 1], [0, 0]]
    swept = sweep(rows, policy, CARDS.costs, labels)
    assert swept.confusion[swept.applied()].tolist() == [[2, 0], [0, 1], [0, 0]]
    agree(swept, rows, CARDS.costs, labels, range(len(swept.confusion)))


def test_a_sweep_that_cannot_be_made_is_refused_with_the_reason() -> None:
    rows = two_class([0.1, 0.9])
    flat = Policy(actions=ACTIONS, bands=(Band(0.0, "allow"),))
    with pytest.raises(DataError, match="one band only"):
        sweep(rows, flat, CARDS.costs)
    with pytest.raises(DataError, match="3 labels for 2 scored events"):
        sweep(rows, CARDS.policy, CARDS.costs, np.zeros(3, dtype=np.int64))
    with pytest.raises(DataError, match="Band 0 cannot be moved; these can: 1, 2"):
        sweep(rows, CARDS.policy, CARDS.costs, band=0)


def test_policies_say_what_can_be_moved() -> None:
    assert (movable(CARDS.policy), joint(CARDS.policy)) == ((1, 2), False)
    assert (movable(SESSIONS.policy), joint(SESSIONS.policy)) == ((1, 2), True)


def test_histograms_count_every_event_once_in_its_class(cards) -> None:
    rows, labels = cards
    found = histogram(rows, RISK, labels)
    assert found.counts.sum(axis=1).tolist() == np.bincount(labels).tolist()
    assert len(found.edges) == found.counts.shape[1] + 1
    assert (np.diff(found.edges) > 0).all()
    extremes = histogram(two_class([0.0, 0.5, 1.0]), RISK, None)
    assert (extremes.counts[0, [0, -1]] == 1).all()


def test_events_per_day_come_from_the_data_where_it_has_times() -> None:
    risk = np.full(49, 0.5)
    hourly = scored(CARDS, Output(risk, risk), Time=np.arange(49) * 3_600.0, Amount=np.ones(49))
    assert events_per_day(hourly) == (24.5, "these events span 2.0 days")
    sessions = three_class([[1.0, 0.0, 0.0]])
    assert events_per_day(sessions) == (SESSIONS.per_day, "assumed, as these events carry no time")


def test_shares_are_of_the_counts_they_are_said_to_be_of(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    said = swept.metrics(swept.applied())
    alert = np.asarray(rows.risk) >= CARDS.policy.bands[1].edge
    assert said["precision"] == labels[alert].mean()
    assert said["recall"] == alert[labels == 1].mean()
    assert said["false_alarm_rate"] == alert[labels == 0].mean()
    assert said["alerts_per_100k"] == pytest.approx(1e5 * alert.mean())
    within = proportion(int(labels[alert].sum()), int(alert.sum()))
    assert within.low < said["precision"] < within.high


def sessions() -> tuple[Scored, np.ndarray]:
    """600 sessions with probabilities of three classes."""
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 3, 600)
    p = rng.dirichlet([1, 1, 1], 600)
    p[np.arange(600), labels] += 0.5
    return three_class((p / p.sum(axis=1, keepdims=True)).astype(np.float32)), labels


@pytest.mark.parametrize("kind", [CARDS, SESSIONS], ids=lambda kind: kind.key)
def test_a_sweep_is_that_of_any_policy_whose_thresholds_are_among_its_own(kind, cards) -> None:
    rows, labels = cards if kind is CARDS else sessions()
    swept = sweep(rows, kind.policy, kind.costs, labels)
    edges = {axis.band: float(axis.thresholds[axis.applied - 3]) for axis in swept.axes}
    moved = kind.policy.with_edges(edges)
    again = swept.under(moved)
    assert again is not None
    assert again.policy == moved
    assert {axis.band: axis.thresholds[axis.applied] for axis in again.axes} == edges
    alone = exact(rows, moved, kind.costs, labels)
    assert again.confusion[again.applied()].tolist() == alone.confusion[0].tolist()
    assert again.cost is not None
    assert alone.cost is not None
    assert again.cost[again.applied()] == pytest.approx(alone.cost[0])
    for i, axis in enumerate(again.axes):  # and what can be chosen next is what the new policy makes of it
        places = [a.applied for a in again.axes]
        places[i] += 1
        chosen = moved.with_edges(again.edges(*places))
        decided = exact(rows, chosen, kind.costs, labels)
        assert again.confusion[again.point(*places)].tolist() == decided.confusion[0].tolist(), axis.measure


def test_a_sweep_is_of_no_policy_that_says_anything_else(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    axis = swept.axes[0]
    between = float(axis.thresholds[axis.applied - 1] + axis.thresholds[axis.applied]) / 2
    stays = next(i for i in movable(CARDS.policy) if i != axis.band)
    override = Override(name="large", when={"Amount": {"at_least": 10}}, action=CARDS.policy.actions[-1].key)
    assert swept.under(CARDS.policy) is swept
    assert swept.under(CARDS.policy.with_edges({axis.band: between})) is None
    assert swept.under(CARDS.policy.with_edges({stays: 0.999})) is None
    assert swept.under(replace(CARDS.policy, overrides=(override,))) is None
    assert swept.under(replace(CARDS.policy, bands=CARDS.policy.bands[:1])) is None


def test_round_thresholds_are_among_those_tried_and_decide_as_any_other(cards) -> None:
    rows, labels = cards
    swept = sweep(rows, CARDS.policy, CARDS.costs, labels)
    for typed in (0.005, 0.02, 0.1, 0.103, 0.3, 0.75):
        place = swept.axes[0].nearest(typed)
        assert swept.axes[0].thresholds[place] == typed
        agree(swept, rows, CARDS.costs, labels, [place])


@given(values=st.lists(st.floats(2**-20, 1, width=32), min_size=2, max_size=30, unique=True))
def test_the_roundest_threshold_between_neighbours_decides_as_the_higher_one(values) -> None:
    ranked = np.sort(np.array(values, dtype=np.float32))
    found = roundest(ranked[:-1], ranked[1:])
    for threshold, high in zip(found, ranked[1:], strict=True):
        assert ((ranked >= np.float32(threshold)) == (ranked >= high)).all()


def test_the_roundest_threshold_has_the_fewest_digits() -> None:
    low, high = np.array([0.0998, 0.28, 0.5, 0.0]), np.array([0.1042, 0.29, 0.50048, 0.00037])
    assert roundest(low, high).tolist() == [0.1, 0.29, 0.5004, 0.0003]

"""Two ways of deciding about the same events."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Action
from riskcore.services.deciding.answering import Question, answer
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.days import events_per_day
from riskcore.services.deciding.replay import GuardRail, breaches, compare, differences, replay
from riskcore.services.scoring import decide
from riskcore.services.thresholds import exact
from tests.deciding import ACTIONS, COSTS, POLICY, drawn, scored, three_class

DRAFT = POLICY.with_edges({1: 0.5, 2: 0.9})


def test_every_event_is_in_one_place_of_the_matrix() -> None:
    rows, labels = drawn(2_000, rate=0.2)
    found = replay(rows, POLICY, DRAFT, COSTS, labels)
    before, after = (exact(rows, policy, COSTS, labels).confusion[0] for policy in (POLICY, DRAFT))
    assert found.counts.sum(axis=1).tolist() == before.tolist()
    assert found.counts.sum(axis=0).tolist() == after.tolist()
    assert found.moved == found.counts.sum() - sum(np.diag(found.counts[:, :, c]).sum() for c in (0, 1))
    assert found.loosened == found.moved > 0  # higher edges only loosen


def test_a_cell_of_the_matrix_opens_its_events() -> None:
    rows, labels = drawn(2_000, rate=0.2)
    found = replay(rows, POLICY, DRAFT, COSTS, labels)
    for i, a in enumerate(found.actions):
        for j, b in enumerate(found.actions):
            assert len(found.rows(a, b)) == found.counts[i, j].sum()
    opened = np.asarray(rows.risk)[found.rows("review", "allow")]
    assert ((opened >= 0.3) & (opened < 0.5)).all()
    with pytest.raises(UnknownKeyError, match="Did you mean 'review'"):
        found.rows("reveiw", "allow")


def test_the_difference_in_cost_is_that_of_the_two_outcomes_and_of_the_cells() -> None:
    rows, labels = drawn(2_000, rate=0.2)
    found = replay(rows, POLICY, DRAFT, COSTS, labels)
    before, after = (exact(rows, policy, COSTS, labels).figures for policy in (POLICY, DRAFT))
    assert found.cost is not None
    assert found.money is not None
    assert found.cost.value == pytest.approx(after["cost"][0] - before["cost"][0])
    assert found.money.sum() == pytest.approx(found.cost.value)
    assert found.alerts.value == after["alerts"][0] - before["alerts"][0]
    assert found.cost.low < found.cost.value < found.cost.high


@pytest.mark.parametrize("users", [0, 60])
@pytest.mark.parametrize("prior", [None, 0.002])
@pytest.mark.parametrize("capacity", [None, 0.0, 7.5, 40.0])
def test_under_a_prior_and_a_capacity_the_difference_is_that_of_the_two_judged_alone(
    capacity: float | None, prior: float | None, users: int
) -> None:
    rows, labels = drawn(1_500, rate=0.2, entities=("user",) if users else (), users=users)
    found = replay(rows, POLICY, DRAFT, COSTS, labels, capacity=capacity, prior=prior)
    asked = Question(capacity=capacity, prior=prior, replicates=20)
    before, after = (answer(rows, policy, COSTS, labels, asked).numbers for policy in (POLICY, DRAFT))
    assert found.cost is not None
    assert found.money is not None
    told = after["cost"]["value"] - before["cost"]["value"]
    assert found.cost.value == pytest.approx(told, rel=1e-9)
    assert found.money.sum() == pytest.approx(told, rel=1e-9)
    days = len(labels) / events_per_day(rows)[0]
    assert found.alerts.value == pytest.approx(days * (after["alerts_per_day"] - before["alerts_per_day"]), rel=1e-9)
    assert found.cost.low < found.cost.value < found.cost.high
    assert found.counts.tolist() == replay(rows, POLICY, DRAFT, COSTS, labels).counts.tolist()
    assert (found.capacity, found.prior) == (capacity, prior)


def test_three_classes_are_judged_under_a_prior_and_a_capacity_too() -> None:
    rows, labels = three_class(600)
    policy, costs = rows.scenario.policy, rows.scenario.costs
    draft = policy.with_edges({1: 0.4})
    found = replay(rows, policy, draft, costs, labels, capacity=30, prior=0.01)
    alone = (workload(exact(rows, p, costs, labels), rows, labels, 30, 0.01).swept.figures for p in (policy, draft))
    before, after = alone
    assert found.cost is not None
    assert found.cost.value == pytest.approx(after["cost"][0] - before["cost"][0], rel=1e-9)
    assert found.alerts.value == pytest.approx(after["alerts"][0] - before["alerts"][0], rel=1e-9)


def test_without_labels_the_capacity_holds_and_a_prior_is_refused() -> None:
    rows, _ = drawn(500)
    found = replay(rows, POLICY, DRAFT, COSTS, capacity=10)
    before, after = (workload(exact(rows, p, COSTS, None), rows, None, 10).swept.figures for p in (POLICY, DRAFT))
    assert found.alerts.value == pytest.approx(after["alerts"][0] - before["alerts"][0], rel=1e-9)
    with pytest.raises(DataError, match="Without labels"):
        replay(rows, POLICY, DRAFT, COSTS, prior=0.01)


def test_a_capacity_makes_events_that_stay_put_matter() -> None:
    rows = scored([0.4] * 100 + [0.6] * 100)
    labels = np.repeat([0, 1], 100)
    found = replay(rows, POLICY, DRAFT, COSTS, labels, capacity=10)
    assert found.money is not None
    assert found.money[1, 1] < 0  # with fewer alerts before them, more of these are reached
    free = replay(rows, POLICY, DRAFT, COSTS, labels)
    assert free.money is not None
    assert free.money[1, 1] == 0


def test_a_paired_interval_is_narrower_than_that_of_two_samples() -> None:
    rows, labels = drawn(4_000, rate=0.2)
    found = replay(rows, POLICY, POLICY.with_edges({1: 0.31}), COSTS, labels)
    amounts = rows.events["Amount"].to_numpy()
    actions = POLICY.decide(rows.measures, rows.events).actions
    lost = np.stack([COSTS.of(labels, amounts, a.effect) for a in ACTIONS])[actions, np.arange(len(labels))]
    unpaired = 2 * 1.96 * np.sqrt(2 * len(lost)) * lost.std()
    assert found.cost is not None
    assert found.cost.high - found.cost.low < unpaired / 5


def test_the_same_policy_moves_nothing() -> None:
    rows, labels = drawn(300)
    found = replay(rows, POLICY, POLICY, COSTS, labels)
    assert (found.moved, found.cost) == (0, found.alerts)
    assert found.alerts.high == 0


def test_two_models_are_compared_on_their_own_risks() -> None:
    rows, labels = drawn(500, rate=0.2)
    other = scored(1 - np.asarray(rows.risk), {c: rows.events[c] for c in rows.events})
    found = compare(decide(rows, POLICY), decide(other, POLICY), COSTS, labels)
    assert found.moved > 0
    assert found.counts.sum() == 500


def test_without_labels_events_move_and_money_is_not_known() -> None:
    rows, _ = drawn(300)
    found = replay(rows, POLICY, DRAFT, COSTS)
    assert (found.classes, found.money, found.cost) == (("all",), None, None)


def test_three_classes_move_as_well() -> None:
    rows, labels = three_class(400)
    policy, costs = rows.scenario.policy, rows.scenario.costs
    found = replay(rows, policy, policy.with_edges({1: 0.4}), costs, labels)
    assert found.counts.shape == (3, 3, 3)
    assert found.loosened == found.moved > 0


def test_other_events_or_other_actions_are_refused() -> None:
    rows, _ = drawn(100)
    with pytest.raises(DataError, match="100 events and B about 50"):
        compare(decide(rows, POLICY), decide(drawn(50)[0], POLICY), COSTS)
    renamed = replace(POLICY, actions=(*ACTIONS, Action("report", "Report", "stop")))
    with pytest.raises(DataError, match="other actions"):
        replay(rows, POLICY, renamed, COSTS)


def test_a_guard_rail_tells_the_attacks_that_a_change_loosens() -> None:
    rows = scored([0.4, 0.4, 0.95, 0.1])
    kinds = np.array(["takeover", "", "takeover", "testing"], dtype=object)
    moved = replay(rows, POLICY, DRAFT, COSTS, np.array([1, 0, 1, 1]))
    rails = [GuardRail(name="No looser on takeover", attack="takeover"), GuardRail(name="Testing", attack="testing")]
    (broken,) = breaches(moved, rails, kinds)
    assert broken.rows.tolist() == [0]
    assert broken.sentence == "No looser on takeover: 1 of 2 events would be treated more mildly."


def test_a_guard_rail_may_be_about_a_segment() -> None:
    rows = scored([0.4, 0.4, 0.4])  # DE, FR, IT
    moved = replay(rows, POLICY, DRAFT, COSTS)
    (broken,) = breaches(moved, [GuardRail(name="France", when={"country": "FR"})])
    assert broken.rows.tolist() == [1]
    assert breaches(replay(rows, DRAFT, POLICY, COSTS), [GuardRail(name="France", when={"country": "FR"})]) == ()


def test_a_guard_rail_about_no_kind_of_attack_is_refused_and_not_trusted() -> None:
    moved = replay(scored([0.4]), POLICY, DRAFT, COSTS)
    with pytest.raises(UnknownKeyError, match="Did you mean 'takeover'"):
        breaches(moved, [GuardRail(name="x", attack="takover")], np.array(["takeover"], dtype=object))
    with pytest.raises(DataError, match="not known"):
        breaches(moved, [GuardRail(name="x", attack="takeover")])


def test_differences_are_told_band_by_band_and_override_by_override() -> None:
    vip = Override(name="vip", when={"user": "u1"}, action="allow")
    big = Override(name="big", when={"Amount": {"at_least": 1_000}}, action="review")
    before, after = replace(POLICY, overrides=(vip,)), replace(DRAFT, overrides=(big,))
    assert differences(before, after) == [
        "bands[1]: review from risk >= 0.5, was review from risk >= 0.3.",
        "bands[2]: stop from risk >= 0.9, was stop from risk >= 0.8.",
        "override 'vip': gone, was user is u1 to allow.",
        "override 'big': Amount >= 1000 to review, was not there.",
    ]
    assert differences(POLICY, POLICY) == []
    both = (replace(POLICY, overrides=o) for o in ((vip, big), (big, vip)))
    assert differences(*both) == ["overrides: tried in the order big, vip, was vip, big."]

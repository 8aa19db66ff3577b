"""Thresholds around the cockpit: what it says of model, data and policy, the cost editor, and the way back."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.core.errors import ConflictError
from riskcore.core.policy import Costs
from riskcore.services.costing import CAUGHT, FRICTION, LOSS, costs_from, effect_table, loss_table
from riskcore.services.scoring import score
from riskcore.services.thresholds import exact, sweep
from riskcore.services.workspace import Workspace
from riskcore.ui.applying import ask_to_apply, compared
from riskcore.ui.cockpit import Choice, payload
from tests.pages.conftest import SCENARIOS, OpenPage, texts

every = pytest.mark.parametrize("key", SCENARIOS)


def apply_moved(house: Workspace, key: str, model: str) -> str:
    """Puts a policy with another top edge in force; its fingerprint."""
    scenario = house.scenario(key)
    top = len(scenario.policy.bands) - 1
    moved = scenario.policy.with_edges({top: (scenario.policy.bands[top].edge + 1) / 2})
    house.policies.apply(key, moved, model, scenario.policy, scenario.policy.fingerprint())
    return moved.fingerprint()


@every
def test_the_page_names_model_data_and_the_inclusive_rule(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario=key)
    assert not page.exception
    said = texts(page)
    assert f"model {house.registry.champion(key)}" in said
    assert "20,000 synthetic events of Sample" in said
    assert "inclusive" in said
    assert not page.warning
    assert "Back to the default thresholds" not in [button.label for button in page.button]


@every
def test_an_empty_home_trains_the_first_model_and_shows_the_page(
    key: str, open_empty: OpenPage, house: Workspace
) -> None:
    page = open_empty("thresholds", scenario=key)
    assert not page.exception
    assert house.registry.champion(key) in texts(page)


@every
def test_thresholds_chosen_on_another_model_are_said_to_be(key: str, app: OpenPage, house: Workspace) -> None:
    apply_moved(house, key, "older-model")
    page = app("thresholds", scenario=key)
    assert "were chosen on older-model" in texts(page)


@every
def test_going_back_to_the_default_removes_the_applied_policy(key: str, app: OpenPage, house: Workspace) -> None:
    apply_moved(house, key, str(house.registry.champion(key)))
    page = app("thresholds", scenario=key)
    next(b for b in page.button if b.label == "Back to the default thresholds").click().run()
    assert not page.exception
    assert house.applied(house.scenario(key)).model is None


@every
def test_without_labels_only_alerts_are_left_and_the_reason_is_said(key: str, app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario(key), 500, 1, name="No labels")
    house.datasets.save(replace(made, labels=None))
    page = app("thresholds", scenario=key, dataset="No labels")
    assert not page.exception
    assert "recall, precision and cost are hidden" in texts(page)
    assert not page.expander


@every
def test_labels_of_one_class_are_said_to_leave_recall_or_false_alarms_undefined(
    key: str, app: OpenPage, house: Workspace
) -> None:
    made = house.generate(house.scenario(key), 500, 1, name="One class")
    assert made.labels is not None
    house.datasets.save(replace(made, labels=replace(made.labels, label=made.labels.label * 0, p_true=None)))
    page = app("thresholds", scenario=key, dataset="One class")
    assert not page.exception
    assert "All events carry the same label" in texts(page)


@every
def test_figures_on_the_rows_it_learned_from_are_said_to_flatter(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    house.datasets.save(house.generate(scenario, scenario.training_rows, 0, name="Same rows"))
    page = app("thresholds", scenario=key, dataset="Same rows")
    assert "learned from these very rows" in texts(page)


def test_the_edge_to_move_can_be_chosen_where_several_act_on_the_risk(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud")
    edge = page.segmented_control(key="thresholds edge card_fraud")
    assert edge.options == ["Hold for review", "Decline"]
    edge.set_value(2).run()
    assert not page.exception


@every
def test_a_policy_file_that_cannot_be_read_is_told(key: str, app: OpenPage, house: Workspace) -> None:
    path = house.policies.folder / f"{key}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("actions: 3\n")
    page = app("thresholds", scenario=key)
    assert not page.exception
    assert "actions must be a list" in texts(page)


@every
def test_negative_costs_are_refused_and_others_used(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario=key)
    use = "Use these costs"
    minute = page.number_input(key=f"costs {key} 0 minute")
    minute.set_value(-1.0)
    next(b for b in page.button if b.label == use).click().run()
    assert "Cost of a minute is -1; it must be 0 or more." in texts(page)
    page.number_input(key=f"costs {key} 0 minute").set_value(2.5)
    next(b for b in page.button if b.label == use).click().run()
    assert not page.error
    assert page.session_state["session costs"][key][1].minute == 2.5
    next(b for b in page.button if b.label == "Back to the scenario's costs").click().run()
    assert page.session_state["session costs"][key][1] == house.scenario(key).costs


@every
def test_cost_tables_read_back_as_they_were_written(key: str, house: Workspace) -> None:
    scenario = house.scenario(key)
    tables = loss_table(scenario.costs, scenario.target.classes), effect_table(scenario.costs, scenario.policy)
    read = costs_from(scenario.costs, scenario.policy, *tables, scenario.costs.share_lost, scenario.costs.minute)
    for effect in {a.effect for a in scenario.policy.actions}:
        labels, amounts = np.arange(len(scenario.target.classes)), np.full(len(scenario.target.classes), 80.0)
        assert read.of(labels, amounts, effect).tolist() == scenario.costs.of(labels, amounts, effect).tolist()


@every
def test_every_wrong_cost_is_told_at_once(key: str, house: Workspace) -> None:
    scenario = house.scenario(key)
    losses = loss_table(scenario.costs, scenario.target.classes)
    effects = effect_table(scenario.costs, scenario.policy)
    losses.loc[scenario.target.classes[-1], LOSS] = np.nan
    effects.loc["stop", CAUGHT] = 1.5
    effects.loc["pass", FRICTION] = -3
    with pytest.raises(Exception, match="Loss of") as told:
        costs_from(scenario.costs, scenario.policy, losses, effects, 2.0, None)
    assert str(told.value).splitlines() == [
        f"Loss of {scenario.target.classes[-1]} is empty; it must be 0 or more.",
        "Friction of pass is -3; it must be 0 or more.",
        "Share caught by stop is 1.5; it must be from 0 to 1.",
        "Share of the amount lost is 2; it must be from 0 to 1.",
        "Cost of a minute is empty; it must be 0 or more.",
    ]


@every
def test_what_goes_to_the_browser_is_the_whole_sweep_flat(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    dataset = house.generate(scenario, 1_000, 4)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    swept = sweep(scored, scenario.policy, scenario.costs, dataset.labels.label)
    sent = payload(swept, scored, dataset.labels.label, {"policy": "p"})
    shape = (len(swept.confusion), len(sent["actions"]), len(sent["classes"]))
    assert np.reshape(sent["confusion"], shape).tolist() == swept.confusion.tolist()
    assert [axis["thresholds"] for axis in sent["axes"]] == [axis.thresholds.tolist() for axis in swept.axes]
    assert sent["cost"] == pytest.approx(swept.cost, abs=1e-4)
    assert (sent["optimum"], sent["n"], sent["seen"]) == (swept.optimum(), 1_000, {"policy": "p"})
    quiet = payload(sweep(scored, scenario.policy, scenario.costs), scored, None, {})
    assert (quiet["cost"], len(quiet["classes"])) == (None, 1)


def test_free_outcomes_leave_the_optimum_undefined_in_the_browser_too(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    dataset = house.generate(scenario, 500, 4)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    free = Costs(currency="EUR", losses=(0.0, 0.0))
    assert (
        payload(sweep(scored, scenario.policy, free, dataset.labels.label), scored, dataset.labels.label, {})["optimum"]
        is None
    )


def test_a_choice_made_on_another_state_is_a_conflict(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    dataset = house.generate(scenario, 500, 4)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    arguments = scored, scenario.policy, scenario.costs, dataset.labels.label
    swept, in_force = sweep(*arguments), exact(*arguments)
    with pytest.raises(ConflictError, match="changed since these thresholds were shown"):
        ask_to_apply(scenario, Choice((3,), {"policy": "old"}), swept, in_force, {"policy": "new"})
    same = compared(in_force, swept, swept.applied())
    assert same["In force"].tolist() == same["Chosen"].tolist()

"""Thresholds around the cockpit: what it says of model, data and policy, its tabs, the costs, and the way back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from riskcore.core.costs import Costs
from riskcore.core.errors import ConflictError
from riskcore.services.deciding.answering import Question, answer
from riskcore.services.deciding.costing import CAUGHT, FRICTION, LOSS, costs_from, effect_table, loss_table
from riskcore.services.scoring import Scored, score
from riskcore.services.thresholds import Sweep, exact, sweep
from riskcore.services.workspace import Workspace
from riskcore.ui.deciding.applying import chosen_places, compared
from riskcore.ui.deciding.cockpit import Choice
from tests.pages.conftest import SCENARIOS, OpenPage, texts

every = pytest.mark.parametrize("key", SCENARIOS)
LABELLED = ("Money", "Capacity", "Guarantee", "Segments", "Compare", "What production sees")


def apply_moved(house: Workspace, key: str, model: str | None) -> str:
    """Puts a policy with another top edge in force; its fingerprint."""
    scenario = house.scenario(key)
    top = len(scenario.policy.bands) - 1
    moved = scenario.policy.with_edges({top: (scenario.policy.bands[top].edge + 1) / 2})
    house.policies.apply(key, moved, model, scenario.policy, scenario.policy.fingerprint())
    return moved.fingerprint()


def swept(house: Workspace, key: str) -> tuple[Scored, np.ndarray, Sweep, Sweep]:
    """A thousand events of a scenario, the sweep of its policy and what it does as it is."""
    scenario = house.scenario(key)
    dataset = house.generate(scenario, 1_000, 4)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    arguments = scored, scenario.policy, scenario.costs, dataset.labels.label
    return scored, dataset.labels.label, sweep(*arguments), exact(*arguments)


@every
def test_the_page_names_model_data_and_the_inclusive_rule(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario=key)
    assert not page.exception
    said = texts(page)
    assert f"model {house.registry.champion(key)}" in said
    assert "synthetic events of Sample" in said
    assert "inclusive" in said
    assert not page.warning
    assert "Back to the default thresholds" not in [button.label for button in page.button]


@pytest.mark.parametrize("key", ["card_fraud", "user_behavior"])
def test_an_empty_home_trains_the_first_model_and_shows_the_page(
    key: str, open_empty: OpenPage, house: Workspace
) -> None:
    page = open_empty("thresholds", scenario=key)
    assert not page.exception
    assert house.registry.champion(key) in texts(page)


@pytest.mark.parametrize("key", ["card_fraud", "session_risk", "user_behavior"])
def test_every_tab_opens_under_a_capacity_and_a_real_rate(key: str, app: OpenPage) -> None:
    page = app("thresholds", scenario=key, analysts=2.0, rate=0.2)
    for tab in LABELLED:
        page.session_state["tab"] = tab
        page.run()
        assert not page.exception, tab
        assert not page.error, tab


def test_two_ways_are_compared_under_the_capacity_and_the_real_rate(app: OpenPage, house: Workspace) -> None:
    apply_moved(house, "card_fraud", str(house.registry.champion("card_fraud")))
    page = app("thresholds", scenario="card_fraud", tab="Compare", b="Another policy", analysts=1.0, rate=0.2)
    assert not page.exception
    told = next(line for line in texts(page).split("\n") if line.startswith("B minus A"))
    assert "0.2 % of all events are attacks and 60 alerts a day are worked" in texts(page)
    page.number_input(key="rate").set_value(None).run()
    assert "as frequent as in the data and 60 alerts a day" in texts(page)
    assert told not in texts(page)


def test_capacity_is_judged_on_each_day_and_the_best_pair_is_found_when_asked_for(app: OpenPage) -> None:
    page = app("thresholds", scenario="payment_fraud", analysts=3.0, tab="Capacity")
    assert "108 alerts a day can be worked" in texts(page)
    next(b for b in page.button if b.label.startswith("Find the best two")).click().run()
    assert "losses and work cost USD" in texts(page)
    page.number_input(key="analysts").set_value(1.0).run()
    assert "Changed since this was computed: capacity." in texts(page)


def test_no_analysts_at_all_is_a_capacity_too(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud", analysts=0.0, tab="Capacity")
    assert not page.exception
    assert "0 alerts a day can be worked" in texts(page)


def test_an_hour_that_nobody_needs_is_worth_nothing(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud", analysts=500.0, tab="Capacity")
    (worth,) = (table.value.loc["One more analyst-hour a day is worth"] for table in page.table)
    assert set(worth) == {"EUR 0: nothing is left to work"}
    page.number_input(key="analysts").set_value(0.0).run()
    (worth,) = (table.value.loc["One more analyst-hour a day is worth"] for table in page.table)
    assert "after pay and friction" in worth["In force"]


@pytest.mark.parametrize(
    ("tab", "button"), [("Segments", "Find each segment's cheapest threshold"), ("Over time", "Judge this rule")]
)
def test_another_real_rate_dims_what_was_found_at_the_one_before(tab: str, button: str, app: OpenPage) -> None:
    page = app("thresholds", scenario="payment_fraud", tab=tab)
    next(b for b in page.button if b.label == button).click().run()
    assert "Changed since" not in texts(page)
    page.number_input(key="rate").set_value(0.1).run()
    assert not page.exception
    assert "Changed since this was computed: real rate." in texts(page)


def test_what_production_sees_is_told_at_the_real_rate(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud", tab="What production sees", rate=0.1)
    assert not page.exception
    assert "instead of 0.100%" in texts(page)


def test_a_guarantee_that_cannot_be_kept_says_how_many_attacks_are_missing(app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario("card_fraud"), 1_000, 1, name="Few")
    assert made.labels is not None
    label = np.where(np.cumsum(made.labels.label) <= 20, made.labels.label, 0)
    house.datasets.save(replace(made, labels=replace(made.labels, label=label, p_true=None)))
    page = app("thresholds", scenario="card_fraud", dataset="Few", tab="Guarantee")
    assert not page.exception
    assert "are too few to promise a recall of 0.9" in texts(page)
    assert "read the intervals, not the values" in texts(page)


def test_a_segment_that_is_too_small_is_refused_with_the_reason(app: OpenPage, house: Workspace) -> None:
    house.datasets.save(house.generate(house.scenario("payment_fraud"), 600, 1, name="Small"))
    page = app("thresholds", scenario="payment_fraud", dataset="Small", tab="Segments")
    assert not page.exception
    page.segmented_control(key="segment rate").set_value("recall").run()
    assert "Refused as too small" in texts(page)


def test_without_a_second_model_user_adaptive_thresholds_say_what_to_train(app: OpenPage) -> None:
    page = app("thresholds", scenario="user_behavior", tab="Alert rate")
    assert "a second model is needed: one that knows each user" in texts(page)


def test_two_models_show_alerts_before_and_after_thresholds_that_know_each_user(
    app: OpenPage, house: Workspace
) -> None:
    from riskcore.services.training import Plan

    scenario = house.scenario("user_behavior")
    dataset = house.generate(scenario, 4_000, 3)
    house.keep(house.train(scenario, dataset, Plan(calibration="entity_ecdf")), promote=False, expected=None)
    page = app("thresholds", scenario="user_behavior", tab="Alert rate")
    assert not page.exception
    columns = [list(table.value.columns) for table in page.table]
    assert ["Before: one rank for all", "After: the user's own rank too"] in columns


@pytest.mark.parametrize("key", ["payment_fraud", "user_behavior", "infra_anomaly"])
def test_a_rule_over_minutes_is_judged_beside_single_events(key: str, app: OpenPage) -> None:
    page = app("thresholds", scenario=key, tab="Over time")
    next(b for b in page.button if b.label == "Judge this rule").click().run()
    assert not page.exception
    assert any("within 30 min" in str(list(table.value.columns)) for table in page.table)


def test_judged_rules_over_time_are_proposed_one_after_the_other(app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario="user_behavior", tab="Over time")
    for minutes in (30, 60):
        page.number_input(key="within").set_value(minutes)
        next(b for b in page.button if b.label == "Judge this rule").click().run()
        next(b for b in page.button if b.label == "Propose in Policy").click().run()
        assert not page.exception
    draft = page.session_state["policy drafts"]["user_behavior"]
    assert [o.name for o in draft.policy.overrides] == ["3 of one user_id in 30 min", "3 of one user_id in 60 min"]
    assert draft.policy.bands == house.scenario("user_behavior").policy.bands


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
def test_thresholds_chosen_on_another_model_are_said_to_be(key: str, app: OpenPage, house: Workspace) -> None:
    apply_moved(house, key, "older-model")
    page = app("thresholds", scenario=key)
    assert "were chosen on older-model" in texts(page)


def click(page: AppTest, label: str) -> None:
    next(b for b in page.button if b.label == label).click().run()


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
@pytest.mark.parametrize("of_a_model", [True, False])
def test_going_back_to_the_default_is_asked_first_and_becomes_a_version(
    key: str, of_a_model: bool, app: OpenPage, house: Workspace
) -> None:
    moved = apply_moved(house, key, str(house.registry.champion(key)) if of_a_model else None)
    page = app("thresholds", scenario=key)
    click(page, "Back to the default thresholds")
    assert house.applied(house.scenario(key)).policy.fingerprint() == moved
    assert "Version 0 minus in force" in texts(page)
    page.text_input(key="policy author").set_value("Ada")
    page.text_input(key="roll-back note").set_value("too strict")
    click(page, "Put it back in force")
    assert not page.exception
    assert "Version 0 is in force again, as version 2." in texts(page)
    assert "Back to the default thresholds" not in [button.label for button in page.button]
    last = house.policies.versions(key)[-1]
    assert (last.author, last.note, last.policy) == ("Ada", "too strict", house.scenario(key).policy)
    assert house.applied(house.scenario(key)).model is None


def test_going_back_to_the_default_says_that_a_dry_run_ends_and_keeps_guard_rails(
    app: OpenPage, house: Workspace
) -> None:
    scenario = house.scenario("card_fraud")
    stricter = scenario.policy.with_edges({1: 0.001})
    seen = scenario.policy.fingerprint()
    house.policies.apply(scenario.key, stricter, None, scenario.policy, seen, dry_run=True)
    page = app("thresholds", scenario=scenario.key, tab="Compare", b="Another policy")
    rails = page.multiselect(key="guard-rails card_fraud")
    rails.set_value([rails.options[0]]).run()
    click(page, "Back to the default thresholds")
    assert "The dry run ends: decisions are acted on." in texts(page)
    assert "A guard-rail is broken." in texts(page)
    assert next(b for b in page.button if b.label == "Put it back in force").disabled


def test_guard_rails_can_be_lifted_under_compare_before_anything_is_compared(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud", tab="Compare")
    assert "Move the slider above and press Compare" in texts(page)
    assert page.multiselect(key="guard-rails card_fraud").options


@every
def test_without_labels_only_alerts_are_left_and_the_reason_is_said(key: str, app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario(key), 500, 1, name="No labels")
    house.datasets.save(replace(made, labels=None))
    page = app("thresholds", scenario=key, dataset="No labels")
    assert not page.exception
    said = texts(page)
    assert "recall, precision and cost are hidden" in said
    assert "Contamination is a guess about the data" in said
    assert "Use these costs" not in [button.label for button in page.button]


@pytest.mark.parametrize("key", ["card_fraud", "session_risk", "infra_anomaly"])
def test_labels_of_one_class_hide_the_curves_with_the_reason(key: str, app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario(key), 500, 1, name="One class")
    assert made.labels is not None
    house.datasets.save(replace(made, labels=replace(made.labels, label=made.labels.label * 0, p_true=None)))
    page = app("thresholds", scenario=key, dataset="One class")
    assert not page.exception
    assert "their curves are hidden" in texts(page)


@pytest.mark.parametrize("key", ["card_fraud", "user_behavior"])
def test_figures_on_the_rows_it_learned_from_are_said_to_flatter(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    house.datasets.save(house.generate(scenario, scenario.training_rows, 0, name="Same rows"))
    page = app("thresholds", scenario=key, dataset="Same rows")
    assert "learned from these very rows" in texts(page)


def test_the_edge_to_move_can_be_chosen_where_several_act_on_the_risk(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud")
    edge = page.segmented_control(key="edge")
    assert edge.options == ["Hold for review", "Decline"]
    edge.set_value("Decline").run()
    assert not page.exception


@every
def test_a_policy_file_that_cannot_be_read_is_told(key: str, app: OpenPage, house: Workspace) -> None:
    path = house.policies.folder / f"{key}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("actions: 3\n")
    page = app("thresholds", scenario=key)
    assert not page.exception
    assert "actions must be a list" in texts(page)


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
def test_negative_costs_are_refused_and_others_used(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario=key, tab="Money")
    use = "Use these costs"
    page.number_input(key=f"costs {key} 0 minute").set_value(-1.0)
    next(b for b in page.button if b.label == use).click().run()
    assert "Cost of a minute is -1; it must be 0 or more." in texts(page)
    page.number_input(key=f"costs {key} 0 minute").set_value(2.5)
    page.selectbox(key=f"costs {key} 0 currency").set_value("GBP")
    next(b for b in page.button if b.label == use).click().run()
    assert not page.error
    kept = page.session_state["session costs"][key][1]
    assert (kept.minute, kept.currency) == (2.5, "GBP")
    next(b for b in page.button if b.label == "Back to the scenario's costs").click().run()
    assert page.session_state["session costs"][key][1] == house.scenario(key).costs


def test_a_preset_changes_one_assumption_of_the_costs(app: OpenPage, house: Workspace) -> None:
    page = app("thresholds", scenario="card_fraud", tab="Money")
    page.selectbox(key="costs of card_fraud").set_value("Analysts twice as dear").run()
    next(b for b in page.button if b.label == "Take these").click().run()
    own = house.scenario("card_fraud").costs
    assert page.session_state["session costs"]["card_fraud"][1] == replace(own, minute=2 * own.minute)


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


def test_a_choice_made_on_another_state_is_a_conflict(app: OpenPage, house: Workspace) -> None:
    _, _, moved, in_force = swept(house, "card_fraud")
    with pytest.raises(ConflictError, match="changed since these thresholds were shown"):
        chosen_places(Choice((0.3,), {"policy": "old"}), moved, {"policy": "new"})
    same = compared(in_force, moved, moved.applied())
    assert same["In force"].tolist() == same["Chosen"].tolist()


def test_a_choice_is_of_thresholds_and_refused_where_the_sweep_has_them_no_more(
    app: OpenPage, house: Workspace
) -> None:
    _, _, moved, _ = swept(house, "card_fraud")
    there = moved.axes[0].thresholds[7]
    assert chosen_places(Choice((float(there),), {}), moved, {}) == (7,)
    with pytest.raises(ConflictError, match="no longer among those that were tried"):
        chosen_places(Choice((float(np.nextafter(there, 1)),), {}), moved, {})


def open_address(app: OpenPage, scenario: str, **said: str) -> AppTest:
    """The page as an address with these parameters opens it."""
    page = app("home", scenario=scenario)
    for name, value in said.items():
        page.query_params[name] = value
    return page.switch_page("pages/thresholds.py").run()


def test_the_address_holds_analysts_hours_and_minutes(app: OpenPage) -> None:
    said = {"analysts": "2", "hours": "5", "minutes_card_fraud": "12"}
    page = open_address(app, "card_fraud", **said, tab="Capacity")
    assert not page.exception
    assert "50 alerts a day can be worked" in texts(page)
    page.number_input(key="minutes_card_fraud").set_value(6.0).run()
    assert "100 alerts a day can be worked" in texts(page)


@pytest.mark.parametrize("rate", ["0", "100", "-3"])
def test_a_real_rate_that_leaves_one_class_is_not_taken_from_the_address(rate: str, app: OpenPage) -> None:
    page = open_address(app, "card_fraud", rate=rate)
    assert not page.exception
    assert not page.error
    box = page.number_input(key="rate")
    assert (box.value, box.min, box.max) == (None, 0.0001, 99.0)
    for end in (box.min, box.max):
        page.number_input(key="rate").set_value(end).run()
        assert not page.exception
        assert not page.error


def test_what_the_address_does_not_hold_is_said_where_it_is_set(app: OpenPage) -> None:
    page = app("thresholds", scenario="card_fraud", tab="Compare")
    assert "The address rebuilds this view but for" not in texts(page)
    page.segmented_control(key="b").set_value("Another policy").run()
    rails = page.multiselect(key="guard-rails card_fraud")
    rails.set_value([rails.options[0]]).run()
    assert "The address rebuilds this view but for B of the comparison and the guard-rails" in texts(page)


@pytest.mark.parametrize(("attacks", "told"), [(1, "Only 1 attack is among"), (2, "Only 2 attacks are among")])
def test_few_attacks_are_counted_in_words_that_fit(attacks: int, told: str, app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario("card_fraud"), 1_000, 1, name="Few")
    assert made.labels is not None
    label = (np.arange(len(made.labels.label)) < attacks).astype(np.int64)
    house.datasets.save(replace(made, labels=replace(made.labels, label=label, p_true=None, attack=None)))
    page = app("thresholds", scenario="card_fraud", dataset="Few")
    assert told in texts(page)


def test_a_receipt_tells_the_numbers_of_the_command_line(app: OpenPage, house: Workspace) -> None:
    from riskcore.ui.deciding.case import Case
    from riskcore.ui.deciding.receipt import made_receipt

    scenario = house.scenario("card_fraud")
    dataset = house.generate(scenario, 1_000, 4)
    assert dataset.labels is not None
    model = house.trained(scenario)
    scored, policy = score(model, dataset.events), scenario.policy.with_edges({1: 0.03})
    case = Case(scenario, model, dataset, house.applied(scenario), scored, dataset.labels.label, scenario.costs)
    made = json.loads(json.dumps(made_receipt(case, policy, 1, 50.0, 0.002).to_mapping()))
    asked = Question(band=1, capacity=50.0, prior=0.002)
    again = answer(scored, policy, scenario.costs, dataset.labels.label, asked).numbers
    assert made["numbers"] == json.loads(json.dumps(again))
    assert made["command"].startswith("riskcore thresholds card_fraud --receipt")
    assert made["policy_hash"] == policy.fingerprint()


def test_free_outcomes_leave_the_optimum_undefined(app: OpenPage, house: Workspace) -> None:
    scored, labels, _, _ = swept(house, "card_fraud")
    free = Costs(currency="EUR", losses=(0.0, 0.0))
    assert sweep(scored, house.scenario("card_fraud").policy, free, labels).optimum() is None


def test_a_threshold_of_the_slider_put_in_force_leaves_the_sweep_as_it_was_made(
    app: OpenPage, house: Workspace
) -> None:
    from riskcore.ui.deciding import sweeping
    from riskcore.ui.deciding.case import Case

    scenario = house.scenario("session_risk")
    dataset = house.generate(scenario, 1_000, 4)
    assert dataset.labels is not None
    model = house.trained(scenario)
    scored = score(model, dataset.events)
    case = Case(scenario, model, dataset, house.applied(scenario), scored, dataset.labels.label, scenario.costs)

    def under(edges: dict[int, float]) -> sweeping.Swept:
        policy = scenario.policy.with_edges(edges)
        return sweeping.swept(replace(case, applied=replace(case.applied, policy=policy)), None, None, None)

    first = under({})
    assert under({}).spread is first.spread
    places = [axis.applied - 2 for axis in first.sweep.axes]
    again = under(first.sweep.edges(*places))
    assert again.spread is first.spread
    assert again.sweep.applied() == again.load.swept.applied() == first.sweep.point(*places)
    edge = first.sweep.axes[0].thresholds[places[0]]
    other = under({first.sweep.axes[0].band: float(np.nextafter(edge, 1))})  # not among the thresholds
    assert other.spread is not first.spread

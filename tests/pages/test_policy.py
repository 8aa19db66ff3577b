"""The policy page: a draft, its lint and replay, Apply and Discard, versions, YAML, and one event's rules."""

from dataclasses import replace

import pytest

from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.core.repeats import Repeated
from riskcore.core.scenario import Scenario
from riskcore.services.deciding.windows import with_rule
from riskcore.services.workspace import Workspace
from riskcore.ui.deciding.policy_editor import Start
from tests.pages.conftest import SCENARIOS, OpenPage, texts

every = pytest.mark.parametrize("key", SCENARIOS)


def drafted(scenario: Scenario, policy: Policy) -> dict[str, Start]:
    """A session in which someone has edited the policy in force."""
    return {scenario.key: Start(1, policy, scenario.policy.fingerprint())}


def looser(scenario: Scenario) -> Policy:
    """The default with its harshest band at the very top, and an override that lets small amounts pass."""
    top = len(scenario.policy.bands) - 1
    return scenario.policy.with_edges({top: 1.0})


def click(page, label: str):
    next(b for b in page.button if b.label == label).click().run()


def back_to_version_0(page) -> None:
    """Of two versions, the default is listed last."""
    page.session_state["policy versions card_fraud"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    click(page, "Roll back to it")


@every
def test_a_fresh_draft_is_what_is_in_force(key: str, app: OpenPage) -> None:
    page = app("policy", scenario=key)
    assert not page.exception
    said = texts(page)
    assert "The draft is what is in force." in said
    assert "No event gets another action" in said
    assert "synthetic" in said


@every
def test_a_draft_is_replayed_and_applied_with_author_and_note(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    draft = looser(scenario)
    page = app("policy", scenario=key, **{"policy drafts": drafted(scenario, draft)})
    assert not page.exception
    assert "Draft minus in force" in texts(page)
    click(page, "Apply")
    assert "to a milder action" in texts(page)
    page.text_input(key="policy author").set_value("Ada")
    page.text_input(key="policy note").set_value("too many blocks")
    click(page, "Put it in force")
    assert house.applied(scenario).policy == draft
    last = house.policies.versions(key)[-1]
    assert (last.author, last.note, last.applied.model) == ("Ada", "too many blocks", house.registry.champion(key))
    assert "is in force." in texts(page)


def test_discard_tells_what_is_given_up_and_gives_it_up(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    page = app("policy", scenario="card_fraud", **{"policy drafts": drafted(scenario, looser(scenario))})
    click(page, "Discard")
    assert "bands[2]: decline from risk >= 1, was decline from risk >= 0.15." in texts(page)
    click(page, "Discard it")
    assert "The draft is what is in force." in texts(page)
    assert house.applied(scenario).policy == scenario.policy


def test_lint_is_live_and_names_the_override_that_loosens_a_block(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    loose = Override(name="Small ones pass", when={"Amount": {"below": 50.0}}, action="approve")
    draft = Policy(actions=scenario.policy.actions, bands=scenario.policy.bands, overrides=(loose,))
    page = app("policy", scenario="card_fraud", **{"policy drafts": drafted(scenario, draft)})
    assert "'Small ones pass' gives 'approve' to" in texts(page)


def test_capacity_overflow_is_lint_too(app: OpenPage, house: Workspace) -> None:
    page = app("policy", scenario="payment_fraud", analysts=1.0)
    assert "there are more alerts than the" in texts(page)


def test_a_broken_guard_rail_keeps_the_draft_from_being_applied(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    page = app("policy", scenario="card_fraud", **{"policy drafts": drafted(scenario, looser(scenario))})
    rails = page.multiselect(key="guard-rails card_fraud")
    rails.set_value([rails.options[0]]).run()
    assert "May not loosen for" in texts(page)
    assert next(b for b in page.button if b.label == "Apply").disabled


def test_a_guard_rail_may_be_a_condition_on_a_field(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("payment_fraud")
    page = app("policy", scenario="payment_fraud", **{"policy drafts": drafted(scenario, looser(scenario))})
    click(page, "Condition")
    page.selectbox(key="guard-rail payment_fraud field").set_value("device_type").run()
    assert next(b for b in page.button if b.label == "Add").disabled
    page.multiselect(key="guard-rail payment_fraud device_type values").set_value(["mobile"]).run()
    click(page, "Add")
    click(page, "Condition")
    page.selectbox(key="guard-rail payment_fraud field").set_value("transaction_amount").run()
    page.number_input(key="guard-rail payment_fraud transaction_amount at_least").set_value(1.0).run()
    click(page, "Add")
    assert not page.exception
    chosen = page.multiselect(key="guard-rails payment_fraud").value
    assert chosen == ["device_type is mobile", "transaction_amount >= 1"]
    assert "May not loosen for device_type is mobile: " in texts(page)
    assert "May not loosen for transaction_amount >= 1: " in texts(page)
    assert next(b for b in page.button if b.label == "Apply").disabled
    page.multiselect(key="guard-rails payment_fraud").set_value([]).run()
    assert not next(b for b in page.button if b.label == "Apply").disabled
    assert "transaction_amount >= 1" in page.multiselect(key="guard-rails payment_fraud").options


def test_a_range_that_no_number_meets_is_no_condition(app: OpenPage) -> None:
    page = app("policy", scenario="card_fraud")
    click(page, "Condition")
    page.selectbox(key="guard-rail card_fraud field").set_value("Amount").run()
    for end, value in (("at_least", 50.0), ("below", 20.0)):
        page.number_input(key=f"guard-rail card_fraud Amount {end}").set_value(value).run()
    assert "No number is at least 50 and below 20." in texts(page)
    assert next(b for b in page.button if b.label == "Add").disabled


def test_a_dialog_is_closed_when_its_page_is_left(app: OpenPage) -> None:
    page = app("policy", scenario="card_fraud")
    click(page, "Condition")
    page.run()
    assert "Add" in [b.label for b in page.button]
    page.switch_page("pages/explain.py").run()
    page.switch_page("pages/policy.py").run()
    assert not page.exception
    assert "Add" not in [b.label for b in page.button]


def test_a_guard_rail_that_these_events_cannot_break_stops_the_page_and_is_not_forgotten(
    app: OpenPage, house: Workspace
) -> None:
    scenario = house.scenario("card_fraud")
    session = {"policy drafts": drafted(scenario, looser(scenario)), "guard-rails card_fraud": ["takeover"]}
    page = app("policy", scenario="card_fraud", **session)
    assert not page.exception
    assert page.multiselect(key="guard-rails card_fraud").value == ["takeover"]
    assert "kind of attack 'takeover'" in texts(page)
    assert "Apply" not in [b.label for b in page.button]
    page.multiselect(key="guard-rails card_fraud").set_value([]).run()
    assert not next(b for b in page.button if b.label == "Apply").disabled


def test_a_replay_says_under_which_capacity_and_real_rate_it_holds(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    drafts = {"policy drafts": drafted(scenario, looser(scenario))}
    page = app("policy", scenario="card_fraud", **drafts)
    assert "as frequent as in the data and every alert is worked" in texts(page)
    page = app("policy", scenario="card_fraud", analysts=1.0, rate=0.2, **drafts)
    assert "0.2 % of all events are attacks and 60 alerts a day are worked" in texts(page)


def test_going_back_to_a_version_tells_what_that_does_first(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    seen = scenario.policy.fingerprint()
    house.policies.apply("card_fraud", looser(scenario), None, scenario.policy, seen, dry_run=True)
    page = app("policy", scenario="card_fraud")
    versions = next(d for d in page.dataframe if "Version" in d.value)
    assert len(versions.value) == 2
    back_to_version_0(page)
    said = texts(page)
    assert "Version 0 comes back in force" in said
    assert "The dry run ends" in said
    assert "Version 0 minus in force" in said
    click(page, "Put it back in force")
    assert house.applied(scenario).policy == scenario.policy
    assert not house.applied(scenario).dry_run


def test_a_broken_guard_rail_keeps_a_version_from_coming_back(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    stricter = scenario.policy.with_edges({1: 0.001})
    house.policies.apply("card_fraud", stricter, None, scenario.policy, scenario.policy.fingerprint())
    page = app("policy", scenario="card_fraud")
    rails = page.multiselect(key="guard-rails card_fraud")
    rails.set_value([rails.options[0]]).run()
    back_to_version_0(page)
    assert "A guard-rail is broken." in texts(page)
    assert next(b for b in page.button if b.label == "Put it back in force").disabled
    page.multiselect(key="guard-rails card_fraud").set_value([]).run()
    assert not next(b for b in page.button if b.label == "Put it back in force").disabled


def test_a_version_of_other_actions_does_not_come_back_past_a_guard_rail(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    mildest, *others = scenario.policy.actions
    other = replace(scenario.policy, actions=(replace(mildest, label="Let through"), *others))
    house.policies.apply("card_fraud", other, None, scenario.policy, scenario.policy.fingerprint())
    page = app("policy", scenario="card_fraud")
    rails = page.multiselect(key="guard-rails card_fraud")
    rails.set_value([rails.options[0]]).run()
    back_to_version_0(page)
    assert "It knows other actions" in texts(page)
    assert next(b for b in page.button if b.label == "Put it back in force").disabled
    page.multiselect(key="guard-rails card_fraud").set_value([]).run()
    click(page, "Put it back in force")
    assert house.applied(scenario).policy == scenario.policy


@pytest.mark.parametrize("name", ["policy", "score_one", "bulk_score", "thresholds"])
def test_a_dry_run_is_marked_wherever_decisions_are_shown(name: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    assert "Dry run" not in texts(app(name, scenario="card_fraud"))
    seen = scenario.policy.fingerprint()
    house.policies.apply("card_fraud", scenario.policy, None, scenario.policy, seen, dry_run=True)
    page = app(name, scenario="card_fraud")
    assert not page.exception
    assert "Dry run: nobody acts on its decisions" in texts(page)


def test_a_draft_begun_before_someone_else_applied_theirs_is_a_conflict(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    page = app("policy", scenario="card_fraud", **{"policy drafts": drafted(scenario, looser(scenario))})
    theirs = scenario.policy.with_edges({2: 0.77})
    house.policies.apply("card_fraud", theirs, None, scenario.policy, scenario.policy.fingerprint())
    click(page, "Apply")
    click(page, "Put it in force")
    assert "was changed by someone else" in texts(page)
    assert house.applied(scenario).policy == theirs


def test_a_dry_run_is_a_version_and_is_said_on_the_page(app: OpenPage, house: Workspace) -> None:
    page = app("policy", scenario="card_fraud")
    page.toggle[0].set_value(True).run()
    click(page, "Apply")
    assert "A dry run begins" in texts(page)
    click(page, "Put it in force")
    assert house.applied(house.scenario("card_fraud")).dry_run
    assert "Dry run: nobody acts" in texts(page)


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
def test_one_event_shows_every_rule_and_the_one_that_led_there(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("policy", scenario=key, row=3)
    table = next(d.value for d in page.dataframe if "Effective" in d.value)
    assert table["Effective"].sum() == 1
    assert list(table["Rule"]) == list(house.scenario(key).policy.rules)


def test_the_yaml_shown_opens_again_as_the_same_policy(app: OpenPage, house: Workspace) -> None:
    from riskcore.stores.policies import from_yaml

    scenario = house.scenario("session_risk")
    draft = looser(scenario)
    page = app("policy", scenario="session_risk", **{"policy drafts": drafted(scenario, draft)})
    assert from_yaml(page.code[0].value, "shown").policy == draft


def test_versions_are_listed_newest_first_with_the_default_last(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("card_fraud")
    house.policies.apply(
        "card_fraud", looser(scenario), None, scenario.policy, scenario.policy.fingerprint(), author="Ada", note="less"
    )
    page = app("policy", scenario="card_fraud")
    table = next(d.value for d in page.dataframe if "Version" in d.value)
    assert table["Version"].tolist() == [1, 0]
    assert table["Note"].tolist() == ["less", "the scenario's default"]


def rule_over_time(scenario: Scenario, **said) -> Policy:
    """The default with a rule that reviews two of one user within a day."""
    rule = Repeated(**{"events": 2, "risk": 0.05, "minutes": 1_440, "of": "user_id"} | said)
    return with_rule(scenario.policy, rule, "manual_review")


def test_a_rule_over_time_is_linted_replayed_and_applied(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("identity_risk")
    draft = rule_over_time(scenario)
    page = app("policy", scenario=scenario.key, **{"policy drafts": drafted(scenario, draft)})
    assert not page.exception
    assert "'2 of one user_id in 1440 min' gives 'manual_review' to" in texts(page)
    moved = next(int(m.value.replace(",", "")) for m in page.metric if m.label == "Events that move")
    assert moved > 0
    click(page, "Apply")
    assert "2 events of one user_id at risk >= 0.05 within 1440 min to manual_review, was not there." in texts(page)
    click(page, "Put it in force")
    assert house.applied(scenario).policy == draft


def test_a_row_shows_that_a_rule_over_time_decided_it_and_the_note_of_a_band(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("identity_risk")
    anything = rule_over_time(scenario, events=1, risk=0.0, of="")
    page = app("policy", scenario=scenario.key, tab="One event", **{"policy drafts": drafted(scenario, anything)})
    table = next(d.value for d in page.dataframe if "Effective" in d.value)
    assert table["Rule"][table["Effective"]].tolist() == ["1 together in 1440 min"]
    bands = tuple(replace(b, note=f"Band {i}, as agreed") for i, b in enumerate(scenario.policy.bands))
    noted = drafted(scenario, replace(scenario.policy, bands=bands))
    page = app("policy", scenario=scenario.key, **{"policy drafts": noted})
    table = next(d.value for d in page.dataframe if "Effective" in d.value)
    place = table["Effective"].tolist().index(True)
    assert any(f"Band {place}" in caption.value for caption in page.caption)


def test_a_rule_over_time_warns_where_events_are_not_stored(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario("user_behavior")
    rule = Repeated(events=3, risk=0.9, minutes=30, of="user_id")
    draft = with_rule(scenario.policy, rule, scenario.policy.actions[-1].key)
    page = app("policy", scenario=scenario.key, **{"policy drafts": drafted(scenario, draft)})
    assert "recording (--record) is refused" in texts(page)


@pytest.mark.parametrize("key", ["identity_risk", "payment_fraud"])
def test_where_one_event_is_shown_the_rule_over_time_is_named(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    anything = Repeated(events=1, risk=0.0, minutes=30)
    ruled = with_rule(scenario.policy, anything, scenario.policy.actions[-1].key)
    house.policies.apply(key, ruled, None, scenario.policy, scenario.policy.fingerprint())
    page = app("score_one", scenario=key)
    assert not page.exception
    assert not page.error
    page = app("explain", scenario=key, view="One event")
    assert not page.exception
    assert "1 together in 30 min" in texts(page)

"""The policy page: a draft, its lint and replay, Apply and Discard, versions, YAML, and one event's rules."""

import pytest

from riskcore.core.policy import Override, Policy
from riskcore.core.scenario import Scenario
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
    assert "Draft against in force" in texts(page)
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
    assert "A dry run: decisions are logged" in texts(page)


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
    table = next(d.value for d in page.dataframe if "Note" in d.value)
    assert table["Version"].tolist() == [1, 0]
    assert table["Note"].tolist() == ["less", "the scenario's default"]

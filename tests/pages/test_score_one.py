"""Score one: every scenario's desk opens, at what the link asks for, and trains a model where there is none."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.core.settings import PROJECT
from riskcore.scenarios import coded
from riskcore.services import explaining, scoring
from riskcore.services.entities.openings import USUAL
from riskcore.services.workspace import Workspace
from tests.pages.conftest import SCENARIOS, OpenPage


def follow(key: str, **link: str) -> AppTest:
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    page.session_state["scenario"] = key
    for name, value in link.items():
        page.query_params[name] = value
    return page.switch_page("pages/score_one.py").run()


@pytest.mark.parametrize("key", SCENARIOS)
def test_the_desk_opens_with_the_first_preset_or_what_is_usual_for_an_entity(key: str, app: OpenPage) -> None:
    page = app("score_one", scenario=key)
    assert not page.exception
    assert not page.error
    first = USUAL if coded()[key].entities else next(iter(coded()[key].presets))
    assert page.session_state[f"one.{key}"].preset == first


@pytest.mark.parametrize("key", SCENARIOS)
def test_a_link_with_a_changed_field_rebuilds_the_view(key: str, app: OpenPage) -> None:
    field = next(f for f in coded()[key].event.fields if f.kind in ("number", "integer") and not f.derived)
    preset = list(coded()[key].presets)[-1]
    page = follow(key, preset=preset, event=json.dumps({field.name: 3}))
    assert not page.exception
    asked = page.session_state[f"one.{key}"]
    assert (asked.preset, asked.event[field.name]) == (preset, 3)
    assert {**asked.start, field.name: 3} == asked.event


@pytest.mark.parametrize("key", SCENARIOS)
def test_a_link_with_a_bad_value_is_answered_without_an_exception(key: str, app: OpenPage) -> None:
    field = next(f for f in coded()[key].event.fields if f.kind in ("number", "integer") and not f.derived)
    page = follow(key, event=json.dumps({field.name: "much"}))
    assert not page.exception
    assert page.session_state[f"one.{key}"].event[field.name] == "much"


def test_a_link_that_is_not_json_is_answered_with_the_first_preset(app: OpenPage) -> None:
    page = follow(SCENARIOS[0], event="{broken", row="99999999999")
    assert not page.exception
    assert not page.error


def test_an_untrained_scenario_is_trained_on_the_first_visit_and_no_other(
    open_empty: OpenPage, house: Workspace
) -> None:
    key, *others = SCENARIOS[::-1]
    page = open_empty("score_one", scenario=key)
    assert not page.exception
    assert house.registry.champion(key)
    assert not any(house.registry.champion(other) for other in others)


@pytest.mark.parametrize("key", SCENARIOS)
def test_what_would_make_it_milder_is_true(key: str, app: OpenPage, house: Workspace) -> None:
    scenario, trained = house.scenario(key), house.trained(house.scenario(key))
    pool, told = scenario.event.accept(scenario.synthesize(500, 3).events), 0
    for event in scenario.presets.values():
        before = scoring.decide(scoring.score(trained, scenario.event.frame(event)), scenario.policy)
        change = explaining.smallest_change(trained, event, scenario.policy, pool)
        if change is None:
            continue
        plain = {f.name: event.get(f.name) for f in scenario.event.fields if not f.follows}
        frame = scenario.event.frame(plain | {change.field.name: change.after})
        after = scoring.decide(scoring.score(trained, frame), scenario.policy)
        assert after.decisions.actions[0] < before.decisions.actions[0]
        assert change.action.key == after.action_keys()[0]
        told += 1
    assert bool(told) != scenario.stateful  # where there is a past, a timeline says more


@pytest.mark.parametrize("key", SCENARIOS)
def test_a_cancelled_first_training_waits_to_be_asked_for(key: str, open_empty: OpenPage, house: Workspace) -> None:
    page = open_empty("score_one", scenario=key, **{f"cancel Training the first model of {coded()[key].title}": True})
    assert house.registry.champion(key) is None
    again = next(button for button in page.main.button if button.label == "Train it now")
    again.click().run()
    assert not page.exception
    assert house.registry.champion(key) is not None


def test_a_champion_that_cannot_be_used_is_replaced_at_one_click(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    broken = str(house.registry.champion(key))
    (house.registry.folder / key / broken / "card.json").write_text("{}", encoding="utf-8")
    page = app("score_one", scenario=key)
    assert [error.value for error in page.error] == ["That did not work."]
    next(b for b in page.button if b.label == "Train a new champion").click().run()
    assert not page.error
    assert house.registry.champion(key) not in (None, broken)
    assert broken in house.registry.versions(key)

"""Pages where events belong to somebody: the picker, the timeline, what if, flow, lanes and files with a past."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from riskcore.scenarios import coded
from riskcore.services import scoring
from riskcore.services.entities import recorded
from riskcore.services.explaining import event_at
from riskcore.services.recording import record
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset, fingerprint
from riskcore.ui.investigating.desk import on_form
from tests.pages.conftest import OpenPage, texts

SCENARIOS = coded()
STATEFUL = next(key for key, s in SCENARIOS.items() if s.stateful)
BY_ITSELF = next(key for key, s in SCENARIOS.items() if s.entities and not s.stateful)
NOBODYS = next(key for key, s in SCENARIOS.items() if not s.entities)
HIDDEN = [key for key, s in SCENARIOS.items() if not s.entities]


def test_score_one_opens_with_a_usual_next_event_and_its_timeline(app: OpenPage) -> None:
    page = app("score_one", scenario=STATEFUL)
    assert not page.exception
    who = page.selectbox(key="entity").value
    assert page.session_state[f"one.{STATEFUL}"].preset == "Usual next event"
    assert f"Timeline of {who}" in texts(page)
    assert "Nothing is changed yet" in texts(page)


def test_what_was_recorded_can_be_chosen_and_all_of_it_is_the_past_of_the_form(
    app: OpenPage, house: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = app("score_one", scenario=STATEFUL)
    assert "Recorded events" not in page.selectbox(key="dataset").options
    scenario = house.scenario(STATEFUL)
    events = scenario.event.accept(scenario.synthesize(300, 5, {"users": 6}).events)
    trained, applied = house.trained(scenario), house.applied(scenario)
    before = record(house, trained, events[:270], applied, datetime(2026, 6, 1, tzinfo=UTC))
    monkeypatch.setattr(recorded, "MOST", 2)
    page.run()
    page.selectbox(key="dataset").set_value("Recorded events").run()
    assert not page.exception
    assert "Shown are the latest 2 of 270 recorded events" in texts(page)
    risks = scoring.score(trained, events[270:], before.decided.scored.events).risk
    row = int(risks.argmax())
    asked = page.session_state[f"one.{STATEFUL}"]
    page.session_state[f"one.{STATEFUL}"] = replace(asked, event=on_form(scenario.event, event_at(events, 270 + row)))
    page.run()
    assert not page.exception
    shown = json.loads(page.get("bidi_component")[0].proto.bytes)["answer"]["result"]
    alone = events[270 + row :][:1]
    assert shown["measures"][0]["value"] == float(scoring.score(trained, alone, before.decided.scored.events).risk[0])
    assert shown["measures"][0]["value"] != float(scoring.score(trained, alone, events[268:270]).risk[0])
    inspected = app("data_lab", scenario=STATEFUL, dataset="Recorded events", lab="Inspect")
    assert "The latest of 270 recorded events." in texts(inspected)


def test_an_entity_that_another_data_set_does_not_know_is_let_go(app: OpenPage, house: Workspace) -> None:
    house.datasets.save(house.generate(house.scenario(STATEFUL), 300, seed=4, name="Others"))
    page = app("score_one", scenario=STATEFUL)
    before = page.selectbox(key="entity").value
    page.selectbox(key="dataset").set_value("Others").run()
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="entity").value != before
    assert f"Timeline of {page.selectbox(key='entity').value}" in texts(page)
    page.selectbox(key="scenario").set_value(BY_ITSELF).run()
    assert not page.error


def test_deleting_an_event_is_told_and_undone(app: OpenPage) -> None:
    page = app("score_one", scenario=STATEFUL)
    page.button(key=f"one.{STATEFUL}.Delete").click().run()
    assert not page.exception
    assert "1 change" in texts(page)
    page.button(key=f"one.{STATEFUL}.undo").click().run()
    assert "Nothing is changed yet" in texts(page)


def test_an_entity_hit_by_an_attack_can_be_drawn(app: OpenPage) -> None:
    page = app("score_one", scenario=STATEFUL)
    kind = page.selectbox(key="entity.kind")
    kind.select(kind.options[1].replace(" ", "_")).run()
    page.button(key="entity.draw").click().run()
    assert not page.exception
    assert f"Timeline of {page.selectbox(key='entity').value}" in texts(page)


def test_a_drawn_event_brings_the_picker_to_its_entity(app: OpenPage) -> None:
    page = app("score_one", scenario=STATEFUL)
    before, key = page.selectbox(key="entity").value, f"one.{STATEFUL}"
    for number in range(1, 4):  # one of which is surely not of the first entity
        page.session_state[f"{key}.state"] = {"asked": {"number": number, "draw": 0}}
        page.run()
        assert not page.exception
        drawn = page.session_state[key]
        who = page.session_state["entity.openings"].past.main
        assert drawn.row is not None
        assert page.selectbox(key="entity").value == drawn.event[who]
        assert f"Timeline of {drawn.event[who]}" in texts(page)
        if drawn.event[who] != before:
            return
    raise AssertionError(f"Three events in a row were drawn from {before}.")


def test_a_drawn_event_is_let_go_with_its_data_set_for_its_row_is_another_event_elsewhere(
    app: OpenPage, house: Workspace
) -> None:
    made = house.generate(house.scenario(STATEFUL), 300, seed=4, name="Whole")
    house.datasets.save(made)
    events = made.events.iloc[1:].reset_index(drop=True)
    house.datasets.save(
        Dataset("Later", STATEFUL, events, None, {"file": "later.csv", "fingerprint": fingerprint(events)})
    )
    page, key = app("score_one", scenario=STATEFUL, dataset="Whole"), f"one.{STATEFUL}"
    page.session_state[f"{key}.state"] = {"asked": {"number": 1, "draw": 0}}
    assert page.run().session_state[key].row is not None
    who = page.selectbox(key="entity").value
    page.selectbox(key="dataset").set_value("Later").run()
    assert not page.exception
    assert page.selectbox(key="entity").value == who
    assert page.session_state[key].row is None


def test_where_no_past_is_looked_at_there_is_a_timeline_but_no_what_if(app: OpenPage) -> None:
    page = app("score_one", scenario=BY_ITSELF)
    assert not page.exception
    assert "Timeline of" in texts(page)
    assert "looks at no past" in texts(page)


@pytest.mark.parametrize("key", HIDDEN)
def test_events_of_nobody_have_no_picker_and_no_timeline(key: str, app: OpenPage) -> None:
    page = app("score_one", scenario=key)
    assert "Timeline of" not in texts(page)
    assert not [box for box in page.selectbox if box.key == "entity"]


@pytest.mark.parametrize("view", ["Flow", "Lanes"])
@pytest.mark.parametrize("key", [STATEFUL, BY_ITSELF])
def test_flow_and_lanes_open(key: str, view: str, app: OpenPage) -> None:
    page = app("explain", scenario=key, view=view)
    assert not page.exception
    assert not page.error
    assert ("Click a ribbon" if view == "Flow" else "One lane for each") in texts(page)


def test_lanes_are_hidden_with_the_reason_where_events_are_nobodys(app: OpenPage) -> None:
    page = app("explain", scenario=NOBODYS)
    assert not page.exception
    assert "No lanes of entities" in texts(page)


@pytest.mark.parametrize("view", ["Drivers", "One field", "One tree", "One event"])
def test_signals_are_explained_by_their_own_names(view: str, app: OpenPage) -> None:
    page = app("explain", scenario=STATEFUL, view=view)
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("data_lab", {"lab": "Inspect"}),
        ("train", {}),
        ("thresholds", {}),
        ("policy", {}),
        ("bulk_score", {}),
        ("explain", {"view": "One event"}),
    ],
)
def test_recorded_events_are_a_data_set_like_any_other_without_labels(
    name: str, choices: dict[str, str], app: OpenPage, house: Workspace
) -> None:
    scenario = house.scenario(STATEFUL)
    events = scenario.event.accept(scenario.synthesize(300, 5, {"users": 6}).events)
    record(house, house.trained(scenario), events, house.applied(scenario), datetime(2026, 6, 1, tzinfo=UTC))
    page = app(name, scenario=STATEFUL, dataset="Recorded events", **choices)
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="dataset").value == "Recorded events"


def test_recorded_events_stay_as_they_were_read_until_they_are_asked_for_again(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(STATEFUL)
    events = scenario.event.accept(scenario.synthesize(300, 5, {"users": 6}).events)
    trained, applied, now = house.trained(scenario), house.applied(scenario), datetime(2026, 6, 1, tzinfo=UTC)
    record(house, trained, events[:200], applied, now)
    page = app("data_lab", scenario=STATEFUL, dataset="Recorded events", lab="Inspect")
    assert "Recorded events · 200 rows" in texts(page)
    record(house, trained, events[200:], applied, now)
    assert "Recorded events · 200 rows" in texts(page.run())
    next(b for b in page.button if b.label == "Read again").click().run()
    assert "Recorded events · 300 rows" in texts(page)


def test_a_saved_set_of_that_name_is_not_hidden_by_recorded_events(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(STATEFUL)
    events = scenario.event.accept(scenario.synthesize(300, 5, {"users": 6}).events)
    record(house, house.trained(scenario), events, house.applied(scenario), datetime(2026, 6, 1, tzinfo=UTC))
    house.datasets.save(house.generate(scenario, 100, seed=4, name="Recorded events"))
    page = app("data_lab", scenario=STATEFUL, dataset="Recorded events", lab="Inspect")
    assert page.selectbox(key="dataset").options.count("Recorded events") == 1
    assert "Recorded events · 100 rows" in texts(page)


def test_events_that_name_nobody_are_scored_without_a_timeline(app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario(STATEFUL), 300, seed=4, name="Nobody")
    house.datasets.save(replace(made, events=made.events.iloc[:0], labels=None))
    page = app("score_one", scenario=STATEFUL)
    page.selectbox(key="dataset").set_value("Nobody").run()
    assert not page.exception
    assert "No timeline: these events name no" in texts(page)

"""Pages where events belong to somebody: the picker, the timeline, what if, flow, lanes and files with a past."""

import pytest

from riskcore.scenarios import coded
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

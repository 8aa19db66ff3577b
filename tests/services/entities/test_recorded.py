"""Recorded events as a data set: the whole stored past counts, though only the latest events are drawn."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.scenarios import coded
from riskcore.services import scoring
from riskcore.services.entities import recorded, timelines
from riskcore.services.entities.past import Past
from riskcore.services.recording import record
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.policies import Applied

SCENARIO = next(s for s in coded().values() if s.stateful)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVENTS = SCENARIO.event.accept(SCENARIO.synthesize(800, 5, {"users": 12}).events)
OLD, NEW = EVENTS.iloc[:770].reset_index(drop=True), EVENTS.iloc[770:].reset_index(drop=True)


@pytest.fixture(scope="module")
def trained() -> Trained:
    house = open_workspace(Settings())
    return house.train(SCENARIO, house.generate(SCENARIO, 6_000, 0), Plan(model="fusion")).trained


@pytest.fixture
def house(tmp_path: Path) -> Workspace:
    return open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))


def written(house: Workspace, trained: Trained, events: pd.DataFrame) -> list[float]:
    """The risks that events get while they are recorded."""
    found = record(house, trained, events, Applied(SCENARIO.policy, None), NOW)
    return [float(risk) for risk in found.decided.scored.risk]


def test_a_look_at_what_was_recorded_makes_no_database(house: Workspace) -> None:
    assert not recorded.any_of(house, SCENARIO)
    assert not list(Path(house.settings.data).glob("**/*"))


def test_the_latest_events_are_drawn_oldest_first_and_all_are_counted(
    house: Workspace, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(house, trained, EVENTS.sample(frac=1, random_state=0).reset_index(drop=True))
    monkeypatch.setattr(recorded, "MOST", 100)
    found = recorded.latest(house, SCENARIO)
    pd.testing.assert_frame_equal(found.events, EVENTS.iloc[-100:].reset_index(drop=True))
    assert found.recorded
    assert found.labels is None
    assert found.origin["recorded"] == len(EVENTS)


def test_the_latest_events_are_scored_as_they_were_when_they_were_recorded(
    house: Workspace, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    risks = written(house, trained, EVENTS)[-100:]
    monkeypatch.setattr(recorded, "MOST", 100)
    found = recorded.latest(house, SCENARIO)
    assert scoring.score(trained, found.events, found.before).risk.tolist() == risks
    assert scoring.score(trained, found.events).risk.tolist() != risks
    assert len(found.pool) == len(found.events) + len(found.before)
    assert found.pool[SCENARIO.event.id].is_unique


@pytest.mark.parametrize("most", [50, 20_000])
def test_an_event_on_the_form_gets_the_risk_that_it_would_be_recorded_with(
    most: int, house: Workspace, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(house, trained, OLD)
    monkeypatch.setattr(recorded, "MOST", most)
    drawn = Past(SCENARIO, recorded.latest(house, SCENARIO).events)
    shown, alone = [], []
    for i in range(len(NEW)):
        event = NEW.iloc[[i]].reset_index(drop=True)
        whose = event[drawn.main].iloc[0]
        past = recorded.completed(house, drawn, event)
        shown.append(float(scoring.score(trained, event, timelines.known(past, whose, (), event)).risk[0]))
        alone.append(float(scoring.score(trained, event, timelines.known(drawn, whose, (), event)).risk[0]))
    assert len(drawn.events) == min(most, len(OLD))
    assert (alone != shown) == (most < len(OLD))
    assert shown == [float(scoring.score(trained, NEW.iloc[[i]], OLD).risk[0]) for i in range(len(NEW))]
    assert shown[0] == written(house, trained, NEW.iloc[:1])[0]


def test_an_event_recorded_after_the_set_was_read_counts_at_once(house: Workspace, trained: Trained) -> None:
    written(house, trained, OLD)
    drawn = Past(SCENARIO, recorded.latest(house, SCENARIO).events)
    event, before = NEW.iloc[[-1]].reset_index(drop=True), NEW.iloc[:-1].reset_index(drop=True)
    written(house, trained, before)
    past = recorded.completed(house, drawn, event)
    assert len(past.further)
    assert set(past.further[SCENARIO.event.id]) <= set(before[SCENARIO.event.id])
    known = timelines.known(past, event[drawn.main].iloc[0], (), event)
    assert float(scoring.score(trained, event, known).risk[0]) == written(house, trained, event)[0]

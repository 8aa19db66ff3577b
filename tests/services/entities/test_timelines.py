"""Timelines: an entity's events as they were or might have been, scored by the one path, the data left alone."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import UnknownKeyError
from riskcore.core.labels import Labels
from riskcore.core.trained import Trained
from riskcore.scenarios import coded
from riskcore.services import scoring
from riskcore.services.entities import openings, staging, typical
from riskcore.services.entities.past import Past, why_not
from riskcore.services.entities.timelines import (
    ADDED,
    FRESH,
    MOVED,
    NEW,
    Edit,
    accepted,
    consequences,
    edited,
    known,
    tell,
)
from riskcore.services.workspace import Workspace

SCENARIO = next(s for s in coded().values() if s.stateful)
ROWS = 4_000


@pytest.fixture(scope="module")
def data() -> tuple[Past, Labels]:
    made = SCENARIO.synthesize(ROWS, 3, {"attack_share": 0.1})
    return Past(SCENARIO, SCENARIO.event.accept(made.events)), made.labels


@pytest.fixture(scope="module")
def past(data: tuple[Past, Labels]) -> Past:
    return data[0]


@pytest.fixture(scope="module")
def trained(house: Workspace) -> Trained:
    return house.trained(house.scenario(SCENARIO.key))


@pytest.fixture(scope="module")
def who(past: Past) -> str:
    return str(past.counts.index[0])


def test_without_edits_the_timeline_is_the_data_set(past: Past, who: str, trained: Trained) -> None:
    told = tell(trained, SCENARIO.policy, past, who)
    assert told.story.rows.tolist() == past.of(who).tolist()
    whole = scoring.score(trained, past.events).risk[past.of(who)]
    np.testing.assert_allclose(told.risk, whole, atol=1e-9)


def test_what_is_known_of_an_event_scores_it_as_the_whole_data_set_would(
    past: Past, who: str, trained: Trained
) -> None:
    event = accepted(SCENARIO, typical.typical_next(SCENARIO, past.events.iloc[past.of(who)]))
    near = scoring.score(trained, event, known(past, who, (), event)).risk
    np.testing.assert_allclose(near, scoring.score(trained, event, past.events).risk, atol=1e-9)


def test_edits_move_delete_and_add_and_leave_the_data_set_as_it_was(past: Past, who: str) -> None:
    before = past.events.copy()
    rows = past.of(who)
    extra = typical.typical_next(SCENARIO, past.events.iloc[rows])
    first, second = int(rows[0]), int(rows[1])
    edits = (Edit("delete", first), Edit("move", second, by=timedelta(days=400)), Edit("add", event=extra))
    story = edited(past, who, edits)
    assert first not in story.rows
    assert story.rows[-1] == second
    assert story.origin[-1] == MOVED
    assert story.origin[story.rows == NEW - 1].tolist() == [ADDED]
    assert len(story.rows) == len(rows)
    pd.testing.assert_frame_equal(past.events, before)


def test_a_move_there_and_back_changes_nothing(past: Past, who: str) -> None:
    row, hour = int(past.of(who)[3]), timedelta(hours=1)
    story = edited(past, who, (Edit("move", row, by=hour), Edit("move", row, by=-hour)))
    pd.testing.assert_frame_equal(story.events, edited(past, who).events)


def test_the_event_on_the_form_is_part_of_the_story_only_where_it_is_the_entitys(past: Past, who: str) -> None:
    other = str(past.counts.index[1])
    event = typical.typical_next(SCENARIO, past.events.iloc[past.of(who)])
    assert edited(past, who, event=event).origin[-1] == FRESH
    assert FRESH not in edited(past, other, event=event).origin


def test_edits_change_no_earlier_event(past: Past, who: str, trained: Trained) -> None:
    was = tell(trained, SCENARIO.policy, past, who)
    middle = len(was.story.rows) // 2
    now = tell(trained, SCENARIO.policy, past, who, (Edit("delete", int(was.story.rows[middle])),))
    moved = consequences(was, now)
    assert (moved["place"] >= middle).all()
    np.testing.assert_allclose(now.risk[:middle], was.risk[:middle], atol=1e-9)


def test_failures_before_an_event_raise_its_risk_and_nothing_else(past: Past, who: str, trained: Trained) -> None:
    story = SCENARIO.past("Credential stuffing")
    assert story is not None
    brought = Past(SCENARIO, story)
    event = SCENARIO.presets["Credential stuffing"]
    was = tell(trained, SCENARIO.policy, brought, event["user_id"], event=event)
    failures = [Edit("delete", int(r)) for r in np.flatnonzero(story["event_type"] == "login_failure")]
    now = tell(trained, SCENARIO.policy, brought, event["user_id"], failures, event)
    moved = consequences(was, now)
    assert moved["place"].tolist() == [len(now.story.rows) - 1]
    assert (moved["now"] < moved["before"]).all()


def test_a_typical_next_event_is_valid_later_and_made_of_one_real_event(past: Past) -> None:
    for value in past.counts.index[:40]:
        own = past.events.iloc[past.of(value)]
        event = accepted(SCENARIO, typical.typical_next(SCENARIO, own))
        assert event["timestamp"].iloc[0] == own["timestamp"].max() + typical.SOON
        alike = (own["device_hash"] == event["device_hash"].iloc[0]) & (own["ip"] == event["ip"].iloc[0])
        assert alike.any()
        assert event["user_id"].iloc[0] == value


def test_every_kind_of_attack_can_be_played_on_anybody(data: tuple[Past, Labels], who: str) -> None:
    past, labels = data
    stage = staging.Stage(past, labels)
    assert len(stage.kinds) == 10
    last = past.events["timestamp"].iloc[past.of(who)].max()
    for kind in stage.kinds:
        played = stage.play(kind, who)
        events = accepted(SCENARIO, *played.lead, played.event)
        if played.as_it_was:
            continue
        assert events["user_id"].iloc[-1] == who
        assert (events["timestamp"] > last).all()
        account = past.events["account_created_at"].iloc[past.of(who)].iloc[0]
        assert (events.loc[events["user_id"] == who, "account_created_at"] == account).all()


def test_a_played_attack_is_riskier_than_what_is_usual(data: tuple[Past, Labels], who: str, trained: Trained) -> None:
    stage = staging.Stage(*data)
    starts = openings.Openings(stage.past, stage, who)
    risk = {}
    for name, staged in starts.staged.items():
        event = accepted(SCENARIO, staged.event)
        risk[name] = float(scoring.score(trained, event, known(stage.past, who, starts.lead(name), event)).risk[0])
    usual = risk.pop(openings.USUAL)
    assert np.median(list(risk.values())) > 2 * usual


def test_an_unknown_entity_is_told_with_the_nearest_name(data: tuple[Past, Labels], who: str) -> None:
    stage = staging.Stage(*data)
    with pytest.raises(UnknownKeyError, match=who):
        openings.Openings(stage.past, stage, who[:-1] + "~")


def test_scenarios_without_entities_say_that_there_is_no_past() -> None:
    nobody = next(s for s in coded().values() if not s.entities)
    assert "nobody" in why_not(nobody, pd.DataFrame())


def test_the_events_that_a_reason_counted_are_the_failures_before() -> None:
    name = "Credential stuffing"
    story = SCENARIO.past(name)
    assert story is not None
    event = accepted(SCENARIO, SCENARIO.presets[name])
    ids = openings.behind(Past(SCENARIO, story), story, event, "failure_burst")
    mine = (story["event_type"] == "login_failure") & (story["user_id"] == event["user_id"].iloc[0])
    assert ids == set(story.loc[mine, "event_id"])

"""What happened is stored once, and found by the entities that it touches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import ConflictError, DataError, StoreError
from riskcore.core.schema import EventSchema, category, number, text, timestamp
from riskcore.scenarios import session_risk
from riskcore.stores.database import Database
from riskcore.stores.decisions import Decisions
from riskcore.stores.history import History

EVENT = EventSchema(
    fields=(
        text("event_id", "Event"),
        timestamp("at", "When"),
        text("user_id", "User"),
        text("ip", "Address", optional=True),
        number("lat", "Latitude", optional=True),
        category("kind", "Kind", ("login", "logout")),
    ),
    id="event_id",
    time="at",
)
SCENARIO = replace(
    session_risk.SCENARIO,
    key="visits",
    event=EVENT,
    policy=replace(session_risk.SCENARIO.policy, overrides=()),
    entities=("user_id", "ip"),
    lookback=timedelta(days=30),
)
START = datetime(2026, 1, 1, tzinfo=UTC)


def visits(n: int, seed: int = 0) -> pd.DataFrame:
    """Validated visits of five users from three addresses, an hour apart."""
    rng = np.random.default_rng(seed)
    return EVENT.accept(
        pd.DataFrame(
            {
                "event_id": [f"e{seed}-{i:04d}" for i in range(n)],
                "at": [START + timedelta(hours=i) for i in range(n)],
                "user_id": [f"u{i}" for i in rng.integers(0, 5, n)],
                "ip": pd.Series([f"10.0.0.{i}" if i else None for i in rng.integers(0, 4, n)], dtype="str"),
                "lat": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
                "kind": rng.choice(["login", "logout"], n),
            }
        )
    )


def test_the_latest_events_come_oldest_first_and_all_are_counted(database: Database) -> None:
    history, events = History(database, SCENARIO), visits(60)
    assert (history.any(), history.count(), len(history.latest(9))) == (False, 0, 0)
    history.append(events.sample(frac=1, random_state=0))
    History(database, replace(SCENARIO, key="others")).append(visits(5, seed=1))
    assert (history.any(), history.count()) == (True, 60)
    pd.testing.assert_frame_equal(history.latest(9), events.iloc[-9:].reset_index(drop=True))
    assert len(history.latest(99)) == 60


def test_what_is_stored_comes_back_as_it_was(database: Database) -> None:
    history, events = History(database, SCENARIO), visits(60)
    assert history.append(events) == 60
    users = sorted(events["user_id"].unique())
    back = history.before({"user_id": users}, START + timedelta(days=9), timedelta(days=30))
    pd.testing.assert_frame_equal(back, events)


def test_only_the_past_of_the_named_entities_within_the_lookback_is_read(database: Database) -> None:
    history, events = History(database, SCENARIO), visits(100)
    history.append(events)
    until = START + timedelta(hours=70)
    back = history.before({"user_id": ["u1"], "ip": ["10.0.0.2"]}, until, timedelta(hours=40))
    at = events["at"]
    touched = (events["user_id"] == "u1") | (events["ip"] == "10.0.0.2")
    expected = events[touched & (at >= until - timedelta(hours=40)) & (at <= until)]
    assert len(expected) > 10
    pd.testing.assert_frame_equal(back, expected.reset_index(drop=True))


def test_a_lookback_may_begin_before_the_first_year(database: Database) -> None:
    history = History(database, SCENARIO)
    events = visits(5)
    history.append(events)
    assert len(history.before(None, START + timedelta(days=9), timedelta(days=365 * 3_000))) == 5
    assert history.before(None, datetime(1, 1, 1, tzinfo=UTC), timedelta(days=90)).empty


def test_events_sent_again_are_stored_once(database: Database) -> None:
    history, events = History(database, SCENARIO), visits(40)
    history.append(events.head(30))
    assert history.append(events) == 10
    assert history.append(pd.concat([events, events])) == 0
    users = sorted(events["user_id"].unique())
    assert len(history.before({"user_id": users}, START + timedelta(days=9), timedelta(days=30))) == 40


def test_an_id_with_other_content_is_refused_and_nothing_is_stored(database: Database) -> None:
    history, events = History(database, SCENARIO), visits(40)
    history.append(events.head(10))
    changed = events.assign(user_id=events["user_id"].where(events.index != 3, "u9"))
    with pytest.raises(ConflictError, match="event_id e0-0003 is stored with other content"):
        history.append(changed)
    users = sorted(events["user_id"].unique())
    assert len(history.before({"user_id": users}, START + timedelta(days=9), timedelta(days=30))) == 10
    with pytest.raises(DataError, match="e0-0003 stands twice"):
        history.append(pd.concat([events, changed]))


def test_the_past_of_another_scenario_is_not_seen(database: Database) -> None:
    events = visits(20)
    History(database, SCENARIO).append(events)
    other = History(database, replace(SCENARIO, key="others"))
    assert other.before({"user_id": ["u1"]}, START + timedelta(days=9), timedelta(days=30)).empty
    assert other.append(events) == 20


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    history = History(database, SCENARIO)

    def half_done() -> None:
        with database.writing() as connection:
            history.append(visits(5), connection)
            raise DataError("Something else failed.")

    with pytest.raises(DataError, match="Something else"):
        half_done()
    assert history.before({"user_id": [f"u{i}" for i in range(5)]}, START + timedelta(days=9), timedelta(9)).empty


def test_the_first_decision_on_an_event_stands(database: Database) -> None:
    log = Decisions(database)
    line = {"scenario": "visits", "event_id": "e1", "recorded": "2026-01-01T00:00:00+00:00", "model": "m1"}
    line |= {"policy": "p", "risk": 0.5, "raw": 0.1, "action": "review", "enforced": True}
    with database.writing() as connection:
        log.append([line, {**line, "action": "pass", "recorded": "2026-01-02T00:00:00+00:00"}], connection)
        assert log.of("visits", ["e1", "e2"], connection)["e1"]["action"] == "review"
    assert log.table("visits")["action"].tolist() == ["pass", "review"]
    assert log.table("others").empty


def test_events_without_a_time_have_no_past(database: Database) -> None:
    with pytest.raises(DataError, match="its events need a time"):
        History(database, session_risk.SCENARIO)


def test_a_database_that_cannot_be_reached_is_told_without_its_password() -> None:
    away = Database("postgresql+psycopg://me:secret@127.0.0.1:1/x")
    with pytest.raises(StoreError, match=r"me:\*\*\*@127\.0\.0\.1:1/x did not answer") as told:
        away.reading().__enter__()
    assert "secret" not in str(told.value)
    with pytest.raises(StoreError, match="RISKCORE_DATABASE_URL is no address"):
        Database("nonsense")

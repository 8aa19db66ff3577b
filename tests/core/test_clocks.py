"""Events of the future are told, and only those that no time zone explains."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from riskcore.core.clocks import Ahead, ahead
from riskcore.core.schema import EventSchema, number, timestamp

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SCHEMA = EventSchema(fields=(timestamp("at", "When"),), time="at")


def found(*days: float) -> Ahead:
    events = SCHEMA.accept(pd.DataFrame({"at": [NOW + timedelta(days=d) for d in days]}))
    return ahead(SCHEMA, events, NOW)


def test_events_that_are_more_than_a_day_ahead_are_counted_with_the_furthest() -> None:
    assert found(-400, 0, 0.9, 1).warnings == ()
    assert found(-1, 1.5, 40, 3).warnings == (
        "3 events lie in the future by more than a day, the furthest at 2026-02-19T12:00:00Z: "
        "check the clock they come from.",
    )
    assert found(2).warnings == (
        "1 event lies in the future by more than a day, at 2026-01-12T12:00:00Z: check the clock they come from.",
    )


def test_chunks_say_together_what_the_whole_says() -> None:
    assert found(2, 5) + found(0) + found(3) == found(2, 5, 0, 3)


def test_a_time_that_counts_from_an_origin_is_never_of_the_future() -> None:
    counted = EventSchema(fields=(number("seconds", "Seconds"),), time="seconds")
    events = counted.accept(pd.DataFrame({"seconds": [1e12]}))
    assert ahead(counted, events, NOW) == Ahead()

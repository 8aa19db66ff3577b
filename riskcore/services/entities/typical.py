"""What an entity would usually do next: one of its own events, the one most like all others, a little later."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event, Field
from riskcore.services.explaining import event_at

SOON = timedelta(minutes=10)  # after the last event
NEW_ID = "new"


def typical_next(scenario: Scenario, own: pd.DataFrame) -> dict[str, Any]:
    """A next event for an entity whose k ≥ 1 validated events, oldest first, are given.

    The values are those of one real event, so that device, place and network fit one another.  What never comes back
    once it has changed, such as a session, is the latest one's where the event belongs to it, and else not given.
    """
    place = most_usual(scenario, own)
    event = event_at(own, place)
    for f in scenario.event.fields:
        if f.kind == "text" and f.optional and f.name not in scenario.entities and passes(own[f.name]):
            latest = own[f.name].iloc[-1]
            event[f.name] = event[f.name] if event[f.name] == latest else None
    return moved(scenario, event, moment(scenario, own, len(own) - 1) + SOON.total_seconds())


def most_usual(scenario: Scenario, own: pd.DataFrame) -> int:
    """The place of the event whose values are most often found among all k, the latest of several."""
    points = np.zeros(len(own))
    for f in scenario.event.fields:
        if not (f.derived and f.agrees) and f.name not in (scenario.event.id, scenario.event.time):
            points += _usual(f, own[f.name])
    return len(own) - 1 - int(points[::-1].argmax())


def passes(column: pd.Series) -> bool:
    """Whether a value never comes back after another one: that of sessions, unlike devices and places.

    >>> passes(pd.Series(["a", "a", "b"])), passes(pd.Series(["a", "b", "a"])), passes(pd.Series(["a", "a"]))
    (True, False, False)
    """
    codes, words = pd.factorize(column.dropna())
    runs = 1 + int(np.count_nonzero(codes[1:] != codes[:-1])) if len(codes) else 0
    return len(words) > 1 and runs == len(words)


def moment(scenario: Scenario, events: pd.DataFrame, row: int) -> float:
    """When an event was, in seconds."""
    return float(scenario.event.seconds(events.iloc[[row]])[0])


def moved(scenario: Scenario, event: Event, seconds: float, id: str = NEW_ID) -> dict[str, Any]:
    """The event at another moment under another identifier; what follows from either is left to be derived."""
    schema = scenario.event
    kept = {f.name: event.get(f.name) for f in schema.fields if not (f.derived and f.agrees)}
    if schema.id is not None:
        kept[schema.id] = id
    if schema.time is not None:
        timed = schema[schema.time].kind == "time"
        kept[schema.time] = pd.Timestamp(round(seconds * 1e6), unit="us", tz="UTC") if timed else seconds
    return kept


def _usual(f: Field, column: pd.Series) -> NDArray[np.float64]:
    """How usual each value (k,) is, from 0 to 1: its share, or for numbers how near the median it ranks."""
    if f.kind in ("number", "integer"):
        rank = column.rank(pct=True).to_numpy(dtype=np.float64)
        return np.asarray(np.nan_to_num(1 - 2 * np.abs(rank - 0.5 - 0.5 / max(len(column), 1))))
    codes, _ = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(np.bincount(codes)[codes] / len(column))

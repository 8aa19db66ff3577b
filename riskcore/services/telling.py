"""Signals, and columns over the past, in words: what one measured, and the past events behind it."""

from datetime import timedelta

import numpy as np
import pandas as pd

from riskcore.core.explanation import Explanation
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event, EventSchema

MOST_LISTED = 8  # past events behind one reason
MOST_NAMED = 4  # of those on other entities, whose names take room, and of those told by how long ago they were
UTC = "UTC"


def tell_signal(
    scenario: Scenario, explanation: Explanation, row: int, name: str, event: Event, history: pd.DataFrame | None
) -> tuple[str, float, str]:
    """A signal's label, its value for one explained event, and both in words.

    The value is NaN where the signal abstains, or where the model learns it.  The past events that it counted are
    listed by their times, if the history is given.
    """
    signal = next(s for s in scenario.signals if s.name == name)
    value = _given(explanation, row, name)
    if explanation.values[row, explanation.features.index(name)] > 0:
        said = f"{signal.told(value)}{listed(scenario, name, event, history)}:"
    elif np.isnan(value):
        said = f"{signal.label} cannot be told, or not from so short a past:"
    else:
        said = f"{signal.label}: {signal.amount(value)}"
    return signal.label, value, said


def tell_column(
    scenario: Scenario, explanation: Explanation, row: int, name: str, event: Event, history: pd.DataFrame | None
) -> tuple[float, str]:
    """What a column over the past holds for one explained event, and that in words; as `tell_signal`."""
    value = float(explanation.values[row, explanation.features.index(name)])
    if np.isnan(value):
        return value, f"{name}: nothing to go by"
    return value, scenario.phrases[name].format(value=value) + listed(scenario, name, event, history)


def _given(explanation: Explanation, row: int, name: str) -> float:
    return float("nan") if explanation.given is None else float(explanation.given[name].iloc[row])


def listed(scenario: Scenario, name: str, event: Event, history: pd.DataFrame | None) -> str:
    """When the events were that a feature counted, the first of many, in brackets; empty where none are known."""
    if scenario.evidence is None or history is None or scenario.event.time is None:
        return ""
    now = scenario.event.accept(scenario.event.frame(event))
    found = scenario.evidence(now, history, 0, name)
    if found.empty:
        return ""
    times, end = _times(scenario.event, found, now)
    main = scenario.entities[0]
    foreign = main in found and bool((found[main] != now[main].iloc[0]).all())
    if foreign:
        times = [f"{who} {time}" for who, time in zip(found[main], times, strict=True)]
    most = MOST_NAMED if foreign or end != UTC else MOST_LISTED
    seconds = scenario.event.seconds(found)
    ahead = f"{len(times):,} within {span(timedelta(seconds=seconds[-1] - seconds[0]))}: " if len(times) > 1 else ""
    return f" ({ahead}{', '.join(times[:most])}{', …' if len(times) > most else ''} {end})"


def _times(schema: EventSchema, found: pd.DataFrame, now: pd.DataFrame) -> tuple[list[str], str]:
    """Times of day, with their day where one of them is not today's, and what stands after them.

    Where events tell only seconds from an origin, how long before the event it was.
    """
    if schema[str(schema.time)].kind != "time":
        ago = schema.seconds(now)[0] - schema.seconds(found)
        return [span(timedelta(seconds=seconds)) for seconds in ago.tolist()], "before"
    at, today = found[schema.time], now[schema.time].iloc[0].date()
    shown = "%H:%M:%S" if bool((at.dt.date == today).all()) else "%d %b %H:%M"
    return [str(time) for time in at.dt.strftime(shown)], UTC


def span(long: timedelta) -> str:
    """How long, in one unit, rounded up.

    >>> span(timedelta(seconds=40)), span(timedelta(minutes=3, seconds=59)), span(timedelta(days=2, hours=1))
    ('40 s', '4 min', '3 days')
    """
    seconds = long.total_seconds()
    units = (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800), ("days", 86_400, np.inf))
    unit, size, _ = next(u for u in units if seconds < u[2])
    return f"{max(1, int(np.ceil(seconds / size)))} {unit}"


def tell_silence(scenario: Scenario, explanation: Explanation, row: int = 0) -> str:
    """How many signals have nothing to say of an event, where that is most of them; empty otherwise."""
    given = explanation.given
    if not scenario.signals or given is None:
        return ""
    silent = sum(bool(np.isnan(given[s.name].iloc[row])) for s in scenario.signals)
    if 2 * silent < len(scenario.signals):
        return ""
    return f"{silent} of {len(scenario.signals)} signals abstain: too little is known of this past, which is no risk."

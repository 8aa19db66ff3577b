"""When events happened, and whose they are: counts by hour or day, hours of the day, events per entity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Scenario
from riskcore.core.schema import integer
from riskcore.services.data.profiling import Histogram, histogram
from riskcore.services.judging.estimates import proportion

HOUR, DAY = 3_600, 86_400  # s
STEPS = (("second", 1), ("minute", 60), ("hour", HOUR), ("day", DAY), ("week", 7 * DAY))
MOST_BARS = 200  # of a strip; the finest step that needs no more is taken
FEWEST_PER_BAR = 2  # events on average, or the strip is noise
WHOLE_DAY = 20 * HOUR  # s of recording, below which hours of the day would only say when it was made


@dataclass(frozen=True)
class Strip:
    """Counts by class of events in equal stretches of time: `class`, `at` (s since 1970, or since the origin), `n`.

    `drift` is how the share of the worst class differs between the halves of the recorded time, in words.
    """

    step: str
    seconds: int
    counts: pd.DataFrame
    untimed: int  # events that have no time
    drift: str


def strip(scenario: Scenario, events: pd.DataFrame, classes: NDArray[np.int64], names: Sequence[str]) -> Strip | None:
    """Events per hour, day or another step that suits them, or None where no event has a time."""
    seconds, timed = _seconds(scenario, events)
    if not len(seconds):
        return None
    span, classes = float(np.ptp(seconds)), classes[timed]
    bars = min(MOST_BARS, max(2, len(seconds) // FEWEST_PER_BAR))
    step, width = next(((s, w) for s, w in STEPS if span / w <= bars), STEPS[-1])
    place = np.floor(seconds / width).astype(np.int64)
    first, size = int(place.min()), int(np.ptp(place)) + 1
    counts = np.zeros((len(names), size), dtype=np.int64)
    np.add.at(counts, (classes, place - first), 1)
    frame = pd.DataFrame(
        {
            "class": np.repeat(list(names), size),
            "at": np.tile((first + np.arange(size)) * float(width), len(names)),
            "n": counts.ravel(),
        }
    )
    return Strip(step, width, frame, int((~timed).sum()), _drift(seconds, classes == len(names) - 1, names))


def _seconds(scenario: Scenario, events: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Times of the events that have one, and which those are (n,)."""
    if scenario.event.time is None:
        return np.zeros(0), np.zeros(len(events), dtype=bool)
    timed = events[scenario.event.time].notna().to_numpy()
    return scenario.event.seconds(events[timed]), timed


def _drift(seconds: NDArray[np.float64], worst: NDArray[np.bool_], names: Sequence[str]) -> str:
    if len(names) < 2 or not worst.any():
        return ""
    late = seconds >= (seconds.min() + seconds.max()) / 2
    if not late.any() or late.all():
        return ""
    before, after = (proportion(int(worst[half].sum()), int(half.sum())) for half in (~late, late))
    told = f"{_share(before.value)} in the first half of the time, {_share(after.value)} in the second"
    if before.high < after.low or after.high < before.low:
        return f"{names[-1]} {'rises' if after.value > before.value else 'falls'}: {told}"
    return f"{names[-1]} is about as frequent early as late: {told}"


def _share(value: float) -> str:
    return f"{value:.{0 if value >= 0.0995 else 1 if value >= 0.00995 else 2}%}"


def hours(
    scenario: Scenario, events: pd.DataFrame, classes: NDArray[np.int64], names: Sequence[str]
) -> Histogram | None:
    """Hours of the day by class, or None where less than a day was recorded."""
    seconds, timed = _seconds(scenario, events)
    if not len(seconds) or np.ptp(seconds) < WHOLE_DAY:
        return None
    clock = "counted from the origin" if scenario.event.origin else "UTC"
    field = integer("Hour of the day", f"Hour, {clock}", low=0, high=23)
    return histogram(field, pd.Series(seconds // HOUR % 24), classes[timed], names)


@dataclass(frozen=True)
class Crowd:
    """How events spread over the entities of one column.  `bins`: `low`, `high` events each, `n` entities."""

    column: str
    count: int
    median: float
    most: int
    nobody: int  # events without one
    bins: pd.DataFrame


def crowds(scenario: Scenario, events: pd.DataFrame) -> tuple[Crowd, ...]:
    """Number of entities and events per entity, for each entity column in which any is named."""
    found = []
    for name in scenario.entities:
        each = events[name].value_counts().to_numpy()
        if not len(each):
            continue
        powers = 2.0 ** np.arange(int(np.log2(each.max())) + 2)
        edges = powers if len(powers) > 4 else np.arange(1.0, each.max() + 2)
        n = np.histogram(each, bins=edges)[0]
        bins = pd.DataFrame({"low": edges[:-1].astype(int), "high": edges[1:].astype(int) - 1, "n": n})
        found.append(
            Crowd(name, len(each), float(np.median(each)), int(each.max()), int(events[name].isna().sum()), bins)
        )
    return tuple(found)

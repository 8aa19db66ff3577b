"""Which rows a model learns from and which it is judged on."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.scenario import Scenario

How = Literal["time", "entity", "random"]
HOWS: tuple[str, ...] = get_args(How)
CALIBRATION_SHARE = 0.2  # of the training rows; the latest ones in a split by time


@dataclass(frozen=True)
class Split:
    """Row numbers of three disjoint parts; `judge` and `calibrate` may be empty."""

    how: str
    fit: NDArray[np.int64]
    calibrate: NDArray[np.int64]
    judge: NDArray[np.int64]

    def to_mapping(self) -> dict[str, Any]:
        """As plain data, for a card: the way, and how many rows are in each part."""
        return {"how": self.how, "fit": len(self.fit), "calibrate": len(self.calibrate), "judge": len(self.judge)}


def default_split(scenario: Scenario, events: pd.DataFrame | None = None) -> How:
    """By time where every event has one, at random otherwise; without events, by what the schema demands."""
    time = scenario.event.time
    if time is None:
        return "random"
    timed = not scenario.event[time].optional if events is None else bool(events[time].notna().all())
    return "time" if timed else "random"


def split(
    scenario: Scenario,
    events: pd.DataFrame,
    y: NDArray[np.integer],
    how: str,
    holdout: float,
    calibrated: bool,
    seed: int,
) -> Split:
    """Cut rows into fit, calibrate and judge.

    `time`: the latest share is judged, and rows whose labels had not arrived when it began (`Target.delay`) are left
    out.  `entity`: entities of the first entity column are judged that were never learned from.  `random`: drawn within
    each class; rows of one time or person may fall on both sides.  Without labels, `y` is all 0.
    """
    if how not in HOWS:
        raise UnknownKeyError("split", how, HOWS)
    if not 0 <= holdout < 1:
        raise DataError(f"Holdout is {holdout:g}; it must be at least 0 and below 1.")
    rng = np.random.default_rng(seed)
    learn, judge = _cut(scenario, events, y, how, holdout, rng)
    if how == "time" and len(judge):
        learn = _known_by_then(scenario, events, learn, judge)
    fit, calibrate = _cut(scenario, events.iloc[learn], y[learn], how, CALIBRATION_SHARE if calibrated else 0.0, rng)
    return Split(how, learn[fit], learn[calibrate], judge)


def _known_by_then(
    scenario: Scenario, events: pd.DataFrame, learn: NDArray[np.int64], judge: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows whose labels were known when the first judged event happened."""
    delay = scenario.target.delay.total_seconds()
    if not delay:
        return learn
    seconds = scenario.event.seconds(events)
    known: NDArray[np.int64] = learn[seconds[learn] + delay <= seconds[judge].min()]
    if not len(known):
        raise DataError(
            f"Labels arrive {delay / 86_400:g} days late, and all rows to learn from are younger than that when the "
            "judged part begins. Add earlier rows, or use a smaller holdout."
        )
    return known


def _cut(
    scenario: Scenario, events: pd.DataFrame, y: NDArray[np.integer], how: str, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = np.arange(len(events))
    if share == 0:
        return rows, rows[:0]
    if how == "time":
        if scenario.event.time is None or events[scenario.event.time].isna().any():
            raise DataError("Not every event has a time to split by. Use the split random, or entity.")
        order = np.argsort(scenario.event.seconds(events), kind="stable")
        edge = len(rows) - round(len(rows) * share)
        return np.sort(order[:edge]), np.sort(order[edge:])
    if how == "entity":
        if not scenario.entities:
            raise DataError(f"{scenario.title} has no entities to split by. Use the split random or time.")
        codes, names = pd.factorize(events[scenario.entities[0]], use_na_sentinel=False)
        held = rng.permutation(len(names)) < round(len(names) * share)
        return rows[~held[codes]], rows[held[codes]]
    held = np.zeros(len(rows), dtype=bool)
    for c in np.unique(y):
        of_class = np.flatnonzero(y == c)
        held[rng.permutation(of_class)[: round(len(of_class) * share)]] = True
    return rows[~held], rows[held]

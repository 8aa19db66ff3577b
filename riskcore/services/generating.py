"""Carrying out a recipe: what the scenario's generator draws, then the flaws that a recording would add to it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.knobs import Knob, Knobs, turn
from riskcore.core.labels import Generated, Labels
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Field

MISSING, WRONG = "missing", "label_noise"
STREAM = 1  # of random numbers, apart from the generator's: flaws change what is recorded, never what happened


def knobs_of(scenario: Scenario) -> tuple[Knob, ...]:
    """All that a recipe can turn: the generator's own knobs, and the flaws that it leaves to us.

    Wrong labels are offered where there are two classes, empty cells where fields may be empty.
    """
    own = {knob.key for knob in scenario.knobs}
    flaws = []
    if WRONG not in own and scenario.target.labelled and not scenario.multiclass:
        first, worst = scenario.target.classes
        told = f"Share of {worst} rows recorded as {first}; as many others are recorded as {worst}."
        flaws.append(Knob(key=WRONG, label="Wrong labels", kind="number", default=0.0, high=0.5, step=0.01, help=told))
    if MISSING not in own and (fields := may_be_empty(scenario)):
        told = f"Share of cells left empty in fields that may be empty: {', '.join(f.name for f in fields)}."
        flaws.append(
            Knob(key=MISSING, label="Missing values", kind="number", default=0.0, high=0.9, step=0.05, help=told)
        )
    return (*scenario.knobs, *flaws)


def may_be_empty(scenario: Scenario) -> tuple[Field, ...]:
    """Fields that a recording may lack."""
    return tuple(f for f in scenario.event.fields if f.optional and f.name != scenario.event.id)


def turned(scenario: Scenario, knobs: Knobs | None = None) -> dict[str, Any]:
    """All knobs of a recipe with their values, the given ones checked; every problem in one `DataError`."""
    return turn(knobs_of(scenario), knobs or {}, "knob")


def synthesize(scenario: Scenario, rows: int, seed: int, knobs: Knobs | None = None) -> Generated:
    """`rows` synthetic events with their truth, as recorded; the same arguments give the same rows.

    `p_true` stays P(recorded label | event) under wrong labels; under missing values it is that of the complete event.
    """
    values = turned(scenario, knobs)
    own = {knob.key for knob in scenario.knobs}
    made = scenario.synthesize(rows, seed, {key: value for key, value in values.items() if key in own})
    events, labels = made.events, made.labels
    rng = np.random.default_rng((seed, STREAM))
    wrong = rng.random(rows)
    if WRONG not in own and values.get(WRONG):
        labels = _mistaken(labels, wrong, values[WRONG])
    if MISSING not in own and values.get(MISSING):
        events = _with_holes(scenario, events, values[MISSING], rng)
    return Generated(events, labels)


def _mistaken(labels: Labels, draw: NDArray[np.float64], missed: float) -> Labels:
    """Some of the second class recorded as the first and, so that its share stays, as many the other way round."""
    positive = labels.label == 1
    rate = float(positive.mean())
    blamed = min(1.0, missed * rate / (1 - rate)) if rate < 1 else 0.0
    label = (positive ^ (draw < np.where(positive, missed, blamed))).astype(np.int64)
    p = labels.p_true
    if p is not None:
        recorded = p[:, 1] * (1 - missed) + p[:, 0] * blamed
        p = np.column_stack([1 - recorded, recorded])
    return Labels(label, labels.attack, labels.attack_id, p, labels.stealth)


def _with_holes(scenario: Scenario, events: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    columns = {}
    for f in may_be_empty(scenario):
        column = events[f.name]
        whole = pd.api.types.is_integer_dtype(column.dtype)
        columns[f.name] = (column.astype(np.float64) if whole else column).mask(rng.random(len(events)) < share)
    return events.assign(**columns)

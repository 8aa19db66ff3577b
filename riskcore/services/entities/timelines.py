"""One entity's events in order of time, as they were or as they might have been, with the risk of each.

A what-if is a list of edits, applied by a pure function and scored anew by the one scoring path: an event that is
moved, added or deleted changes the events after it as far as they look back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event
from riskcore.core.trained import Trained
from riskcore.services.entities.past import Past, Rows
from riskcore.services.entities.typical import moment, moved
from riskcore.services.explaining import event_at
from riskcore.services.scoring import Decided, decide, remembered, score

MOST = 300  # events of one entity on a timeline; older ones still count as its past
SMALLEST = 5e-4  # change of a risk that is one; three decimals are shown
NEW = -1  # the row of the event on the form
PAST, MOVED, ADDED, FRESH = "past", "moved", "added", "new"


@dataclass(frozen=True)
class Edit:
    """One thing that might have been otherwise.  `row` is an event's row in the data set, or what `Story` gave it."""

    kind: Literal["move", "add", "delete"]
    row: int = NEW
    by: timedelta = timedelta(0)  # to move
    event: Event | None = None  # to add


@dataclass(frozen=True)
class Story:
    """k events, oldest first; their rows (k,), -1 for the one on the form and below it for added ones; their origin."""

    events: pd.DataFrame
    rows: Rows
    origin: NDArray[np.object_]  # (k,) PAST, MOVED, ADDED or FRESH


@dataclass(frozen=True)
class Timeline:
    """A story that was scored and decided."""

    story: Story
    decided: Decided

    @property
    def risk(self) -> NDArray[np.floating]:
        return self.decided.scored.risk


def tell(
    trained: Trained, policy: Policy, past: Past, value: object, edits: Sequence[Edit] = (), event: Event | None = None
) -> Timeline:
    """The timeline of one value of the main entity, with edits and the event on the form, if it is valid."""
    story = edited(past, value, edits, event)
    if not len(story.rows):
        raise DataError("There is no event of this entity left to show.")
    around = _around(past, value, edits, story.events)
    risks = None
    if policy.repeats:
        others = _others(past, value, edits)
        risks = remembered(trained, policy, story.events, others, _joined([others, story.events]))
    return Timeline(story, decide(score(trained, story.events, around), policy, risks))


def consequences(was: Timeline, now: Timeline) -> pd.DataFrame:
    """The events of both whose risk moved: `place` in the later one, and the risks `before` and `now`."""
    known = dict(zip(was.story.rows.tolist(), was.risk.tolist(), strict=True))
    before = np.array([known.get(row, np.nan) for row in now.story.rows.tolist()], dtype=np.float64)
    risk = np.asarray(now.risk, dtype=np.float64)
    places = np.flatnonzero(np.abs(risk - before) > SMALLEST)  # False for NaN
    return pd.DataFrame({"place": places, "before": before[places], "now": risk[places]})


def edited(past: Past, value: object, edits: Sequence[Edit] = (), event: Event | None = None) -> Story:
    """The latest `MOST` events of an entity after all edits, in order; pure, and the data set is not changed."""
    scenario = past.scenario
    own = past.of(value)[-MOST:]
    deleted = {edit.row for edit in edits if edit.kind == "delete"}
    shift: dict[int, float] = {}
    for edit in edits:
        if edit.kind == "move":
            shift[edit.row] = shift.get(edit.row, 0.0) + edit.by.total_seconds()
    kept = [int(row) for row in own if row not in deleted]
    parts = [_shifted(scenario, past.events.iloc[kept], [shift.get(row, 0.0) for row in kept])]
    rows, origin = list(kept), [MOVED if shift.get(row) else PAST for row in kept]
    more = [(row, what) for row, what in added(edits) if row not in deleted]
    more += [(NEW, event)] if event is not None else []
    if more:
        found = accepted(scenario, *(what for _, what in more))
        mine = np.flatnonzero((found[past.main].astype("str") == str(value)).to_numpy()).tolist()
        rows += (new := [more[i][0] for i in mine])
        origin += [FRESH if row == NEW else ADDED for row in new]
        parts.append(_shifted(scenario, found.iloc[mine], [shift.get(row, 0.0) for row in new]))
    return _ordered(scenario, parts, rows, origin)


def added(edits: Sequence[Edit]) -> list[tuple[int, Event]]:
    """Added events with the rows that they are known by: -2, -3, …"""
    events = [edit.event for edit in edits if edit.kind == "add" and edit.event is not None]
    return [(NEW - 1 - i, event) for i, event in enumerate(events)]


def known(past: Past, value: object, edits: Sequence[Edit], events: pd.DataFrame) -> pd.DataFrame:
    """What validated events of an entity can look back at, once the edits are made; more than what counts."""
    return _joined([_around(past, value, edits, events), edited(past, value, edits).events])


def risks_before(
    trained: Trained, policy: Policy, past: Past, value: object, edits: Sequence[Edit], events: pd.DataFrame
) -> pd.DataFrame | None:
    """What rules over time count before validated events of an entity, once the edits are made; None without rules."""
    if not policy.repeats:
        return None
    pool = _joined([_others(past, value, edits), edited(past, value, edits).events])
    return remembered(trained, policy, events, pool)


def accepted(scenario: Scenario, *events: Event) -> pd.DataFrame:
    """Events, typed; a `DataError` tells what is wrong with them."""
    return scenario.event.accept(scenario.event.frame(*events))


def _around(past: Past, value: object, edits: Sequence[Edit], events: pd.DataFrame) -> pd.DataFrame:
    """All that events touch but the entity's own latest events, which the story tells."""
    rows = past.touching(events, but=past.of(value)[-MOST:].tolist())
    return _joined([past.events.iloc[rows], past.further, *_of_others(past, value, edits)])


def _others(past: Past, value: object, edits: Sequence[Edit]) -> pd.DataFrame:
    """The whole data set but the entity's own latest events, which the story tells."""
    told = np.zeros(len(past.events), dtype=bool)
    told[past.of(value)[-MOST:]] = True
    return _joined([past.events[~told], past.further, *_of_others(past, value, edits)])


def _of_others(past: Past, value: object, edits: Sequence[Edit]) -> list[pd.DataFrame]:
    """Added events that are not of this entity, as one table; nothing where there are none."""
    others = [event for _, event in added(edits) if str(event.get(past.main)) != str(value)]
    return [accepted(past.scenario, *others)] if others else []


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or list(parts[:1]), ignore_index=True)


def _shifted(scenario: Scenario, events: pd.DataFrame, seconds: Sequence[float]) -> pd.DataFrame:
    """Typed events moved in time, with what follows from it derived anew."""
    if not any(seconds):
        return events
    plain = [event_at(events, i) for i in range(len(events))]
    schema = scenario.event
    told = [
        moved(scenario, event, moment(scenario, events, i) + by, str(event[schema.id]) if schema.id else "")
        for i, (event, by) in enumerate(zip(plain, seconds, strict=True))
    ]
    return schema.accept(schema.frame(*told))


def _ordered(scenario: Scenario, parts: Sequence[pd.DataFrame], rows: Sequence[int], origin: Sequence[str]) -> Story:
    events = _joined(parts)
    ids = events[scenario.event.id].astype("str") if scenario.event.id else pd.Series(range(len(events)))
    order = np.lexsort((ids.to_numpy(), scenario.event.seconds(events)))
    return Story(
        events.iloc[order].reset_index(drop=True),
        np.array(rows, dtype=np.int64)[order],
        np.array(origin, dtype=object)[order],
    )

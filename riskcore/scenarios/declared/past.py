"""Features over the past of an event: what a declared scenario measures of earlier events of the same entities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.asof import AsOf
from riskcore.core.schema import EventSchema
from riskcore.scenarios.declared.measures import Rows, Usual, Window
from riskcore.scenarios.declared.spec import AsOfSpec, Measure, Spec, span

SIZES = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
WORDS = {
    "count": "{events}: {value:,.0f}",
    "distinct": "Different {of} in {events}: {value:,.0f}",
    "mean": "Mean {of} in {events}: {value:,.4g}",
    "deviation": "{of} against {events}: {value:+.1f} standard deviations from their mean",
    "since": "Time since the last of {events}: {value:,.0f} s",
}


@dataclass(frozen=True)
class PastColumn:
    """One column over the past."""

    name: str
    field: str  # that it is told under
    words: str  # what it measured, with `{value}` in it
    measure: Callable[[AsOf], NDArray[np.float64]]  # -> (n,)
    counted: Callable[[AsOf, int], Rows]  # -> positions of the past events behind the value of one event


@dataclass(frozen=True)
class PastColumns:
    """All columns over the past of events: at most `lookback` ago and strictly before each.

    Without ids, events of one moment do not see each other, and a row of the history that is equal to an event in
    every field is that event.
    """

    schema: EventSchema
    lookback: timedelta
    columns: tuple[PastColumn, ...]

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None) -> dict[str, NDArray[np.float32]]:
        """Columns (n,) by name; counts are 0 where nothing came before, everything else is NaN there."""
        asof = self._asof(events, history)
        return {column.name: column.measure(asof).astype(np.float32) for column in self.columns}

    def evidence(self, events: pd.DataFrame, history: pd.DataFrame | None, row: int, feature: str) -> pd.DataFrame:
        """The past events behind one column of one event, oldest first; an `Evidence`.

        A count counts them all, `distinct` is shown by the latest with each value, a mean by those with a value, and
        `since` by the one that it counts from.  No rows for features that look at no past.
        """
        column = next((c for c in self.columns if c.name == feature), None)
        if column is None:
            return events.iloc[:0]
        asof = self._asof(events, history)
        found = column.counted(asof, row)
        told = {name: asof[name][found] for name in self.schema.names if name != self.schema.time}
        return pd.DataFrame({str(self.schema.time): self._moments(asof, found), **told})

    def _asof(self, events: pd.DataFrame, history: pd.DataFrame | None) -> AsOf:
        if history is not None and self.schema.id is None:
            history = without_repeats(self.schema, events, history)
        now, before = self._timed(events), None if history is None else self._timed(history)
        return AsOf(now, before, id=self.schema.id, time=str(self.schema.time), lookback=self.lookback)

    def _moments(self, asof: AsOf, rows: Rows) -> Any:
        """When rows were, as the schema's time says it: the inverse of `_timed`."""
        times = asof.times[rows]
        if self.schema[str(self.schema.time)].kind == "time":
            return pd.DatetimeIndex(times, tz="UTC")
        return times.view(np.int64) / 1e6

    def _timed(self, events: pd.DataFrame) -> pd.DataFrame:
        """The events with a moment for a time; seconds from an origin are counted from 1970."""
        time = str(self.schema.time)
        if self.schema[time].kind == "time":
            return events
        moments = np.rint(events[time].to_numpy(dtype=np.float64) * 1e6).astype(np.int64)
        return events.assign(**{time: moments.view("datetime64[us]")})


def past_of(spec: Spec, schema: EventSchema, usual: Mapping[str, Usual]) -> PastColumns | None:
    """The columns over the past that a checked spec declares, None where there are none.

    `usual` says how each number is spread over everybody.
    """
    reach = spec.reach
    if reach is None:
        return None
    return PastColumns(schema, reach, tuple(_column(said, reach, usual) for said in spec.as_of))


def name_of(said: AsOfSpec) -> str:
    """How a column over the past is called.

    >>> name_of(AsOfSpec(measure="deviation", of="amount", by=["card"], within="7d"))
    'deviation of amount by card in 7d'
    """
    of = f" of {said.of}" if said.of else ""
    window = f" in {said.within}" if said.within else ""
    where = " and ".join(f"{name} is {' or '.join(map(str, values))}" for name, values in said.where.items())
    return f"{said.measure}{of} by {' and '.join(said.by)}{window}{f' where {where}' if where else ''}"


def _column(said: AsOfSpec, reach: timedelta, usual: Mapping[str, Usual]) -> PastColumn:
    within, of = span(said.within) if said.within else None, said.of or ""
    past = Window(said.by if len(said.by) > 1 else said.by[0], within, said.where)
    words = WORDS[said.measure].format(of=plain_words(of), events=_events(said, within or reach), value=Blank())
    field = of if said.measure in ("mean", "deviation") else said.by[0]
    return PastColumn(name_of(said), field, words, *_measured(said.measure, past, of, usual))


def _measured(
    measure: Measure, past: Window, of: str, usual: Mapping[str, Usual]
) -> tuple[Callable[[AsOf], NDArray[np.float64]], Callable[[AsOf, int], Rows]]:
    """What measures a column, and what finds the events that it measured."""
    if measure == "count":
        return past.count, past.rows
    if measure == "distinct":
        return partial(past.distinct, of), partial(past.different, of)
    if measure == "mean":
        return partial(past.mean, of), partial(past.valued, of)
    if measure == "deviation":
        return partial(past.deviation, of, usual[of]), partial(past.valued, of)
    return past.since, past.latest


class Blank:
    """Stands for a value that is not known yet: formatted, it is the place for it."""

    def __format__(self, spec: str) -> str:
        return f"{{value:{spec}}}"


def _events(said: AsOfSpec, window: timedelta) -> str:
    """The events that a column looks at, in words."""
    whose = " and ".join(f"this {plain_words(name)}" for name in said.by)
    kind = " and ".join(f"{plain_words(name)} {_either(values)}" for name, values in said.where.items())
    return f"events{f' with {kind}' if kind else ''} of {whose} in {in_long(window)}"


def _either(values: tuple[str | int, ...]) -> str:
    return " or ".join(str(value).replace("{", "{{").replace("}", "}}") for value in values)


def plain_words(name: str) -> str:
    """A field's name within a sentence that is to be filled in.

    >>> plain_words("customer_id")
    'customer id'
    """
    return (name.replace("_", " ").strip() or name).replace("{", "{{").replace("}", "}}")


def in_long(window: timedelta) -> str:
    """A window in words.

    >>> in_long(timedelta(days=7)), in_long(timedelta(hours=1))
    ('7 days', '1 hour')
    """
    seconds = int(window.total_seconds())
    size, unit = next((size, unit) for size, unit in SIZES if not seconds % size)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"


def without_repeats(schema: EventSchema, events: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """A history (m rows) without those that are equal to one of the events in every field."""
    if not len(events) or not len(history):
        return history
    time = str(schema.time)
    near = np.flatnonzero(history[time].between(events[time].min(), events[time].max()))
    repeated = near[np.isin(_hashed(schema, history.iloc[near]), _hashed(schema, events))]
    return history.drop(index=history.index[repeated]) if len(repeated) else history


def _hashed(schema: EventSchema, events: pd.DataFrame) -> NDArray[np.uint64]:
    numbers = {f.name: np.float64 for f in schema.fields if f.numeric}
    return np.asarray(pd.util.hash_pandas_object(events.astype(numbers), index=False))

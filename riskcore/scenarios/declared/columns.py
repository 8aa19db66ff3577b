"""Features of a declared scenario: each declared field becomes one or a few columns, and each of those knows why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.schema import EventSchema, Field, framed
from riskcore.scenarios.declared.measures import Usual
from riskcore.scenarios.declared.memory import moment_name, moments, remembered
from riskcore.scenarios.declared.past import PastColumns, past_of
from riskcore.scenarios.declared.spec import FieldSpec, Spec

DAY = 86_400.0  # s
MONDAY = 3 * DAY  # 1 January 1970 was a Thursday


@dataclass(frozen=True)
class Column:
    """One feature: its name, the field it is told under, and how it is made of the events (n,)."""

    name: str
    field: str
    make: Callable[[pd.DataFrame], Any]


@dataclass(frozen=True)
class DeclaredFeatures:
    """A `Features`: columns of the events themselves, and beside them those over their past, (n, k)."""

    columns: tuple[Column, ...]
    past: PastColumns | None = None
    remembered: Mapping[str, str] = field(default_factory=dict)  # column that models add -> what it holds, in words

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
        """Numbers as float32 with NaN for missing, categories over their choices, entities as text."""
        own = {column.name: column.make(events) for column in self.columns}
        return framed(own if self.past is None else own | self.past(events, history))

    @cached_property
    def source(self) -> Mapping[str, str]:
        """Feature -> event field, where they are named differently."""
        past = {} if self.past is None else {c.name: c.field for c in self.past.columns}
        return {c.name: c.field for c in self.columns if c.name != c.field} | past

    @cached_property
    def phrases(self) -> Mapping[str, str]:
        """What columns over the past measured, with `{value}` in it."""
        past = {} if self.past is None else {c.name: c.words for c in self.past.columns}
        return {**past, **self.remembered}


def features_of(spec: Spec, schema: EventSchema, usual: Mapping[str, Usual]) -> DeclaredFeatures:
    """What a model reads of the declared fields and of the past.

    The time itself is none of it: only later rows have later times.  `usual` says how numbers are spread.
    """
    found: list[Column] = []
    for said in spec.fields:
        found += _columns(said, schema[said.name], spec, schema)
    if spec.remember:
        found.append(Column(moment_name(spec), str(schema.time), partial(moments, schema)))
    return DeclaredFeatures(tuple(found), past_of(spec, schema, usual), remembered(spec))


def _columns(said: FieldSpec, f: Field, spec: Spec, schema: EventSchema) -> list[Column]:
    if f.name in spec.entities:
        return [Column(f.name, f.name, lambda events: events[f.name].array)]
    if f.kind == "category":
        return [Column(f.name, f.name, lambda events: events[f.name].array)]
    if f.kind == "time" or said.parts:
        return _of_time(said, schema)
    if not f.numeric or f.name in (schema.id, schema.time, schema.tenant):
        return []
    columns = [Column(f.name, f.name, lambda events: events[f.name].to_numpy(dtype=np.float32))]
    if f.optional:
        columns.append(Column(f"{f.name} missing", f.name, lambda events: _float(events[f.name].isna())))
    return columns


def _of_time(said: FieldSpec, schema: EventSchema) -> list[Column]:
    """Hour of the day on the circle, weekday from 0 (Monday), and days before the event's own time."""
    name, columns = said.name, list[Column]()
    if "hour" in said.parts:
        columns += [
            Column(f"{name} hour sin", name, lambda events: _float(np.sin(_turn(schema, name, events)))),
            Column(f"{name} hour cos", name, lambda events: _float(np.cos(_turn(schema, name, events)))),
        ]
    if "weekday" in said.parts:
        columns.append(Column(f"{name} weekday", name, lambda events: _float(_weekday(schema, name, events))))
    if "age" in said.parts:
        columns.append(Column(f"{name} age", name, lambda events: _float(_age(schema, name, events))))
    return columns


def _seconds(schema: EventSchema, name: str, events: pd.DataFrame) -> NDArray[np.float64]:
    """A time (n,) in seconds since 1970, or since its own origin; NaN where missing."""
    column = events[name]
    if schema[name].kind != "time":
        return column.to_numpy(dtype=np.float64)
    return np.where(column.isna(), np.nan, column.astype("int64").to_numpy() / 1e6)


def _turn(schema: EventSchema, name: str, events: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray(_seconds(schema, name, events) % DAY * (2 * np.pi / DAY))


def _weekday(schema: EventSchema, name: str, events: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray(np.floor((_seconds(schema, name, events) + MONDAY) / DAY) % 7)


def _age(schema: EventSchema, name: str, events: pd.DataFrame) -> NDArray[np.float64]:
    assert schema.time is not None
    return np.asarray((_seconds(schema, schema.time, events) - _seconds(schema, name, events)) / DAY)


def _float(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)

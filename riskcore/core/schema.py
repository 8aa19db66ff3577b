"""What an event looks like: its fields in order, the roles that some of them play, and what tables must hold."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ScenarioError, UnknownKeyError
from riskcore.core.fields import (
    Event,
    Field,
    Kind,
    category,
    flag,
    in_digits,
    integer,
    number,
    text,
    timestamp,
    told,
)
from riskcore.core.frames import column_index, framed
from riskcore.core.validation import Validated, Violation, validate

__all__ = [  # all that a declaration of events needs, from one place
    "Event",
    "EventSchema",
    "Field",
    "Kind",
    "Validated",
    "Violation",
    "category",
    "column_index",
    "flag",
    "framed",
    "integer",
    "number",
    "text",
    "timestamp",
    "told",
]

MOST_TOLD = 10  # problems spelled out in one message; the rest are counted


@dataclass(frozen=True, kw_only=True)
class EventSchema:
    """Declared fields in order, and the roles some of them play.

    `time` may name a field of kind time, or a number of seconds from `origin`.  Roles decide which views exist: money
    by amount, alerts per day, splits by time.  Undeclared columns of a table never reach a feature.
    """

    fields: tuple[Field, ...]
    id: str | None = None
    time: str | None = None
    amount: str | None = None
    tenant: str | None = None
    success: str | None = None  # a flag: whether what the event tells of went through
    place: tuple[str, ...] = ()  # latitude and longitude in degrees, and the name of the place; or nothing
    origin: str = ""  # what an offset in seconds counts from, in words

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) < len(names):
            raise ScenarioError(f"Fields are declared twice: {sorted({n for n in names if names.count(n) > 1})}.")
        for role in ("id", "time", "amount", "tenant", "success"):
            name = getattr(self, role)
            if name is not None and name not in names:
                raise ScenarioError(f"Role {role} names '{name}', which is not a field.")
        if self.place and (len(self.place) != 3 or not {*self.place} <= {*names}):
            raise ScenarioError(f"Role place names {', '.join(self.place)}; it must name three fields, or none.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns a table must have."""
        return tuple(f.name for f in self.fields if not (f.optional or f.derived))

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.fields}

    def __getitem__(self, name: str) -> Field:
        if name not in self.by_name:
            raise UnknownKeyError("field", name, self.names)
        return self.by_name[name]

    def example(self, *values: Any, **rest: Any) -> Event:
        """An event from values in the order of the required fields, others by name."""
        return dict(zip(self.required, values, strict=False)) | rest

    def frame(self, *events: Event) -> pd.DataFrame:
        """Events as a table, one row each; keys that are not fields are kept for validation to drop."""
        names = tuple(dict.fromkeys(name for event in events for name in event))
        return pd.DataFrame([[event.get(name) for name in names] for event in events], columns=column_index(names))

    def fingerprint(self) -> str:
        """Short hash of the declaration; a model trained under another one does not fit these events.

        Usual ranges do not count: they reject nothing.
        """
        said = [{k: v for k, v in f.describe().items() if k != "usual"} for f in self.fields]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]

    def seconds(self, events: pd.DataFrame) -> NDArray[np.float64]:
        """When each validated event was, in seconds; needs the role `time`."""
        if self.time is None:
            raise DataError("These events have no time.")
        column = events[self.time]
        if self[self.time].kind == "time":
            return column.astype("int64").to_numpy() / 1e6
        return column.to_numpy(dtype=np.float64)

    def earlier(self, moment: Any, by: timedelta) -> Any:
        """A value of the role `time`, that much earlier: a moment, or seconds from the origin."""
        if self.time is not None and self[self.time].kind == "time":
            return moment - by
        return moment - by.total_seconds()

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raise one `DataError` with every missing or repeated column of a table."""
        present = [str(c) for c in columns]
        found = set(present)
        problems = [
            f"Column '{c}' appears {present.count(c)} times; each must appear once." for c in _repeated(present)
        ]
        missing = [self[name] for name in self.required if name not in found]
        problems += [f"Column '{f.name}' is missing ({f.label.lower()}: {f.rule})." for f in missing]
        if problems:
            raise DataError(problems)

    def validate(self, table: pd.DataFrame) -> Validated:
        """Check every cell against its rule and cast once; never stops at the first problem.

        Raises `DataError` where the table as a whole cannot be used: columns missing or repeated.  Rows that break a
        rule, or share their id with a row that differs, are left out of `events` and told in `violations`; the input
        is not changed.
        """
        self.check_columns(table.columns.tolist())
        return validate(self.fields, table, self.id)

    def unusual(self, events: pd.DataFrame) -> tuple[Violation, ...]:
        """Values of validated events (n rows) outside the usual range of their fields: they warn and reject nothing."""
        found = []
        for f in self.fields:
            if f.usual is None or f.name not in events.columns:
                continue
            values = events[f.name].to_numpy(dtype=np.float64)
            rows = np.flatnonzero((values < f.usual[0]) | (values > f.usual[1]))  # NaN is neither
            if len(rows):
                rule = f"is usually from {in_digits(f.usual[0])} to {in_digits(f.usual[1])}"
                found.append(Violation(f.name, rule, rows, events[f.name].iloc[rows].to_numpy(dtype=object)))
        return tuple(found)

    def warnings(self, events: pd.DataFrame) -> tuple[str, ...]:
        """What is unusual in validated events (n rows), a sentence for each field; nothing is rejected for it."""
        n = len(events)
        return tuple(
            f"{self[v.field].label} {v.rule}; it is {told(v.values[0])}"
            + (f" in row {v.rows[0] + 1}, and unusual in {len(v.rows):,} of {n:,} rows." if n > 1 else ".")
            for v in self.unusual(events)
        )

    def accept(self, table: pd.DataFrame) -> pd.DataFrame:
        """The typed events of a table in which every row must be good; otherwise a `DataError` with every problem."""
        validated = self.validate(table)
        if validated.violations:
            sentences = list(validated.sentences())
            more = [f"… and {len(sentences) - MOST_TOLD} more problems."] if len(sentences) > MOST_TOLD else []
            raise DataError(sentences[:MOST_TOLD] + more)
        return validated.events


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for i, name in enumerate(names) if name not in names[:i] and name in names[i + 1 :]]

"""What an event looks like: fields, their rules and roles, and the one place where a table is checked and cast."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import OTHER, Cast, cast_category, cast_numbers, cast_text, cast_time
from riskcore.core.errors import DataError, ScenarioError, UnknownKeyError

Kind = Literal["number", "integer", "flag", "category", "text", "time"]
Event = Mapping[str, Any]
Derive = Callable[[pd.DataFrame], NDArray[Any]]

FEW = 512  # rows up to which copying them costs less than what pandas does for each column
MOST_TOLD = 10  # problems spelled out in one message; the rest are counted
MOST_NAMED = 8  # choices of an open category that its rule names


@dataclass(frozen=True, kw_only=True)
class Field:
    """One declared column.  Bounds are inclusive; `synonyms` are names it goes by in uploads.

    Declared bounds and choices reject.  What was only inferred from data warns: `usual` is the range of numbers that
    was seen, and in an `open` category every unknown value counts as its choice "other".
    """

    name: str
    kind: Kind
    label: str
    help: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    open: bool = False
    usual: tuple[float, float] | None = None
    zoned: bool = False  # a time must state its zone
    formats: tuple[str, ...] = ()  # of times that are not ISO 8601, as of `strptime`
    optional: bool = False
    default: Any = None
    synonyms: tuple[str, ...] = ()
    derive: Derive | None = field(default=None, compare=False)  # events -> (n,), from other fields only
    derive_rule: str = ""  # the derivation in words, told when a value contradicts it
    agrees: bool = True  # whether a given value must agree with the derivation, or it only fills what is missing
    asked: bool = False  # a derived field that people are asked for, since what it follows from may be missing

    def __post_init__(self) -> None:
        if self.open and OTHER not in self.choices:
            raise ScenarioError(f"Field '{self.name}' is an open category without a choice '{OTHER}'.")

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "integer", "flag")

    @property
    def derived(self) -> bool:
        return self.derive is not None

    @property
    def follows(self) -> bool:
        """Whether it always follows from other fields, so that nobody need be asked for it."""
        return self.derived and not self.asked

    @cached_property
    def rule(self) -> str:
        """What a value must be, as the end of a sentence that begins with "must be".

        >>> integer("login_hour", "Hour of login", low=0, high=23).rule
        'a whole number from 0 to 23'
        """
        if self.kind == "flag":
            return "0 or 1"
        if self.open:
            known = [c for c in self.choices if c != OTHER][:MOST_NAMED]
            return f"text such as {', '.join(known)}; unknown values count as '{OTHER}'"
        if self.kind == "category":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "time":
            return "a date and time such as 2026-01-31T12:00:00Z"
        if self.kind == "text":
            return "text"
        noun = "a whole number" if self.kind == "integer" else "a number"
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{noun} from {_plain(self.low)} to {_plain(self.high)}{unit}"
        if self.low is not None:
            return f"{noun} of at least {_plain(self.low)}{unit}"
        return f"{noun} of at most {_plain(self.high)}{unit}" if self.high is not None else noun

    def describe(self) -> dict[str, Any]:
        """The declaration as plain data: for fingerprints, data dictionaries and `riskcore show`."""
        said: dict[str, Any] = {"name": self.name, "kind": self.kind, "label": self.label, "rule": self.rule}
        said |= {k: v for k in ("unit", "help", "derive_rule") if (v := getattr(self, k))}
        if self.open:
            said["choices"] = list(self.choices)
        if self.usual:
            said["usual"] = list(self.usual)
        if self.optional or self.derived:
            said["optional"] = True
        return said


def number(name: str, label: str, **rest: Any) -> Field:
    """A real number; NaN and infinities are refused."""
    return Field(name=name, kind="number", label=label, **rest)


def integer(name: str, label: str, **rest: Any) -> Field:
    """A whole number."""
    return Field(name=name, kind="integer", label=label, **rest)


def flag(name: str, label: str, **rest: Any) -> Field:
    """0 or 1; true and false are read as such."""
    return Field(name=name, kind="flag", label=label, low=0, high=1, **rest)


def category(name: str, label: str, choices: Sequence[str], **rest: Any) -> Field:
    """One of the declared choices, spelled exactly so."""
    return Field(name=name, kind="category", label=label, choices=tuple(choices), **rest)


def text(name: str, label: str, **rest: Any) -> Field:
    """An identifier or other text; never a feature by itself."""
    return Field(name=name, kind="text", label=label, **rest)


def timestamp(name: str, label: str, **rest: Any) -> Field:
    """A moment, cast to `datetime64[us, UTC]`; a time without a zone is taken as UTC."""
    return Field(name=name, kind="time", label=label, **rest)


@dataclass(frozen=True)
class Violation:
    """One rule of one field, and every row that breaks it."""

    field: str
    rule: str
    rows: NDArray[np.int64]  # positions in the table, ascending
    values: NDArray[np.object_]  # what was found there


@dataclass(frozen=True)
class Validated:
    """What validation makes of a table of n rows: the good rows, typed, and everything wrong with the others."""

    events: pd.DataFrame  # accepted rows in order, declared columns only and in their order, RangeIndex
    kept: NDArray[np.bool_]  # (n,) which rows were accepted
    violations: tuple[Violation, ...]

    @property
    def rejected(self) -> int:
        return int(len(self.kept) - np.count_nonzero(self.kept))

    def rejects(self) -> pd.DataFrame:
        """One line for each broken rule: `row` (position in the table, from 0), `field`, `value`, `rule`; by row."""
        columns = ("row", "field", "value", "rule")
        parts = [
            pd.DataFrame({"row": v.rows, "field": v.field, "value": [told(x) for x in v.values], "rule": v.rule})
            for v in self.violations
        ]
        if not parts:
            return pd.DataFrame(columns=columns)
        return pd.concat(parts, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)

    def sentences(self) -> Iterator[str]:
        """Each problem as a sentence, rule by rule."""
        for violation in self.violations:
            for row, value in zip(violation.rows, violation.values, strict=True):
                yield f"Row {row + 1}: {violation.field} is {told(value) or 'empty'}; it {violation.rule}."


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
        rule are left out of `events` and told in `violations`; the input is not changed.
        """
        given = table.columns.tolist()
        self.check_columns(given)
        found = set(given)
        casts = {f.name: self._cast(f, table) for f in self.fields if f.name in found}
        for f in self.fields:
            if f.name not in casts and not f.derived:
                casts[f.name] = _absent(f, len(table))
        columns = {f.name: casts[f.name].values for f in self.fields if f.name in casts}
        draft = framed(columns)
        breaks = [(name, b.rule, b.rows) for name, cast in casts.items() for b in cast.breaks]
        bad = np.concatenate([rows for _, _, rows in breaks]) if breaks else np.empty(0, dtype=np.int64)
        for f in self.fields:
            if f.derive is not None:
                columns[f.name], contradicted, lacking = _derive(f, draft)
                draft = framed({name: columns[name] for name in self.names if name in columns})
                found_out = {f"must agree with {f.derive_rule}": contradicted, f"must be given: {f.rule}": lacking}
                # What follows from a bad value contradicts nothing, and what a bad value leaves open is not missing.
                found_out = {rule: np.setdiff1d(rows, bad) for rule, rows in found_out.items() if len(rows)}
                breaks += [(f.name, rule, rows) for rule, rows in found_out.items() if len(rows)]
        return self._sort_out(table, draft, columns, breaks)

    def _cast(self, f: Field, table: pd.DataFrame) -> Cast:
        column = table[f.name]
        required = not (f.optional or f.derived)
        if f.kind == "category":
            return cast_category(column, f.choices, required, f.rule, OTHER if f.open else None)
        if f.kind == "time":
            return cast_time(column, required, f.rule, f.formats, f.zoned)
        if f.kind == "text":
            return cast_text(column, required)
        return cast_numbers(column, f.low, f.high, required, f.rule, whole=f.kind != "number")

    def _sort_out(
        self,
        table: pd.DataFrame,
        draft: pd.DataFrame,
        columns: Mapping[str, Any],
        breaks: list[tuple[str, str, NDArray[np.int64]]],
    ) -> Validated:
        kept = np.ones(len(table), dtype=bool)
        violations = []
        for name, rule, rows in breaks:
            kept[rows] = False
            found = table[name].iloc[rows].to_numpy(dtype=object) if name in table.columns else np.full(len(rows), None)
            violations.append(Violation(name, rule, rows, found))
        events = draft if not breaks else draft.loc[kept].reset_index(drop=True)
        for f in self.fields:
            if f.kind in ("integer", "flag") and columns[f.name].dtype != np.int64 and not f.optional:
                events = events.assign(**{f.name: events[f.name].to_numpy(dtype=np.int64)})
        return Validated(events, kept, tuple(violations))

    def unusual(self, events: pd.DataFrame) -> tuple[Violation, ...]:
        """Values of validated events (n rows) outside the usual range of their fields: they warn and reject nothing."""
        found = []
        for f in self.fields:
            if f.usual is None or f.name not in events.columns:
                continue
            values = events[f.name].to_numpy(dtype=np.float64)
            rows = np.flatnonzero((values < f.usual[0]) | (values > f.usual[1]))  # NaN is neither
            if len(rows):
                rule = f"is usually from {_plain(f.usual[0])} to {_plain(f.usual[1])}"
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

    def with_field(self, name: str, **changes: Any) -> "EventSchema":
        """This schema with one field declared otherwise."""
        return replace(self, fields=tuple(replace(f, **changes) if f.name == name else f for f in self.fields))


def framed(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns (n,) by name as a table, without a copy where they are long.

    Told by names, pandas makes an Arrow array of them for each table anew, which costs more than one event; so does a
    block of memory for each column, where they could share one.
    """
    values, names = list(columns.values()), column_index(tuple(columns))
    kinds = {v.dtype if isinstance(v, np.ndarray) else None for v in values}
    if len(kinds) == 1 and None not in kinds and len(values[0]) <= FEW:
        return pd.DataFrame(np.column_stack(values), columns=names, copy=False)
    table = pd.DataFrame(dict(enumerate(values)), copy=False)
    table.columns = names
    return table


@lru_cache(maxsize=64)
def column_index(names: tuple[str, ...]) -> pd.Index:
    """Names of columns as pandas holds them, made once."""
    return pd.Index(names)


def told(value: object) -> str:
    """A found value as a person would read it, at most 60 characters; empty for missing."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    said = _plain(value) if isinstance(value, (float, np.floating)) else str(value)
    return said if len(said) <= 60 else said[:57] + "…"


def _plain(value: object) -> str:
    return f"{value:,.10g}".replace(",", "") if isinstance(value, (int, float, np.number)) else str(value)


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for i, name in enumerate(names) if name not in names[:i] and name in names[i + 1 :]]


def _absent(f: Field, n: int) -> Cast:
    empty: Any = np.full(n, np.nan)
    if f.kind == "category":
        empty = pd.Categorical.from_codes(np.full(n, -1), dtype=pd.CategoricalDtype(list(f.choices)))
    elif f.kind == "time":
        empty = pd.Series(pd.NaT, index=range(n), dtype="datetime64[us, UTC]")
    elif f.kind == "text":
        empty = pd.Series(pd.NA, index=range(n), dtype="str")
    return Cast(empty, ())


def _derive(f: Field, draft: pd.DataFrame) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """A derived field (n,), filled where it is missing; the rows in which a given value contradicts the derivation; and
    those in which it is neither given nor follows, because what it is derived from is missing too."""
    assert f.derive is not None
    if f.kind == "category":
        return _derive_category(f, draft)
    expected = f.derive(draft)
    given = draft[f.name].to_numpy() if f.name in draft.columns else np.full(len(draft), np.nan)
    missing, open_ = _is_nan(given), _is_nan(expected)
    contradicted = np.flatnonzero((given != expected) & ~missing & ~open_ & f.agrees)
    # A value out of range was reported by its own rule already.
    contradicted = contradicted[np.isin(given[contradicted], (0, 1))] if f.kind == "flag" else contradicted
    lacking = np.empty(0, dtype=np.int64) if f.optional else np.flatnonzero(missing & open_)
    if missing.all():
        return expected, contradicted, lacking
    return np.where(missing, expected, given) if missing.any() else given, contradicted, lacking


def _derive_category(f: Field, draft: pd.DataFrame) -> tuple[Any, NDArray[np.int64], NDArray[np.int64]]:
    """The same for words (n,), None where nothing follows."""
    assert f.derive is not None
    dtype = pd.CategoricalDtype(list(f.choices))
    expected = np.asarray(pd.Categorical(f.derive(draft), dtype=dtype).codes)
    given = np.asarray(draft[f.name].cat.codes) if f.name in draft.columns else np.full(len(draft), -1, dtype=np.int8)
    contradicted = np.flatnonzero((given != expected) & (given >= 0) & (expected >= 0) & f.agrees)
    codes = np.where(given < 0, expected, given)
    lacking = np.empty(0, dtype=np.int64) if f.optional else np.flatnonzero(codes < 0)
    return pd.Categorical.from_codes(codes, dtype=dtype), contradicted, lacking


def _is_nan(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)

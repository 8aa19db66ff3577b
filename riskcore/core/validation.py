"""The one place where a table is checked and cast, field by field, and what comes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.addresses import cast_addresses
from riskcore.core.casting import MOMENT, OTHER, STRING, Cast, cast_category, cast_numbers, cast_text, cast_time, places
from riskcore.core.derivation import derived
from riskcore.core.fields import Field, told
from riskcore.core.frames import FEW, framed

Breaks = list[tuple[str, str, NDArray[np.int64]]]  # field, rule, positions of the rows that break it


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

    def without(self, bad: NDArray[np.bool_], field: str, rule: str) -> "Validated":
        """The same, but for accepted rows (k,) that break one rule more."""
        if not bad.any():
            return self
        rows, kept = np.flatnonzero(self.kept)[bad], self.kept.copy()
        kept[rows] = False
        found = Violation(field, rule, rows, self.events[field].to_numpy(dtype=object)[bad])
        return Validated(self.events.loc[~bad].reset_index(drop=True), kept, (*self.violations, found))

    def sentences(self) -> Iterator[str]:
        """Each problem as a sentence, rule by rule."""
        for violation in self.violations:
            for row, value in zip(violation.rows, violation.values, strict=True):
                yield f"Row {row + 1}: {violation.field} is {told(value) or 'empty'}; it {violation.rule}."


def validate(fields: Sequence[Field], table: pd.DataFrame, id: str | None = None) -> Validated:
    """A table (n rows) that has every required column, checked against the fields' rules and cast once.

    `id`: a field that names an event.  Rows of one name that say different things are all bad, for none of them can be
    known to be the true one; exact copies are left in, and count once wherever a past is looked at.
    """
    found = set(table.columns.tolist())
    casts = {f.name: _cast(f, table) for f in fields if f.name in found}
    for f in fields:
        if f.name not in casts and not f.derived:
            casts[f.name] = _absent(f, len(table))
    columns = {f.name: casts[f.name].values for f in fields if f.name in casts}
    breaks: Breaks = [(name, b.rule, b.rows) for name, cast in casts.items() for b in cast.breaks]
    draft = framed(columns)
    if any(f.derived for f in fields):
        draft = _complete(fields, columns, draft, breaks)
    if id is not None and len(table) > 1 and len(torn := _torn(draft, id, breaks)):
        breaks.append((id, "must name one event; here it names several that differ", torn))
    return _sort_out(fields, table, draft, columns, breaks)


def _cast(f: Field, table: pd.DataFrame) -> Cast:
    column = table[f.name]
    required = not (f.optional or f.derived)
    if f.kind == "category":
        return cast_category(column, f.choices, required, f.rule, OTHER if f.open else None)
    if f.kind == "time":
        return cast_time(column, required, f.rule, f.formats, f.zoned)
    if f.kind == "text":
        return cast_addresses(column, required, f.rule) if f.form else cast_text(column, required)
    return cast_numbers(column, f.low, f.high, required, f.rule, whole=f.kind != "number")


def _complete(fields: Sequence[Field], columns: dict[str, Any], draft: pd.DataFrame, breaks: Breaks) -> pd.DataFrame:
    """The draft with every field that follows from others; what contradicts or is lacking joins `breaks`."""
    bad = np.concatenate([rows for _, _, rows in breaks]) if breaks else np.empty(0, dtype=np.int64)
    for f in fields:
        if f.derived:
            columns[f.name], contradicted, lacking = derived(f, draft)
            draft = framed({g.name: columns[g.name] for g in fields if g.name in columns})
            found_out = {f"must agree with {f.derive_rule}": contradicted, f"must be given: {f.rule}": lacking}
            # What follows from a bad value contradicts nothing, and what a bad value leaves open is not missing.
            found_out = {rule: np.setdiff1d(rows, bad) for rule, rows in found_out.items() if len(rows)}
            breaks += [(f.name, rule, rows) for rule, rows in found_out.items() if len(rows)]
    return draft


def _torn(draft: pd.DataFrame, id: str, breaks: Breaks) -> NDArray[np.int64]:
    """Rows, good so far, that have their name in common with one of other content."""
    good = np.ones(len(draft), dtype=bool)
    for _, _, rows in breaks:
        good[rows] = False
    shared = np.flatnonzero(draft[id].duplicated(keep=False) & draft[id].notna() & good)
    return np.asarray(shared[_differ(draft.iloc[shared], id)], dtype=np.int64)


def contradicting(events: pd.DataFrame, known: pd.DataFrame, id: str) -> NDArray[np.bool_]:
    """Which validated events (k,) have the name of a known one, validated too, that says something else."""
    shared = np.flatnonzero(events[id].isin(known[id].dropna()))
    found = np.zeros(len(events), dtype=bool)
    if len(shared):
        named = known.loc[known[id].isin(events[id]), events.columns]
        found[shared] = _differ(pd.concat([named, events.iloc[shared]]), id)[len(named) :]
    return found


def _differ(rows: pd.DataFrame, id: str) -> NDArray[np.bool_]:
    """Which rows (n,) have their name in common with one of other content."""
    said = rows.astype("str")
    variants = said[~said.duplicated()].groupby(id).size()
    return said[id].map(variants).to_numpy() > 1


def _sort_out(
    fields: Sequence[Field], table: pd.DataFrame, draft: pd.DataFrame, columns: Mapping[str, Any], breaks: Breaks
) -> Validated:
    kept = np.ones(len(table), dtype=bool)
    violations = []
    for name, rule, rows in breaks:
        kept[rows] = False
        found = table[name].iloc[rows].to_numpy(dtype=object) if name in table.columns else np.full(len(rows), None)
        violations.append(Violation(name, rule, rows, found))
    events = draft if not breaks else draft.loc[kept].reset_index(drop=True)
    for f in fields:
        if f.kind in ("integer", "flag") and columns[f.name].dtype != np.int64 and not f.optional:
            events = events.assign(**{f.name: events[f.name].to_numpy(dtype=np.int64)})
    return Validated(events, kept, tuple(violations))


def _absent(f: Field, n: int) -> Cast:
    # Kept for few rows only: one event has many empty fields, and making them would cost more than all else.
    made = _few_empty(f.kind, f.choices, n).copy() if n <= FEW else _empty(f.kind, f.choices, n)
    return Cast(made, ())


def _empty(kind: str, choices: tuple[str, ...], n: int) -> Any:
    """A column (n,) in which nothing is given."""
    if kind == "category":
        return pd.Categorical.from_codes(np.full(n, -1), dtype=places(choices)[1])
    if kind == "time":
        return pd.array(np.full(n, np.datetime64("NaT", "us")), dtype=MOMENT)
    if kind == "text":
        return pd.Series(pd.NA, index=range(n), dtype=STRING).array
    return np.full(n, np.nan)


_few_empty = lru_cache(maxsize=512)(_empty)

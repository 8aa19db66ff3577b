"""Which column of a file is which declared field, and how its numbers are written."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import naive
from riskcore.core.errors import DataError
from riskcore.core.labels import Target
from riskcore.core.scenario import Scenario
from riskcore.core.schema import EventSchema
from riskcore.services.files.date_repairs import DateRepair, date_repairs
from riskcore.services.files.numerals import Repair, repairs_for
from riskcore.services.files.zones import check_zone, in_zone, zones
from riskcore.services.workspace import Workspace
from riskcore.stores.mappings import Mappings

AnyRepair = Repair | DateRepair

CLOSE = 0.8  # least difflib ratio of a guess; "amount_eur" and "amount" are 0.75, which would be too bold


@dataclass(frozen=True)
class ColumnMap:
    """Which column of a file each field is read from, how its numbers are repaired, and which column is the label.

    Columns that are nobody's pass through untouched and never reach a feature; so does the label.
    """

    columns: Mapping[str, str]  # field -> column of the file
    repairs: Mapping[str, AnyRepair] = field(default_factory=dict)  # column -> how to read its numbers or dates
    label: str | None = None
    zones: Mapping[str, str] = field(default_factory=dict)  # column -> zone of its times that do not state one

    def check(self, present: Sequence[str], schema: EventSchema) -> None:
        """Raise one `DataError` with everything that keeps a file with these columns from being read."""
        problems, used = repeated(present), list(self.columns.values())
        problems += [f"Column '{c}' is used for two fields." for c in dict.fromkeys(used) if used.count(c) > 1]
        problems += [f"There is no column '{c}' (for {f})." for f, c in self.columns.items() if c not in present]
        if self.label is not None and self.label not in present:
            problems.append(f"There is no label column '{self.label}'. Columns: {', '.join(present)}.")
        if self.label in used:
            problems.append(f"Column '{self.label}' is used as a field and as the label, which would give it away.")
        missing = [schema[name] for name in schema.required if name not in self.columns]
        problems += [f"Column '{f.name}' is missing ({f.label.lower()}: must be {f.rule})." for f in missing]
        if problems:
            raise DataError(problems)

    def apply(self, table: pd.DataFrame) -> pd.DataFrame:
        """The mapped columns under their fields' names, repaired, ready for validation; the table is not changed."""
        read = {f: table[c] for f, c in self.columns.items()}
        for f, c in self.columns.items():
            if c in self.repairs:
                read[f] = self.repairs[c].apply(read[f])
            if c in self.zones:
                read[f] = in_zone(read[f], self.zones[c])
        return pd.DataFrame(read, index=table.index, copy=False)

    @property
    def notices(self) -> tuple[str, ...]:
        """What was not read under its own name or as it stands, as sentences."""
        renamed = [f"Column '{c}' is read as {f}." for f, c in self.columns.items() if c != f]
        zoned = [f"Times in '{c}' that state no zone are read as {zone}." for c, zone in self.zones.items()]
        return (*renamed, *(f"{_noun(r)} in '{c}': {r.label}." for c, r in self.repairs.items()), *zoned)

    def unused(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of the file that nothing is read from."""
        return tuple(c for c in columns if c not in self.columns.values() and c != self.label)

    def to_mapping(self) -> dict[str, Any]:
        repairs = {c: r.to_mapping() for c, r in self.repairs.items()}
        said = {"columns": dict(self.columns), "repairs": repairs, "label": self.label}
        return said | ({"zones": dict(self.zones)} if self.zones else {})


def repeated(columns: Sequence[str]) -> list[str]:
    """A sentence for each name that stands for several columns, of which none could be meant."""
    times = Counter(columns)
    return [
        f"Column '{c}' appears {n} times; each must appear once. Rename or remove one."
        for c, n in times.items()
        if n > 1
    ]


def _noun(repair: AnyRepair) -> str:
    return "Dates" if isinstance(repair, DateRepair) else "Numbers"


def _repair(said: Mapping[str, Any]) -> AnyRepair:
    return DateRepair.from_mapping(said) if "formats" in said else Repair.from_mapping(said)


def suggest(
    columns: Sequence[str], schema: EventSchema, target: Target | None = None, *, guess: bool = True
) -> ColumnMap:
    """The likely column of each field: by its own name, then by its name or a synonym whatever the case and
    separators, then (if `guess`) by likeness.  Each column is used once; a label's names are never taken for a field
    unless they are one exactly."""
    chosen = {f.name: f.name for f in schema.fields if f.name in columns}
    label = find_label(columns, schema, target) if target else None
    kept = {plain(name) for name in (target.name, *target.aliases)} if target else set()

    def free() -> dict[str, str]:
        return {plain(c): c for c in reversed(columns) if c not in chosen.values() and plain(c) not in kept}

    for f in schema.fields:
        known = free()
        names = [plain(name) for name in (f.name, *f.synonyms)]
        if f.name not in chosen and (match := next((known[n] for n in names if n in known), None)):
            chosen[f.name] = match
    if guess:
        for f in schema.fields:
            known = free()
            if f.name not in chosen and (close := get_close_matches(plain(f.name), known, n=1, cutoff=CLOSE)):
                chosen[f.name] = known[close[0]]
    return ColumnMap({f.name: chosen[f.name] for f in schema.fields if f.name in chosen}, label=label)


def suiting(scenarios: Mapping[str, Scenario], columns: Sequence[str]) -> list[str]:
    """Keys of the scenarios whose required columns are all there by name or synonym, the one that reads most first."""
    read = {key: suggest(columns, s.event, s.target, guess=False).columns for key, s in scenarios.items()}
    whole = [key for key, s in scenarios.items() if all(name in read[key] for name in s.event.required)]
    return sorted(whole, key=lambda key: -len(read[key]))


def find_label(columns: Sequence[str], schema: EventSchema, target: Target) -> str | None:
    """The column that goes by one of the label's names, if any, exactly or but for case and separators."""
    names = [name for name in (target.name, *target.aliases) if name and name not in schema.names]
    known = {plain(c): c for c in reversed(columns)} | {c: c for c in columns}
    return next((known[n] for name in names for n in (name, plain(name)) if n in known), None)


def filled(column: pd.Series) -> NDArray[np.bool_]:
    """Which cells (n,) of a file's column hold something; blanks are nothing."""
    return (column.notna() & (column.astype("str").str.strip() != "")).to_numpy(dtype=bool)


def plain(name: str) -> str:
    """A column's name without case, blanks, points, dashes and underscores.

    >>> plain("Login Hour"), plain("login_hour")
    ('loginhour', 'loginhour')
    """
    return re.sub(r"[\W_]+", "", name).lower()


@dataclass(frozen=True)
class Proposal:
    """A column whose numbers or dates could be read if they were repaired; several where its cells leave it open."""

    column: str
    field: str
    repairs: tuple[AnyRepair, ...]
    example: str  # a cell as it stands
    becomes: tuple[str, ...]  # what each repair makes of it


def propose_repairs(table: pd.DataFrame, mapping: ColumnMap, schema: EventSchema) -> list[Proposal]:
    """Columns of numbers or dates that are text which one consistent repair would read.  Offered, never applied."""
    found = []
    for name, column in mapping.columns.items():
        if column not in table.columns:
            continue
        cells, repairs = table[column], tuple[AnyRepair, ...]()
        if schema[name].kind == "time":
            repairs, _ = date_repairs(cells, schema[name])
        elif schema[name].numeric:
            repairs = tuple(repairs_for(cells, whole=schema[name].kind != "number"))
        if repairs:
            words = cells.astype("str")
            changed = words[(repairs[0].apply(words) != words) & words.notna()]
            sample = changed.iloc[[int(changed.str.len().argmax())]]
            becomes = tuple(str(r.apply(sample).iloc[0]) for r in repairs)
            found.append(Proposal(column, name, repairs, str(sample.iloc[0]), becomes))
    return found


def unclear_dates(table: pd.DataFrame, mapping: ColumnMap, schema: EventSchema) -> list[str]:
    """Why dates of mapped columns cannot be read for sure, as sentences."""
    times = [(f, c) for f, c in mapping.columns.items() if schema[f].kind == "time" and c in table.columns]
    return [why for f, c in times if (why := date_repairs(table[c], schema[f])[1])]


def with_repairs(mapping: ColumnMap, repairs: Mapping[str, AnyRepair]) -> ColumnMap:
    """The same columns, their numbers read so."""
    return replace(mapping, repairs={c: r for c, r in repairs.items() if c in mapping.columns.values()})


def unzoned(table: pd.DataFrame, mapping: ColumnMap, schema: EventSchema) -> list[str]:
    """Columns of times that hold some without a zone."""
    times = [c for f, c in mapping.columns.items() if schema[f].kind == "time" and c in table.columns]
    return [c for c in times if naive(table[c]).any()]


def with_zone(mapping: ColumnMap, schema: EventSchema, zone: str | None) -> ColumnMap:
    """The same columns, their naive times read in this zone; None leaves them to the schema's own rule."""
    if zone is None:
        return replace(mapping, zones={})
    times = [c for f, c in mapping.columns.items() if schema[f].kind == "time"]
    return replace(mapping, zones=dict.fromkeys(times, check_zone(zone)))


def remember(workspace: Workspace, scenario: Scenario, columns: Sequence[str], mapping: ColumnMap) -> None:
    """Keep the mapping for the next file with the same columns."""
    _store(workspace).remember(scenario.key, columns, mapping.to_mapping())


def recall(workspace: Workspace, scenario: Scenario, columns: Sequence[str]) -> ColumnMap | None:
    """The mapping that the last file with the same columns was read by, if it still fits the scenario."""
    said = _store(workspace).recall(scenario.key, columns)
    if said is None:
        return None
    kept = {f: c for f, c in said.get("columns", {}).items() if f in scenario.event.names and c in columns}
    label = said.get("label")
    repairs = {c: _repair(r) for c, r in said.get("repairs", {}).items() if c in kept.values()}
    zoned = {c: z for c, z in said.get("zones", {}).items() if c in kept.values() and z in zones()}
    return ColumnMap(kept, repairs, label if label in columns and label not in kept.values() else None, zoned)


def _store(workspace: Workspace) -> Mappings:
    return Mappings(workspace.settings.data / "mappings")

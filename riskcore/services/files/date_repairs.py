"""Dates as people write them, read back: offered like repairs of numbers, and only where they can be read for sure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from riskcore.core.schema import Field
from riskcore.services.files.dates import read_dates

WORDS = {"%Y": "year", "%m": "month", "%d": "day", "%b": "month", "%B": "month", "%a": "weekday", "%p": "am/pm"}
CLOCK = {"%H": "hour", "%I": "hour", "%M": "minute", "%S": "second"}


@dataclass(frozen=True)
class DateRepair:
    """One way to read all dates of a column; cells that are not written so are left as they are."""

    formats: tuple[str, ...]  # as of `strptime`, tried in this order

    @property
    def label(self) -> str:
        """What it does, in words.

        >>> DateRepair(("%d.%m.%Y", "%b %d, %Y %H:%M")).label
        'day.month.year or month day, year hour:minute'
        """
        named = WORDS | CLOCK
        return " or ".join(re.sub(r"%[A-Za-z]", lambda part: named[part[0]], form) for form in self.formats)

    def apply(self, column: pd.Series) -> pd.Series:
        """The column with cells written so as ISO 8601 in text, without a zone; others, and typed ones, untouched."""
        if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
            return column
        words = column.astype("str")
        cells = words.str.strip()
        rest = _unread(cells)
        for form in self.formats:
            read = pd.to_datetime(cells.where(rest), format=form, errors="coerce", utc=True)
            words = words.where(read.isna(), read.dt.strftime("%Y-%m-%dT%H:%M:%S"))
            rest &= read.isna()
        return words

    def to_mapping(self) -> dict[str, Any]:
        return {"formats": list(self.formats)}

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any]) -> "DateRepair":
        return cls(tuple(said["formats"]))


def date_repairs(column: pd.Series, field: Field) -> tuple[tuple[DateRepair, ...], str]:
    """Ways to read the cells that are written neither in ISO 8601 nor as the field declares; two where it is open
    whether the day or the month comes first.  And why they cannot be read for sure, if so, as a sentence."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        return (), ""
    cells = DateRepair(field.formats).apply(column).str.strip()
    odd = cells[_unread(cells)]
    found = read_dates(odd) if len(odd) else None
    if found is None:
        return (), ""
    if not found.problem:
        return ((DateRepair(found.formats),) if found.formats else ()), ""
    either = [read_dates(odd, day_first) for day_first in (True, False)]
    repairs = tuple(DateRepair(way.formats) for way in either if way and not way.problem and way.formats)
    return tuple(dict.fromkeys(repairs)), f"Column '{column.name}' {found.problem}."


def _unread(cells: pd.Series) -> pd.Series:
    """Which cells hold something that is not ISO 8601."""
    iso = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True).notna()
    return ~iso & cells.notna() & (cells != "")

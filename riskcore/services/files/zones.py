"""Times that do not say their zone: recognised, and read in the zone that a person states."""

import re
from functools import cache
from zoneinfo import available_timezones

import pandas as pd

from riskcore.core.casting import naive
from riskcore.core.errors import DataError, did_you_mean


@cache
def zones() -> tuple[str, ...]:
    """Names of time zones a person may choose, UTC first."""
    return ("UTC", *sorted(z for z in available_timezones() if re.match(r"[A-Z][a-z]+/", z)))


def check_zone(zone: str) -> str:
    """The name of a time zone; another one raises `DataError`."""
    if zone not in available_timezones():
        raise DataError(f"Time zone is '{zone}'; it must be a name such as Europe/Oslo. {did_you_mean(zone, zones())}")
    return zone


def in_zone(column: pd.Series, zone: str) -> pd.Series:
    """The column (n,) with naive times read as local times of a zone; others stay as they are, unreadable ones too.

    An hour that happens twice when clocks go back is taken as the second one, in winter time; one that does not happen
    in spring as the hour after it.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _localized(column, zone)
    told = naive(column)
    if not told.any():
        return column
    read = pd.to_datetime(column.where(told), errors="coerce", format="ISO8601")
    local = _localized(read, zone).astype("str")
    return column.astype("str").where(~told | read.isna(), local)


def _localized(times: pd.Series, zone: str) -> pd.Series:
    # The first of two equal hours is summer time; False asks for the second.
    local: pd.Series = times.dt.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    return local

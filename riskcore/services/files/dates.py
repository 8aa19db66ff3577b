"""How the dates of a column are written, one form or several, and whether that can be told at all."""

from dataclasses import dataclass

import pandas as pd

MOST_LOOKED_AT = 20_000  # different cells; forms that are rarer than that are found by validation
PARSED = 0.5  # share of cells that must be dates for a column to be meant as dates
UNREAD = 0.05  # share of them that may be none
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
CLEAR = ("%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%a, %d %b %Y")
UNCLEAR = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"))  # day first, month first


@dataclass(frozen=True)
class Dates:
    """Forms besides ISO 8601, as of `strptime`; or the reason why the cells cannot be read for sure."""

    formats: tuple[str, ...] = ()
    problem: str = ""


def read_dates(given: pd.Series, day_first: bool | None = None) -> Dates | None:
    """How the cells (text, none of them empty) are written, or None where most are no dates.

    Forms may be mixed as long as each cell can be read in one way only.  Whether 03/04 is in March or April is told
    by cells of the same form such as 25/04; where there are none, or for both readings, `day_first` must say it.
    """
    cells = pd.Series(given.unique()[:MOST_LOOKED_AT])
    if not cells.str.contains(r"\d.*[-/.:, ].*\d", regex=True).mean() >= PARSED:
        return None
    rest = cells[pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True).isna()]
    formats = list[str]()
    for form in (form + clock for clock in CLOCKS for form in CLEAR):
        read = _reads(rest, form)
        if read.any():
            formats.append(form)
            rest = rest[~read]
    for pair in ((day + clock, month + clock) for clock in CLOCKS for day, month in UNCLEAR):
        by_day, by_month = (_reads(rest, form) for form in pair)
        if not (by_day | by_month).any():
            continue
        first = day_first if day_first is not None else _told_apart(by_day, by_month)
        if first is None:
            return Dates(problem=_unclear(rest, by_day, by_month))
        formats.append(pair[0] if first else pair[1])
        rest = rest[~(by_day if first else by_month)]
    if len(rest) > (1 - PARSED) * len(cells):
        return None
    if len(rest) > UNREAD * len(cells):
        examples = ", ".join(repr(v) for v in rest[:3])
        return Dates(
            problem=f"holds dates, but {len(rest):,} of {len(cells):,} different cells are written otherwise "
            f"({examples}). Write all as 2026-01-31T12:00:00Z"
        )
    return Dates(tuple(formats))


def _reads(cells: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(cells, format=form, errors="coerce", utc=True).notna()


def _told_apart(by_day: pd.Series, by_month: pd.Series) -> bool | None:
    """Whether the day comes first; None where the cells leave it open or contradict one another."""
    only_day, only_month = bool((by_day & ~by_month).any()), bool((by_month & ~by_day).any())
    return None if only_day == only_month else only_day


def _unclear(cells: pd.Series, by_day: pd.Series, by_month: pd.Series) -> str:
    """Why dates cannot be read for sure, with counts of different cells."""
    either, days, months = by_day & by_month, by_day & ~by_month, by_month & ~by_day
    if not days.any():
        return (
            f"holds dates such as {cells[either].iloc[0]} that can be day/month or month/day, and none of "
            f"{len(cells):,} different cells tells which. Write them as 2026-01-31, or say which comes first"
        )
    return (
        f"mixes day/month ({cells[days].iloc[0]} and {int(days.sum()) - 1:,} more) with month/day "
        f"({cells[months].iloc[0]} and {int(months.sum()) - 1:,} more), and {int(either.sum()):,} different cells can "
        "be either. Write them as 2026-01-31"
    )

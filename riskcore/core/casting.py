"""Casts of one column to its declared kind, vectorised, with every row that breaks a rule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskcore.core.errors import closest
from riskcore.core.frames import FEW

TRUTH = {"true": "1", "false": "0"}  # how spreadsheets write a flag
ZONE = r"\d:\d\d(?::\d\d(?:[.,]\d+)?)? ?(?:Z|[+-]\d\d(?::?\d\d)?)$"  # how ISO 8601 ends a time that states its zone
PLAINEST = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
MOMENT = pd.DatetimeTZDtype("us", "UTC")
# Of times, the second not included: charts count in nanoseconds, which end in 2262, and windows reach back from them.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
STRING = pd.StringDtype(na_value=np.nan)  # of every column of text
OTHER = "other"  # the choice that unknown values of an open category count as


@dataclass(frozen=True)
class Break:
    """One rule and the positions (ascending) of the rows that break it."""

    rule: str
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Cast:
    """A column in its declared type, and what was wrong with it.  Values of broken rows mean nothing."""

    values: Any
    breaks: tuple[Break, ...]


def cast_numbers(
    column: pd.Series, low: float | None, high: float | None, required: bool, rule: str, whole: bool
) -> Cast:
    """Numbers, or text that spells them.  NaN counts as missing; infinities are out of range even without bounds."""
    values, unreadable = to_numbers(column)
    least, most = (values.min(), values.max()) if len(values) else (0.0, 0.0)  # NaN propagates
    floating = values.dtype.kind == "f"
    in_range = (
        np.isfinite(least)
        and np.isfinite(most)
        and (low is None or least >= low)
        and (high is None or most <= high)
        and (not floating or not whole or bool((values == np.floor(values)).all()))
    )
    if in_range and unreadable is None:
        return Cast(values.astype(np.int64) if whole and floating else values, ())
    return Cast(values, tuple(_number_breaks(values.astype(np.float64), unreadable, low, high, required, rule, whole)))


def _number_breaks(
    values: NDArray[np.float64],
    unreadable: NDArray[np.bool_] | None,
    low: float | None,
    high: float | None,
    required: bool,
    rule: str,
    whole: bool,
) -> list[Break]:
    breaks = []
    missing = np.isnan(values)
    if unreadable is not None and unreadable.any():
        breaks.append(Break(f"must be {rule}, not text", np.flatnonzero(unreadable)))
        missing &= ~unreadable
    if required and missing.any():
        breaks.append(Break(f"must be given: {rule}", np.flatnonzero(missing)))
    with np.errstate(invalid="ignore"):
        bad = np.isinf(values)
        if low is not None:
            bad |= values < low
        if high is not None:
            bad |= values > high
        if whole:
            bad |= (values != np.floor(values)) & ~np.isnan(values)
    if bad.any():
        breaks.append(Break(f"must be {rule}", np.flatnonzero(bad)))
    return breaks


def to_numbers(column: pd.Series) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Numbers (n,) and, where there are any, which cells hold something that is not a number (they become NaN)."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        return column.to_numpy(), None
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return column.to_numpy().astype(np.int64), None
    if pd.api.types.is_numeric_dtype(dtype) and pd.api.types.is_extension_array_dtype(dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), None
    return _text_to_numbers(column)


def _text_to_numbers(column: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    words = pa.array(column.astype("str"), from_pandas=True)
    words = pc.if_else(pc.equal(words, ""), None, words)  # empty cells of a CSV must not cost the fast way
    try:
        return pc.cast(words, pa.float64()).to_numpy(zero_copy_only=False), None
    except pa.ArrowInvalid:
        pass
    trimmed = pd.Series(pc.utf8_lower(pc.utf8_trim_whitespace(words)).to_pandas()).replace(TRUTH)
    empty = trimmed.isna() | trimmed.isin(["", "nan", "na", "null", "none", "<na>"])
    # `1_000` and `0x1F` are numbers to a programmer, not in a table of events.
    odd = trimmed.str.contains("[_x]", regex=True, na=False)
    parsed = pd.to_numeric(trimmed.mask(empty | odd), errors="coerce").to_numpy(dtype=np.float64)
    unreadable = np.isnan(parsed) & ~empty.to_numpy(dtype=bool)
    return parsed, unreadable if unreadable.any() else None


@lru_cache(maxsize=512)
def places(choices: tuple[str, ...]) -> tuple[dict[str, int], pd.CategoricalDtype]:
    """Place of each choice, and the type of a column of them; made once, for that costs more than one event."""
    return {word: i for i, word in enumerate(choices)}, pd.CategoricalDtype(list(choices))


def cast_category(
    column: pd.Series, choices: Sequence[str], required: bool, rule: str, unknown_is: str | None = None
) -> Cast:
    """A pandas categorical over exactly the declared choices; spelling and case must match.

    Where `unknown_is` names a choice, every other value that is given counts as that one, and blanks around a word do
    not.
    """
    codes, words = pd.factorize(column if column.dtype != object else column.astype("str"))
    place, dtype = places(tuple(choices))
    if unknown_is is None:
        known = [place.get(str(word), -1) for word in words]
    else:
        known = [place.get(word, place[unknown_is]) if word else -1 for word in (str(w).strip() for w in words)]
    # The last entry stands for missing cells, whose code is -1.
    coded = np.array([*known, -1], dtype=np.int16)[codes]
    values = pd.Categorical.from_codes(coded, dtype=dtype)
    unknown = coded < 0
    if not (unknown if required else unknown & (codes >= 0)).any():
        return Cast(values, ())
    given = column.astype("str").str.strip()
    missing = (column.isna() | (given == "")).to_numpy(dtype=bool)
    breaks = []
    if required and missing.any():
        breaks.append(Break(f"must be given: {rule}", np.flatnonzero(missing)))
    for word in pd.unique(given[unknown & ~missing])[:100]:
        rows = np.flatnonzero((given == word).to_numpy(dtype=bool) & unknown)
        breaks.append(Break(f"must be {rule}{_meant(word, choices)}", rows))
    told = np.concatenate([b.rows for b in breaks]) if breaks else np.empty(0, dtype=np.int64)
    rest = np.setdiff1d(np.flatnonzero(unknown & ~missing), told)
    if len(rest):
        breaks.append(Break(f"must be {rule}", rest))
    return Cast(values, tuple(breaks))


def _meant(word: str, choices: Sequence[str]) -> str:
    """The choice that was probably meant; the rule before it names the others already."""
    close = closest(word, choices)
    return f". Did you mean '{close}'?" if close else ""


def naive(column: pd.Series) -> pd.Series:
    """Whether each time (n,) is given without its zone; missing ones are not."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        zoned = isinstance(column.dtype, pd.DatetimeTZDtype)
        return column.notna() & (not zoned)
    words = column.astype("str").str.strip()
    return (words.notna() & (words != "") & ~words.str.contains(ZONE, regex=True)).astype("bool")


def cast_time(column: pd.Series, required: bool, rule: str, formats: Sequence[str] = (), zoned: bool = False) -> Cast:
    """Moments as `datetime64[us, UTC]`; a time without a zone is taken as UTC, or refused where `zoned`.

    Text is read as ISO 8601, and what is not as the first of `formats` (as of `strptime`) that fits.  Times before
    1970 or after 2199 break the rule, and their values are missing.
    """
    if (few := _few_moments(column)) is not None:
        return Cast(few, ())
    missing = column.isna().to_numpy()
    if column.dtype == MOMENT:
        parsed = column
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        parsed = pd.to_datetime(column, utc=True)
    else:
        words = column.astype("str").str.strip()
        missing = missing | (words == "").to_numpy(dtype=bool)
        parsed = pd.to_datetime(words, utc=True, errors="coerce", format="ISO8601")
        for said in formats:
            unread = parsed.isna() & ~missing
            if not unread.any():
                break
            parsed = parsed.fillna(pd.to_datetime(words.where(unread), utc=True, errors="coerce", format=said))
    if (outside := (parsed < EARLIEST) | (parsed >= LATEST)).any():
        parsed = parsed.mask(outside)
    values = parsed.dt.as_unit("us").array
    wrong = parsed.isna().to_numpy() & ~missing
    breaks = [Break(f"must be {rule}", np.flatnonzero(wrong))] if wrong.any() else []
    if zoned and (unzoned := naive(column).to_numpy() & ~wrong).any():
        breaks.append(Break("must state its time zone; or choose one for the whole file", np.flatnonzero(unzoned)))
    if required and missing.any():
        breaks.append(Break(f"must be given: {rule}", np.flatnonzero(missing)))
    return Cast(values, tuple(breaks))


def _few_moments(column: pd.Series) -> Any:
    """A few times of the plainest form (n,), or None: pandas takes milliseconds to begin, more than one event costs."""
    if len(column) > FEW or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return None
    words = column.tolist()
    if not all(isinstance(word, str) and PLAINEST.fullmatch(word) for word in words):
        return None
    try:
        moments = [datetime.fromisoformat(word).astimezone(UTC) for word in words]
    except (ValueError, OverflowError):  # such as the 30th of February
        return None
    if moments and not EARLIEST <= min(moments) <= max(moments) < LATEST:
        return None
    naives = [moment.replace(tzinfo=None) for moment in moments]
    return pd.DatetimeIndex(np.array(naives, dtype="datetime64[us]")).tz_localize("UTC").array


def cast_text(column: pd.Series, required: bool) -> Cast:
    """Text; empty counts as missing."""
    values = column if column.dtype == STRING else column.astype("str")
    if "" in values.tolist() if len(values) <= FEW else (values == "").any():
        values = values.mask(values == "")
    if not required:
        return Cast(values.array, ())
    missing = values.isna().to_numpy(dtype=bool)
    return Cast(values.array, (Break("must be given", np.flatnonzero(missing)),) if missing.any() else ())

"""What a column of an unknown table seems to be: a number, a flag, a category, a time, or nothing to learn from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import EARLIEST, LATEST, OTHER, cast_time, to_numbers
from riskcore.core.fields import Kind
from riskcore.services.files.dates import Dates, read_dates

ODD = 0.05  # share of cells that are no numbers or dates, up to which a column is still one of them
MOST_CHOICES = 200  # of a category, "other" among them
NEARLY_UNIQUE = 0.5  # different values for each row, from which words are identifiers or free text
PEEK = 1_000  # cells that show whether reading all of them as numbers is worth it
FEW_ROWS = 20  # below which uniqueness proves nothing
SURE_WHOLE = 1_000  # cells that show that a number in text is whole by nature
ID_WORDS = {"id", "uuid", "guid", "ident", "identifier", "key", "index", "idx", "rownum", "no", "nr"}


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What a column of n rows seems to be; `kind` is None where it is ignored, and `notice` says why."""

    kind: Kind | None
    values: Any = None  # (n,) numbers, or times in seconds since 1970, NaN where missing; words of a category
    whole: bool = False
    choices: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    notice: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.asarray(pd.isna(self.values), dtype=bool)


def ignored(why: str) -> Guess:
    return Guess(kind=None, notice=why)


def guess(name: str, column: pd.Series, day_first: bool | None = None, names: bool = True) -> Guess:
    """What a column seems to be.  `day_first` decides dates such as 03/04/2024, which nothing else can.

    `names` False: it is known to name nothing, so that numbers which count up are numbers.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _as_time(column, Dates())
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _as_numbers(name, to_numbers(column)[0].astype(np.float64), column.dtype.kind in "iub", names)
    words = column.astype("str").str.strip()
    words = words.where(words != "")
    given = int(words.notna().sum())
    if not given:
        return ignored("is empty in every row")
    if _mostly_numbers(words.dropna().head(PEEK)):
        numbers, unreadable = to_numbers(words)
        odd = 0 if unreadable is None else int(unreadable.sum())
        if odd <= ODD * given:
            said = "" if unreadable is None else _odd_cells(words[unreadable], given, "numbers")
            return _as_numbers(name, numbers, not odd and given >= SURE_WHOLE, names, notice=said)
    dates = read_dates(words.dropna(), day_first)
    if dates is not None:
        return _as_time(words, dates)
    return _as_words(words, given)


def _mostly_numbers(cells: pd.Series) -> bool:
    unreadable = to_numbers(cells)[1]
    return unreadable is None or float(unreadable.mean()) < 0.5


def _odd_cells(odd: pd.Series, given: int, what: str) -> str:
    examples = ", ".join(repr(v) for v in odd.unique()[:3])
    return f"holds {len(odd):,} of {given:,} cells that are no {what} ({examples}); rows with them are left out"


def _as_numbers(name: str, values: NDArray[np.float64], typed: bool, names: bool, notice: str = "") -> Guess:
    """A number, whole where all of a typed or long enough column are; a flag where there are just 0 and 1."""
    values = np.where(np.isinf(values), np.nan, values)
    given = values[~np.isnan(values)]
    if not len(given):
        return ignored("is empty in every row")
    distinct = len(pd.unique(given))
    if distinct == 1 and len(given) == len(values):
        return ignored(f"has one value in every row: {given[0]:g}")
    whole = bool((given == np.floor(given)).all())
    if whole and names and _is_identifier(name, given, distinct):
        return ignored(f"looks like an identifier: {distinct:,} different values in {len(given):,} rows")
    if distinct == 2 and set(np.unique(given)) == {0.0, 1.0}:
        return Guess(kind="flag", values=values, whole=True, notice=notice)
    return Guess(kind="integer" if whole and typed else "number", values=values, whole=whole, notice=notice)


def _is_identifier(name: str, given: NDArray[np.float64], distinct: int) -> bool:
    """Whether whole numbers name things: one for each row and called so or counted up, or many and called so."""
    called_so = bool(ID_WORDS & words_of(name))
    if distinct == len(given) >= FEW_ROWS:
        return called_so or bool((np.diff(given) == 1).all())
    return called_so and distinct > MOST_CHOICES


def names_events(name: str, column: pd.Series) -> bool:
    """Whether a column is called an identifier, and holds another value in every row."""
    return bool(ID_WORDS & words_of(name)) and bool(column.notna().all()) and bool(column.is_unique)


def words_of(name: str) -> set[str]:
    """The words of a column's name, in lower case.

    >>> sorted(words_of("isFlaggedFraud")), sorted(words_of("customer_id"))
    (['flagged', 'fraud', 'is'], ['customer', 'id'])
    """
    return {w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def _as_time(column: pd.Series, dates: Dates) -> Guess:
    if dates.problem:
        return ignored(dates.problem)
    times = cast_time(column, required=False, rule="", formats=dates.formats)
    values = pd.Series(times.values)
    seconds = np.where(values.isna(), np.nan, values.astype("int64").to_numpy() / 1e6)
    if len(np.unique(seconds[~np.isnan(seconds)])) < 2:
        return ignored("has one moment in every row")
    odd = times.breaks[0].rows if times.breaks else np.zeros(0, dtype=np.int64)
    given = int(column.notna().sum())
    kind = f"dates from {EARLIEST.year} to {LATEST.year - 1}"
    if len(odd) > ODD * given:  # such as dates of birth
        return ignored(f"holds {len(odd):,} of {given:,} cells that are no {kind}")
    notice = _odd_cells(column.iloc[odd], given, kind) if len(odd) else ""
    return Guess(kind="time", values=seconds, formats=dates.formats, notice=notice)


def _as_words(words: pd.Series, given: int) -> Guess:
    counts = words.value_counts()
    if len(counts) == 1 and given == len(words):
        return ignored(f"has one value in every row: {counts.index[0]}")
    if given >= FEW_ROWS and len(counts) > NEARLY_UNIQUE * given:
        return ignored(f"looks like an identifier or free text: {len(counts):,} different values in {given:,} rows")
    choices, notice = most_frequent(counts), ""
    if len(counts) >= MOST_CHOICES:
        covered = counts[list(choices[:-1])].sum() / given
        notice = (
            f"has {len(counts):,} different values; the {len(choices) - 1} most frequent ones, in {covered:.0%} of the "
            f"rows, are told apart, and the rest counts as '{OTHER}'"
        )
    return Guess(kind="category", values=words.to_numpy(dtype=object), choices=choices, notice=notice)


def most_frequent(counts: pd.Series) -> tuple[str, ...]:
    """The values that become choices, most frequent first, and "other"."""
    names: Sequence[str] = [str(v) for v in counts.index if str(v) != OTHER]
    return (*names[: MOST_CHOICES - 1], OTHER)

"""Numbers as people write them, read back: decimal commas, thousands separators, currency signs, percent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskcore.core.errors import DataError

GROUPING = " '’\u00a0\u202f"  # what separates thousands besides a comma or a point
SIGNS = r"(?:[$€£¥₹]|(?i:USD|EUR|GBP|CHF|JPY|INR|kr|zł))"
BLANKS = "[\\s\u00a0\u202f]*"
NO_NUMBER = r"^\s*$|^(?i:nan|na|null|none|<na>|true|false|[+-]?inf(?:inity)?)$"  # what validation knows
PLAIN = rf"^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$|{NO_NUMBER}"
PLAIN_WHOLE = rf"^\s*[+-]?\d+(?:\.0*)?\s*$|{NO_NUMBER}"  # 1.234 is no whole number, but may be 1,234
ENOUGH = 0.95  # share of the odd cells that a repair must read; the others are bad cells, and told as such
POINT = r"^\s*[+-]?\d*\.\d+\s*$"


@dataclass(frozen=True)
class Repair:
    """One way to read all numbers of a column; cells that are not written so are left as they are."""

    decimal: Literal[".", ","] = "."
    currency: bool = False
    percent: bool = False

    @property
    def label(self) -> str:
        """What it does, in words.

        >>> Repair(decimal=",", currency=True).label
        'decimal comma; currency sign dropped'
        """
        said = ["decimal comma" if self.decimal == "," else "comma between thousands"]
        said += ["currency sign dropped"] if self.currency else []
        said += ["percent as a share: 5 % is 0.05"] if self.percent else []
        return "; ".join(said)

    @property
    def _pattern(self) -> str:
        grouping = GROUPING + ("." if self.decimal == "," else ",")
        digits = rf"(?:\d{{1,3}}(?:[{re.escape(grouping)}]\d{{3}})+|\d+)(?:{re.escape(self.decimal)}\d+)?"
        sign = rf"(?:{SIGNS}{BLANKS})?" if self.currency else ""
        after = rf"(?:{BLANKS}{SIGNS})?" if self.currency else rf"(?:{BLANKS}%)?" if self.percent else ""
        return rf"^{BLANKS}[+-]?{sign}[+-]?{digits}{after}{BLANKS}$"

    def fits(self, text: pd.Series) -> pd.Series:
        """Which cells are numbers written so."""
        return _matches(text, self._pattern)

    def apply(self, column: pd.Series) -> pd.Series:
        """The column with cells written so as plain numbers in text; others, and numbers, untouched."""
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column
        words = _words(column)
        bare = pc.replace_substring_regex(words, rf"[%\s{GROUPING}]|{SIGNS}", "")
        bare = pc.replace_substring(bare, "." if self.decimal == "," else ",", "")
        bare = pc.replace_substring(bare, ",", ".")
        written_so = pc.match_substring_regex(words, self._pattern)
        if self.percent:
            shares = pc.match_substring(words, "%")
            numbers = pd.to_numeric(bare.to_pandas(), errors="coerce") / 100
            as_text = pa.array(numbers.round(12).astype("str"), from_pandas=True).cast(words.type)
            bare = pc.if_else(shares, as_text, bare)
        return _said(pc.if_else(pc.fill_null(written_so, False), bare, words), column)

    def to_mapping(self) -> dict[str, Any]:
        return {"decimal": self.decimal, "currency": self.currency, "percent": self.percent}

    @classmethod
    def from_mapping(cls, said: object) -> Self:
        """The inverse of `to_mapping`; anything else is a `DataError`."""
        if not isinstance(said, dict) or said.get("decimal") not in (".", ","):
            raise DataError(f"A stored repair is {said!r}; it must name a decimal sign.")
        return cls(said["decimal"], bool(said.get("currency")), bool(said.get("percent")))


# In the order they are offered: the simplest that reads every cell comes first.
REPAIRS = tuple(
    Repair(decimal, currency, percent)
    for currency, percent in ((False, False), (True, False), (False, True))
    for decimal in (".", ",")
)


def repairs_for(column: pd.Series, whole: bool = False) -> Iterator[Repair]:
    """Repairs under which the cells of a text column are numbers, but for a few bad ones; none where none is needed.

    Two are told where both read it: "1,234" may be a thousand or a little more than one.  In a column of `whole`
    numbers a point can only stand between thousands.
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return
    words = column.astype("str").dropna()
    plain = _matches(words, PLAIN_WHOLE if whole else PLAIN)
    if plain.all():
        return
    found = [
        repair
        for repair in REPAIRS
        if repair.fits(words[~plain]).mean() >= ENOUGH
        # With a decimal comma, a point means thousands in every cell.
        and (repair.decimal == "." or repair.fits(words[plain & _matches(words, POINT)]).all())
        and (not whole or _matches(repair.apply(words[~plain]), PLAIN_WHOLE).mean() >= ENOUGH)
    ]
    # A currency sign or percent that is never there is not part of the repair.
    simple = [repair for repair in found if not (repair.currency or repair.percent)]
    yield from simple or found


def _matches(text: pd.Series, pattern: str) -> pd.Series:
    return _said(pc.match_substring_regex(_words(text), pattern), text).astype(bool)


def _words(column: pd.Series) -> Any:
    return pa.array(column.astype("str"), type=pa.large_string(), from_pandas=True)


def _said(values: Any, like: pd.Series) -> pd.Series:
    found = pc.fill_null(values, False).to_pandas() if pa.types.is_boolean(values.type) else values.to_pandas()
    return pd.Series(found.to_numpy() if found.dtype == bool else found.array, index=like.index, name=like.name)

"""Conditions on the columns of a file, as the command line writes them: `country=DE`, `split!=test`, `Time>=86400`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import ge, gt, le, lt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, did_you_mean
from riskcore.stores.tables import Chunk

FORM = re.compile(r"\s*(.+?)\s*(!=|<=|>=|==|=|<|>)\s*(.*?)\s*")
ORDERS: dict[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True)
class Condition:
    """A column compared with a value; = and != compare as text, or as numbers where both are numbers."""

    column: str
    sign: str
    value: str

    def holds(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows (n,) meet it; a cell that is no number is never above or below one."""
        cells = table[self.column]
        number = _number(self.value)
        if self.sign in ORDERS:
            return np.asarray(ORDERS[self.sign](pd.to_numeric(cells, errors="coerce"), number), dtype=bool)
        same = (cells.astype("str").str.strip() == self.value).to_numpy(dtype=bool)
        if number is not None:
            same = same | (pd.to_numeric(cells, errors="coerce") == number).to_numpy(dtype=bool)
        return ~same if self.sign == "!=" else same


def conditions(words: Sequence[str], columns: Sequence[str]) -> tuple[Condition, ...]:
    """Conditions from words such as `Class=1`; every problem with them is in one `DataError`."""
    found, problems = [], []
    for word in words:
        parts = FORM.fullmatch(word)
        if parts is None:
            problems.append(f"'{word}' is not a condition; write column=value, or !=, <, <=, >, >= in place of =.")
            continue
        column, sign, value = parts.groups()
        if column not in columns:
            problems.append(f"'{word}' names no column '{column}'. {did_you_mean(column, columns)}")
        if sign in ORDERS and _number(value) is None:
            problems.append(f"'{word}' compares with '{value}', which is not a number.")
        found.append(Condition(column, "=" if sign == "==" else sign, value))
    if problems:
        raise DataError(problems)
    return tuple(found)


def keep(chunk: Chunk, wanted: Sequence[Condition]) -> Chunk:
    """The rows of a chunk that meet all conditions.  Lines that are not rows stay: nobody can tell what they hold."""
    if not wanted:
        return chunk
    rows = np.logical_and.reduce([condition.holds(chunk.table) for condition in wanted])
    table = chunk.table[rows].reset_index(drop=True)
    return replace(chunk, table=table, rows=chunk.rows[rows], lines=chunk.lines[rows])


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None

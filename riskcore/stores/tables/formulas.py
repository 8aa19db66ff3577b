"""Text made safe for spreadsheets, which run a cell that looks like a formula."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# What spreadsheets take for a formula, in full width too; blanks, tabs and returns before it do not protect.
FORMULA = r"^[\s\x00]*[=+\-@＝＋－＠]"
NUMBER = r"^\s*[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?%?\s*$"


def neutralise(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with an apostrophe before each text cell and column name that begins with = + - or @.

    Numbers stay as they are, as text too (-12.50, +3e4).  Source: OWASP, CSV injection.
    """
    safe = table.copy(deep=False)
    for i in range(table.shape[1]):
        column = table.iloc[:, i]
        if column.dtype == object:
            column = column.map(_neutral_cell)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            column = column.cat.rename_categories([_neutral_cell(c) for c in column.cat.categories])
        elif isinstance(column.dtype, pd.StringDtype):
            text = pa.table([pa.array(column, from_pandas=True)], names=["text"])["text"]
            column = _neutral(text).to_pandas()
        safe.isetitem(i, column.array)
    safe.columns = pd.Index([_neutral_cell(name) for name in table.columns])
    return safe


def _neutral(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _neutral(pc.cast(column, kind.value_type))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return column
    risky = pc.match_substring_regex(column, FORMULA)
    if not pc.any(risky).as_py():
        return column
    risky = pc.and_not(risky, pc.match_substring_regex(column, NUMBER))
    marked = pc.binary_join_element_wise(pa.scalar("'", kind), column, pa.scalar("", kind))
    return pc.if_else(risky, marked, column)


def _neutral_cell(cell: Any) -> Any:
    return _neutral(pa.chunked_array([[cell]], pa.string()))[0].as_py() if isinstance(cell, str) else cell

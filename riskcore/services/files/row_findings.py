"""What is wrong or unusual in the rows of a file, by its lines and in the words of its columns."""

import numpy as np
import pandas as pd

from riskcore.core.schema import EventSchema, Validated, told
from riskcore.services.files.mapping import ColumnMap
from riskcore.stores.tables import Chunk

BROKEN_COLUMNS = ("line", "column", "value", "reason", "row")
COUNTED_COLUMNS = ("column", "rule", "rows", "first line", "value")


def broken_rules(chunk: Chunk, validated: Validated, mapping: ColumnMap) -> pd.DataFrame:
    """One row for each broken rule, by row: `line`, `column` and `value` of the file, `reason`, `row` in the chunk."""
    found = validated.rejects()
    rows = found["row"].to_numpy(dtype=np.int64)
    columns = [mapping.columns.get(name, name) for name in found["field"]]
    cells = [chunk.table[c].iloc[r] if c in chunk.table else None for c, r in zip(columns, rows, strict=True)]
    parts = (chunk.lines[rows], columns, [told(cell) for cell in cells], found["rule"], rows)
    text = dict.fromkeys(("column", "value", "reason"), "str")
    return pd.DataFrame(dict(zip(BROKEN_COLUMNS, parts, strict=True))).astype(text)


def first_problems(chunk: Chunk, validated: Validated, mapping: ColumnMap, most: int) -> list[str]:
    """What is wrong with the first bad rows of a file, as sentences that name their lines."""
    found = broken_rules(chunk, validated, mapping).head(most)
    cells = zip(found["line"], found["column"], found["value"], found["reason"], strict=True)
    said = [(line, f"Line {line}: {column} is {value or 'empty'}; it {rule}.") for line, column, value, rule in cells]
    said += [(b.line, f"Line {b.line} {b.rule}.") for b in chunk.broken[:most]]
    return [sentence for _, sentence in sorted(said)[:most]]


def counted(found: pd.DataFrame) -> pd.DataFrame:
    """How often each rule was broken, most often first: `column`, `rule`, `rows`, and the first: its line and value."""
    grouped = found.groupby(["column", "reason"], sort=False)
    table = grouped.agg(rows=("line", "size"), first=("line", "first"), value=("value", "first")).reset_index()
    table.columns = pd.Index(COUNTED_COLUMNS)
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def unusual(schema: EventSchema, chunk: Chunk, validated: Validated, mapping: ColumnMap) -> pd.DataFrame:
    """How many accepted rows have a value outside its field's usual range, as `counted`; none is rejected for it."""
    accepted = np.flatnonzero(validated.kept)
    rows = [
        (
            mapping.columns.get(v.field, v.field),
            v.rule,
            len(v.rows),
            int(chunk.lines[accepted[v.rows[0]]]),
            told(v.values[0]),
        )
        for v in schema.unusual(validated.events)
    ]
    table = pd.DataFrame(rows, columns=pd.Index(COUNTED_COLUMNS))
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)

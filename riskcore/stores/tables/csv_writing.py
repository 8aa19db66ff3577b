"""Tables as lines of CSV, quoted only where needed."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

ROWS_AT_ONCE = 65_536  # lines joined in one step
BYTES_AT_ONCE = 2**28  # keeps their text within 32-bit offsets, which join a third faster than 64-bit ones
SPECIAL = (b'"', b",", b"\n", b"\r")  # a cell that has one must be quoted
NEEDS_QUOTES = '[",\r\n]'
# Names are quoted more freely, so that no reader takes another delimiter or a byte order mark for ours.
NAME_NEEDS_QUOTES = re.compile('[",;|\t\r\n\ufeff]|^$')


def csv_header(names: Sequence[str]) -> bytes:
    """The first line."""
    quoted = ['"' + name.replace('"', '""') + '"' if NAME_NEEDS_QUOTES.search(name) else name for name in names]
    return (",".join(quoted) + "\n").encode()


def csv_lines(table: pa.Table) -> Iterator[Any]:
    """The rows as buffers of UTF-8 text.  A missing value is an empty cell."""
    step = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE * table.num_rows // max(table.nbytes, 1)))
    for start in range(0, table.num_rows, step):
        columns = [_printable(column) for column in table.slice(start, step).columns]
        # A row of one empty cell must be quoted, or its line has nothing on it and is no row.
        if len(columns) == 1 or any(_needs_quotes(column) for column in columns):
            yield _joined(columns)
        else:
            yield _as_they_are(pa.table(columns, names=table.column_names))


def _printable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of a type that can be cast to text, without NaN."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _printable(pc.cast(column, kind.value_type))
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(column)).as_py():
        return pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.chunked_array([[None if v is None else str(v) for v in column.to_pylist()]], pa.string())
    return column


def _needs_quotes(column: pa.ChunkedArray) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    contents = [text_of(chunk).to_pybytes() for chunk in column.chunks]
    return any(special in content for content in contents for special in SPECIAL)


def _as_they_are(table: pa.Table) -> Any:
    """Lines of cells none of which needs quotes."""
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table, sink, pa_csv.WriteOptions(include_header=False, quoting_style="none"))
    return sink.getvalue()


def _joined(columns: Sequence[pa.ChunkedArray]) -> Any:
    """Lines of cells quoted where needed: the cells, as text, are joined by commas to what is the file itself.

    pyarrow's own writer quotes either all text or none.
    """
    cells = [pc.cast(column, pa.string()).combine_chunks() for column in columns]
    cells = [_quoted(c) if _needs_quotes(column) else c for c, column in zip(cells, columns, strict=True)]
    if len(cells) == 1:
        cells = [pc.if_else(pc.equal(pc.fill_null(cells[0], ""), ""), '""', cells[0])]
    cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "", null_handling="replace")
    return text_of(pc.binary_join_element_wise(*cells, ",", null_handling="replace"))


def _quoted(text: pa.Array) -> pa.Array:
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(text, NEEDS_QUOTES), quoted, text)


def text_of(text: pa.Array) -> Any:
    """All cells of a text array one after the other, as one buffer and without a copy."""
    _, offsets, content = text.buffers()
    if content is None or not len(text):
        return pa.py_buffer(b"")
    width = np.int64 if pa.types.is_large_string(text.type) else np.int32
    ends = np.frombuffer(offsets, width)[text.offset : text.offset + len(text) + 1]
    return content.slice(int(ends[0]), int(ends[-1] - ends[0]))

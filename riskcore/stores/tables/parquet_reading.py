"""Rows of Parquet files in constant memory, with their types."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskcore.core.errors import DataError, NoRowsError
from riskcore.stores.tables.chunks import Piece
from riskcore.stores.tables.packing import Packed

BATCH = 65_536  # rows decoded at a time


@dataclass(frozen=True)
class ParquetLayout:
    """What the footer of a Parquet file says."""

    columns: tuple[str, ...]
    rows: int


def sniff_parquet(packed: Packed) -> ParquetLayout:
    """The layout of a Parquet file; `DataError` where it is damaged, empty or larger than allowed."""
    with packed.open() as raw:
        try:
            file = pq.ParquetFile(raw)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(packed, error) from None
        groups = range(file.metadata.num_row_groups)
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in groups)
        layout = ParquetLayout(tuple(file.schema_arrow.names), file.metadata.num_rows)
    if packed.limit is not None and unpacked > packed.limit:
        raise packed.refuse(f"unpacks to more than {packed.limit / 1e6:,.0f} MB. Use the command line.")
    if not layout.rows:
        raise packed.refuse("has columns but no rows." if layout.columns else "is empty.", NoRowsError)
    return layout


def parquet_pieces(packed: Packed, layout: ParquetLayout) -> Iterator[Piece]:
    """The rows of a Parquet file in order."""
    row, names = 0, [str(i) for i in range(len(layout.columns))]
    with packed.open() as raw:
        try:
            for batch in pq.ParquetFile(raw).iter_batches(batch_size=BATCH):
                table = pa.table([_plain(column) for column in batch.columns], names=names)
                rows = np.arange(row, row + table.num_rows)
                row += table.num_rows
                yield Piece(table, rows, rows + 1, (), row, packed.size * row // layout.rows)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(packed, error) from None


def _damaged(packed: Packed, error: Exception) -> DataError:
    reason = str(error).splitlines()[0].rstrip(".")
    return packed.refuse(f"is a Parquet file that cannot be read: {reason}. Write it again, or save it as CSV.")


def _plain(column: pa.Array) -> pa.Array:
    """A column in a type that pandas has: decimals as floats; times of day and nested values as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_string(kind) or pa.types.is_string_view(kind) or pa.types.is_time(kind):
        return column.cast(pa.large_string())
    if pa.types.is_null(kind):
        return column.cast(pa.large_string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else _as_text(v) for v in column.to_pylist()], pa.large_string())
    return column


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, default=str, ensure_ascii=False)

"""Tables written to CSV or Parquet, in parts, and seen whole or not at all.

Floats are written with the fewest digits that read back the same in their own precision, and nothing is rounded: the
float32 0.3 is written 0.3, but cast to float64 first it shows its noise (0.30000001192092896).
"""

import gzip
import os
import secrets
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskcore.core.errors import DataError
from riskcore.stores.tables.csv_writing import csv_header, csv_lines

Format = Literal["csv", "csv.gz", "parquet"]
FORMATS: dict[str, Format] = {".csv": "csv", ".csv.gz": "csv.gz", ".parquet": "parquet"}  # by extension


class _Encoder:
    """Turns tables of the same columns into the bytes of one file."""

    def __init__(self, file: IO[bytes], format: Format) -> None:
        self._file, self._format = file, format
        # No time and no name, so that the same table gives the same bytes.
        self._packed = gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) if format == "csv.gz" else None
        self._parquet: Any = None
        self.started = False

    def write(self, table: pa.Table) -> None:
        if self._format == "parquet":
            self._parquet = self._parquet or pq.ParquetWriter(self._file, table.schema, compression="zstd")
            self._parquet.write_table(table.cast(self._parquet.schema))
        else:
            stream = self._packed or self._file
            if not self.started:
                stream.write(csv_header(table.column_names))
            for lines in csv_lines(table):
                stream.write(lines)
        self.started = True

    def close(self) -> None:
        for end in (self._parquet, self._packed):
            if end is not None:
                end.close()


class TableWriter:
    """Writes tables of the same columns one after the other; use as a context manager.

    The file appears, in place of an older one, when the block ends well; after an exception nothing is left.  If
    nothing was written no file appears; a table without rows writes the header.
    """

    def __init__(self, path: Path, format: Format) -> None:
        self.rows = 0  # written so far
        self._path, self._format = path, format
        # Beside the target, since a rename is atomic only within one file system.
        self._draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")

    def __enter__(self) -> Self:
        try:
            self._file = self._draft.open("xb")
        except OSError as error:
            raise DataError(f"{self._path} cannot be written: {error.strerror}.") from None
        self._encoder = _Encoder(self._file, self._format)
        return self

    def write(self, table: pa.Table | pd.DataFrame) -> None:
        """Append rows.  The columns of the first table hold for the whole file; in Parquet their types too."""
        self._encoder.write(as_arrow(table))
        self.rows += len(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._encoder.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if kind is None and self._encoder.started:
                os.replace(self._draft, self._path)
        finally:
            self._file.close()
            self._draft.unlink(missing_ok=True)


def open_writer(path: str | Path) -> TableWriter:
    """A writer for .csv, .csv.gz or .parquet; a `DataError` for another extension or a folder that is not there.

    CSV is UTF-8 with commas and newlines, quoted only where needed.
    """
    path = Path(path)
    for suffix, format in FORMATS.items():
        if path.name.lower().endswith(suffix):
            return TableWriter(path, format)
    raise DataError(f"{path} cannot be written: its name must end in {', '.join(FORMATS)}.")


def to_bytes(table: pa.Table | pd.DataFrame, format: Format) -> bytes:
    """A whole table as the bytes of a file, for downloads."""
    file = BytesIO()
    encoder = _Encoder(file, format)
    encoder.write(as_arrow(table))
    encoder.close()
    return file.getvalue()


def as_arrow(table: pa.Table | pd.DataFrame) -> pa.Table:
    """A table without its index; names may repeat.  NaN becomes missing, and mixed columns text."""
    if isinstance(table, pa.Table):
        return table
    columns = [_column(table.iloc[:, i]) for i in range(table.shape[1])]
    return pa.table(columns, names=[str(name) for name in table.columns])


def _column(column: pd.Series) -> Any:
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(column.astype("str"), from_pandas=True)

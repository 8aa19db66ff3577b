"""A table to be read: what its content shows it to be, and its rows in chunks, as often as wanted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from riskcore.core.errors import NoRowsError
from riskcore.core.progress import Progress, silent
from riskcore.stores.tables.chunks import Chunk, Piece, rechunk, whole
from riskcore.stores.tables.csv_reading import CsvReader
from riskcore.stores.tables.packing import Packed, Packing
from riskcore.stores.tables.parquet_reading import ParquetLayout, parquet_pieces, sniff_parquet
from riskcore.stores.tables.sniff import HEAD, CsvLayout, EmptyError, UnfitError, sniff_csv

MAGIC: tuple[tuple[bytes, Packing], ...] = ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"))
PARQUET = (".parquet", ".pq", ".parq")


@dataclass(frozen=True)
class Source:
    """A readable table.  `columns` are the names as they stand: they may repeat, which a schema refuses."""

    packed: Packed = field(repr=False)
    layout: CsvLayout | ParquetLayout = field(repr=False)
    packing: Packing
    notice: str  # what a person may not expect, as sentences; often empty

    @property
    def name(self) -> str:
        return self.packed.name

    @property
    def size(self) -> int:
        """Bytes of the file as it lies there."""
        return self.packed.size

    @property
    def columns(self) -> tuple[str, ...]:
        return self.layout.columns

    @property
    def format(self) -> Literal["csv", "parquet"]:
        return "csv" if isinstance(self.layout, CsvLayout) else "parquet"

    @property
    def delimiter(self) -> str:
        """One of , ; tab |; empty for Parquet."""
        return self.layout.delimiter if isinstance(self.layout, CsvLayout) else ""

    @property
    def encoding(self) -> str:
        """Python's name of the encoding; empty for Parquet."""
        return self.layout.encoding if isinstance(self.layout, CsvLayout) else ""

    def chunks(self, rows_per_chunk: int) -> Iterator[Chunk]:
        """All records from the first on, `rows_per_chunk` at a time, broken ones counted; memory stays constant."""
        return rechunk(self._pieces(), self.columns, rows_per_chunk)

    def read(self, progress: Progress = silent) -> Chunk:
        """All records at once."""
        return whole(self._watched(progress), self.columns)

    def _watched(self, progress: Progress) -> Iterator[Piece]:
        for piece in self._pieces():
            progress(piece.bytes_done / max(self.size, 1), f"{piece.stop:,} rows")
            yield piece

    def head(self, n: int) -> Chunk:
        """The first n records (at least one is asked for and there); the rest of the file is not read."""
        return next(self.chunks(n))

    def _pieces(self) -> Iterator[Piece]:
        if isinstance(self.layout, CsvLayout):
            return CsvReader(self.layout).pieces(self.packed.blocks(self.packing))
        return parquet_pieces(self.packed, self.layout)


def open_table(data: str | Path | bytes, *, name: str = "", limit: int | None = None) -> Source:
    """The table in a file or in uploaded bytes, ready to be read: CSV, plain or as .gz or .zip, or Parquet.

    Format, packing, encoding and delimiter are told from the content; `name` is used in sentences and to notice a
    wrong extension.  `limit` caps the unpacked bytes (default: 2 GB for archives, nothing for plain files).  Raises
    `DataError` for what is not a table with a header and at least one row, `NoRowsError` where it has none; nothing is
    ever unpickled.
    """
    packed = _locate(data, name, limit)
    with packed.open() as raw:
        magic = raw.read(4)
    if limit is not None and packed.size > limit:
        raise packed.refuse(f"is larger than {limit / 1e6:,.0f} MB. Use the command line.")
    if magic == b"PAR1":
        return Source(packed, sniff_parquet(packed), "", _notice(packed.name, is_parquet=True))
    packing: Packing = next((kind for start, kind in MAGIC if magic.startswith(start)), "")
    head = next((block for block, _ in islice(packed.blocks(packing, HEAD), 1)), b"")
    try:
        layout = sniff_csv(head)
    except EmptyError as error:
        raise packed.refuse(str(error), NoRowsError) from None
    except UnfitError as error:
        raise packed.refuse(str(error)) from None
    notice = _notice(packed.name, False, layout.encoding, alone=len(layout.columns) == 1)
    return Source(packed, layout, packing, notice)


def _locate(data: str | Path | bytes, name: str, limit: int | None) -> Packed:
    if isinstance(data, bytes):
        return Packed(data, name or "The table", len(data), limit)
    path = Path(data)
    packed = Packed(path, name or str(path), 0, limit)
    if not path.exists():
        raise packed.refuse("does not exist.")
    if path.is_dir():
        raise packed.refuse("is a folder, not a file.")
    return Packed(path, packed.name, path.stat().st_size, limit)


def _notice(name: str, is_parquet: bool, encoding: str = "", alone: bool = False) -> str:
    suffix = Path(name).suffix.lower()
    notices = []
    if is_parquet and suffix and suffix not in PARQUET:
        notices.append(f"{name} is named {suffix} but is Parquet; it is read as Parquet.")
    if not is_parquet and suffix in PARQUET:
        notices.append(f"{name} is named {suffix} but is CSV; it is read as CSV.")
    if encoding == "cp1252":
        notices.append(f"{name} is not UTF-8; it is read as Windows-1252 (latin-1).")
    if alone:
        notices.append(f"{name} has one column only. Columns are told apart by commas, semicolons, tabs or bars.")
    return " ".join(notices)

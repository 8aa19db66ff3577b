"""The bytes of a file or an upload, unpacked as they are read, with a guard against archives that never end."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Literal

from riskcore.core.errors import DataError

Packing = Literal["", "gzip", "zip"]

MOST_UNPACKED = 2 * 1024**3  # bytes an archive may unpack to unless the caller says otherwise
MOST_RATIO = 200  # text packs 3- to 30-fold; a bomb 1,000-fold
RATIO_FROM = 50 * 1024**2  # bytes; a small file of one repeated line is no bomb
BLOCK = 8 * 1024**2  # bytes read at a time: some 100,000 rows
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError)


@dataclass(frozen=True)
class Packed:
    """Where the bytes of a table lie.  `limit` caps what it may unpack to, in bytes."""

    data: Path | bytes
    name: str
    size: int
    limit: int | None

    def open(self) -> IO[bytes]:
        """The bytes as they lie there; a `DataError` where they cannot be read."""
        if isinstance(self.data, bytes):
            return BytesIO(self.data)
        try:
            return self.data.open("rb")
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror}.") from None

    def refuse(self, rule: str, error: type[DataError] = DataError) -> DataError:
        """The error for a file that cannot be used as a whole."""
        return error(f"{self.name} {rule}")

    def blocks(self, packing: Packing, size: int = BLOCK) -> Iterator[tuple[bytes, int]]:
        """The content in blocks of `size` bytes, each with how much of the file has been read by then."""
        done = 0
        with self.open() as raw:
            try:
                with self._unpacked(raw, packing) as stream:
                    while block := stream.read(size):
                        done += len(block)
                        if packing:
                            self._guard(done)
                        yield block, raw.tell()
            except DAMAGE as error:
                raise self.refuse(f"is a damaged {packing} file ({error}). Pack it again.") from None

    def _unpacked(self, raw: IO[bytes], packing: Packing) -> AbstractContextManager[IO[bytes]]:
        if packing == "gzip":
            return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
        return self._member(raw) if packing == "zip" else nullcontext(raw)

    @contextmanager
    def _member(self, raw: IO[bytes]) -> Iterator[IO[bytes]]:
        """The one file inside a zip archive."""
        with zipfile.ZipFile(raw) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names or "mimetype" in names:
                raise self.refuse("is an Excel workbook or another office document. Save it as CSV.")
            # macOS adds a shadow of each file.
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            if len(members) != 1:
                raise self.refuse(f"is a zip archive of {len(members)} files; it must hold exactly one table.")
            if members[0].flag_bits & 1:
                raise self.refuse("is an encrypted zip archive. Unpack it first.")
            self._guard(members[0].file_size)
            with archive.open(members[0]) as stream:
                yield stream

    def _guard(self, unpacked: int) -> None:
        most = MOST_UNPACKED if self.limit is None else self.limit
        if unpacked > most:
            raise self.refuse(f"unpacks to more than {most / 1e6:,.0f} MB. Unpack it and use the command line.")
        if unpacked > RATIO_FROM and unpacked > MOST_RATIO * self.size:
            raise self.refuse(f"unpacks to more than {MOST_RATIO} times its size, as a zip bomb does. Unpack it first.")

"""What reading yields, and how pieces of any size become chunks of one size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Broken:
    """A line of the input that is not a row, and why."""

    line: int  # physical line in the file, from 1, the header's included; in Parquet the row, from 1
    row: int  # position among the input's records, from 0, so that a result can stay in its place
    text: str  # beginning of the line, at most 200 characters
    rule: str  # "has 7 values; the header has 9"


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of the input: n good ones as a table, the others in `broken`."""

    table: pd.DataFrame  # (n, k), RangeIndex; from CSV all text as it stood, "" where empty; from Parquet typed
    rows: NDArray[np.int64]  # (n,) position of each among all records of the input, from 0
    lines: NDArray[np.int64]  # (n,) physical line of each; in Parquet row + 1
    broken: tuple[Broken, ...]
    bytes_done: int  # of the file as it lies there, for progress


@dataclass(frozen=True)
class Piece:
    """What one step of a reader found: like a chunk, of any size and not yet in pandas."""

    table: pa.Table  # columns are named by their position, since names may repeat
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    broken: tuple[Broken, ...]
    stop: int  # records of the input up to here
    bytes_done: int


def rechunk(pieces: Iterable[Piece], columns: Sequence[str], size: int) -> Iterator[Chunk]:
    """Chunks of `size` records each, broken ones counted, the last one smaller.  Nothing is copied."""
    start, waiting = 0, list[Piece]()
    for piece in pieces:
        waiting.append(piece)
        if piece.stop - start < size:
            continue
        rest = _join(waiting)
        while rest.stop - start >= size:
            start += size
            whole, rest = _cut(rest, start)
            yield _chunk(whole, columns)
        waiting = [rest]
    if waiting and (last := _join(waiting)).stop > start:
        yield _chunk(last, columns)


def whole(pieces: Iterable[Piece], columns: Sequence[str]) -> Chunk:
    """Everything as one chunk; there must be at least one piece."""
    return _chunk(_join(list(pieces)), columns)


def _join(pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    return Piece(
        pa.concat_tables([p.table for p in pieces]),
        np.concatenate([p.rows for p in pieces]),
        np.concatenate([p.lines for p in pieces]),
        tuple(broken for p in pieces for broken in p.broken),
        pieces[-1].stop,
        pieces[-1].bytes_done,
    )


def _cut(piece: Piece, row: int) -> tuple[Piece, Piece]:
    """The records before position `row`, and those from it on."""
    at = int(np.searchsorted(piece.rows, row))
    before = tuple(b for b in piece.broken if b.row < row)
    first = Piece(piece.table.slice(0, at), piece.rows[:at], piece.lines[:at], before, row, piece.bytes_done)
    after = piece.broken[len(before) :]
    return first, Piece(piece.table.slice(at), piece.rows[at:], piece.lines[at:], after, piece.stop, piece.bytes_done)


def _chunk(piece: Piece, columns: Sequence[str]) -> Chunk:
    table = piece.table.to_pandas(date_as_object=False, ignore_metadata=True)
    table.columns = pd.Index(list(columns))
    return Chunk(table, piece.rows, piece.lines, piece.broken, piece.bytes_done)

"""What a person says of an unknown table, and the rows of it that are looked at."""

from dataclasses import dataclass

import pandas as pd

from riskcore.core.progress import Progress, silent
from riskcore.stores.tables import Chunk, Source

CHUNK = 100_000  # records read at a time
MOST_ROWS = 1_000_000  # kept to look at; of longer files every second row, every fourth, …


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person says of the table; everything else is inferred."""

    key: str
    title: str = ""
    label: str | None = None
    classes: tuple[str, ...] = ()  # in order of severity
    id: str | None = None  # names events, another in every row
    time: str | None = None
    amount: str | None = None
    entities: tuple[str, ...] = ()
    lookback: str | None = None
    label_delay: str | None = None  # how long until a label is known
    remember: tuple[str, ...] = ()  # entities of which models are to remember how events turned out
    ignore: tuple[str, ...] = ()
    day_first: bool | None = None


@dataclass(frozen=True)
class Look:
    """The rows of a file that are looked at: n of them, every `stride`-th of `total`."""

    name: str
    table: pd.DataFrame
    total: int
    stride: int
    broken: int


def look_at(name: str, chunk: Chunk) -> Look:
    """A table that is in memory already, whole."""
    return Look(name, chunk.table, len(chunk.table), 1, len(chunk.broken))


def look(source: Source, progress: Progress = silent) -> Look:
    """A file's rows in bounded memory: all up to a million, of more an even selection."""
    kept, held, total, stride, broken = list[pd.DataFrame](), 0, 0, 1, 0
    for chunk in source.chunks(CHUNK):
        first = -total % stride
        kept.append(chunk.table.iloc[first::stride])
        held += len(kept[-1])
        total += len(chunk.table)
        broken += len(chunk.broken)
        if held > MOST_ROWS:
            whole = pd.concat(kept, ignore_index=True).iloc[::2]
            kept, held, stride = [whole], len(whole), 2 * stride
        progress(0.5 * chunk.bytes_done / max(source.size, 1), f"{total:,} rows")
    return Look(source.name, pd.concat(kept, ignore_index=True), total, stride, broken)

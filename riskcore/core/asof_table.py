"""History and events as one table, put together column by column as columns are asked for."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError

MOST_TOLD = 5  # identifiers spelled out in one message


class Codes(NamedTuple):
    """A column as numbers of its different values: `words[of]`, and -1 where it is missing."""

    of: NDArray[np.int32]  # (m,)
    words: pd.Index  # (k,)


class Table:
    """m rows: those of history that events do not repeat, then all events.

    `at` (m,) is when each was, in µs.  `rank` (m,) is its place in the order (time, id); two rows share it only where
    neither precedes the other.  `counts` (m,) is False for the further copies of a row.
    """

    def __init__(self, events: pd.DataFrame, history: pd.DataFrame | None, id: str | None, time: str) -> None:
        self._frames = [frame for frame in (history, events) if frame is not None and len(frame)] or [events]
        self._taken: NDArray[np.bool_] | None = None  # rows of history that are in the table; None for all
        self._extra: dict[str, Any] = {}
        self._codes: dict[str, Codes] = {}
        self._values: dict[str, Any] = {}
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self.counts: NDArray[np.bool_] | None = None
        ids = None if id is None else self._identify(id)
        self.at = np.ascontiguousarray(self.values(time).astype("datetime64[us]")).view(np.int64)
        if (self.at == np.iinfo(np.int64).min).any():
            raise DataError(f"Column '{time}' is empty in some rows; an event without a time has no past.")
        self.order, self.rank = _ordered(self.at, ids)
        self.size = len(self.at)
        self.first = self.size - len(events)

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Every row that counts."""
        return np.ones(self.size, np.bool_) if self.counts is None else self.counts

    def _identify(self, id: str) -> pa.ChunkedArray:
        """The identifiers (m,), once each row is known to be one event; sets what is taken and what counts."""
        parts = [_arrow(_column(frame, id)) for frame in self._frames]
        if len(parts) == 2:
            if parts[0].type != parts[1].type:
                parts = [part.cast(pa.string()) for part in parts]
            again = pc.is_in(parts[0], value_set=parts[1].combine_chunks())
            if pc.any(again).as_py():
                self._taken = pc.invert(again).to_numpy()
                parts[0] = parts[0].filter(self._taken)
        ids = pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
        if ids.null_count:
            raise DataError(f"Column '{id}' is empty in {ids.null_count:,} rows; each event needs its own.")
        if len(pc.unique(ids)) < len(ids):
            self.counts = ~pd.Series(ids.to_pandas()).duplicated().to_numpy()
            for frame in self._frames:
                _check_copies(frame, id)
        return ids

    def define(self, name: str, values: Any) -> None:
        """Add a column of m values."""
        if name in self._extra or name in self._frames[-1].columns:
            raise ValueError(f"There is a column '{name}' already.")
        if len(values) != self.size:
            raise ValueError(f"Column '{name}' has {len(values)} values for {self.size} rows.")
        self._extra[name] = values

    def values(self, name: str) -> Any:
        """A column (m,): an array for numbers, flags and times, a categorical, or an array of text."""
        if name not in self._values:
            self._values[name] = self._extra[name] if name in self._extra else _joined(name, self._parts(name))
        return self._values[name]

    def _parts(self, name: str) -> list[Any]:
        parts = [_column(frame, name) for frame in self._frames]
        if self._taken is not None:
            parts[0] = parts[0][self._taken]
        return parts

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column (m,) of numbers; NaN where missing."""
        if name not in self._numbers:
            self._numbers[name] = np.ascontiguousarray(self.values(name), dtype=np.float64)
        return self._numbers[name]

    def codes(self, name: str) -> Codes:
        """A column (m,) as codes, made once."""
        if name not in self._codes:
            self._codes[name] = _coded(self.values(name))
        return self._codes[name]


def _column(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        raise UnknownKeyError("column", name, frame.columns)
    values = frame[name].array
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.asi8.view(f"datetime64[{values.dtype.unit}]")
    if isinstance(values.dtype, np.dtype):
        return frame[name].to_numpy() if values.dtype.kind in "iufbM" else values.astype("str")
    return values.to_numpy(np.float64, na_value=np.nan) if pd.api.types.is_numeric_dtype(values.dtype) else values


def _arrow(values: Any) -> pa.ChunkedArray:
    made = pa.array(values, from_pandas=True)
    return made if isinstance(made, pa.ChunkedArray) else pa.chunked_array([made])


def _joined(name: str, parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    past, now = parts
    if isinstance(now, np.ndarray) and isinstance(past, np.ndarray):
        return np.concatenate(parts)
    if past.dtype != now.dtype:
        raise DataError(
            f"Column '{name}' is {past.dtype} in the history and {now.dtype} in the events; check both with one schema."
        )
    if isinstance(now, pd.Categorical):
        codes = np.concatenate([past.codes, now.codes])
        return pd.Categorical.from_codes(codes, dtype=now.dtype, validate=False)
    return pd.array(pa.chunked_array([c for part in parts for c in _arrow(part).chunks]), dtype=now.dtype)


def _coded(values: Any) -> Codes:
    if isinstance(values, pd.Categorical):
        return Codes(values.codes.astype(np.int32), values.categories)
    codes, words = pd.factorize(values)
    return Codes(codes.astype(np.int32), pd.Index(words))


def _ordered(at: NDArray[np.int64], ids: pa.ChunkedArray | None) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Positions (m,) in the order (time, id), and the rank (m,) of each row in it.

    Identifiers are compared only where times are equal, for that is rare and comparing text is slow.
    """
    order = np.argsort(at, kind="stable")
    new = np.ones(len(at), np.bool_)
    np.not_equal(at[order[1:]], at[order[:-1]], out=new[1:])
    if ids is not None and not new.all():
        tied = ~new
        tied[:-1] |= ~new[1:]
        rows = order[tied]
        spelled = pc.rank(ids.take(rows), tiebreaker="dense").to_numpy().astype(np.int64)
        within = np.lexsort((spelled, at[rows]))
        order[tied] = rows[within]
        word = np.zeros(len(at), np.int64)
        word[tied] = spelled[within]
        new[1:] |= word[1:] != word[:-1]
    rank = np.empty(len(at), np.int32)
    rank[order] = np.cumsum(new) - 1
    return order.astype(np.int32), rank


def _check_copies(frame: pd.DataFrame, id: str) -> None:
    """Raise a `DataError` where rows with one identifier say different things."""
    copies = frame[frame[id].duplicated(keep=False)].astype("str").drop_duplicates()
    torn = copies[id][copies[id].duplicated()].unique()
    if len(torn):
        named = ", ".join(torn[:MOST_TOLD]) + (", …" if len(torn) > MOST_TOLD else "")
        raise DataError(
            f"Column '{id}' names {len(torn):,} events more than once with different content ({named}); "
            "keep one row of each."
        )

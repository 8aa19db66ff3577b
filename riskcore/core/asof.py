"""What was known at each event's own moment: counts, last values and familiarity, as of then.

How to use it:

    asof = AsOf(events, history, id="event_id", time="timestamp", lookback=timedelta(days=90))
    failed = asof.among("event_type", "login_failure") & (asof["success"] == 0)      # a mask over *all* rows
    asof.count("user_id", within=timedelta(minutes=15), where=failed)                # (n,) one number for each event
    asof.nunique("user_id", by="device_hash", within=timedelta(days=1))              # accounts on this device
    familiar = asof.seen(("user_id", "device_hash"), where=accepted, at_least=2, older_than=timedelta(hours=24))
    asof.last("country", by="user_id"), asof.seconds_since("user_id")                # of the user's event before
    asof.of_events(failed)                                                           # (n,) does this event itself fail

The table has m rows: those of history, without the ones that events repeat, then the n events in their own order.
Masks (`where`) and `asof[name]` have m entries, answers have n.  `by` is a column, several (all must agree), or `()`
for everybody; a row in which one of them is missing has no past and is in nobody's.

**What an event sees:** rows strictly earlier in the order (timestamp, event_id), from history and events alike; never
itself, never later ones.  So cutting into chunks, the order of rows and one by one against all at once change nothing.
A window is closed: an event exactly `within` ago still counts, one microsecond more does not.  `lookback` caps every
window, as it bounds what a store fetches; answers to a single event and in bulk are the same only because of it.
"""

import copy
from collections.abc import Hashable
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.asof_table import Table
from riskcore.core.errors import UnknownKeyError

Key = str | tuple[str, ...]
Mask = NDArray[np.bool_]

FOREVER = 2**61  # µs, 73,000 years; far from overflow when subtracted from a time
MICROSECOND = timedelta(microseconds=1)


class Grouped(NamedTuple):
    """Rows entity after entity, and by time within one."""

    rows: NDArray[np.int32]  # positions in the table; rows without the entity are left out
    at: NDArray[np.int64]  # µs
    rank: NDArray[np.int32]
    starts: NDArray[np.int64]  # entity g is starts[g]:starts[g + 1]


class AsOf:
    """The past of n events, each at its own moment.

    `events` and `history` are tables accepted by the same schema; `id` and `time` name its roles.  Without an `id`
    events of one moment do not see each other, and history must not repeat events.  Where both hold an identifier, the
    events' row stands; wholly equal copies within one table count once.  Raises `DataError` for a missing time or
    identifier and for one identifier with two contents, `UnknownKeyError` for a column that is not there.

    Grouping by an entity is done once, in O(m), and kept; so is every column that is asked for.
    """

    def __init__(
        self,
        events: pd.DataFrame,
        history: pd.DataFrame | None = None,
        *,
        id: str | None = "event_id",
        time: str = "timestamp",
        lookback: timedelta | None = None,
    ) -> None:
        self._table = Table(events, history, id, time)
        self._first = self._table.first
        self._lookback = FOREVER if lookback is None else _microseconds(lookback)
        self._groups: dict[Key, Grouped] = {}

    def __len__(self) -> int:
        """How many events are answered for, n."""
        return self._table.size - self._first

    def __getitem__(self, name: str) -> Any:
        """A column over all rows (m,): an array for numbers, flags and times, a categorical, or an array of text."""
        return self._table.values(name)

    @property
    def times(self) -> NDArray[np.datetime64]:
        """When each row (m,) was, in UTC."""
        return self._table.at.view("datetime64[us]")

    @property
    def everywhere(self) -> "AsOf":
        """The same, answering for all m rows: what it says can be named by `define` and asked about in turn.

        An answer made of answers looks back as far as both windows together: give both a `within` so that their sum
        stays within the lookback, or the oldest rows of a single event's history will have forgotten what bulk knows.
        """
        whole = copy.copy(self)
        whole._first = 0
        return whole

    def define(self, name: str, values: NDArray[Any] | pd.Categorical) -> None:
        """Name m values, so that they can be a key or a value like any column.  A name can be given once."""
        self._table.define(name, values)

    def among(self, name: str, *words: Hashable) -> Mask:
        """Which rows (m,) hold one of these values; a category's unknown choice raises `UnknownKeyError`."""
        codes, known = self._table.codes(name)
        wanted = np.zeros(len(known) + 1, np.bool_)  # the last entry stands for missing, whose code is -1
        for word in words:
            if word in known:
                wanted[known.get_loc(word)] = True
            elif isinstance(self._table.values(name), pd.Categorical):
                raise UnknownKeyError(f"choice of {name}", word, known)
        return wanted[codes]

    def given(self, *names: str) -> Mask:
        """Which rows (m,) have all these columns filled."""
        whole = np.ones(self._table.size, np.bool_)
        for name in names:
            whole &= ~np.asarray(pd.isna(self._table.values(name)), dtype=np.bool_)
        return whole

    def of_events(self, values: Any) -> Any:
        """The part (n,) of an array over all rows that belongs to the events."""
        return values[self._first :]

    def count(self, by: Key, within: timedelta | None = None, where: Mask | None = None) -> NDArray[np.int64]:
        """How many earlier events (n,) of the same entity, 0 where the entity is missing."""
        out = np.zeros(self._table.size, np.int64)
        _walks().count(*self._grouped(by), self._mask(where), self._span(within), out)
        return out[self._first :]

    def nunique(
        self, what: str, by: Key, within: timedelta | None = None, where: Mask | None = None
    ) -> NDArray[np.int64]:
        """How many different values of `what` (n,) earlier events of the entity hold; missing ones are not counted."""
        codes, words = self._table.codes(what)
        out = np.zeros(self._table.size, np.int64)
        _walks().distinct(*self._grouped(by), self._mask(where), codes, len(words), self._span(within), out)
        return out[self._first :]

    def latest(self, by: Key, within: timedelta | None = None, where: Mask | None = None) -> NDArray[np.int64]:
        """The position in the table (n,) of the entity's latest earlier event, -1 where there is none."""
        out = np.full(self._table.size, -1, np.int64)
        _walks().latest(*self._grouped(by), self._mask(where), self._span(within), out)
        return out[self._first :]

    def earliest(self, by: Key, within: timedelta | None = None, where: Mask | None = None) -> NDArray[np.int64]:
        """The position in the table (n,) of the entity's earliest event in the window, -1 where there is none."""
        out = np.full(self._table.size, -1, np.int64)
        _walks().earliest(*self._grouped(by), self._mask(where), self._span(within), out)
        return out[self._first :]

    def last(self, what: str, by: Key, within: timedelta | None = None, where: Mask | None = None) -> Any:
        """The value of `what` (n,) in the entity's latest earlier event, missing where there is none or it had none.

        Numbers come as float64 with NaN, categories as a categorical, text as an array of text.  For the last value
        that is known, and for several columns of the same event, give `where=asof.given(...)`.
        """
        values = self._table.values(what)
        if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
            values = self._table.numbers(what)
        return pd.api.extensions.take(values, self.latest(by, within, where), allow_fill=True)

    def changed(self, what: Key, by: Key, within: timedelta | None = None, where: Mask | None = None) -> Mask:
        """Whether `what` (n,) differs from the entity's latest earlier event; False where either is missing."""
        before = self.latest(by, within, where)
        differs = np.zeros(len(before), np.bool_)
        known = before >= 0
        for name in _names(what):
            codes = self._table.codes(name).of
            then, now = codes[before], codes[self._first :]
            differs |= then != now
            known &= (then >= 0) & (now >= 0)
        return differs & known

    def seconds_since(self, by: Key, where: Mask | None = None, within: timedelta | None = None) -> NDArray[np.float64]:
        """Seconds (n,) since the entity's latest earlier event, NaN where there is none."""
        return self._seconds_since(self.latest(by, within, where))

    def seconds_since_first(
        self, by: Key, where: Mask | None = None, within: timedelta | None = None
    ) -> NDArray[np.float64]:
        """Seconds (n,) since the entity's earliest event in the window, NaN where there is none."""
        return self._seconds_since(self.earliest(by, within, where))

    def seen(self, by: Key, where: Mask | None = None, at_least: int = 1, older_than: timedelta | None = None) -> Mask:
        """Whether (n,) the entity was met at least so often before, and for the first time at least so long ago.

        Familiar = `seen(("user_id", "device_hash"), accepted, at_least=2, older_than=timedelta(hours=24))`.
        """
        often = self.count(by, where=where) >= at_least
        if older_than is None:
            return often
        return often & (self.seconds_since_first(by, where) >= older_than.total_seconds())

    def rate(
        self, where: Mask, by: Key, within: timedelta | None = None, among: Mask | None = None
    ) -> NDArray[np.float64]:
        """The share in [0, 1] (n,) of earlier events (those in `among`) for which `where` holds, NaN without any."""
        every = self.count(by, within, among)
        hits = self.count(by, within, where if among is None else where & among)
        share = np.full(len(every), np.nan)
        np.divide(hits, every, out=share, where=every > 0)
        return share

    def mean(
        self, what: str, by: Key, within: timedelta | None = None, where: Mask | None = None
    ) -> NDArray[np.float64]:
        """Mean (n,) of the earlier values of `what` that are given, NaN where there is none."""
        n, mean, _ = self._moments(what, by, within, where)
        return np.where(n > 0, mean, np.nan)

    def spread(
        self, what: str, by: Key, within: timedelta | None = None, where: Mask | None = None
    ) -> NDArray[np.float64]:
        """Sample standard deviation (n,) of the earlier values of `what`, NaN where there are fewer than two."""
        n, _, square = self._moments(what, by, within, where)
        variance = np.full(len(n), np.nan)
        np.divide(square, n - 1, out=variance, where=n > 1)
        return np.asarray(np.sqrt(variance))

    def counted(
        self, event: int, by: Key, within: timedelta | None = None, where: Mask | None = None
    ) -> NDArray[np.int64]:
        """Positions in the table, oldest first, of the rows that `count` counted for one event (0 ≤ event < n)."""
        table, row = self._table, self._first + event
        hit = self._mask(where) & (table.rank < table.rank[row]) & (table.at >= table.at[row] - self._span(within))
        for name in _names(by):
            codes = table.codes(name).of
            hit &= (codes == codes[row]) & (codes >= 0)
        found = np.flatnonzero(hit)
        return found[np.argsort(table.rank[found], kind="stable")]

    def _seconds_since(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        at = self._table.at
        return np.where(rows >= 0, (at[self._first :] - at[rows]) / 1e6, np.nan)

    def _moments(self, what: str, by: Key, within: timedelta | None, where: Mask | None) -> NDArray[np.float64]:
        out = np.zeros((3, self._table.size))
        values = self._table.numbers(what)
        _walks().moments(*self._grouped(by), self._mask(where), values, self._span(within), out)
        return out[:, self._first :]

    def _mask(self, where: Mask | None) -> Mask:
        if where is None:
            return self._table.whole
        if where.shape != (self._table.size,):
            raise ValueError(f"A mask has shape {where.shape} for {self._table.size} rows of history and events.")
        return where if self._table.counts is None else where & self._table.counts

    def _span(self, within: timedelta | None) -> int:
        return self._lookback if within is None else min(_microseconds(within), self._lookback)

    def _grouped(self, by: Key) -> Grouped:
        if by not in self._groups:
            self._groups[by] = self._group(_names(by))
        return self._groups[by]

    def _group(self, names: tuple[str, ...]) -> Grouped:
        """Rows sorted by each column in turn, the last one first, so that time stays their order within an entity."""
        rows = self._table.order
        columns = [self._table.codes(name) for name in names]
        for codes, words in reversed(columns):
            out = np.empty_like(rows)
            rows = out[: _walks().sort_by(codes, len(words), rows, out)]
        other = np.zeros(max(len(rows) - 1, 0), np.bool_)
        for codes, _ in columns:
            sorted_codes = codes[rows]
            other |= sorted_codes[1:] != sorted_codes[:-1]
        starts = np.concatenate([[0], np.flatnonzero(other) + 1, [len(rows)]])
        return Grouped(rows, self._table.at[rows], self._table.rank[rows], starts)


def _names(key: Key) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


def _microseconds(span: timedelta) -> int:
    if span < timedelta(0):
        raise ValueError(f"A window of {span} lies in the future.")
    return span // MICROSECOND


def _walks() -> Any:
    from riskcore.core import asof_walks  # late: compiled code is loaded only where there is a past

    return asof_walks

"""What can be measured of the earlier events of an entity, and which events that were.

Each measure is a pure function of the past that gives one number per event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.asof import AsOf, Key, Mask

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]  # positions in the table of history and events

PRIOR_EVENTS = 3.0  # what everybody's spread weighs against an entity's own past, in events


@dataclass(frozen=True)
class Usual:
    """How a number is spread over everybody, from which too short a past borrows."""

    median: float
    spread: float  # standard deviation, judged by the middle half
    scales: bool  # whether greater values are spread wider, as amounts and durations are

    def around(self, mean: Floats) -> Floats:
        """The spread (n,) to expect around entities' means (n,)."""
        if not self.scales:
            return np.full(len(mean), self.spread)
        return np.asarray(self.spread / self.median * np.maximum(mean, 0.0))


@dataclass(frozen=True)
class Window:
    """The events before each of n: of the same entity, at most `within` ago, and among those that `where` names."""

    by: Key
    within: timedelta | None = None  # as far as the lookback
    where: Mapping[str, tuple[str | int, ...]] | None = None  # field -> values of it

    def count(self, asof: AsOf) -> Floats:
        """How many (n,), NaN where the entity is missing."""
        return self._of_known(asof, asof.count(self.by, self.within, self._mask(asof)))

    def distinct(self, of: str, asof: AsOf) -> Floats:
        """How many different values of a field (n,), NaN where the entity is missing."""
        return self._of_known(asof, asof.nunique(of, self.by, self.within, self._mask(asof)))

    def since(self, asof: AsOf) -> Floats:
        """Seconds (n,) since the last one, NaN without one."""
        return asof.seconds_since(self.by, self._mask(asof), self.within)

    def mean(self, of: str, asof: AsOf) -> Floats:
        """Mean (n,) of a field, NaN where no value of it is known."""
        return asof.mean(of, self.by, self.within, self._mask(asof))

    def deviation(self, of: str, usual: Usual, asof: AsOf) -> Floats:
        """How far (n,) each event's own value lies above the mean, in standard deviations; NaN without a past.

        The variance is that of the n earlier values, joined with the usual one as if that were of three more, times
        1 + 1/n, for the mean itself is only an estimate (a normal sample's next value; Gelman et al., Bayesian Data
        Analysis, 3rd edition, section 3.3).  So a short past makes no great deviations.
        """
        known = asof.given(of) & self._mask(asof)
        n = asof.count(self.by, self.within, known)
        mean, spread = (f(of, self.by, self.within, known) for f in (asof.mean, asof.spread))
        free = np.maximum(n - 1.0, 0.0)
        square = free * np.nan_to_num(spread) ** 2 + PRIOR_EVENTS * usual.around(mean) ** 2
        error = np.sqrt(square / (free + PRIOR_EVENTS) * (1 + 1 / np.maximum(n, 1)))
        away = asof.of_events(np.asarray(asof[of], dtype=np.float64)) - mean
        found = np.where(away == 0, 0.0, np.nan)  # where nothing ever varied, there is no measure for a change
        np.divide(away, error, out=found, where=error > 0)
        return np.where(n > 0, found, np.nan)

    def rows(self, asof: AsOf, event: int) -> Rows:
        """Positions in the table, oldest first, of those that are counted for one event."""
        return asof.counted(event, self.by, self.within, self._mask(asof))

    def latest(self, asof: AsOf, event: int) -> Rows:
        """The position of the last of them, from which `since` counts."""
        return self.rows(asof, event)[-1:]

    def valued(self, of: str, asof: AsOf, event: int) -> Rows:
        """Positions of those that hold a value of a field, of which `mean` and `deviation` are made."""
        return asof.counted(event, self.by, self.within, asof.given(of) & self._mask(asof))

    def different(self, of: str, asof: AsOf, event: int) -> Rows:
        """Positions of the latest with each different value of a field, as many as `distinct` counts."""
        rows = self.valued(of, asof, event)
        values = pd.Series(np.asarray(asof[of])[rows], dtype=object)
        return np.asarray(rows[~values.duplicated(keep="last").to_numpy()])

    def _mask(self, asof: AsOf) -> Mask:
        mask: Mask = asof.given()
        for name, values in (self.where or {}).items():
            mask &= asof.among(name, *values)
        return mask

    def _of_known(self, asof: AsOf, counts: NDArray[np.integer]) -> Floats:
        names = (self.by,) if isinstance(self.by, str) else self.by
        return np.where(asof.of_events(asof.given(*names)), counts, np.nan)

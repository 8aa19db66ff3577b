"""The days that events fall on: capacity is judged on each of them, not on the average."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.services.scoring import Scored

DAY_S = 86_400
SHORT = 2.0  # days; a file that spans less has no two days to compare, and becomes one rate per 24 h
HOUR = 1 / 24  # days; a day that lacks less than an hour counts as whole, and none counts as shorter


@dataclass(frozen=True)
class Days:
    """Days with events, in order.  `length[d]`: how much of 24 h the events cover of day d, so that counts divided by
    it are rates per 24 h; partial days, at the file's ends, are shorter than 1.  Days begin at midnight UTC, or every
    24 h from the origin of times in seconds."""

    code: NDArray[np.intp]  # (n,) the day of each event
    number: NDArray[np.int64]  # (days,) days since 1970 or since the origin
    length: NDArray[np.float64]  # (days,)
    empty: int  # whole days between them without any event
    why: str  # where the lengths are from, in words

    @property
    def partial(self) -> NDArray[np.bool_]:
        """Which days (days,) are cut off by the file's ends, or are no calendar day at all."""
        return np.asarray(self.length != 1)

    @property
    def total(self) -> float:
        """Days altogether, those without events among them."""
        return float(self.length.sum()) + self.empty


def days_of(scored: Scored) -> Days:
    """Days of n scored events; one made-up day where they have no time, or less than two days of it."""
    n = len(scored.events)
    event = scored.scenario.event
    if event.time is None or n < 2:
        return _one(n, n / scored.scenario.per_day, "assumed, as these events carry no time")
    seconds = event.seconds(scored.events)
    first, last = float(seconds.min()), float(seconds.max())
    span = (last - first) / DAY_S
    if span == 0:
        return _one(n, n / scored.scenario.per_day, "assumed, as these events share one moment")
    if span < SHORT:
        return _one(n, span, f"a rate per 24 h: these events span {span * 24:,.1f} hours")
    number, code = np.unique(np.floor(seconds / DAY_S).astype(np.int64), return_inverse=True)
    length = np.ones(len(number))
    length[0] = _length(1 - (first / DAY_S - number[0]))
    length[-1] = _length(last / DAY_S - number[-1])
    empty = int(number[-1] - number[0] + 1 - len(number))
    return Days(code.astype(np.intp), number, length, empty, f"these events span {span:,.1f} days")


def events_per_day(scored: Scored) -> tuple[float, str]:
    """How many events come in a day, and where that number is from."""
    event = scored.scenario.event
    if event.time is not None and len(scored.events) > 1:
        span = float(np.ptp(event.seconds(scored.events))) / DAY_S
        if span > 0:
            return len(scored.events) / span, f"these events span {span:,.1f} days"
    return scored.scenario.per_day, "assumed, as these events carry no time"


def _one(n: int, length: float, why: str) -> Days:
    if not n:
        return Days(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64), np.zeros(0), 0, why)
    return Days(np.zeros(n, dtype=np.intp), np.zeros(1, dtype=np.int64), np.array([length]), 0, why)


def _length(covered: float) -> float:
    return 1.0 if covered > 1 - HOUR else max(covered, HOUR)

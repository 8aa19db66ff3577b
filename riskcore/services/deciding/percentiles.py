"""Thresholds without labels: by the share of events that may alarm, with what a contamination rate would mean.

An unlabelled threshold answers how many alerts there are, and never how many of them are right.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.services.deciding.days import events_per_day
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Scored


@dataclass(frozen=True)
class Percentile:
    """A threshold by alert rate.  `tied`: events that share the threshold's value exactly; they alarm together, so that
    the rate may stay below what was asked for."""

    asked: float  # greatest share of events that may alarm
    threshold: float
    alert_rate: Metric
    alerts_per_day: float
    tied: int


@dataclass(frozen=True)
class Contamination:
    """What a share of anomalies among the events would mean at an alert rate: the best that any model could do.

    If the share is c and the rate is a, at most min(1, c / a) of the alerts can be right, and at most min(1, a / c) of
    the anomalies can be found.
    """

    share: float
    alert_rate: float

    @property
    def best_precision(self) -> float:
        return min(1.0, self.share / self.alert_rate) if self.alert_rate else 1.0

    @property
    def best_recall(self) -> float:
        return min(1.0, self.alert_rate / self.share) if self.share else 1.0

    @property
    def sentence(self) -> str:
        """In words.

        >>> Contamination(0.01, 0.05).sentence
        'If 1 % are anomalies and 5 % alarm, at best 20 % of the alerts are right and 100 % of the anomalies are found.'
        """
        numbers = (self.share, self.alert_rate, self.best_precision, self.best_recall)
        share, rate, precision, recall = (f"{100 * x:.3g} %" for x in numbers)
        return (
            f"If {share} are anomalies and {rate} alarm, at best {precision} of the alerts are right and "
            f"{recall} of the anomalies are found."
        )


def percentile(scored: Scored, asked: float, measure: str = "risk") -> Percentile:
    """The lowest threshold (`measure >= threshold`) at which at most the share `asked` of the events alarms.

    Where so many events tie at the top that any threshold would alarm more, nothing alarms: the threshold lies just
    above the highest value.  Raises `DataError` where there are no events, or the share is none.
    """
    if not 0 <= asked <= 1:
        raise DataError(f"The alert rate is {asked:g}; it must be from 0 to 1.")
    value = np.sort(np.asarray(scored.measures[measure]))
    n = len(value)
    if not n:
        raise DataError("There are no events to take a percentile of.")
    threshold = _lowest(value, int(np.floor(asked * n + 1e-9)))
    alerts = n - int(np.searchsorted(value, threshold, side="left"))
    tied = int(np.searchsorted(value, threshold, side="right")) - (n - alerts)
    per_day, _ = events_per_day(scored)
    return Percentile(asked, float(threshold), proportion(alerts, n), alerts / n * per_day, tied)


def _lowest(value: NDArray[np.floating], most: int) -> Any:
    """The lowest of ascending values that at most so many reach; just above the highest where there is none."""
    if most and (place := int(np.searchsorted(value, value[-most], side="left"))) >= len(value) - most:
        return value[place]
    above = np.searchsorted(value, value[-most], side="right") if most else len(value)
    if above < len(value):
        return value[above]
    return np.nextafter(value[-1], value.dtype.type(2))

"""Estimates with 95 % intervals: what every judgement of a model is told as."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.services.judging.intervals import central

Z = 1.959963984540054  # normal quantile of a 95 % interval
FEW_POSITIVES = 50  # below so many, intervals are too wide to rank models by


@dataclass(frozen=True)
class Metric:
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_mapping(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}


Metrics = dict[str, Metric]


def read_metrics(said: Mapping[str, Mapping[str, float]]) -> Metrics:
    """Metrics from what `Metric.to_mapping` made of each, as a card keeps them."""
    return {name: Metric(m["value"], m["low"], m["high"]) for name, m in said.items()}


def proportion(hits: int, n: int) -> Metric:
    """A share and its Wilson score interval, see `wilson`; the whole range where n is 0.

    >>> p = proportion(9, 10); round(p.low, 3), round(p.high, 3)
    (0.596, 0.982)
    """
    low, high = wilson(np.asarray(hits), np.asarray(n))
    return Metric(hits / n if n else float("nan"), float(low), float(high))


def wilson(hits: NDArray[np.number], n: NDArray[np.number]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson score intervals (Wilson 1927) of shares, element by element; the whole range where n is 0."""
    n = np.asarray(n, dtype=np.float64)
    safe = np.where(n > 0, n, 1.0)
    share, slack = hits / safe, Z * Z / safe
    centre = (share + slack / 2) / (1 + slack)
    half = Z * np.sqrt(share * (1 - share) / safe + slack / safe / 4) / (1 + slack)
    low = np.where(n > 0, np.clip(centre - half, 0, 1), 0.0)
    return low, np.where(n > 0, np.clip(centre + half, 0, 1), 1.0)


def mean(values: NDArray[np.float64]) -> Metric:
    """A mean and its normal interval."""
    middle, half = float(values.mean()), float(Z * values.std(ddof=min(1, len(values) - 1)) / np.sqrt(len(values)))
    return Metric(middle, middle - half, middle + half)


def above_zero(value: float, drawn: NDArray[np.float64]) -> Metric:
    """An estimate that is biased upwards and cannot be below 0, with the draws (b,) about it.

    Draws are biased once more, so the interval is the basic one, 2 × value − draws, widened to hold the value.
    """
    low, high = central(drawn)
    return Metric(value, max(0.0, min(value, 2 * value - high)), max(value, 2 * value - low))

"""Bootstrap draws of judged rows, the same for everything that is judged on them, so that differences are paired.

Whole units are drawn (Efron & Tibshirani 1993, ch. 8): all rows of one person or one attack stand or fall together, for
they are not independent.  Draws are stratified by the worst class of a unit, so that every draw has positives.  A draw
is a row of weights, how often each row was drawn: statistics of weights come vectorised, many draws at a time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

REPLICATES = 500  # draws of an interval
FEWEST = 100  # draws of many rows; in between as many as CELLS allows
CELLS = 40_000_000  # rows × draws; half a second of drawing
BLOCK = 4_000_000  # rows × draws held at a time, 16 MB of weights

Weights = NDArray[np.float32]  # (b, n) how often each of n rows is in each of b draws
Statistic = Callable[[Weights], Mapping[str, NDArray[np.float64]]]  # named values (b,), one for each draw


@dataclass(frozen=True)
class Draws:
    """Stratified bootstrap draws of n rows.  Iterating again gives the same ones."""

    unit: NDArray[np.int64]  # (n,) which unit a row belongs to, 0 … u − 1
    strata: tuple[NDArray[np.int64], ...]  # units of each stratum; every draw takes as many as there are
    replicates: int
    seed: int = 0

    @property
    def units(self) -> int:
        return sum(len(members) for members in self.strata)

    @property
    def alone(self) -> bool:
        """Whether every row is drawn for itself."""
        return self.units == len(self.unit) and bool((np.diff(self.unit) == 1).all())

    def blocks(self) -> Iterator[Weights]:
        """All draws, a few at a time: (b, n) each."""
        rng = np.random.default_rng(self.seed)
        most = max(1, BLOCK // max(len(self.unit), 1))
        for start in range(0, self.replicates, most):
            drawn = self._drawn(min(most, self.replicates - start), rng)
            yield drawn if self.alone else drawn[:, self.unit]

    def _drawn(self, size: int, rng: np.random.Generator) -> Weights:
        drawn = np.empty((size, self.units), dtype=np.float32)
        for members in self.strata:
            k = len(members)
            picks = rng.integers(k, size=(size, k)) + k * np.arange(size)[:, None]
            drawn[:, members] = np.bincount(picks.ravel(), minlength=size * k).reshape(size, k)
        return drawn


def draws(
    y: NDArray[np.integer], units: NDArray[np.generic] | None = None, replicates: int | None = None, seed: int = 0
) -> Draws:
    """Draws of rows with class numbers (n,), by `units` (n,) of any kind: rows of one unit are drawn together.

    None draws rows one by one; so are rows whose unit is missing.
    """
    n = len(y)
    unit, count = (np.arange(n), n) if units is None else numbered(units)
    worst = np.zeros(count, dtype=np.int64)
    np.maximum.at(worst, unit, y)
    strata = tuple(np.flatnonzero(worst == c) for c in np.unique(worst))
    return Draws(unit, strata, replicates or int(np.clip(CELLS // max(n, 1), FEWEST, REPLICATES)), seed)


def numbered(units: NDArray[np.generic]) -> tuple[NDArray[np.int64], int]:
    """Numbers of units (n,) in the order of their first rows, so that rows that are all units keep their order.

    Rows whose unit is missing stand for themselves; the second value is how many units there are.
    """
    code, names = pd.factorize(units)
    alone = np.flatnonzero(code < 0)
    code[alone] = len(names) + np.arange(len(alone))
    return code.astype(np.int64), len(names) + len(alone)


def spread(drawn: Draws, statistics: Mapping[str, Statistic]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Every statistic's values (b,) over all draws, by its name; each draw is the same for all of them."""
    found: dict[str, dict[str, list[NDArray[np.float64]]]] = {name: {} for name in statistics}
    for weights in drawn.blocks():
        for name, statistic in statistics.items():
            for metric, values in statistic(weights).items():
                found[name].setdefault(metric, []).append(values)
    return {name: {m: np.concatenate(parts) for m, parts in told.items()} for name, told in found.items()}


@dataclass(frozen=True)
class Grouping:
    """Rows told together by a group number, to sum weights by it many draws at a time."""

    order: NDArray[np.int64]  # rows in the order of their groups
    starts: NDArray[np.int64]  # where each group that has rows begins in `order`
    used: NDArray[np.int64]  # their numbers
    size: int

    def summed(self, weights: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sums (b, size) of values (b, n) by group."""
        found = np.zeros((len(weights), self.size))
        if len(self.order):
            found[:, self.used] = np.add.reduceat(weights[:, self.order], self.starts, axis=1, dtype=np.float64)
        return found


def grouping(group: NDArray[np.integer], size: int, rows: NDArray[np.int64] | None = None) -> Grouping:
    """Groups of n rows by their numbers (n,), of all rows or of chosen ones."""
    chosen = np.arange(len(group)) if rows is None else rows
    order = chosen[np.argsort(group[chosen], kind="stable")]
    used, starts = np.unique(group[order], return_index=True)
    return Grouping(order, starts.astype(np.int64), used.astype(np.int64), size)


def central(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of bootstrap values."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)

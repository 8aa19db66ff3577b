"""How one field of synthetic events is spread, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.schema import Field, framed
from riskcore.scenarios.declared.measures import Usual
from riskcore.scenarios.declared.spec import CellsSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUARTILES = 1.349  # between the quartiles of a normal distribution, in standard deviations


@dataclass(frozen=True)
class Spread:
    """How one field is spread: cells shared by all classes, and in each class a share for each, missing last."""

    field: Field
    cells: Floats  # (k, 2) from, to; empty for categories and texts
    step: float
    shares: Floats  # (classes, k + 1); rows sum to 1
    names: bool = False  # whether it names events, so that each has a value of its own

    def values(self, rng: np.random.Generator, cell: Ints) -> Any:
        """A value (n,) from each of the cells (n,)."""
        missing = cell == self.shares.shape[1] - 1
        if self.names:
            words = rng.integers(0, 2**63, len(cell))  # among so many a million draws all differ
            return pd.array([f"{self.field.name}-{word:016x}" for word in words.tolist()], dtype="str")
        if self.field.kind == "text":
            return pd.array([f"{self.field.name}-{i + 1}" for i in cell.tolist()], dtype="str")
        if self.field.kind == "category":
            codes = np.where(missing, -1, cell)
            return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(self.field.choices)))
        low, high = self.cells[np.where(missing, 0, cell)].T
        if self.step:
            steps = np.floor(rng.random(len(cell)) * (np.rint((high - low) / self.step) + 1))
            values = (low / self.step).round() * self.step + steps * self.step
            values = values.round(max(0, -int(np.floor(np.log10(self.step)))))
        else:
            values = low + rng.random(len(cell)) * (high - low)
        return self._cast(np.where(missing, np.nan, values))

    def _cast(self, values: Floats) -> Any:
        if self.field.kind == "time":
            return pd.to_datetime(pd.Series(values), unit="s", utc=True).dt.as_unit("us")
        if self.field.kind in ("integer", "flag") and not self.field.optional:
            return values.astype(np.int64)
        return values

    @property
    def points(self) -> Floats:
        """How many different values each cell (k + 1,) holds; missing is one."""
        if not len(self.cells):
            return np.full(self.shares.shape[1], np.inf if self.names else 1.0)
        width = self.cells[:, 1] - self.cells[:, 0]
        return np.append(np.rint(width / self.step) + 1 if self.step else np.where(width > 0, np.inf, 1.0), 1.0)

    def alike(self) -> Floats:
        """P(two draws are equal), (classes, classes)."""
        return np.asarray((self.shares / self.points) @ self.shares.T)

    def usual(self) -> int:
        """The most frequent choice, or the cell of the median, in the first class."""
        shares = self.shares[0, :-1]
        if not len(self.cells):
            return int(np.argmax(shares))
        order = np.argsort(self.cells[:, 1], kind="stable")
        return int(order[np.searchsorted(np.cumsum(shares[order]), shares.sum() / 2)])

    def rarest(self) -> int:
        """The rarest choice that was seen, or the outermost cell, above or below, that is less dense."""
        shares = self.shares[0, :-1]
        if not len(self.cells):
            return int(np.argmin(np.where(shares > 0, shares, np.inf)))
        ends = [int(np.argmin(self.cells[:, 0])), int(np.argmax(self.cells[:, 1]))]
        width = self.cells[:, 1] - self.cells[:, 0] + self.step
        density = shares / np.maximum(width, np.finfo(np.float64).tiny)
        return ends[int(np.argmin(density[ends]))]

    def as_many(self, share: float) -> "Spread":
        """The same, of a text with a share of its values, at least two."""
        if self.field.kind != "text" or self.names:
            return self
        distinct = max(2, round(share * (self.shares.shape[1] - 1)))
        return replace(self, shares=_evenly(len(self.shares), distinct))

    def everybody(self, classes: Floats) -> Usual:
        """How a number is spread over events of all classes, (classes,) their shares."""
        shares, (low, high) = classes @ self.shares[:, :-1], self.cells.T
        order = np.argsort(high, kind="stable")
        below = np.cumsum(shares[order]) / shares.sum()
        quarters = np.interp((0.25, 0.5, 0.75), np.append(0.0, below), np.append(low.min(), high[order]))
        middle = (low + high) / 2
        wide = float(np.sqrt(np.cov(middle, aweights=shares, ddof=0)))
        spread = float(quarters[2] - quarters[0]) / QUARTILES or wide
        return Usual(float(quarters[1]), spread, bool(low.min() >= 0 and quarters[1] > 0))

    def outermost(self) -> "Spread":
        """The same cells, each narrowed to the end that is farther from the median."""
        if not len(self.cells):
            return self
        above = self.cells[:, 1] > self.cells[self.usual(), 0]
        ends = np.where(above, self.cells[:, 1], self.cells[:, 0])
        return replace(self, cells=np.column_stack([ends, ends]))


def drawn(rng: np.random.Generator, spreads: Sequence[Spread], cells: Sequence[Ints]) -> pd.DataFrame:
    """Events (n,) with a value from each field's cell (n,)."""
    return framed({s.field.name: s.values(rng, c) for s, c in zip(spreads, cells, strict=True)})


def spread_of(f: Field, said: CellsSpec, classes: int, names: bool) -> Spread:
    """The spread that a checked spec declares; `names` says that it is the events' identifier."""
    if f.kind == "text":
        return Spread(f, np.zeros((0, 2)), 0.0, _evenly(classes, 1 if names else said.distinct), names)
    return Spread(f, np.array(said.cells, dtype=np.float64).reshape(-1, 2), said.step, normed(said.shares))


def _evenly(classes: int, distinct: int) -> Floats:
    """The same share (classes, distinct + 1) for each value, none for missing."""
    return np.tile(np.append(np.full(distinct, 1 / distinct), 0.0), (classes, 1))


def normed(weights: Any) -> Floats:
    """Weights scaled to sum to 1 along the last axis."""
    w = np.asarray(weights, dtype=np.float64)
    return np.asarray(w / w.sum(axis=-1, keepdims=True))

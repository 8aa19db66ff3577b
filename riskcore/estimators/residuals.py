"""What a measurement is beyond what the others explain: conditional residuals of a normal distribution, learned."""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError
from riskcore.estimators.arrays import pack, read

Floats = NDArray[np.float64]

FILE = "residuals.npz"
KEPT = 0.9  # share of rows, the most usual ones, that the relation is learned from; the rest may be anomalies
STEPS = 3  # of trimming; more change nothing to speak of
SHRINK = 1e-3  # weight of independence, so that columns in lockstep leave something to divide by
NORMAL_MAD = 0.6745  # median of |x| of a standard normal distribution
FEWEST = 30  # rows with nothing missing below which there is no relation to learn
BEYOND = 3.0  # standard deviations that chance alone reaches once in 370 rows
KINDS = ("level", "alone", "beyond")
FURTHEST = 1e4  # standard deviations; a value beyond all reason stays a finite number


class Residuals:
    """Replaces each of `columns` by how far it is from usual, and how far from what the others explain.

    All are in standard deviations and signed.  `<column>_level` is the residual given the context alone (such as the
    hour), `<column>_alone` the one given context and all other columns: that of a conditional normal distribution,
    (K d)_j / √K_jj with K the precision and d the distance from the mean.  A spike in one column alone stands out in
    the latter, a fall of all together in the former.  `<column>_beyond` is what of the latter is beyond three: 0 on
    ordinary rows, so that an isolation forest, which passes over what does not vary, cuts there once something does.
    Context columns are used up.  What is missing explains nothing: the rest is judged without it.

    Mean and covariance are learned from the most usual rows, by concentration steps (Rousseeuw & Van Driessen 1999).
    No row is left out for its own sake: among thousands, its weight in six means cannot be seen.
    """

    def __init__(self, columns: tuple[str, ...], context: tuple[str, ...] = ()) -> None:
        self.columns = columns
        self.context = context

    @property
    def source(self) -> Mapping[str, str]:
        return {f"{name}_{kind}": name for name in self.columns for kind in KINDS}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        values = self._values(X)
        # A context that is hardly ever known (a file without times) is no context.
        self.used_ = np.isnan(values).mean(axis=0) < 0.5
        self.used_[: len(self.columns)] = True
        whole = values[:, self.used_]
        whole = whole[~np.isnan(whole).any(axis=1)]
        if len(whole) < FEWEST:
            raise DataError(
                f"Only {len(whole)} rows have all of {', '.join(self.columns)}; the relation between them needs "
                f"{FEWEST}. Add rows or fill in what is missing."
            )
        mean, covariance = _concentrate(whole)
        self._learned(mean, covariance, np.ones((2, len(self.columns))))
        parts = self._parts(values)
        # Trimming makes spreads too small; the middle half of the rows says how much.
        spread = np.nanmedian(np.abs(parts), axis=1) / NORMAL_MAD
        self._learned(mean, covariance, np.where(spread > 0, spread, 1.0))
        return self._framed(X, parts / self.spread_[:, None, :])

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._framed(X, self._parts(self._values(X)) / self.spread_[:, None, :])

    def dump(self) -> dict[str, bytes]:
        return {
            FILE: pack({"used": self.used_, "mean": self.mean_, "covariance": self.covariance_, "spread": self.spread_})
        }

    def restore(self, files: Mapping[str, bytes]) -> Self:
        arrays = read(files, FILE, {"used": "b", "mean": "f", "covariance": "f", "spread": "f"})
        self.used_ = arrays["used"]
        mean, covariance, spread = arrays["mean"], arrays["covariance"], arrays["spread"]
        k, m = int(self.used_.sum()), len(self.columns)
        sound = (
            self.used_.shape == (m + len(self.context),)
            and self.used_[:m].all()
            and mean.shape == (k,)
            and covariance.shape == (k, k)
            and spread.shape == (2, m)
            and all(np.isfinite(a).all() for a in (mean, covariance, spread))
            and (spread > 0).all()
            and np.array_equal(covariance, covariance.T)
            and np.linalg.eigvalsh(covariance)[0] > 0
        )
        if not sound:
            raise ModelIntegrityError(f"{FILE} holds no mean and covariance of {m} columns in their context.")
        self._learned(mean, covariance, spread)
        return self

    def _learned(self, mean: Floats, covariance: Floats, spread: Floats) -> None:
        self.mean_, self.covariance_, self.spread_ = mean, covariance, spread
        self.weights_: dict[bytes, tuple[Floats, Floats]] = {}  # by which columns are known

    def _values(self, X: pd.DataFrame) -> Floats:
        return X[[*self.columns, *self.context]].to_numpy(dtype=np.float64)

    def _framed(self, X: pd.DataFrame, parts: Floats) -> pd.DataFrame:
        kept = {name: X[name].array for name in X.columns if name not in (*self.columns, *self.context)}
        level, alone = parts.clip(-FURTHEST, FURTHEST).astype(np.float32)
        beyond = alone - alone.clip(-BEYOND, BEYOND)
        new = {
            f"{name}_{kind}": block[:, j]
            for kind, block in zip(KINDS, (level, alone, beyond), strict=True)
            for j, name in enumerate(self.columns)
        }
        return pd.DataFrame(kept | new, index=X.index, copy=False)

    def _parts(self, values: Floats) -> Floats:
        """Residuals (2, n, columns) given context, and given context and the other columns; NaN where missing."""
        distance = values[:, self.used_] - self.mean_
        known = ~np.isnan(distance)
        if known.all():
            return self._residuals(distance, known[0] if len(known) else np.ones(len(self.mean_), dtype=bool))
        parts = np.empty((2, len(values), len(self.columns)))
        patterns, of_row = np.unique(known, axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns):
            rows = of_row.ravel() == i
            parts[:, rows] = self._residuals(np.where(pattern, distance[rows], 0.0), pattern)
        return parts

    def _residuals(self, distance: Floats, known: NDArray[np.bool_]) -> Floats:
        key = known.tobytes()
        if key not in self.weights_:
            self.weights_[key] = self._weights(known)
        level, alone = self.weights_[key]
        return np.stack([distance @ level, distance @ alone])

    def _weights(self, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """What turns distances from the mean into both residuals, each (k, columns); NaN for columns not known."""
        m = len(self.columns)
        context = known & (np.arange(len(known)) >= m)
        level, alone = (np.zeros((len(known), m)) for _ in range(2))
        for j in range(m):
            for weights, given in ((level, context), (alone, known)):
                if not known[j]:
                    weights[:, j] = np.nan
                    continue
                chosen = np.flatnonzero(given | (np.arange(len(known)) == j))
                precision = np.linalg.inv(self.covariance_[np.ix_(chosen, chosen)])
                at = int(np.flatnonzero(chosen == j)[0])
                weights[chosen, j] = precision[at] / np.sqrt(precision[at, at])
        return level, alone


def _concentrate(values: Floats) -> tuple[Floats, Floats]:
    """Mean (k,) and covariance (k, k) of the most usual rows of (n, k), shrunk a little to independence."""
    usual = values
    # Medians first: means would be drawn to the very rows that are to be found.
    mean, spread = np.median(values, axis=0), np.median(np.abs(values - np.median(values, axis=0)), axis=0) / NORMAL_MAD
    covariance = np.diag(np.where(spread > 0, spread, 1.0) ** 2)
    for _ in range(STEPS):
        distance = values - mean
        far = np.einsum("ij,jk,ik->i", distance, np.linalg.inv(covariance), distance)
        usual = values[far <= np.quantile(far, KEPT)]
        mean, covariance = usual.mean(axis=0), np.cov(usual, rowvar=False).reshape(len(mean), -1)
        own = np.maximum(np.diag(covariance), 1e-6)  # a constant column varies by a thousandth
        covariance = (1 - SHRINK) * (covariance + covariance.T) / 2  # exactly symmetric, as it is read back
        np.fill_diagonal(covariance, own)
    return mean, covariance

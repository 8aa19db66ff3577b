"""A transformer that learns how common each value of a category is, within each of several populations."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import ModelIntegrityError
from riskcore.estimators.arrays import pack, read

PRIOR = 200.0  # rows of everybody that weigh as much as all rows of one population


class Rarity:
    """Writes into a column how large a share (n,) of training rows hold a row's value of `what`.

    Counted are rows of the same `within`, shrunk to everybody's share (weight of 200 rows), so that a small or unknown
    population says what all say.  Written only where column `where` is above 0, NaN elsewhere and where the value is
    missing.  Both columns read, `what` (a category) and `within` (a key), stay for the steps that follow.
    """

    def __init__(self, what: str, within: str, where: str, into: str) -> None:
        self.what = what
        self.within = within
        self.where = where
        self.into = into
        self.file = f"rarity-{into}.npz"

    @property
    def source(self) -> Mapping[str, str]:
        return {self.into: self.what}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        codes, populations = pd.factorize(X[self.within])
        self.populations_ = pd.Index(populations, dtype="str")
        value = X[self.what].array
        known = (codes >= 0) & (value.codes >= 0)
        self.counts_ = np.zeros((len(self.populations_), len(value.categories)))
        np.add.at(self.counts_, (codes[known], value.codes[known]), 1.0)
        self.everybody_ = np.bincount(value.codes[value.codes >= 0], minlength=len(value.categories)).astype(np.float64)
        return self._written(X, seen=1.0)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._written(X, seen=0.0)

    def _written(self, X: pd.DataFrame, seen: float) -> pd.DataFrame:
        """With the column filled in; `seen` is how often each row is among those that were counted."""
        share = np.full(len(X), np.nan, dtype=np.float32)
        code = np.asarray(X[self.what].array.codes)
        rows = np.flatnonzero((X[self.where].to_numpy() > 0) & (code >= 0))
        value = code[rows]
        all_of = np.maximum(self.everybody_[value] - seen, 0) / max(self.everybody_.sum() - seen, 1.0)
        place = self.populations_.get_indexer(pd.Index(X[self.within].array[rows]))
        own, size = np.zeros(len(rows)), np.zeros(len(rows))
        inside = np.flatnonzero(place >= 0)
        own[inside] = self.counts_[place[inside], value[inside]] - seen
        size[inside] = self.counts_.sum(axis=1)[place[inside]] - seen
        share[rows] = (own + PRIOR * all_of) / (size + PRIOR)
        return X.assign(**{self.into: share})

    def dump(self) -> dict[str, bytes]:
        names = np.array(self.populations_.tolist(), dtype=np.str_)
        arrays: dict[str, NDArray[Any]] = {"populations": names, "counts": self.counts_, "everybody": self.everybody_}
        return {self.file: pack(arrays)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; counts that do not fit raise `ModelIntegrityError`."""
        arrays = read(files, self.file, {"populations": "U", "counts": "f", "everybody": "f"})
        names, counts, everybody = (arrays[name] for name in ("populations", "counts", "everybody"))
        if counts.shape != (len(names), len(everybody)) or not np.isfinite(counts).all() or (counts < 0).any():
            raise ModelIntegrityError(f"{self.file}: there must be a count of 0 or more for each population and value.")
        self.populations_, self.counts_, self.everybody_ = pd.Index(names.tolist(), dtype="str"), counts, everybody
        return self

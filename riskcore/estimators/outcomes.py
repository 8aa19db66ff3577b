"""A transformer that remembers how the events of each entity turned out, as far as that was known at each moment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.shrinkage import prior_strength

ARRAYS = {"keys": "U", "starts": "i", "times": "i", "harmful": "b", "prior": "f"}

Ints = NDArray[np.int64]


class KnownOutcomes:
    """Writes into a column the share (n,) float32 of harmful events among those of the same entity.

    Counted are remembered events at most `within` before a row's moment whose label had arrived by then, `delay` after
    them.  So a row learned from is told by no event that a later one would not be told by, never by itself, and what is
    remembered fades: a model older than `within` says what all say.  The share is shrunk to everybody's by a beta prior
    whose strength is estimated (`shrinkage.prior_strength`), both from all rows learned from; an entity without known
    events, or a missing one, has everybody's share.

    `by` is the key column of the entity, and `at` one with the moments as whole microseconds in words; both stay.
    Harmful is every class but the first.  What is remembered are the moments and labels of rows, in the model's file
    number `number`.
    """

    def __init__(self, by: str, at: str, within: timedelta, delay: timedelta, into: str, number: int = 0) -> None:
        self.by = by
        self.at = at
        self.within = within // timedelta(microseconds=1)
        self.delay = delay // timedelta(microseconds=1)
        self.into = into
        self.file = f"outcomes-{number}.npz"

    @property
    def source(self) -> Mapping[str, str]:
        return {self.into: self.by}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        """Remember n rows and their classes (n,); a model that learns without labels has no use for it."""
        if y is None:
            raise ValueError("Outcomes are remembered of labelled rows only.")
        self.remember(X, y)
        harm, n = np.diff(self.harm_[self.starts_]).astype(np.float64), np.diff(self.starts_)
        self.share_ = float((harm.sum() + 0.5) / (n.sum() + 1))
        self.strength_ = prior_strength(np.column_stack([n - harm, harm]), np.array([1 - self.share_, self.share_]))
        return self.transform(X)

    def remember(self, X: pd.DataFrame, y: NDArray[np.integer]) -> Self:
        """Remember these n rows and their classes (n,) in place of others.

        Everybody's share and its strength stay, for by them the estimator has learned what a share means.
        """
        entity, keys = pd.factorize(X[self.by])
        times = self._moments(X)
        order = np.lexsort((times, entity))[np.count_nonzero(entity < 0) :]
        starts = np.concatenate([[0], np.cumsum(np.bincount(entity[order], minlength=len(keys)))])
        return self._keep(pd.Index(keys, dtype="str"), starts, times[order], y[order] > 0)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        entity, times = self.index_.get_indexer(pd.Index(X[self.by].array)), self._moments(X)
        first = self._place(entity, np.searchsorted(self.moments_, times - self.within, side="left"))
        last = self._place(entity, np.searchsorted(self.moments_, times - self.delay, side="right"))
        last = np.maximum(first, last)
        n = np.where(entity < 0, 0, last - first)
        harm = np.where(entity < 0, 0, self.harm_[last] - self.harm_[first])
        share = (harm + self.strength_ * self.share_) / (n + self.strength_)
        return X.assign(**{self.into: share.astype(np.float32)})

    def _moments(self, X: pd.DataFrame) -> Ints:
        return np.asarray(X[self.at].astype("int64"), dtype=np.int64)

    def _place(self, entity: Ints, moment: Ints) -> Ints:
        """Where in memory each entity's events from a moment (n,), by its number, on begin."""
        return np.searchsorted(self.order_, entity * (len(self.moments_) + 1) + moment)

    def _keep(self, index: pd.Index, starts: Ints, times: Ints, harmful: NDArray[np.bool_]) -> Self:
        """Keep events, entity after entity and each by time."""
        self.index_, self.starts_, self.times_, self.harmful_ = index, starts, times, harmful
        self.moments_, number = np.unique(times, return_inverse=True)
        entity = np.repeat(np.arange(len(index)), np.diff(starts))
        self.order_ = entity * (len(self.moments_) + 1) + number
        self.harm_ = np.concatenate([[0], np.cumsum(harmful)])
        return self

    def dump(self) -> dict[str, bytes]:
        arrays: dict[str, NDArray[Any]] = {
            "keys": np.array(self.index_.tolist(), dtype=np.str_),
            "starts": self.starts_,
            "times": self.times_,
            "harmful": self.harmful_,
            "prior": np.array([self.share_, self.strength_]),
        }
        return {self.file: pack(arrays)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; events that are out of order or do not fit raise `ModelIntegrityError`."""
        found = read(files, self.file, ARRAYS)
        keys, starts, times, harmful, prior = (found[name] for name in ARRAYS)
        whole = keys.ndim == 1 and starts.shape == (len(keys) + 1,) and times.shape == harmful.shape == (starts[-1],)
        whole = whole and not starts[0] and bool((np.diff(starts) >= 0).all()) and len(np.unique(keys)) == len(keys)
        refuse(self.file, [] if whole else ["there must be events for each entity."])
        inner = np.ones(len(times), dtype=bool)
        inner[starts[:-1][starts[:-1] < len(times)]] = False
        refuse(self.file, ["events must be in order of time."] if (np.diff(times)[inner[1:]] < 0).any() else [])
        sound = prior.shape == (2,) and 0 < prior[0] < 1 and 0 < prior[1] < np.inf
        refuse(self.file, [] if sound else ["the prior must be a share and a strength above 0."])
        self.share_, self.strength_ = prior.tolist()
        return self._keep(pd.Index(keys.tolist(), dtype="str"), starts, times, harmful)

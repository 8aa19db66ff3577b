"""The last step of an anomaly model: its score as a rank among scores of a reference that it has not seen."""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError, UnknownKeyError
from riskcore.estimators.arrays import pack, read

FILE = "reference.npz"
ECDF, ENTITY_ECDF = "ecdf", "entity_ecdf"
FEWEST = 50  # reference rows below which a percentile is hardly one
POPULATION = 50.0  # reference events of everybody that weigh as much as all that is known of an entity's own


class ReferenceRank:
    """Risk is the share of reference scores strictly below: `risk >= 0.98` alarms at most 2 % of the reference.

    `entity_ecdf` mixes in each entity's own reference scores, so that a restless user is measured by their own past:
    risk = (w · F(all) + n · F(own)) / (w + n), n being the entity's reference events and w = 50.  An entity that is not
    in the reference gets F(all).  Above every reference score risk is 1; the score itself then ranks.
    """

    methods: ClassVar[tuple[str, ...]] = (ECDF, ENTITY_ECDF)

    def __init__(self, method: str = ECDF, entity: str = "") -> None:
        if method not in self.methods:
            raise UnknownKeyError("reference", method, self.methods)
        self.method = method
        self.entity = entity
        self.scores_: NDArray[np.float64] = np.zeros(0)  # (r,) ascending
        self.entities_ = pd.Index([], dtype="str")
        self.own_: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # (r,) entity · (r + 1) + rank, ascending
        self.counts_: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # (entities,)

    def fit(self, estimated: NDArray[np.floating], y: NDArray[np.integer], X: pd.DataFrame) -> Self:
        """Learn from anomaly scores (r, 1) of rows that neither the estimator nor its transformers have seen."""
        scores = np.asarray(estimated[:, 0], dtype=np.float64)
        if len(scores) < FEWEST:
            raise DataError(
                f"An anomaly model needs at least {FEWEST} held-out rows to rank against; there are {len(scores)}. "
                "Add rows."
            )
        self.scores_ = np.sort(scores)
        if self.method == ENTITY_ECDF:
            codes, names = pd.factorize(X[self.entity])
            self.entities_ = pd.Index(names, dtype="str")
            self._keep_own(codes, scores)
        return self

    def _keep_own(self, codes: NDArray[np.integer], scores: NDArray[np.float64]) -> None:
        known = codes >= 0
        rank = np.searchsorted(self.scores_, scores[known], side="left")
        self.own_ = np.sort(codes[known].astype(np.int64) * (len(self.scores_) + 1) + rank)
        self.counts_ = np.bincount(codes[known], minlength=len(self.entities_)).astype(np.int64)

    def apply(self, estimated: NDArray[np.floating], X: pd.DataFrame) -> NDArray[np.floating]:
        """Risks (n, 1) in [0, 1]; before `fit` the scores themselves."""
        if not len(self.scores_):
            return estimated
        below = np.searchsorted(self.scores_, estimated[:, 0], side="left")
        risk = below / len(self.scores_)
        if self.method == ENTITY_ECDF:
            codes = self.entities_.get_indexer(pd.Index(X[self.entity].array))
            known = codes >= 0
            of, size = codes[known].astype(np.int64), len(self.scores_) + 1
            start = np.searchsorted(self.own_, of * size, side="left")
            own = np.searchsorted(self.own_, of * size + below[known], side="left") - start
            risk[known] = (POPULATION * risk[known] + own) / (POPULATION + self.counts_[of])
        return risk[:, None]

    def dump(self) -> dict[str, bytes]:
        names = np.array(self.entities_.tolist(), dtype=np.str_)
        arrays = {"method": np.array(self.method), "scores": self.scores_, "own": self.own_, "counts": self.counts_}
        return {FILE: pack(arrays | {"entities": names})}

    @staticmethod
    def stored_method(files: Mapping[str, bytes]) -> str:
        """Which method a dump was made by."""
        return str(read(files, FILE, {"method": "U"})["method"])

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; scores out of order or entities that do not fit raise `ModelIntegrityError`."""
        kinds = {"scores": "f", "own": "i", "counts": "i", "entities": "U"}
        arrays = read(files, FILE, kinds)
        scores, own, counts, names = (arrays[name] for name in kinds)
        if any(a.ndim != 1 for a in (scores, own, counts, names)) or not np.isfinite(scores).all():
            raise ModelIntegrityError(f"{FILE}: scores, entities and counts must be lists of finite numbers.")
        if (np.diff(scores) < 0).any() or (np.diff(own) < 0).any():
            raise ModelIntegrityError(f"{FILE}: reference scores must rise.")
        told = np.bincount(own // (len(scores) + 1), minlength=len(names)) if len(own) and own[0] >= 0 else counts * 0
        if len(counts) != len(names) or len(own) != counts.sum() or not np.array_equal(told, counts):
            raise ModelIntegrityError(f"{FILE}: the entities' counts do not fit their scores.")
        self.scores_, self.own_, self.counts_ = scores, own.astype(np.int64), counts.astype(np.int64)
        self.entities_ = pd.Index(names.tolist(), dtype="str")
        return self

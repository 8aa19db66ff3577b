"""The last step of a model: probabilities that mean what they say, fitted on rows the estimator has not seen."""

from collections.abc import Mapping
from typing import Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError, UnknownKeyError
from riskcore.estimators.arrays import pack, unpack

Method = Literal["none", "sigmoid", "isotonic"]
METHODS: tuple[str, ...] = get_args(Method)
FILE = "calibrator.npz"
EPS = 1e-7  # probabilities are kept this far from 0 and 1, so that their log-odds are finite
FEWEST = 10  # rows of each class below which a calibrator would fit noise


class Calibrator:
    """Monotone map of each class's probability, one class against the rest, then scaled to sum to 1.

    `sigmoid` is Platt's logistic fit on the log-odds (Platt 1999), `isotonic` the pool-adjacent-violators fit
    (Zadrozny & Elkan 2002), whose steps make ties.  Two-class models have one column.
    """

    def __init__(self, method: str = "none") -> None:
        if method not in METHODS:
            raise UnknownKeyError("calibration", method, METHODS)
        self.method = method
        self.slope_ = np.ones(0)
        self.shift_ = np.zeros(0)
        self.knots_: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def fit(self, probabilities: NDArray[np.floating], y: NDArray[np.integer], X: pd.DataFrame | None = None) -> Self:
        """Learn from probabilities (n, m) and class numbers (n,); features are not looked at.

        Raises `DataError` where a class is too rare.
        """
        if self.method == "none":
            return self
        m = probabilities.shape[1]
        targets = [(y == 1)] if m == 1 else [(y == c) for c in range(m)]
        rarest = min(min(t.sum(), (~t).sum()) for t in targets)
        if rarest < FEWEST:
            raise DataError(
                f"Calibration needs at least {FEWEST} rows of each class in its slice; the rarest has {rarest}. "
                "Use more rows, or no calibration."
            )
        columns = [probabilities[:, c].astype(np.float64) for c in range(m)]
        fit = self._fit_sigmoid if self.method == "sigmoid" else self._fit_isotonic
        fit(columns, targets)
        return self

    def _fit_sigmoid(self, columns: list[NDArray[np.float64]], targets: list[NDArray[np.bool_]]) -> None:
        from sklearn.linear_model import LogisticRegression

        fits = [LogisticRegression(C=1e6).fit(_log_odds(p)[:, None], t) for p, t in zip(columns, targets, strict=True)]
        self.slope_ = np.array([f.coef_[0, 0] for f in fits])
        self.shift_ = np.array([f.intercept_[0] for f in fits])
        if (self.slope_ <= 0).any():
            raise DataError("The model ranks the calibration slice no better than chance, so it cannot be calibrated.")

    def _fit_isotonic(self, columns: list[NDArray[np.float64]], targets: list[NDArray[np.bool_]]) -> None:
        from sklearn.isotonic import IsotonicRegression

        fits = [
            IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, t)
            for p, t in zip(columns, targets, strict=True)
        ]
        # n rows cannot show that something never happens; certainty would cost a log loss without bound when wrong.
        edge = 0.5 / len(columns[0])
        self.knots_ = [
            (np.asarray(f.X_thresholds_, float), np.clip(np.asarray(f.y_thresholds_, float), edge, 1 - edge))
            for f in fits
        ]

    def apply(self, probabilities: NDArray[np.floating], X: pd.DataFrame | None = None) -> NDArray[np.floating]:
        """Calibrated probabilities (n, m); features are not looked at."""
        if self.method == "none":
            return probabilities
        if self.method == "sigmoid":
            mapped = 1.0 / (1.0 + np.exp(-(_log_odds(probabilities) * self.slope_ + self.shift_)))
        else:
            mapped = np.column_stack([np.interp(probabilities[:, c], x, y) for c, (x, y) in enumerate(self.knots_)])
        if mapped.shape[1] == 1:
            return np.asarray(mapped)
        total = mapped.sum(axis=1, keepdims=True)
        # Isotonic steps can give every class 0; then the estimator's own word stands.
        return np.where(total > 0, mapped / np.where(total > 0, total, 1.0), probabilities)

    def dump(self) -> dict[str, bytes]:
        """Empty without calibration."""
        if self.method == "none":
            return {}
        arrays = {"method": np.array(self.method), "slope": self.slope_, "shift": self.shift_}
        arrays["lengths"] = np.array([len(x) for x, _ in self.knots_], dtype=np.int64)
        arrays["x"] = np.concatenate([x for x, _ in self.knots_] or [np.zeros(0)])
        arrays["y"] = np.concatenate([y for _, y in self.knots_] or [np.zeros(0)])
        return {FILE: pack(arrays)}

    @staticmethod
    def stored_method(files: Mapping[str, bytes]) -> str:
        """Which method a dump was made by."""
        return str(unpack(FILE, files[FILE], {"method": "U"})["method"]) if FILE in files else "none"

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; knots out of order or of range raise `ModelIntegrityError`."""
        if FILE not in files:
            return self
        kinds = {"slope": "f", "shift": "f", "lengths": "i", "x": "f", "y": "f"}
        arrays = unpack(FILE, files[FILE], kinds)
        self.slope_, self.shift_ = arrays["slope"], arrays["shift"]
        ends = np.cumsum(arrays["lengths"])
        if (arrays["lengths"] < 1).any() or (ends[-1] if len(ends) else 0) != len(arrays["x"]):
            raise ModelIntegrityError(f"{FILE}: the lengths do not fit the knots.")
        self.knots_ = list(zip(np.split(arrays["x"], ends[:-1]), np.split(arrays["y"], ends[:-1]), strict=True))
        for x, y in self.knots_ if self.method == "isotonic" else ():
            if len(x) != len(y) or (np.diff(x) < 0).any() or (np.diff(y) < 0).any() or y[0] < 0 or y[-1] > 1:
                raise ModelIntegrityError(f"{FILE}: knots must rise and stay within 0 and 1.")
        return self


def _log_odds(p: NDArray[np.floating]) -> NDArray[np.float64]:
    p = np.clip(p.astype(np.float64), EPS, 1 - EPS)
    return np.asarray(np.log(p / (1 - p)))


def prior_corrected(p: NDArray[np.floating], kept: float) -> NDArray[np.floating]:
    """Probabilities as they would be had all negatives been kept: p / (p + (1 − p) / β), β the share kept.

    Source: Dal Pozzolo et al., "Calibrating Probability with Undersampling", CIDM 2015, eq. 4.
    """
    return p if kept == 1.0 else p / (p + (1.0 - p) / kept)

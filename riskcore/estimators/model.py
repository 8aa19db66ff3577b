"""A risk model as a chain: features → estimator → prior correction → calibrator, fitted and stored as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import DrawsTrees, Explanation
from riskcore.core.scenario import Knob, Output, Progress, silent, turn
from riskcore.estimators.calibration import Calibrator

Matrix = NDArray[np.float32]  # (n, k), C order


class Estimator(Protocol):
    """What a family has to do; hyper-parameters only in `__init__`, learned state ends in `_`."""

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, progress: Progress) -> Self:
        """Learn from (n, k) features and class numbers (n,)."""
        ...

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Raw outputs (n, m), m = 1 for two classes, in the space in which contributions add up."""
        ...

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        """Raw outputs (n, m) to probabilities (n, m), the prior corrected."""
        ...

    def explain(
        self,
        X: Matrix,
        features: tuple[str, ...],
        classes: tuple[str, ...],
        raw: NDArray[np.floating] | None = None,
    ) -> Explanation:
        """Contributions to the raw outputs; `raw` (n, m) gives them where they are known already."""
        ...

    def importance(self) -> NDArray[np.float64]:
        """How much each of the k features is used in training, non-negative, summing to 1."""
        ...

    def dump(self) -> dict[str, bytes]: ...

    def restore(self, files: Mapping[str, bytes]) -> Self: ...


class ChainModel:
    """A `RiskModel` over one estimator.  Two classes: risk is P(second class).  More: risk is expected severity,
    the mean of 0 … 1 in equal steps under the class probabilities."""

    def __init__(self, estimator: Estimator, classes: tuple[str, ...], source: Mapping[str, str]) -> None:
        self.estimator = estimator
        self.classes = classes
        self.source = source
        self.calibrator_ = Calibrator()

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None, progress: Progress = silent) -> Self:
        if y is not None and len(y) != len(X):
            raise DataError(f"There are {len(y)} labels for {len(X)} events.")
        self.estimator.fit(matrix(X), y, progress)
        return self

    def calibrate(self, X: pd.DataFrame, y: NDArray[np.integer], method: str) -> Self:
        estimated = self.estimator.probabilities(self.estimator.raw(matrix(X)))
        self.calibrator_ = Calibrator(method).fit(estimated, y)
        return self

    def predict(self, X: pd.DataFrame) -> Output:
        raw = self.estimator.raw(matrix(X))
        estimated = self.estimator.probabilities(raw)
        calibrated = self.calibrator_.apply(estimated)
        if raw.shape[1] == 1:
            return Output(raw[:, 0], calibrated[:, 0], sums=raw)
        severity = np.linspace(0, 1, raw.shape[1], dtype=calibrated.dtype)
        # float32 sums of probabilities can pass 1 by a rounding error.
        risk = np.minimum(calibrated @ severity, 1)
        uncalibrated = risk if calibrated is estimated else estimated @ severity
        return Output(uncalibrated, risk, calibrated, raw)

    def explain(self, X: pd.DataFrame, output: Output | None = None) -> Explanation:
        raw = None if output is None else output.sums
        said = self.estimator.explain(matrix(X), tuple(X.columns), self.classes, raw)
        return replace(said, source=self.source)

    def importance(self) -> NDArray[np.float64]:
        """Share of each feature (k,) in training, summing to 1."""
        return self.estimator.importance()

    def trees(self) -> DrawsTrees | None:
        """The trees it is made of, where it is."""
        return self.estimator if isinstance(self.estimator, DrawsTrees) else None

    def dump(self) -> dict[str, bytes]:
        return self.estimator.dump() | self.calibrator_.dump()

    def restore(self, files: Mapping[str, bytes]) -> Self:
        self.estimator.restore(files)
        self.calibrator_ = Calibrator.restore(files.get("calibrator.npz"))
        return self


def matrix(X: pd.DataFrame) -> Matrix:
    """Features as one float32 matrix in C order; free where the frame is one already."""
    return np.ascontiguousarray(X.to_numpy(), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Makes unfitted models of one family for one scenario: a `MakeModel` that also says what can be set."""

    title: str
    estimator: Callable[..., Estimator]  # (seed=, classes=, **settings)
    settings: tuple[Knob, ...]
    classes: tuple[str, ...]
    source: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, seed: int, settings: Mapping[str, Any]) -> ChainModel:
        """An unfitted model; unknown or bad settings raise one `DataError`."""
        values = turn(self.settings, settings, "setting")
        return ChainModel(self.estimator(seed=seed, classes=len(self.classes), **values), self.classes, self.source)

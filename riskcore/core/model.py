"""What a model has to do, and what it says of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.explanation import DrawsTrees, Explanation
from riskcore.core.knobs import Knob
from riskcore.core.policy import RISK
from riskcore.core.progress import Progress, silent


@dataclass(frozen=True)
class Output:
    """What a model says of n events."""

    raw: NDArray[np.floating]  # (n,) margin or probability before correction and calibration; higher is riskier
    risk: NDArray[np.floating]  # (n,) in [0, 1]; higher is riskier
    probabilities: NDArray[np.floating] | None = None  # (n, m) by class, rows sum to 1; None unless multiclass
    sums: NDArray[np.floating] | None = None  # (n, m) what contributions add up to, where the model keeps it
    likelihood: bool = True  # whether risk estimates a probability of harm; False where it is a percentile


def as_output(p: NDArray[np.float64]) -> Output:
    """Class probabilities (n, m) as if a model had said them; of more than two classes, risk is expected severity."""
    if p.shape[1] == 2:
        return Output(p[:, 1], p[:, 1])
    severity = p @ np.linspace(0, 1, p.shape[1])
    return Output(severity, severity, p)


def measures(output: Output, classes: Sequence[str]) -> dict[str, NDArray[np.floating]]:
    """What bands are compared with: the risk and, with classes, P(class or worse) for each class; each (n,)."""
    said: dict[str, NDArray[np.floating]] = {RISK: output.risk}
    if output.probabilities is not None:
        worse = output.probabilities[:, -1]
        said[classes[-1]] = worse
        for m in range(len(classes) - 2, 0, -1):
            worse = worse + output.probabilities[:, m]
            said[classes[m]] = worse
    return said


class RiskModel(Protocol):
    """A chain transformers → estimator → last step, fitted, saved and versioned as one."""

    @property
    def supervised(self) -> bool:
        """Whether it learns from labels; others give anomaly scores, and risk is their percentile."""
        ...

    @property
    def calibrations(self) -> tuple[str, ...]:
        """What the last step can be, the default first; all but "none" are fitted on rows of their own."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the k columns that the estimator reads; known once fitted or restored."""
        ...

    @property
    def source(self) -> Mapping[str, str]:
        """Each of `features` -> the event field it is made of."""
        ...

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None, progress: Progress = silent) -> Self:
        """Learn from features (n, k) and class numbers (n,); unsupervised models ignore labels."""
        ...

    def calibrate(self, X: pd.DataFrame, y: NDArray[np.integer] | None, method: str) -> Self:
        """Fit the last step, one of `calibrations`, on rows that `fit` has not seen."""
        ...

    def remember(self, X: pd.DataFrame, y: NDArray[np.integer]) -> Self:
        """Go on remembering how events turned out, with rows (n, k) and class numbers (n,) known by now, in place of
        those so far; all else that was learned stays.  Models without such a memory stay as they are."""
        ...

    def predict(self, X: pd.DataFrame) -> Output:
        """Raw output, risk and class probabilities of n rows; a row's output does not depend on its neighbours."""
        ...

    def explain(self, X: pd.DataFrame, output: Output | None = None) -> Explanation:
        """Contributions that add up exactly to the raw output; for chosen rows, not for all.

        `output` is what `predict` said of the same rows, where that is known already.
        """
        ...

    def completed(self, X: pd.DataFrame) -> pd.DataFrame:
        """The features (n, …) of a scenario with the columns that only a fitted model can write, each in its unit."""
        ...

    def importance(self) -> NDArray[np.float64]:
        """Share of each of `features` (k,) in what was learned, summing to 1."""
        ...

    def trees(self) -> DrawsTrees | None:
        """The trees it is made of, to be drawn; None for models of another kind."""
        ...

    def dump(self) -> dict[str, bytes]:
        """Everything learned, as files by name that hold no code."""
        ...

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`, on a new unfitted model; unsound arrays raise `ModelIntegrityError`."""
        ...


class MakeModel(Protocol):
    """(seed, settings) -> unfitted model; unknown settings raise `DataError`."""

    @property
    def title(self) -> str: ...

    @property
    def settings(self) -> tuple[Knob, ...]: ...

    def __call__(self, seed: int, settings: Mapping[str, Any]) -> RiskModel: ...

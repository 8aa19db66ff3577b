"""Logistic regression on standardised features: log-odds, probabilities and exact contributions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import Link, apply_link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives, class_link, every_class
from riskcore.estimators.model import Family
from riskcore.estimators.transforming import Transformer

FILE = "logistic.npz"


@dataclass(kw_only=True, eq=False)
class Logistic:
    """Log-odds as a sum: each feature, less its mean, times a coefficient; multinomial for more than two classes.

    A missing value counts as the mean and contributes nothing.  `penalty` is the weight of ½ Σ coefficient² on
    standardised features, beside the summed log loss of all rows.
    """

    gives: ClassVar[Gives] = "probability"
    native: ClassVar[bool] = False

    seed: int
    classes: int
    penalty: float
    iterations: int

    @property
    def link(self) -> Link:
        return class_link(self.classes)

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        from sklearn.linear_model import LogisticRegression

        y = every_class(y, self.classes)
        progress(0.0, "standardising")
        known = np.isfinite(X)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, X, 0.0).sum(axis=0, dtype=np.float64) / count
        centred = np.where(known, X - self.mean_, 0.0)
        spread = np.sqrt((centred**2).sum(axis=0) / count)
        self.scale_ = np.where(spread > 0, spread, 1.0)
        progress(0.1, f"fitting {X.shape[1]} coefficients")
        fitted = LogisticRegression(C=1 / self.penalty, max_iter=self.iterations).fit(centred / self.scale_, y)
        self.coef_ = np.ascontiguousarray(fitted.coef_.T / self.scale_[:, None])  # (k, m)
        self.intercept_ = fitted.intercept_  # (m,) log-odds of a row at the mean
        progress(1.0, f"fitted in {int(np.max(fitted.n_iter_))} iterations")
        return self

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Log-odds (n, m)."""
        return np.asarray(self._centred(X) @ self.coef_ + self.intercept_)

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return apply_link(self.link, raw)

    def contributions(self, X: Matrix) -> Contributions:
        return Contributions(self.intercept_, self._centred(X)[:, :, None] * self.coef_)

    def importance(self) -> NDArray[np.float64]:
        """Greatest absolute coefficient of each feature (k,) on the standardised scale."""
        size = np.abs(self.coef_ * self.scale_[:, None]).max(axis=1)
        return np.asarray(size / size.sum()) if size.sum() else size

    def dump(self) -> dict[str, bytes]:
        learned = {"mean": self.mean_, "scale": self.scale_, "coef": self.coef_, "intercept": self.intercept_}
        return {FILE: pack(learned)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        names = ("mean", "scale", "coef", "intercept")
        arrays = read(files, FILE, dict.fromkeys(names, "f"))
        mean, scale, coef, intercept = (arrays[name] for name in names)
        outputs = 1 if self.classes == 2 else self.classes
        problems = []
        if mean.ndim != 1 or scale.shape != mean.shape or coef.shape != (len(mean), outputs):
            problems.append("means, scales and coefficients differ in size.")
        if intercept.shape != (outputs,) or not all(np.isfinite(a).all() for a in arrays.values()):
            problems.append(f"there must be {outputs} intercepts, and every number must be finite.")
        if (scale <= 0).any():
            problems.append("scales must be above 0.")
        refuse(FILE, problems)
        self.mean_, self.scale_, self.coef_, self.intercept_ = mean, scale, coef, intercept
        return self

    def _centred(self, X: Matrix) -> NDArray[np.float64]:
        if X.shape[1] != len(self.mean_):
            raise DataError(f"The events have {X.shape[1]} features; this model was trained on {len(self.mean_)}.")
        centred = X - self.mean_
        np.nan_to_num(centred, copy=False, nan=0.0)
        return np.asarray(centred)


def logistic(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    transformers: tuple[Callable[[], Transformer], ...] = (),
    penalty: float = 1.0,
    iterations: int = 1_000,
) -> Family:
    """Logistic regression for a scenario, with its defaults."""
    return Family(
        title="Logistic regression",
        estimator=Logistic,
        classes=classes,
        source=source or {},
        transformers=transformers,
        settings=(
            Knob(key="penalty", label="Penalty on coefficients", kind="number", default=penalty, low=1e-6, high=1e6),
            Knob(key="iterations", label="Most iterations", kind="integer", default=iterations, low=10, high=100_000),
        ),
    )

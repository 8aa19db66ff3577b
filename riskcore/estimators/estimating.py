"""What a family has to do, between the matrix of features and the last step: the contract of estimators."""

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import Explanation, Link, apply_link
from riskcore.core.progress import Progress
from riskcore.estimators.encoding import Matrix

# Probabilities learned from labels, risks made without them and served as they are, or anomaly scores to be ranked.
Gives = Literal["probability", "risk", "score"]
Choices = tuple[tuple[str, ...], ...]  # (k,) what the codes of a column stand for; empty for numbers


class Contributions(NamedTuple):
    """What adds up to the outputs of n rows."""

    base: NDArray[np.float64]  # (m,), or (n, m) where rows differ
    by_feature: NDArray[np.float64]  # (n, k, m)


class Estimator(Protocol):
    """What a family has to do: a dataclass of hyper-parameters, whose learned state ends in `_`."""

    gives: ClassVar[Gives]  # what `probabilities` are
    native: ClassVar[bool]  # whether it splits on codes of categories; otherwise it is given indicators

    @property
    def link(self) -> Link:
        """From what contributions add up to, to the output that is explained."""
        ...

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        """Learn from (n, k) features and class numbers (n,)."""
        ...

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Raw outputs (n, m), m = 1 for two classes: what contributions add up to, or a score made of it by `link`."""
        ...

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        """Raw outputs (n, m) to probabilities (n, m), the prior corrected; anomaly scores stay what they are."""
        ...

    def contributions(self, X: Matrix) -> Contributions:
        """What adds up to the raw outputs of n rows; through `link`, to a score."""
        ...

    def importance(self) -> NDArray[np.float64]:
        """How much each of the k features is used in training, non-negative, summing to 1."""
        ...

    def dump(self) -> dict[str, bytes]: ...

    def restore(self, files: Mapping[str, bytes]) -> Self: ...


def explanation(
    estimator: Estimator, X: Matrix, raw: NDArray[np.floating], features: tuple[str, ...], classes: tuple[str, ...]
) -> Explanation:
    """Contributions of k features to the raw outputs (n, m) that the estimator gave rows X (n, k)."""
    parts, ranked = estimator.contributions(X), estimator.gives == "score"
    return Explanation(
        base=np.array(np.broadcast_to(parts.base, raw.shape), order="C"),
        contributions=parts.by_feature,
        output=np.asarray(raw if ranked else apply_link(estimator.link, raw), dtype=np.float64),
        features=features,
        source={},
        link=estimator.link,
        outputs=classes if raw.shape[1] > 1 else ("anomaly score",) if ranked else ("risk",),
        values=X.astype(np.float64),
    )


def every_class(y: NDArray[np.integer] | None, classes: int) -> NDArray[np.integer]:
    """The labels (n,), all classes among them; otherwise a `DataError`."""
    found = 0 if y is None else len(np.unique(y))
    if y is None or found < classes:
        raise DataError(
            f"Training needs all {classes} classes among its labels; {found} found. Add rows, or another label column."
        )
    return y


def class_link(classes: int) -> Link:
    """From log-odds to probabilities of so many classes."""
    return "logistic" if classes == 2 else "softmax"

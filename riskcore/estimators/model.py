"""A risk model as a chain: features → transformers → encoder → estimator → last step, fitted and stored as one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.explanation import DrawnTree, DrawsTrees, Explanation
from riskcore.core.knobs import Knob, turn
from riskcore.core.model import Output
from riskcore.core.progress import Progress, silent
from riskcore.estimators.calibration import METHODS, Calibrator
from riskcore.estimators.encoding import Encoder, Matrix
from riskcore.estimators.estimating import Choices, Estimator, explanation
from riskcore.estimators.reference import ReferenceRank
from riskcore.estimators.transforming import Remembers, Transformer


class LastStep(Protocol):
    """Probabilities or anomaly scores (n, m) to what is served: a calibrator, or ranks in a reference."""

    method: str

    def fit(self, estimated: NDArray[np.floating], y: NDArray[np.integer], X: pd.DataFrame) -> Self: ...

    def apply(self, estimated: NDArray[np.floating], X: pd.DataFrame) -> NDArray[np.floating]: ...

    def dump(self) -> dict[str, bytes]: ...

    def restore(self, files: Mapping[str, bytes]) -> Self: ...


class ChainModel:
    """A `RiskModel` over one estimator.

    Two classes: risk is P(second class).  More: risk is expected severity, the mean of 0 … 1 in equal steps under the
    class probabilities.  Of anomaly scores: risk is the share of held-out reference scores that are lower.
    """

    def __init__(
        self,
        estimator: Estimator,
        classes: tuple[str, ...],
        source: Mapping[str, str],
        transformers: Sequence[Transformer] = (),
        entity: str = "",
    ) -> None:
        self.estimator = estimator
        self.classes = classes
        self.given_source = source
        self.transformers = tuple(transformers)
        self.entity = entity
        self.encoder_ = Encoder(estimator.native)
        self.last_: LastStep = self._last_step(self.calibrations[0])

    @property
    def supervised(self) -> bool:
        """Whether it learns from labels."""
        return self.estimator.gives == "probability"

    @property
    def calibrations(self) -> tuple[str, ...]:
        """What the last step can be, the default first; all but "none" are fitted on rows of their own."""
        if self._ranked:
            return ReferenceRank.methods if self.entity else ReferenceRank.methods[:1]
        return METHODS if self.supervised else METHODS[:1]

    @property
    def _ranked(self) -> bool:
        """Whether risk is a rank among scores of a reference."""
        return self.estimator.gives == "score"

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the k columns that the estimator reads, indicators of categories included."""
        return self.encoder_.features

    @property
    def source(self) -> Mapping[str, str]:
        """Each of them -> the event field it is made of."""
        told = {name: self.encoder_.source.get(name, name) for name in self.features}
        for t in reversed(self.transformers):
            told = {name: t.source.get(made_of, made_of) for name, made_of in told.items()}
        return {name: self.given_source.get(made_of, made_of) for name, made_of in told.items()}

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None, progress: Progress = silent) -> Self:
        if y is not None and len(y) != len(X):
            raise DataError(f"There are {len(y)} labels for {len(X)} events.")
        for t in self.transformers:
            X = t.fit_transform(X, y if self.supervised else None)
        self.encoder_ = Encoder(self.estimator.native).fit(X)
        self.estimator.fit(self.encoder_.matrix(X), y if self.supervised else None, self.encoder_.choices, progress)
        return self

    def calibrate(self, X: pd.DataFrame, y: NDArray[np.integer] | None, method: str) -> Self:
        if y is None or not self.supervised:
            y = np.zeros(len(X), dtype=np.int64)
        estimated = self.estimator.probabilities(self.estimator.raw(self._matrix(X)))
        self.last_ = self._last_step(method).fit(estimated, y, X)
        return self

    def remember(self, X: pd.DataFrame, y: NDArray[np.integer]) -> Self:
        for t in self.transformers:
            if isinstance(t, Remembers):
                t.remember(X, y)
        return self

    def predict(self, X: pd.DataFrame) -> Output:
        raw = self.estimator.raw(self._matrix(X))
        estimated = self.estimator.probabilities(raw)
        served = self.last_.apply(estimated, X)
        if raw.shape[1] == 1:
            return Output(raw[:, 0], served[:, 0], sums=raw, likelihood=self.supervised)
        severity = np.linspace(0, 1, raw.shape[1], dtype=served.dtype)
        # float32 sums of probabilities can pass 1 by a rounding error.
        risk = np.minimum(served @ severity, 1)
        uncalibrated = risk if served is estimated else estimated @ severity
        return Output(uncalibrated, risk, served, raw)

    def explain(self, X: pd.DataFrame, output: Output | None = None) -> Explanation:
        matrix = self._matrix(X)
        sums = None if output is None else output.sums
        raw = self.estimator.raw(matrix) if sums is None else sums
        said = explanation(self.estimator, matrix, raw, self.features, self.classes)
        return replace(said, source=self.source, given=X)

    def completed(self, X: pd.DataFrame) -> pd.DataFrame:
        """The features (n, …) with the columns that its transformers have learned to write, such as `Rarity`."""
        for t in self.transformers:
            if t.source:  # others, such as ramps, only pass on or leave out what there is
                X = t.transform(X)
        return X

    def importance(self) -> NDArray[np.float64]:
        """Share of each of `features` (k,) in what was learned, summing to 1."""
        return self.estimator.importance()

    def trees(self) -> DrawsTrees | None:
        """The trees it is made of, where it is."""
        return NamedTrees(self.estimator, self.encoder_.choices) if isinstance(self.estimator, DrawsTrees) else None

    def dump(self) -> dict[str, bytes]:
        return {name: content for part in self._parts for name, content in part.dump().items()}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        self.last_ = self._last_step(self._stored_method(files))
        for part in self._parts:
            part.restore(files)
        return self

    @property
    def _parts(self) -> "tuple[Transformer | Encoder | Estimator | LastStep, ...]":
        """Everything that has learned something."""
        return (*self.transformers, self.encoder_, self.estimator, self.last_)

    def _matrix(self, X: pd.DataFrame) -> Matrix:
        for t in self.transformers:
            X = t.transform(X)
        return self.encoder_.matrix(X)

    def _last_step(self, method: str) -> LastStep:
        if method not in self.calibrations:
            raise UnknownKeyError("calibration", method, self.calibrations)
        return ReferenceRank(method, self.entity) if self._ranked else Calibrator(method)

    def _stored_method(self, files: Mapping[str, bytes]) -> str:
        return (ReferenceRank if self._ranked else Calibrator).stored_method(files)


@dataclass(frozen=True)
class NamedTrees:
    """An estimator's trees, with the names of the choices that their nodes ask for."""

    trees: DrawsTrees
    choices: Choices

    def tree_count(self) -> int:
        return self.trees.tree_count()

    def tree(self, i: int, output: int = -1) -> DrawnTree:
        return replace(self.trees.tree(i, output), choices=self.choices)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Makes unfitted models of one family for one scenario: a `MakeModel` that also says what can be set.

    `entity` is the key column by which an unsupervised model can rank an event among its entity's own.
    """

    title: str
    estimator: Callable[..., Estimator]  # (seed=, classes=, **settings)
    settings: tuple[Knob, ...]
    classes: tuple[str, ...]
    source: Mapping[str, str] = field(default_factory=dict)
    transformers: tuple[Callable[[], Transformer], ...] = ()
    entity: str = ""

    def __call__(self, seed: int, settings: Mapping[str, Any]) -> ChainModel:
        """An unfitted model; unknown or bad settings raise one `DataError`."""
        values = turn(self.settings, settings, "setting")
        made = self.estimator(seed=seed, classes=len(self.classes), **values)
        return ChainModel(made, self.classes, self.source, [make() for make in self.transformers], self.entity)

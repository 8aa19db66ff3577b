"""Two opinions as one: the mean of the log-odds of the label-free fusion and of boosted trees on the same signals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.explanation import Link, apply_link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.core.signal import Group, Signal
from riskcore.estimators.boosted import Boosted, boosted
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives
from riskcore.estimators.fusion import BASE, SHARES, Fusion, declared, hazard
from riskcore.estimators.model import Family
from riskcore.estimators.ramps import Ramps
from riskcore.estimators.transforming import Transformer

Floats = NDArray[np.float64]


@dataclass(kw_only=True, eq=False)
class Ensemble:
    """Log-odds = (1 − share) · log-odds of the fusion + share · margin of the trees, both on strengths of signals.

    Labels reach the trees only.  Contributions: the trees' own, and the fusion's by the integrated gradient of its
    log-odds along the ray from no hazard to the event's, which gives each signal its share of the hazards; both add up
    exactly.
    """

    gives: ClassVar[Gives] = "probability"
    native: ClassVar[bool] = False
    link: ClassVar[Link] = "logistic"

    fusion: Fusion
    boosted: Boosted
    share: float

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        self.fusion.fit(X, None, choices, lambda done, doing: progress(0.2 * done, doing))
        self.boosted.fit(X, y, choices, lambda done, doing: progress(0.2 + 0.8 * done, doing))
        return self

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Log-odds (n, 1)."""
        margin = self.boosted.raw(X).astype(np.float64)
        return np.asarray((1 - self.share) * _log_odds(self.fusion.raw(X)) + self.share * margin)

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return apply_link(self.link, raw)

    def contributions(self, X: Matrix) -> Contributions:
        trees, parts = self.boosted.contributions(X), self.fusion.scaled_parts(X)
        total = parts.sum(axis=1, keepdims=True)
        nothing = _log_odds(hazard([[BASE]]))  # of an event of which no signal says anything
        rise = _log_odds(self.fusion.raw(X)) - nothing
        shares = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
        fused = (1 - self.share) * (shares * rise)
        return Contributions(
            base=(1 - self.share) * nothing + self.share * trees.base,
            by_feature=fused[:, :, None] + self.share * trees.by_feature,
        )

    def importance(self) -> Floats:
        """Mean of both parts' shares (s,)."""
        both = (1 - self.share) * self.fusion.importance() + self.share * self.boosted.importance()
        return np.asarray(both / both.sum())  # trees that never split have none

    def dump(self) -> dict[str, bytes]:
        return self.fusion.dump() | self.boosted.dump()

    def restore(self, files: Mapping[str, bytes]) -> Self:
        self.fusion.restore(files)
        self.boosted.restore(files)
        return self


def _log_odds(hazards: NDArray[np.floating]) -> Floats:
    """Log-odds of risks given as hazards: log(exp(h) − 1), which for great h is h."""
    h = np.asarray(hazards, dtype=np.float64)
    return np.asarray(h + np.log(-np.expm1(-h)))


def ensemble(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    signals: Sequence[Signal[Any]],
    groups: Sequence[Group],
    transformers: tuple[Callable[[], Transformer], ...] = (),
    **trees: Any,
) -> Family:
    """The ensemble for a scenario of signals; `trees` are defaults of the boosted part."""
    said = declared(signals, groups)

    def make(seed: int, classes: int, share: float, challenged: float, stopped: float, **settings: Any) -> Ensemble:
        fused = Fusion(seed=seed, classes=classes, **said, challenged=challenged, stopped=stopped)
        grown = Boosted(seed=seed, classes=classes, monotone=True, **settings)
        return Ensemble(fusion=fused, boosted=grown, share=share)

    return Family(
        title="Fusion and boosted trees",
        estimator=make,
        classes=classes,
        source=source or {},
        transformers=(*transformers, partial(Ramps, signals)),
        settings=(
            Knob(key="share", label="Weight of the trees", kind="number", default=0.5),
            *SHARES,
            *boosted(classes, **trees).settings,
        ),
    )

"""Signals fused without labels: a noisy-OR, which is a sum of hazards, scaled on the traffic it watches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import Link, apply_link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.core.signal import Group, Signal
from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives
from riskcore.estimators.model import Family
from riskcore.estimators.ramps import Ramps
from riskcore.estimators.transforming import Transformer

FILE = "fusion.npz"
BASE = 0.005  # risk of an event of which no signal says anything: half of the greatest contamination allowed for
CHALLENGED_RISK, STOPPED_RISK = 0.29, 0.88  # just under the edges of 0.30 and 0.90, which so few may pass
Floats = NDArray[np.float64]


def hazard(risk: Any) -> Any:
    """−log(1 − risk), in which independent reasons add up.

    >>> float(round(hazard(0.5), 4))
    0.6931
    """
    return -np.log1p(-np.asarray(risk, dtype=np.float64))


@dataclass(kw_only=True, eq=False)
class Fusion:
    """Risk = 1 − exp(−(base + scaled sum of hazards)).

    A signal's hazard is −log(1 − weight · strength); the hazards of a group are scaled down together where they exceed
    the group's cap, so that one fact seen from several sides is not counted several times.

    The sum is scaled so that a risk means something: on *all* training traffic, in which at most one event in a hundred
    is taken to be harmful, `challenged` of the events get a risk of 0.29 or more and `stopped` of them 0.88 or more,
    linearly in between and beyond.  Labels are never looked at.
    """

    gives: ClassVar[Gives] = "risk"
    native: ClassVar[bool] = False
    link: ClassVar[Link] = "hazard"

    seed: int
    classes: int
    weights: NDArray[np.float32]  # (s,)
    members: NDArray[np.int64]  # (s,) place of each signal's group
    caps: Floats  # (g,) as hazards
    challenged: float
    stopped: float

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        if not self.stopped < self.challenged:
            raise DataError(
                f"The share of traffic to be stopped is {self.stopped:g}, and to be challenged {self.challenged:g}; "
                "fewer must be stopped than challenged."
            )
        progress(0.1, "adding up signals")
        parts = self._parts(X)
        total = parts.sum(axis=1)
        high, top = np.quantile(total, [1 - self.challenged, 1 - self.stopped])
        if top <= 0:
            raise DataError("Signals fire for too few of the events to scale a risk by. Add rows, or longer history.")
        high = high if 0 < high < top else top * hazard(CHALLENGED_RISK) / hazard(STOPPED_RISK)
        base = hazard(BASE)
        self.sums_ = np.array([0.0, high, top])
        self.hazards_ = np.array([0.0, hazard(CHALLENGED_RISK) - base, hazard(STOPPED_RISK) - base])
        mean = parts.mean(axis=0, dtype=np.float64)
        self.importance_ = mean / mean.sum()
        progress(1.0, "scaled")
        return self

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Hazards (n, 1), the base's included; higher is riskier."""
        return np.asarray((hazard(BASE) + self._scaled(self._parts(X).sum(axis=1)))[:, None])

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return apply_link(self.link, raw)

    def contributions(self, X: Matrix) -> Contributions:
        return Contributions(hazard([BASE]), self.scaled_parts(X)[:, :, None])

    def scaled_parts(self, X: Matrix) -> Floats:
        """What each signal adds (n, s) to the base hazard: its own, capped by group, in the total's proportion."""
        parts = self._parts(X).astype(np.float64)
        total = parts.sum(axis=1)
        scale = np.divide(self._scaled(total), total, out=np.zeros(len(X)), where=total > 0)
        return np.asarray(parts * scale[:, None])

    def importance(self) -> Floats:
        """Share of each signal (s,) in all hazards of the training traffic."""
        return np.asarray(self.importance_)

    def dump(self) -> dict[str, bytes]:
        learned = {name: getattr(self, f"{name}_") for name in ("sums", "hazards", "importance")}
        return {FILE: pack(learned)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        names = ("sums", "hazards", "importance")
        arrays = read(files, FILE, dict.fromkeys(names, "f"))
        sums, hazards, importance = (arrays[name] for name in names)
        problems = []
        if sums.shape != (3,) or hazards.shape != (3,) or (np.diff(sums) <= 0).any() or (np.diff(hazards) <= 0).any():
            problems.append("sums and hazards must be three rising numbers each.")
        if importance.shape != self.weights.shape:
            problems.append("there must be an importance for each signal.")
        if not all(np.isfinite(a).all() for a in arrays.values()):
            problems.append("every number must be finite.")
        refuse(FILE, problems)
        self.sums_, self.hazards_, self.importance_ = sums, hazards, importance
        return self

    def _parts(self, X: Matrix) -> NDArray[np.float32]:
        """Hazards (n, s), those of a group scaled down together to its cap."""
        if X.shape[1] != len(self.weights):
            raise DataError(f"The events have {X.shape[1]} signals; this model fuses {len(self.weights)}.")
        parts = -np.log1p(-self.weights * X)
        for group, cap in enumerate(self.caps):
            mine = np.flatnonzero(self.members == group)
            total = parts[:, mine].sum(axis=1)
            over = np.flatnonzero(total > cap)
            parts[np.ix_(over, mine)] *= (cap / total[over])[:, None]
        return np.asarray(parts, dtype=np.float32)

    def _scaled(self, total: NDArray[np.floating]) -> Floats:
        """Hazards beside the base (n,) for sums of the signals' own: linear between the three points and beyond."""
        slope = (self.hazards_[2] - self.hazards_[1]) / (self.sums_[2] - self.sums_[1])
        beyond = np.maximum(total - self.sums_[2], 0) * slope
        return np.asarray(np.interp(total, self.sums_, self.hazards_) + beyond)


def declared(signals: Sequence[Signal[Any]], groups: Sequence[Group]) -> dict[str, Any]:
    """What a `Fusion` is told of signals and their groups."""
    places = {group.name: place for place, group in enumerate(groups)}
    return {
        "weights": np.array([signal.weight for signal in signals], dtype=np.float32),
        "members": np.array([places[signal.group] for signal in signals], dtype=np.int64),
        "caps": hazard([group.cap for group in groups]),
    }


SHARES = (
    Knob(
        key="challenged",
        label="Share of traffic at risk 0.3",
        kind="number",
        default=0.014,
        low=0.001,
        high=0.5,
        help="Of all training traffic; the sum of hazards is scaled so.",
    ),
    Knob(key="stopped", label="Share of traffic at risk 0.9", kind="number", default=0.0008, low=0.0001, high=0.1),
)


def fusion(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    signals: Sequence[Signal[Any]],
    groups: Sequence[Group],
    transformers: tuple[Callable[[], Transformer], ...] = (),
) -> Family:
    """The label-free family for a scenario of signals; `transformers` come before its ramps."""
    return Family(
        title="Signal fusion",
        estimator=partial(Fusion, **declared(signals, groups)),
        classes=classes,
        source=source or {},
        transformers=(*transformers, partial(Ramps, signals)),
        settings=SHARES,
    )

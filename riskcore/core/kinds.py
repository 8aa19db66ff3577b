"""Kinds of events that a generator mixes, the harmless ones without a name: their shares, and Bayes' rule over them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riskcore.core.knobs import Knob
from riskcore.core.labels import Labels

Floats = NDArray[np.float64]


class Kind(Protocol):
    """What all of them have."""

    @property
    def name(self) -> str:
        """Empty for harmless ones."""
        ...

    @property
    def share(self) -> float:
        """Among the harmless, or among the harmful (the default of the knob)."""
        ...


def mix(label: str, shares: Mapping[str, float]) -> Knob:
    """The knob that says in what shares harmful kinds, by their names, are among the harmful events."""
    return Knob(
        key="mix", label=label, kind="shares", default=tuple(shares.values()), parts=tuple(shares), may_lack=True
    )


def harmful(kinds: Sequence[Kind]) -> dict[str, float]:
    """Share of each harmful kind among them, by its name."""
    return {kind.name: kind.share for kind in kinds if kind.name}


def prior(kinds: Sequence[Kind], rate: float, shares: Sequence[float]) -> Floats:
    """Share (kinds,) of each kind of event, where a share `rate` is harmful, in these shares."""
    among = dict(zip(harmful(kinds), shares, strict=True))
    return np.array([rate * among[k.name] if k.name else (1 - rate) * k.share for k in kinds])


def log_shares(shares: Floats) -> Floats:
    """Logarithms (kinds,) of shares; −∞ of a kind that is absent."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(shares))


def harm(kinds: Sequence[Kind], log_joint: Floats) -> Floats:
    """P(harmful | event), (n,), of logarithms (kinds, n) of P(kind, event), up to a constant for each event."""
    joint = np.exp(log_joint - log_joint.max(axis=0))
    return np.asarray(joint[[bool(k.name) for k in kinds]].sum(axis=0) / joint.sum(axis=0))


def truth(kinds: Sequence[Kind], kind: NDArray[np.int64], p: Floats) -> Labels:
    """The truth about n events of these kinds, by their places (n,), and P(harmful | event), (n,)."""
    attack = np.array([k.name for k in kinds], dtype=object)[kind]
    label = np.array([bool(k.name) for k in kinds])[kind].astype(np.int64)
    return Labels(label=label, attack=attack, p_true=np.column_stack([1 - p, p]))

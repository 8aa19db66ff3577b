"""How far what a generator draws drifts, and from when: knobs and curve for scenarios whose events have a time."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.core.knobs import Knob


def drift(default: float, help: str) -> Knob:
    """The knob that says how far everything moves that drifts; `help` says what that is."""
    return Knob(key="drift", label="Drift", kind="number", default=default, step=0.05, help=help)


def onset(units: int, unit: Literal["day", "hour"]) -> Knob:
    """The knob that says in which of the recorded days or hours, counted from 1, drift begins."""
    return Knob(
        key="drift_from",
        label=f"Drift begins on day (of {units})" if unit == "day" else f"Drift begins in hour (of {units})",
        kind="integer",
        default=1,
        low=1,
        high=units,
        help="Nothing changes before it; from then to the end everything changes that Drift says.",
    )


def drifted(share: NDArray[np.floating], begins: int, units: int) -> NDArray[np.float64]:
    """How far drift has come (n,) at a share of the recorded time in [0, 1]: −½ until it begins, ½ at the end.

    >>> drifted(np.array([0.0, 0.5, 0.75, 1.0]), begins=6, units=10)
    array([-0.5, -0.5,  0. ,  0.5])
    """
    begin = (begins - 1) / units
    return np.asarray(np.maximum(share - begin, 0) / (1 - begin) - 0.5)

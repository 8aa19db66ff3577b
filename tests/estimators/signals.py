"""Three signals in two groups, and traffic in which they fire."""

import numpy as np
import pandas as pd

from riskcore.core.signal import Group, Signal

GROUPS = (Group("place", "Place", cap=0.6), Group("pace", "Pace", cap=0.8))
SIGNALS: tuple[Signal[object], ...] = tuple(
    Signal(
        name=name,
        group=group,
        label=name,
        unit="",
        measure=lambda facts: np.zeros(0),
        ramp=(0, 10),
        weight=weight,
        reason="{value}",
    )
    for name, group, weight in (("far", "place", 0.5), ("fast", "place", 0.4), ("often", "pace", 0.7))
)
NAMES = [signal.name for signal in SIGNALS]
CLASSES = ("genuine", "attack")


def traffic(n: int = 4_000, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """What the signals measured, mostly nothing; the one in fifty that are attacks measure more."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.02).astype(np.int64)
    measured = rng.exponential(1.5 + 6 * y[:, None], (n, 3)).astype(np.float32)
    measured[rng.random((n, 3)) < 0.4] = np.nan
    return pd.DataFrame(measured, columns=NAMES), y

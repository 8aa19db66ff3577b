"""How often each signal fires: a signal that fires for everybody says nothing."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.scenario import Scenario
from riskcore.core.signal import strengths
from riskcore.services.judging.detection import ALL, Truth


@dataclass(frozen=True)
class Firing:
    """How often a signal fires, as shares of events: its strength is above 0."""

    signal: str
    group: str
    label: str
    benign: float
    harmful: float
    abstains: float  # share of benign events about which it says nothing

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def firing(scenario: Scenario, features: pd.DataFrame, truth: Truth) -> tuple[Firing, ...]:
    """Every declared signal of a scenario, the one that fires most often for benign events first.

    `features` (n, …) are those that a model has completed, or what it learns to write would seem to be silent.
    """
    if not scenario.signals:
        return ()
    values = features[[s.name for s in scenario.signals]].to_numpy(dtype=np.float32)
    fires = strengths(scenario.signals, values) > 0
    benign, bad = (fires[rows].mean(axis=0) for rows in (truth.benign, truth.kinds[ALL]))
    silent = np.isnan(values[truth.benign]).mean(axis=0)
    told = [
        Firing(s.name, s.group, s.label, float(benign[i]), float(bad[i]), float(silent[i]))
        for i, s in enumerate(scenario.signals)
    ]
    return tuple(sorted(told, key=lambda one: -one.benign))

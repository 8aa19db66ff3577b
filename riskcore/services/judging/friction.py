"""What the policy that users run does to benign events and to attacks, as shares with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import EFFECTS
from riskcore.core.scenario import Scenario
from riskcore.services.judging.detection import Rows, Truth, interval
from riskcore.services.judging.estimates import Metric
from riskcore.services.judging.intervals import Weights
from riskcore.services.scoring import Decided

STOPPED, STEPPED_UP = "stopped", "stepped up or worse"
LEVELS: Mapping[str, int] = {STOPPED: EFFECTS.index("stop"), STEPPED_UP: EFFECTS.index("challenge")}
PERCENTILES = (50, 95, 97, 99, 99.8)  # of the benign risk


@dataclass(frozen=True)
class Friction:
    """Shares by what they are of, then by what was done: of benign events, of the first events and the first successes
    of entities never met before, and of each kind's attacks (events, where attacks are not told apart) in time."""

    shares: Mapping[str, Mapping[str, Metric]]
    n: Mapping[str, int]
    percentiles: Mapping[str, float]  # of the benign risk

    def to_mapping(self) -> dict[str, Any]:
        told = {of: {name: m.to_mapping() for name, m in found.items()} for of, found in self.shares.items()}
        return {"shares": told, "n": dict(self.n), "benign_risk_percentiles": dict(self.percentiles)}


BENIGN = "benign events"
FIRST_EVENTS, FIRST_SUCCESSES = "first events of newcomers", "first successes of newcomers"


def friction(decided: Decided, rows: Rows, truth: Truth, newcomers: Mapping[str, NDArray[np.bool_]]) -> Friction:
    """What some decided rows (n) were met with, of which `truth` is and which `newcomers` (n) were entities' first."""
    level = np.array([EFFECTS.index(a.effect) for a in decided.policy.actions])[decided.decisions.actions[rows]]
    of = {BENIGN: truth.benign}
    of |= {name: truth.benign[first[truth.benign]] for name, first in newcomers.items() if first[truth.benign].any()}
    of |= {
        kind: every if truth.attack is None else truth.strongest(level.astype(np.float64), kind)
        for kind, every in truth.kinds.items()
    }
    met = {(name, what): level[members] >= least for name, members in of.items() for what, least in LEVELS.items()}
    drawn: dict[tuple[str, str], list[NDArray[np.float64]]] = {key: [] for key in met}
    for weights in truth.drawn.blocks():
        for key, hit in met.items():
            drawn[key].append(_share(weights[:, of[key[0]]], hit))
    shares = {
        name: {
            what: interval(float(met[name, what].mean()), np.concatenate(drawn[name, what]), len(members))
            for what in LEVELS
        }
        for name, members in of.items()
    }
    risk = np.asarray(decided.scored.risk, dtype=np.float64)[rows][truth.benign]
    percentiles = {f"{p:g}": float(np.percentile(risk, p)) for p in PERCENTILES}
    return Friction(shares, {name: len(members) for name, members in of.items()}, percentiles)


def _share(weights: Weights, hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weighted shares (b,); 0 of nothing."""
    every = weights.sum(axis=1, dtype=np.float64)
    return np.asarray(weights[:, hit].sum(axis=1, dtype=np.float64) / np.maximum(every, 1))


def newcomers(scenario: Scenario, before: pd.DataFrame, events: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Which events (n,), in order of time, are the first of an entity that did nothing before, and which are the first
    of them that succeeded, where events tell that; nothing where they have no entity."""
    if not scenario.entities:
        return {}
    entity, success = scenario.entities[0], scenario.event.success
    who = events[entity]
    new = (who.notna() & ~who.isin(before[entity].dropna().unique())).to_numpy()
    found = {FIRST_EVENTS: new & ~who.duplicated().to_numpy()}
    if success is not None:
        went = new & (events[success] == 1).to_numpy()
        found[FIRST_SUCCESSES] = went & ~who.where(went).duplicated().to_numpy()
    return found

"""What the policy that users run does to benign events and to attacks, as shares with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import EFFECTS
from riskcore.core.scenario import Scenario
from riskcore.services.evaluation import Metric
from riskcore.services.judging.detection import Rows, Truth, interval
from riskcore.services.judging.intervals import Weights
from riskcore.services.scoring import Decided

STOPPED, STEPPED_UP = "stopped", "stepped up or worse"
LEVELS: Mapping[str, int] = {STOPPED: EFFECTS.index("stop"), STEPPED_UP: EFFECTS.index("challenge")}
PERCENTILES = (50, 95, 97, 99, 99.8)  # of the benign risk


@dataclass(frozen=True)
class Friction:
    """Shares by what they are of, then by what was done: of benign events, of the first events of entities never met
    before, and of each kind's attacks (events, where attacks are not told apart) in time."""

    shares: Mapping[str, Mapping[str, Metric]]
    n: Mapping[str, int]
    percentiles: Mapping[str, float]  # of the benign risk

    def to_mapping(self) -> dict[str, Any]:
        told = {of: {name: m.to_mapping() for name, m in found.items()} for of, found in self.shares.items()}
        return {"shares": told, "n": dict(self.n), "benign_risk_percentiles": dict(self.percentiles)}


BENIGN, NEWCOMERS = "benign events", "first events of newcomers"


def friction(decided: Decided, rows: Rows, truth: Truth, newcomers: Rows) -> Friction:
    """What some decided rows (n) were met with, of which `truth` is; `newcomers` are the benign ones of them that are
    an entity's first event."""
    level = np.array([EFFECTS.index(a.effect) for a in decided.policy.actions])[decided.decisions.actions[rows]]
    of = {BENIGN: truth.benign} | ({NEWCOMERS: newcomers} if len(newcomers) else {})
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


def first_events(scenario: Scenario, before: pd.DataFrame, events: pd.DataFrame) -> NDArray[np.bool_]:
    """Which events (n,), in order of time, are the first of an entity that did nothing before."""
    if not scenario.entities:
        return np.zeros(len(events), dtype=bool)
    entity = scenario.entities[0]
    known = set(before[entity].dropna().unique())
    who = events[entity]
    return np.asarray(who.notna() & ~who.isin(known) & ~who.duplicated())

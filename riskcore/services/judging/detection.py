"""How well each kind of attack is told from benign events only: event by event, and attack by attack.

An attack counts by the highest score that one of its events has no later than its first success: what is told after
that is told too late.  Recall at 1 % benign step-ups is a point of the ROC curve: the threshold above which at most 1 %
of the judged benign events lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.services.judging.estimates import Metric, Metrics, proportion
from riskcore.services.judging.intervals import Draws, Weights, central, draws, grouping
from riskcore.services.judging.judged import in_order
from riskcore.services.judging.ranking import grouped

ALL = "all attacks"
SHARE = 0.01  # of benign events that may be stepped up
ENOUGH = 0.95  # the recall that precision is asked at, and the other way round

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Truth:
    """What is true of n judged events, with the bootstrap draws that all figures about them share."""

    benign: Rows
    kinds: Mapping[str, Rows]  # events of each kind, all of them together first, then the most frequent kind
    attack: Rows | None  # (n,) number of the attack an event belongs to, -1 for none; None where that is not known
    in_time: NDArray[np.bool_]  # (n,) whether its attack had not succeeded before
    stealth: NDArray[np.float64] | None  # (n,)
    drawn: Draws

    @cached_property
    def attacks(self) -> Mapping[str, Rows]:
        """The attacks of each kind, by their numbers."""
        return {} if self.attack is None else {kind: np.unique(self.attack[r]) for kind, r in self.kinds.items()}

    def strongest(self, score: NDArray[np.floating], kind: str) -> Rows:
        """For each attack of a kind, in the order of `attacks`, its event in time with the highest score."""
        assert self.attack is not None
        rows = self.kinds[kind][self.in_time[self.kinds[kind]]]
        ordered = rows[np.lexsort((-score[rows], self.attack[rows]))]
        _, first = np.unique(self.attack[ordered], return_index=True)
        return ordered[first]


def truth_of(scenario: Scenario, events: pd.DataFrame, labels: Labels, seed: int = 0) -> Truth:
    """The truth about n validated events.  Events of a kind count whatever their recorded label says; benign are those
    labelled so that belong to no attack.

    Whole attacks and, of benign events, whole entities are drawn (the first of the scenario's); stratified by kind.
    Raises `DataError` where kinds are not known, or only attacks or only benign events are there.
    """
    if labels.attack is None:
        raise DataError(f"{scenario.title} does not tell kinds of attack, so there is nothing to compare by them.")
    kind = labels.attack.astype(str)
    benign = np.flatnonzero((labels.label == 0) & (kind == ""))
    harmful = np.flatnonzero(kind != "")
    if not len(benign) or not len(harmful):
        raise DataError(f"The judged events hold {len(benign):,} benign ones and {len(harmful):,} of attacks.")
    names, counts = np.unique(kind[harmful], return_counts=True)
    order = sorted(zip(-counts, names, strict=True))
    kinds = {ALL: harmful} | {str(name): np.flatnonzero(kind == name) for _, name in order}
    attack = None
    if labels.attack_id is not None:
        attack = np.full(len(kind), -1)
        attack[harmful] = np.unique(labels.attack_id[harmful].astype(str), return_inverse=True)[1]
    stratum = np.zeros(len(kind), dtype=np.int64)
    for number, rows in enumerate(list(kinds.values())[1:], 1):
        stratum[rows] = number
    drawn = draws(stratum, _units(scenario, events, attack), seed=seed)
    return Truth(benign, kinds, attack, _in_time(scenario, events, attack), labels.stealth, drawn)


def _units(scenario: Scenario, events: pd.DataFrame, attack: Rows | None) -> NDArray[np.generic] | None:
    entity = scenario.entities[0] if scenario.entities and scenario.entities[0] in events else None
    if entity is None and attack is None:
        return None
    units = np.full(len(events), None, dtype=object) if entity is None else events[entity].to_numpy(dtype=object)
    return units if attack is None else np.where(attack >= 0, attack.astype(object), units)


def _in_time(scenario: Scenario, events: pd.DataFrame, attack: Rows | None) -> NDArray[np.bool_]:
    schema = scenario.event
    in_time = np.ones(len(events), dtype=bool)
    if attack is None or schema.success is None or schema.time is None:
        return in_time
    order = in_order(scenario, events)
    order = order[attack[order] >= 0]
    went = pd.Series((events[schema.success].to_numpy(dtype=np.float64) == 1)[order].astype(np.int64))
    before = went.groupby(attack[order]).cumsum() - went
    in_time[order] = before.to_numpy() == 0
    return in_time


@dataclass(frozen=True)
class Detected:
    """How one kind of attack was told from benign events; `by_attack` None where events carry no attack of their own.

    Metrics: `roc_auc`, `precision_at_95_recall`, `recall_at_95_precision`, `recall_at_1_benign`.
    """

    kind: str
    events: int
    attacks: int | None
    by_event: Metrics
    by_attack: Metrics | None

    def to_mapping(self) -> dict[str, Any]:
        told = {
            how: None if found is None else {name: m.to_mapping() for name, m in found.items()}
            for how, found in (("by_event", self.by_event), ("by_attack", self.by_attack))
        }
        return {"kind": self.kind, "events": self.events, "attacks": self.attacks, **told}


def detect(truth: Truth, score: NDArray[np.floating]) -> tuple[Detected, ...]:
    """Every kind of attack by n scores, higher is riskier, all of them together first."""
    groups = _Groups.of(truth, score)
    positives = {(kind, "by_event"): rows for kind, rows in truth.kinds.items()}
    if truth.attack is not None:
        positives |= {(kind, "by_attack"): truth.strongest(score, kind) for kind in truth.kinds}
    one = np.ones((1, len(score)), dtype=np.float32)
    points = groups.measured(one, positives)
    drawn: dict[tuple[str, str], list[Mapping[str, NDArray[np.float64]]]] = {name: [] for name in positives}
    for weights in truth.drawn.blocks():
        for name, found in groups.measured(weights, positives).items():
            drawn[name].append(found)
    told = {name: _metrics(points[name], drawn[name], len(rows)) for name, rows in positives.items()}
    return tuple(
        Detected(
            kind,
            len(rows),
            len(truth.attacks[kind]) if kind in truth.attacks else None,
            told[kind, "by_event"],
            told.get((kind, "by_attack")),
        )
        for kind, rows in truth.kinds.items()
    )


def _metrics(
    point: Mapping[str, NDArray[np.float64]], drawn: list[Mapping[str, NDArray[np.float64]]], n: int
) -> Metrics:
    return {
        name: interval(float(value[0]), np.concatenate([part[name] for part in drawn]), n, name.startswith("recall_"))
        for name, value in point.items()
    }


def interval(value: float, drawn: NDArray[np.float64], n: int, share: bool = True) -> Metric:
    """A value with the interval of its draws; that of a share of n is never narrower than Wilson's."""
    low, high = central(drawn)
    if share:
        alone = proportion(round(value * n), n)
        low, high = min(low, alone.low), max(high, alone.high)
    return Metric(value, min(low, value), max(high, value))


@dataclass(frozen=True)
class _Groups:
    """Rows by groups of scores, the best one first, cut at the attacks' own scores: benign events between two of them
    are interchangeable."""

    benign: Rows
    group: Rows  # (n,)
    size: int

    @classmethod
    def of(cls, truth: Truth, score: NDArray[np.floating]) -> "_Groups":
        return cls(truth.benign, *grouped(score, truth.kinds[ALL]))

    def measured(
        self, weights: Weights, positives: Mapping[tuple[str, str], Rows]
    ) -> dict[tuple[str, str], dict[str, NDArray[np.float64]]]:
        """Metrics (b,) of each set of attack rows under weights (b, n)."""
        neg = grouping(self.group, self.size, self.benign).summed(weights)
        return {
            name: _of_counts(grouping(self.group, self.size, rows).summed(weights), neg)
            for name, rows in positives.items()
        }


def _of_counts(pos: NDArray[np.float64], neg: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Metrics (b,) of counts by group (b, g), the best group first; ties count half, or fall on one side of a
    threshold together."""
    tp, fp = pos.cumsum(axis=1), neg.cumsum(axis=1)
    P, N = np.maximum(tp[:, -1:], 1), np.maximum(fp[:, -1:], 1)
    recall, precision = tp / P, tp / np.maximum(tp + fp, 1)
    return {
        "roc_auc": (neg * (tp - pos / 2)).sum(axis=1) / (P * N)[:, 0],
        "precision_at_95_recall": np.where(recall >= ENOUGH - 1e-12, precision, 0.0).max(axis=1),
        "recall_at_95_precision": np.where(precision >= ENOUGH, recall, 0.0).max(axis=1),
        "recall_at_1_benign": np.where(fp <= SHARE * N, recall, 0.0).max(axis=1),
    }

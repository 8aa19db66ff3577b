"""How well each kind of attack is found: its events against benign ones only, and whole attacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.model import Output
from riskcore.services.judging.detectability import alarm_edge
from riskcore.services.judging.estimates import Metrics, proportion, read_metrics
from riskcore.services.judging.ranking import rank_key, ranking


@dataclass(frozen=True)
class OfAttack:
    """One kind of attack: how many events and attacks were judged, and how they were found."""

    kind: str
    events: int
    attacks: int | None  # None where events carry no attack of their own
    metrics: Metrics  # roc_auc, recall_at_1pct_fpr, recall_at_5pct_fpr; caught_at_1pct_fpr of attacks

    def to_mapping(self) -> dict[str, Any]:
        """As plain data, for a card."""
        metrics = {name: m.to_mapping() for name, m in self.metrics.items()}
        return {"kind": self.kind, "events": self.events, "attacks": self.attacks, "metrics": metrics}

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any]) -> "OfAttack":
        """The inverse of `to_mapping`."""
        return cls(str(said["kind"]), int(said["events"]), said["attacks"], read_metrics(said["metrics"]))


def by_attack(output: Output, labels: Labels, units: NDArray[np.generic] | None = None) -> tuple[OfAttack, ...]:
    """Every kind of attack among n judged rows, the most frequent first; none where kinds are not known.

    Events of a kind count whatever their recorded label says; benign are those that are labelled so and belong to no
    attack.  Rows are ranked by risk.  An attack is caught when at least one of its events is among the alarms that 1 %
    of the benign events set off.  Intervals as `evaluate`; of whole attacks Wilson's.
    """
    if labels.attack is None:
        return ()
    attack = labels.attack.astype(str)
    benign = (labels.label == 0) & (attack == "")
    kinds, counts = np.unique(attack[attack != ""], return_counts=True)
    if not benign.any():
        return ()
    score = rank_key(output)
    edge = alarm_edge(score[benign])
    rng = np.random.default_rng(0)
    found = []
    for kind, events in sorted(zip(kinds, counts, strict=True), key=lambda pair: (-pair[1], pair[0])):
        of_kind = attack == kind
        rows = benign | of_kind
        metrics = ranking(score[rows], of_kind[rows], rng, None if units is None else units[rows])
        metrics.pop("average_precision")  # it hangs on how rare the kind is
        attacks = None
        if labels.attack_id is not None:
            ids = labels.attack_id[of_kind].astype(str)
            attacks = len(np.unique(ids))
            caught = len(np.unique(ids[score[of_kind] > edge]))
            metrics["caught_at_1pct_fpr"] = proportion(caught, attacks)
        found.append(OfAttack(str(kind), int(events), attacks, metrics))
    return tuple(found)


def attack_table(found: Mapping[str, tuple[OfAttack, ...]]) -> pd.DataFrame:
    """Kinds by model as `kind`, `model`, `events`, `attacks`, `metric`, `value`, `low`, `high`, one row a metric."""
    rows = [
        (one.kind, model, one.events, one.attacks, name, m.value, m.low, m.high)
        for model, kinds in found.items()
        for one in kinds
        for name, m in one.metrics.items()
    ]
    return pd.DataFrame(rows, columns=["kind", "model", "events", "attacks", "metric", "value", "low", "high"])

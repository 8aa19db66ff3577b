"""What a model card tells of the rows that a model learned from, and of what it learned."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.model import RiskModel
from riskcore.core.scenario import Scenario
from riskcore.core.signal import strengths
from riskcore.services.judging.splitting import Split

BINS = 50  # of risk


def version_name(name: str, created: datetime, model: RiskModel) -> str:
    """The family, the moment, and a hash of what was learned."""
    content = hashlib.sha256(b"".join(model.dump().values())).hexdigest()
    return f"{name}-{created.astimezone(UTC):%Y%m%d-%H%M%S}-{content[:6]}"


def class_counts(scenario: Scenario, labels: Labels | None, parts: Split) -> tuple[int, ...]:
    """Rows of each class learned from; none without labels."""
    if labels is None:
        return ()
    return tuple(int(c) for c in np.bincount(labels.label[parts.fit], minlength=len(scenario.target.classes)))


def typical(scenario: Scenario, events: pd.DataFrame) -> dict[str, Any]:
    """Median or most frequent value of each field, but for text and time."""
    found: dict[str, Any] = {}
    for f in scenario.event.fields:
        column = events[f.name].dropna()
        if not len(column) or f.kind in ("text", "time"):
            continue
        value = column.median() if f.kind in ("number", "integer") else column.mode().iloc[0]
        found[f.name] = value.item() if isinstance(value, np.generic) else value
    return found


def importance_by_field(model: RiskModel) -> dict[str, float]:
    """Share of each event field in what was learned, the greatest first."""
    shares: dict[str, float] = {}
    for name, share in zip(model.features, model.importance(), strict=True):
        field = model.source[name]
        shares[field] = shares.get(field, 0.0) + float(share)
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def firing_shares(scenario: Scenario, X: pd.DataFrame, labels: Labels | None) -> dict[str, float]:
    """Share of harmless events in which each signal fires; without labels, of all events."""
    given = [signal for signal in scenario.signals if X[signal.name].notna().any()]  # others the model learns
    harmless = np.ones(len(X), dtype=bool) if labels is None else labels.label == 0
    values = np.column_stack([X[s.name].to_numpy()[harmless] for s in given]) if given else np.zeros((0, 0))
    shares = (strengths(given, values.astype(np.float32)) > 0).mean(axis=0) if len(values) else np.zeros(len(given))
    return {s.name: float(share) for s, share in zip(given, shares, strict=True)}


def risk_histogram(risk: NDArray[np.floating]) -> NDArray[np.int64]:
    """How many risks (n,) lie in each of BINS equal parts of [0, 1]."""
    return np.histogram(risk, bins=BINS, range=(0, 1))[0].astype(np.int64)

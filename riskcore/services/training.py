"""Train a model on events and their labels, judge it on rows it has not seen, and say so on its card."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.labels import Labels
from riskcore.core.model import Output, RiskModel
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard, Trained
from riskcore.core.versions import libraries
from riskcore.services.judging.calibrating import AUTO, choose
from riskcore.services.judging.card_facts import (
    class_counts,
    firing_shares,
    importance_by_field,
    risk_histogram,
    typical,
    version_name,
)
from riskcore.services.judging.judged import labels_at
from riskcore.services.judging.judgement import judgement, references
from riskcore.services.judging.splitting import Split, default_split, split
from riskcore.stores.datasets import fingerprint

PROBE_ROWS = 50
RISKS_LOOKED_AT = 20_000  # of rows learned from, where none were held out


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to train: which family, split and calibration; None takes the scenario's or the family's default."""

    model: str | None = None
    seed: int = 0
    split: str | None = None
    holdout: float = 0.2
    calibration: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """A trained model, the rows it was judged on, and what it said of them; for curves and comparisons."""

    trained: Trained
    probe: pd.DataFrame  # features of a few rows, to be stored with the model
    split: Split
    judged: Output | None
    y: NDArray[np.int64] | None  # (judged rows,); None without labels
    references: Mapping[str, Output] = field(default_factory=dict)  # what baselines and the limit say of those rows


@dataclass(frozen=True)
class Rows:
    """What one model learns from and is judged on: n events, their features and classes, and which part each is in."""

    events: pd.DataFrame
    labels: Labels | None
    X: pd.DataFrame
    y: NDArray[np.int64]  # (n,) all 0 without labels
    parts: Split


@dataclass(frozen=True)
class Calibrated:
    """Which last step a model was given, and the log loss of each that was tried, if one was chosen."""

    method: str
    tried: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """What a model and the references say of the rows held out; empty where none were, or of one class only."""

    output: Output | None
    references: Mapping[str, Output] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=lambda: {"metrics": {}})  # what the card says of it


def train(
    scenario: Scenario,
    events: pd.DataFrame,
    labels: Labels | None,
    plan: Plan,
    data: Mapping[str, Any],
    created: datetime,
    progress: Progress = silent,
) -> Training:
    """Fit, calibrate and judge one model on validated events (n rows) and their labels.

    Pure: nothing is stored.  `data` says where the rows came from, for the card.  `progress` may raise `Cancelled`.
    An unsupervised model does without labels, and where there are some they only judge.  Raises `DataError` where
    labels are missing or of one class only, or the risk comes out the same for every row.
    """
    began = perf_counter()
    name = plan.model or scenario.default_model
    model = scenario.make_model(name, plan.seed, plan.settings)
    method = _calibration(model, plan)
    if model.supervised:
        _check_labels(scenario, events, labels)
    rows = _rows(scenario, events, labels, plan, method, progress)
    fit = rows.parts.fit
    model.fit(rows.X.iloc[fit], rows.y[fit], lambda done, doing: progress(0.05 + 0.8 * done, doing))
    calibrated = _calibrated(model, rows, method, plan.seed, progress)
    progress(0.9, "judging on rows it has not seen")
    judged = _judged(scenario, name, model, rows)
    if labels is not None:  # judged is what was known before; what goes into service knows all labels there are
        model.remember(rows.X, rows.y)
    risk = _risks(model, rows, judged.output)
    card = ModelCard(
        scenario=scenario.key,
        model=name,
        version=version_name(name, created, model),
        created=created.astimezone(UTC).isoformat(timespec="seconds"),
        seed=plan.seed,
        settings=dict(plan.settings),
        data={**data, "fingerprint": fingerprint(events, labels)},
        schema=scenario.event.fingerprint(),
        features=model.features,
        rows=len(fit),
        class_counts=class_counts(scenario, labels, rows.parts),
        split=rows.parts.to_mapping(),
        calibration=calibrated.method,
        **judged.told,
        calibrations=calibrated.tried,
        typical=typical(scenario, events.iloc[fit]),
        importance=importance_by_field(model),
        firing=firing_shares(scenario, model.completed(rows.X), labels),
        risk_histogram=tuple(risk_histogram(risk).tolist()),
        seconds=round(perf_counter() - began, 3),
        libraries=libraries(),
    )
    progress(1.0, "done")
    truth = None if labels is None else rows.y[rows.parts.judge]
    trained = Trained(scenario, model, card)
    return Training(trained, _probe(rows.X), rows.parts, judged.output, truth, judged.references)


def _calibration(model: RiskModel, plan: Plan) -> str:
    """The last step that is asked for, one of those the model offers."""
    method = plan.calibration or model.calibrations[0]
    offered = (*model.calibrations, AUTO) if model.supervised else model.calibrations
    if method not in offered:
        raise UnknownKeyError("calibration", method, offered)
    return method


def _check_labels(scenario: Scenario, events: pd.DataFrame, labels: Labels | None) -> None:
    if labels is None:
        raise DataError("This model learns from labels, and the data set has none. Choose an isolation forest.")
    if len(events) != len(labels.label):
        raise DataError(f"There are {len(labels.label)} labels for {len(events)} events.")
    counts = np.bincount(labels.label, minlength=len(scenario.target.classes))
    absent = [name for name, c in zip(scenario.target.classes, counts, strict=True) if not c]
    if absent:
        raise DataError(
            f"No row has the label {' or '.join(repr(a) for a in absent)}; training needs every class of "
            f"{', '.join(scenario.target.classes)}. Choose another label column or add rows."
        )


def _rows(
    scenario: Scenario, events: pd.DataFrame, labels: Labels | None, plan: Plan, method: str, progress: Progress
) -> Rows:
    """Events with their features, cut into the parts that the plan wants."""
    y = np.zeros(len(events), dtype=np.int64) if labels is None else labels.label
    how = plan.split or default_split(scenario, events)
    parts = split(scenario, events, y, how, plan.holdout, method != "none", plan.seed)
    progress(0.02, "making features")
    return Rows(events, labels, scenario.features(events), y, parts)


def _calibrated(model: RiskModel, rows: Rows, method: str, seed: int, progress: Progress) -> Calibrated:
    """Give the model its last step, fitted on rows kept back for it; of several the one with the least log loss."""
    if method == "none":
        return Calibrated(method)
    progress(0.86, "calibrating" if model.supervised else "ranking against rows it has not seen")
    kept = rows.X.iloc[rows.parts.calibrate], rows.y[rows.parts.calibrate]
    if method == AUTO:
        chosen = choose(model, *kept, seed)
        calibrated = Calibrated(chosen.method, chosen.losses)
    else:
        model.calibrate(*kept, method)
        calibrated = Calibrated(method)
    known = np.concatenate([rows.parts.fit, rows.parts.calibrate])  # before the rows held out, as the split sees to
    model.remember(rows.X.iloc[known], rows.y[known])
    return calibrated


def _judged(scenario: Scenario, name: str, model: RiskModel, rows: Rows) -> Judged:
    """What the model and the references say of the rows held out, and how good that is where labels can tell."""
    at = rows.parts.judge
    output = model.predict(rows.X.iloc[at]) if len(at) else None
    if output is None or rows.labels is None or len(np.unique(rows.y[at])) < 2:
        return Judged(output)
    beside = references(scenario, rows.X, rows.labels, rows.parts)
    told = judgement(scenario, name, output, beside, rows.events.iloc[at], labels_at(rows.labels, at))
    return Judged(output, beside, told)


def _risks(model: RiskModel, rows: Rows, judged: Output | None) -> NDArray[np.floating]:
    """Risks of the rows held out, or else of some learned from; all alike, they raise `DataError`."""
    output = judged if judged is not None else model.predict(rows.X.iloc[rows.parts.fit[:RISKS_LOOKED_AT]])
    if np.ptp(output.risk) == 0:
        raise DataError(
            f"The model gives every row the risk {output.risk[0]:g}; nothing was learned. Add rows or lower its limits."
        )
    return output.risk


def _probe(X: pd.DataFrame) -> pd.DataFrame:
    """Features of a few rows from first to last."""
    return X.iloc[np.linspace(0, len(X) - 1, min(PROBE_ROWS, len(X))).astype(np.int64)]

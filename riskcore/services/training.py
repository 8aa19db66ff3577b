"""Train a model on events and their labels, judge it on rows it has not seen, and say so on its card."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore import __version__
from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.scenario import Labels, Output, Progress, RiskModel, Scenario, silent
from riskcore.core.signal import strengths
from riskcore.core.trained import ModelCard, Trained
from riskcore.estimators.single_field import SingleField
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.attacks import by_attack
from riskcore.services.judging.calibrating import AUTO, choose
from riskcore.services.judging.curves import card_curves
from riskcore.services.judging.judged import labels_at, units_of
from riskcore.services.judging.splitting import Split, default_split, split

LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost", "shap", "numba")
LIMIT = "Bayes limit"
HISTOGRAM_BINS = 50
PROBE_ROWS = 50


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
    calibration = plan.calibration or model.calibrations[0]
    offered = (*model.calibrations, AUTO) if model.supervised else model.calibrations
    if calibration not in offered:
        raise UnknownKeyError("calibration", calibration, offered)
    if model.supervised:
        _check_labels(scenario, events, labels)
    y = np.zeros(len(events), dtype=np.int64) if labels is None else labels.label
    how = plan.split or default_split(scenario, events)
    parts = split(scenario, events, y, how, plan.holdout, calibration != "none", plan.seed)
    progress(0.02, "making features")
    X = scenario.features(events)
    model.fit(X.iloc[parts.fit], y[parts.fit], lambda done, doing: progress(0.05 + 0.8 * done, doing))
    tried: Mapping[str, float] = {}
    if calibration != "none":
        progress(0.86, "calibrating" if model.supervised else "ranking against rows it has not seen")
        kept = X.iloc[parts.calibrate], y[parts.calibrate]
        if calibration == AUTO:
            chosen = choose(model, *kept, plan.seed)
            calibration, tried = chosen.method, chosen.losses
        else:
            model.calibrate(*kept, calibration)
    progress(0.9, "judging on rows it has not seen")
    judged = model.predict(X.iloc[parts.judge]) if len(parts.judge) else None
    risk = judged.risk if judged is not None else model.predict(X.iloc[parts.fit[:20_000]]).risk
    if np.ptp(risk) == 0:
        raise DataError(
            f"The model gives every row the risk {risk[0]:g}; nothing was learned. Add rows or lower its limits."
        )
    references: Mapping[str, Output] = {}
    about: dict[str, Any] = {}
    if labels is not None and judged is not None and len(np.unique(y[parts.judge])) > 1:
        references = _references(scenario, X, labels, parts)
        about = _judgement(scenario, name, judged, references, events.iloc[parts.judge], labels_at(labels, parts.judge))
    card = ModelCard(
        scenario=scenario.key,
        model=name,
        version=_version(name, created, model),
        created=created.astimezone(UTC).isoformat(timespec="seconds"),
        seed=plan.seed,
        settings=dict(plan.settings),
        data={**data, "fingerprint": fingerprint(events, labels)},
        schema=scenario.event.fingerprint(),
        features=model.features,
        rows=len(parts.fit),
        class_counts=_class_counts(scenario, labels, parts),
        split={"how": how, "fit": len(parts.fit), "calibrate": len(parts.calibrate), "judge": len(parts.judge)},
        calibration=calibration,
        **({"metrics": {}} | about),
        calibrations=tried,
        typical=_typical(scenario, events.iloc[parts.fit]),
        importance=_importance(model),
        firing=_firing(scenario, X, labels),
        risk_histogram=tuple(int(c) for c in np.histogram(risk, bins=HISTOGRAM_BINS, range=(0, 1))[0]),
        seconds=round(perf_counter() - began, 3),
        libraries={lib: version(lib) for lib in LIBRARIES} | {"riskcore": __version__},
    )
    picks = np.linspace(0, len(X) - 1, min(PROBE_ROWS, len(X))).astype(np.int64)
    progress(1.0, "done")
    truth = None if labels is None else y[parts.judge]
    return Training(Trained(scenario, model, card), X.iloc[picks], parts, judged, truth, references)


def _class_counts(scenario: Scenario, labels: Labels | None, parts: Split) -> tuple[int, ...]:
    """Rows of each class learned from; none without labels."""
    if labels is None:
        return ()
    return tuple(int(c) for c in np.bincount(labels.label[parts.fit], minlength=len(scenario.target.classes)))


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


def _references(scenario: Scenario, X: pd.DataFrame, labels: Labels, parts: Split) -> dict[str, Output]:
    """What the judged rows are told by two baselines and, where it is known, the Bayes limit; by name."""
    rule = SingleField(0).fit(X.iloc[parts.fit], labels.label[parts.fit])
    shares = np.bincount(labels.label[parts.fit], minlength=len(scenario.target.classes)) / len(parts.fit)
    found = {
        f"best single field ({rule.feature_})": rule.predict(X.iloc[parts.judge]),
        "class shares only": as_output(np.tile(shares, (len(parts.judge), 1))),
    }
    if labels.p_true is not None:
        found[LIMIT] = as_output(labels.p_true[parts.judge])
    return found


def _judgement(
    scenario: Scenario,
    name: str,
    judged: Output,
    references: Mapping[str, Output],
    events: pd.DataFrame,
    labels: Labels,
) -> dict[str, Any]:
    """What the card says of the judged rows (n): metrics beside the references', kinds of attack, and curves."""
    classes, units = scenario.target.classes, units_of(scenario, events, labels)
    results = []
    for title, output in {name: judged, **references}.items():
        metrics = evaluate(output, labels.label, classes, units=units)
        results.append({"name": title, "metrics": {k: m.to_mapping() for k, m in metrics.items()}})
    return {
        "metrics": results[0]["metrics"],
        "results": tuple(results),
        "attacks": tuple(one.to_mapping() for one in by_attack(judged, labels, units)),
        "curves": card_curves(judged, labels.label, classes),
    }


def as_output(p: NDArray[np.float64]) -> Output:
    """Class probabilities (n, m) as if a model had said them."""
    if p.shape[1] == 2:
        return Output(p[:, 1], p[:, 1])
    severity = p @ np.linspace(0, 1, p.shape[1])
    return Output(severity, severity, p)


def _version(name: str, created: datetime, model: RiskModel) -> str:
    content = hashlib.sha256(b"".join(model.dump().values())).hexdigest()
    return f"{name}-{created.astimezone(UTC):%Y%m%d-%H%M%S}-{content[:6]}"


def fingerprint(events: pd.DataFrame, labels: Labels | None = None) -> str:
    """Short hash of the content of events and their labels."""
    parts = [events.to_dict("series"), None if labels is None else labels.label]
    return str(joblib.hash(parts))[:12]


def _typical(scenario: Scenario, events: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for f in scenario.event.fields:
        column = events[f.name].dropna()
        if not len(column) or f.kind in ("text", "time"):
            continue
        value = column.median() if f.kind in ("number", "integer") else column.mode().iloc[0]
        found[f.name] = value.item() if isinstance(value, np.generic) else value
    return found


def _firing(scenario: Scenario, X: pd.DataFrame, labels: Labels | None) -> dict[str, float]:
    """Share of harmless events in which each signal fires; without labels, of all events."""
    given = [signal for signal in scenario.signals if X[signal.name].notna().any()]  # others the model learns
    harmless = np.ones(len(X), dtype=bool) if labels is None else labels.label == 0
    values = np.column_stack([X[s.name].to_numpy()[harmless] for s in given]) if given else np.zeros((0, 0))
    shares = (strengths(given, values.astype(np.float32)) > 0).mean(axis=0) if len(values) else np.zeros(len(given))
    return {s.name: float(share) for s, share in zip(given, shares, strict=True)}


def _importance(model: RiskModel) -> dict[str, float]:
    shares: dict[str, float] = {}
    for name, share in zip(model.features, model.importance(), strict=True):
        field = model.source[name]
        shares[field] = shares.get(field, 0.0) + float(share)
    return dict(sorted(shares.items(), key=lambda item: -item[1]))

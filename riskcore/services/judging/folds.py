"""Repeated cross-validation: what a plan of training gives on rows that it has not seen, fold by fold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from riskcore.core.errors import DataError
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.services.evaluation import statistic
from riskcore.services.judging.estimates import Metric
from riskcore.services.training import Plan
from riskcore.stores.datasets import Dataset

SHARE = 0.95  # of the intervals


@dataclass(frozen=True)
class Folded:
    """Metrics of every fold, one row each, and their means with intervals."""

    values: pd.DataFrame  # (folds · repeats, metrics)
    metrics: dict[str, Metric]
    rows: int
    folds: int
    repeats: int


def cross_validate(
    scenario: Scenario, dataset: Dataset, plan: Plan, folds: int, repeats: int = 1, progress: Progress = silent
) -> Folded:
    """Each row is judged once in every repeat, by a model that learned from the other folds; nothing is stored.

    Folds are drawn within each class, or of whole entities where the plan splits by entity.  The interval is that of
    the corrected resampled t-test, for folds share training rows (Nadeau & Bengio, Machine Learning 52, 2003).
    """
    if dataset.labels is None:
        raise DataError(f"{dataset.name} has no labels to judge by. Folds need some.")
    if folds < 2 or repeats < 1:
        raise DataError(f"{folds} folds and {repeats} repeats were asked for; at least 2 and 1 are needed.")
    if plan.split == "time":
        raise DataError("Folds mix earlier and later rows; a split by time has none. Use the split random or entity.")
    y, X = dataset.labels.label, scenario.features(dataset.events)
    found = list[dict[str, float]]()
    for held in _folds(scenario, dataset.events, y, plan, folds, repeats):
        progress(len(found) / (folds * repeats), f"fold {len(found) + 1} of {folds * repeats}")
        learn = ~held
        absent = set(np.unique(y)) - set(np.unique(y[learn]))
        if absent:
            names = ", ".join(scenario.target.classes[c] for c in sorted(absent))
            raise DataError(f"Class {names} has too few rows for {folds} folds: one of them learns from none.")
        model = scenario.make_model(plan.model or scenario.default_model, plan.seed, plan.settings)
        model.fit(X[learn], y[learn] if model.supervised else None)
        judged = statistic(model.predict(X[held]), y[held], scenario.target.classes)
        said = judged(np.ones((1, int(held.sum())), dtype=np.float32))
        found.append({name: float(value[0]) for name, value in said.items()})
    values = pd.DataFrame(found)
    means = {str(name): _mean(values[name], folds) for name in values.columns}
    return Folded(values, means, len(y), folds, repeats)


def _folds(
    scenario: Scenario, events: pd.DataFrame, y: NDArray[np.int64], plan: Plan, folds: int, repeats: int
) -> Iterator[NDArray[np.bool_]]:
    """Which rows (n,) are judged, for every fold of every repeat."""
    for repeat in range(repeats):
        rng = np.random.default_rng([plan.seed, repeat])
        fold = np.zeros(len(y), dtype=np.int64)
        if plan.split == "entity":
            if not scenario.entities:
                raise DataError(f"{scenario.title} has no entities to split by. Use the split random.")
            codes, names = pd.factorize(events[scenario.entities[0]], use_na_sentinel=False)
            fold = rng.permutation(np.arange(len(names)) % folds)[codes]
        else:
            for c in np.unique(y):
                of_class = rng.permutation(np.flatnonzero(y == c))
                fold[of_class] = np.arange(len(of_class)) % folds
        for k in range(folds):
            yield fold == k


def _mean(values: pd.Series, folds: int) -> Metric:
    """Mean over all folds; its variance grows by test over training rows, 1 / (folds - 1)."""
    m = len(values)
    spread = float(values.std(ddof=1)) * np.sqrt(1 / m + 1 / (folds - 1))
    half = float(stdtrit(m - 1, (1 + SHARE) / 2)) * spread
    mean = float(values.mean())
    return Metric(mean, mean - half, mean + half)

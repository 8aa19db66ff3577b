"""Learning curves: what more rows would bring, from models that learned from nested parts of the same rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard
from riskcore.services.evaluation import ERRORS, evaluate, paired_differences
from riskcore.services.judging.estimates import Metric, Metrics
from riskcore.services.judging.judged import labels_at, units_of
from riskcore.services.judging.splitting import Split
from riskcore.stores.datasets import Dataset

SIZES = 6  # each twice the one before
FEWEST_ROWS, FEWEST_OF_CLASS = 100, 5  # below which a model learns nothing that could be drawn


@dataclass(frozen=True)
class Point:
    """A model that learned from some of the rows, judged on the same rows as all others of its curve."""

    rows: int
    positives: int  # of the worst class among them; 0 where labels are not looked at
    metrics: Metrics


@dataclass(frozen=True)
class LearningCurve:
    """Points from the fewest rows to all of them, and what the last doubling brought, paired on the judged rows."""

    model: str
    points: tuple[Point, ...]
    gain: Metrics  # by metric, above zero where more rows raised it

    def table(self, metric: str) -> pd.DataFrame:
        """One metric as columns `rows`, `value`, `low`, `high`; only points where it is defined."""
        told = [(p.rows, p.metrics[metric]) for p in self.points if metric in p.metrics]
        rows = [(n, m.value, m.low, m.high) for n, m in told]
        return pd.DataFrame(rows, columns=["rows", "value", "low", "high"])

    def still_learning(self, metric: str) -> bool:
        """Whether the last doubling raised a metric, or lowered an error, by more than chance."""
        gain = self.gain.get(metric, Metric(0, 0, 0))
        return gain.high < 0 if metric in ERRORS else gain.low > 0


def learning_curve(
    scenario: Scenario, dataset: Dataset, card: ModelCard, parts: Split, progress: Progress = silent
) -> LearningCurve:
    """The curve of a model's family, settings, seed and calibration on its own split; pure, nothing is stored.

    Parts are drawn at random within each class from the rows that the model learned from, each holding the smaller
    ones; the calibration slice and the judged rows stay the same.  `progress` may raise `Cancelled`.  Raises
    `DataError` where nothing can be judged, or the rows are too few for two points.
    """
    labels = dataset.labels
    if labels is None or len(np.unique(labels.label[parts.judge])) < 2:
        raise DataError("A learning curve needs held-out rows of more than one class. Hold out more rows.")
    progress(0.0, "making features")
    X, y = scenario.features(dataset.events), labels.label
    sizes = list(_nested(y[parts.fit], len(scenario.target.classes), card.seed))
    if len(sizes) < 2:
        raise DataError(
            f"{len(parts.fit):,} rows to learn from are too few for a learning curve: half of them must still hold "
            f"{FEWEST_OF_CLASS} of each class and {FEWEST_ROWS} in all."
        )
    judge, classes = y[parts.judge], scenario.target.classes
    units = units_of(scenario, dataset.events.iloc[parts.judge], labels_at(labels, parts.judge))
    total, done = sum(map(len, sizes)), 0
    outputs: dict[str, Output] = {}
    points = []
    for chosen in sizes:
        rows = parts.fit[chosen]
        told = _told(progress, done / total, len(chosen) / total, f"{len(chosen):,} rows")
        model = scenario.make_model(card.model, card.seed, card.settings).fit(X.iloc[rows], y[rows], told)
        if len(parts.calibrate):
            model.calibrate(X.iloc[parts.calibrate], y[parts.calibrate], card.calibration)
        output = model.predict(X.iloc[parts.judge])
        outputs[str(len(chosen))] = output
        worst = int((y[rows] == len(classes) - 1).sum()) if model.supervised else 0
        points.append(Point(len(chosen), worst, evaluate(output, judge, classes, units=units)))
        done += len(chosen)
    *_, half, whole = outputs.values()
    gain = paired_differences({"whole": whole}, half, judge, classes, units)["whole"]
    return LearningCurve(card.model, tuple(points), gain)


def _told(progress: Progress, start: float, share: float, doing: str) -> Progress:
    return lambda done, said: progress(start + share * done, f"{doing}, {said}")


def _nested(y: NDArray[np.integer], classes: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Row numbers of nested parts, the smallest first; every class keeps its share."""
    rng = np.random.default_rng(seed)
    place = np.empty(len(y))
    for c in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == c))
        place[rows] = (np.arange(len(rows)) + rng.random()) / len(rows)  # a row is in every share above its place
    for doubling in range(SIZES - 1, -1, -1):
        chosen = np.flatnonzero(place < 0.5**doubling) if doubling else np.arange(len(y))
        counts = np.bincount(y[chosen], minlength=classes)
        if len(chosen) >= FEWEST_ROWS and counts.min() >= FEWEST_OF_CLASS:
            yield chosen

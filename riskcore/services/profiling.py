"""What a data set looks like, in numbers small enough to draw: histograms by class, correlation, and how hard it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Labels, Scenario
from riskcore.core.schema import Field
from riskcore.services.curves import roc_and_pr
from riskcore.services.evaluation import Metric, mean, proportion, ranking

BINS = 24
MOST_BARS = 12  # whole numbers that get a bar each
MOST_STEPS = 31  # whole numbers that get a step each
MOST_RANKED = 20_000  # rows, evenly spaced, of the Bayes curve and of the correlations
SURE = 0.9  # a row is unsure where no class has this much of p_true
TAIL = 0.005  # of the rows on either side are gathered in the outermost bins


@dataclass(frozen=True)
class Histogram:
    """One field by class on bins that all classes share.

    `bins`: `class`, `share` of the class's rows in the bin (sums to 1 by class), `n`, and `low`, `high` for numbers or
    `value` (text) where each value has a bin.  `log`: bins are even in the logarithm.
    """

    field: Field
    bins: pd.DataFrame
    log: bool = False


def histogram(field: Field, column: pd.Series, classes: NDArray[np.int64], names: Sequence[str]) -> Histogram:
    """The distribution of one validated column (n,) within each class (n,); missing values are left out."""
    kept = column.notna().to_numpy()
    column, classes = column[kept], classes[kept]
    if field.kind == "category":
        return Histogram(
            field, _counted(np.asarray(column.cat.codes, dtype=np.int64), classes, names, list(field.choices))
        )
    values = column.astype("int64").to_numpy() / 1e6 if field.kind == "time" else column.to_numpy(dtype=np.float64)
    whole = field.kind in ("flag", "integer") and len(values) > 0
    if whole and np.ptp(values) < MOST_BARS:
        least, most = int(values.min()), int(values.max())
        known = [str(v) for v in range(least, most + 1)]
        return Histogram(field, _counted((values - least).astype(np.int64), classes, names, known))
    edges, log = _edges(values, whole)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    frame = _counted(place, classes, names, list(range(len(edges) - 1)))
    return Histogram(
        field, frame.assign(low=edges[frame["value"]], high=edges[frame["value"] + 1]).drop(columns="value"), log
    )


def _edges(values: NDArray[np.float64], whole: bool) -> tuple[NDArray[np.float64], bool]:
    """Edges of the shared bins; even, or even in log(1 + x) for a long right tail of numbers from 0 upwards.

    Bins of whole numbers hold whole numbers: a bin between two of them would look like a gap.
    """
    if not len(values):
        return np.array([0.0, 1.0]), False
    if whole and np.ptp(values) < MOST_STEPS:
        return np.arange(values.min(), values.max() + 2) - 0.5, False
    low, middle, high = np.quantile(values, [TAIL, 0.5, 1 - TAIL])
    if low == high:
        return np.array([low - 0.5, low + 0.5]), False
    if values.min() >= 0 and high > 10 * max(middle, 1e-9):
        edges, log = np.expm1(np.linspace(np.log1p(low), np.log1p(high), BINS + 1)), True
    else:
        edges, log = np.linspace(low, high, BINS + 1), False
    return (np.unique(np.rint(edges)) if whole else edges), log


def _counted(
    place: NDArray[np.int64], classes: NDArray[np.int64], names: Sequence[str], values: Sequence[object]
) -> pd.DataFrame:
    table = np.zeros((len(names), len(values)), dtype=np.int64)
    np.add.at(table, (classes, place), 1)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame(
        {
            "class": np.repeat(list(names), len(values)),
            "value": np.tile(np.asarray(values, dtype=object), len(names)).tolist(),
            "share": share.ravel(),
            "n": table.ravel(),
        }
    )


def when(
    scenario: Scenario, events: pd.DataFrame, classes: NDArray[np.int64], names: Sequence[str]
) -> Histogram | None:
    """When the events of each class happened, or None where events carry no time."""
    if scenario.event.time is None:
        return None
    return histogram(scenario.event[scenario.event.time], events[scenario.event.time], classes, names)


def correlations(scenario: Scenario, events: pd.DataFrame, labels: Labels | None) -> pd.DataFrame:
    """Spearman rank correlation of all pairs of numeric fields and the label: `a`, `b`, `r` in [-1, 1]; (k², 3).

    Constant columns are left out, for which it is not defined.  At most 20,000 rows are looked at.
    """
    picks = np.unique(np.linspace(0, len(events) - 1, min(MOST_RANKED, len(events))).astype(np.int64))
    numeric = events.iloc[picks][[f.name for f in scenario.event.fields if f.numeric]]
    if labels is not None:
        numeric = numeric.assign(**{scenario.target.name: labels.label[picks]})
    varied = numeric.loc[:, numeric.nunique() > 1]
    names = [str(name) for name in varied.columns]
    r = varied.rank().corr().to_numpy()
    return pd.DataFrame({"a": np.repeat(names, len(names)), "b": np.tile(names, len(names)), "r": r.ravel()})


@dataclass(frozen=True)
class Difficulty:
    """How well anything could do on this data, by the probabilities it was drawn from.

    `roc` has `fpr` and `recall` of the worst class against the rest; `certainty` counts rows by greatest p_true in
    equal bins from 1/m to 1: `low`, `high`, `n`.
    """

    accuracy: Metric  # of always choosing the most probable class
    unsure: Metric  # share of rows in which no class has 0.9
    auc: Metric | None  # of the worst class against the rest; None where one of them has no rows
    roc: pd.DataFrame | None
    certainty: pd.DataFrame


def difficulty(labels: Labels) -> Difficulty | None:
    """The Bayes limit of a synthetic data set, or None where P(label | event) is not known."""
    if labels.p_true is None:
        return None
    p, most = labels.p_true, labels.p_true.max(axis=1)
    unsure = int(np.count_nonzero(most < SURE))
    edges = np.linspace(1 / p.shape[1], 1, BINS + 1)
    counts = np.histogram(most.clip(edges[0], edges[-1]), bins=edges)[0]
    certainty = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts})
    picks = np.unique(np.linspace(0, len(p) - 1, min(MOST_RANKED, len(p))).astype(np.int64))
    score, worst = p[picks, -1], labels.label[picks] == p.shape[1] - 1
    ranked = bool(worst.any() and not worst.all())
    return Difficulty(
        accuracy=mean(most),
        unsure=proportion(unsure, len(most)),
        auc=ranking(score, worst, np.random.default_rng(0))["roc_auc"] if ranked else None,
        roc=roc_and_pr(score, worst)[["fpr", "recall"]] if ranked else None,
        certainty=certainty,
    )

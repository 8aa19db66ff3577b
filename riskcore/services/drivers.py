"""What a model goes by: contributions over a sample of events, told by field, or by signal where there are signals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.explanation import DrawnTree, Explanation
from riskcore.core.scenario import Scenario
from riskcore.core.schema import EventSchema
from riskcore.core.trained import Trained
from riskcore.services.explaining import by_signal

TRIED = 24  # rows explained to learn the pace
SIZES = (100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(frozen=True)
class Sample:
    """Events spread evenly over a data set, and their explanation."""

    scenario: Scenario
    rows: NDArray[np.int64]  # (n,) places in the data set
    events: pd.DataFrame  # (n, fields), validated
    features: pd.DataFrame  # (n, columns), as of each event's own moment
    explanation: Explanation

    @cached_property
    def labels(self) -> dict[str, str]:
        """What is told apart, by name: signals, or fields."""
        told = {signal.name: _with_unit(signal.label, signal.unit) for signal in self.scenario.signals}
        return told or {f.name: _with_unit(f.label, f.unit) for f in self.scenario.event.fields}

    def parts(self, output: int = -1) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Names of what is told apart, and their contributions (n, names) to one output."""
        return by_signal(self.explanation, output) if self.scenario.signals else self.explanation.by_field(output)

    def values(self, name: str) -> pd.Series:
        """What each event (n,) has in a field, or a signal measured on it."""
        return self.features[name] if self.scenario.signals else self.events[name]

    def importance(self, output: int = -1) -> dict[str, float]:
        """Mean absolute contribution of each field or signal to one output, greatest first."""
        names, parts = self.parts(output)
        means = np.abs(parts).mean(axis=0)
        return {names[i]: float(means[i]) for i in np.argsort(-means, kind="stable")}

    def standing(self, name: str) -> NDArray[np.float64]:
        """Where each event's value stands among the others', as in `standing`."""
        return standing(self.scenario.event, self.values(name).to_frame(), name)


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label


def spread(n: int, total: int) -> NDArray[np.int64]:
    """At most n places spread evenly over `total` rows.

    >>> spread(3, 5).tolist()
    [0, 2, 4]
    """
    return np.linspace(0, total - 1, min(n, total)).astype(np.int64)


def explain_sample(trained: Trained, events: pd.DataFrame, n: int, before: pd.DataFrame | None = None) -> Sample:
    """Explain at most n of some validated events, each as of its own moment; events `before` them count, too."""
    rows = spread(n, len(events))
    chosen = events.iloc[rows].reset_index(drop=True)
    X = trained.scenario.features(chosen, _others(trained.scenario, events, rows, before))
    return Sample(trained.scenario, rows, chosen, X, trained.model.explain(X))


def _others(
    scenario: Scenario, events: pd.DataFrame, rows: NDArray[np.int64], before: pd.DataFrame | None = None
) -> pd.DataFrame | None:
    """What chosen events can look back at besides each other."""
    if not scenario.stateful:
        return None
    others = events.drop(index=events.index[rows])
    return others if before is None or before.empty else pd.concat([before, others], ignore_index=True)


def pace(trained: Trained, events: pd.DataFrame) -> float:
    """Seconds that one explanation takes here, measured on a few of some validated events."""
    rows = spread(TRIED, len(events))
    X = trained.scenario.features(events.iloc[rows], _others(trained.scenario, events, rows))
    trained.model.explain(X.iloc[:1])  # what is loaded or compiled on first use does not count
    began = perf_counter()
    trained.model.explain(X)
    return (perf_counter() - began) / len(X)


def size_for(seconds: float, each: float) -> int:
    """The greatest usual sample size that takes about this long, at `each` seconds a row.

    >>> size_for(1.0, 0.0015)
    500
    """
    return max((n for n in SIZES if n * each <= seconds), default=SIZES[0])


def shuffled(trained: Trained, sample: Sample, rng: np.random.Generator) -> dict[str, float]:
    """How much the risk moves, on average, when one field or signal is shuffled among the events of a sample, by name.

    Needs no labels.  One that only repeats another counts for little here; its contributions do not show that.
    """
    before = trained.model.predict(sample.features).risk
    moved = {}
    for name in sample.labels:
        order = rng.permutation(len(sample.rows))
        mixed = {name: sample.values(name).array.take(order)}
        if sample.scenario.signals:
            X = sample.features.assign(**mixed)
        else:
            X = sample.scenario.features(sample.events.assign(**mixed))
        moved[name] = float(np.abs(trained.model.predict(X).risk - before).mean())
    return moved


def shares(measure: Mapping[str, float]) -> dict[str, float]:
    """The parts of a measure as shares of their sum.

    >>> shares({"a": 3.0, "b": 1.0})
    {'a': 0.75, 'b': 0.25}
    """
    total = sum(measure.values())
    return {name: value / total if total else 0.0 for name, value in measure.items()}


def standing(schema: EventSchema, events: pd.DataFrame, field: str) -> NDArray[np.float64]:
    """Where each event's value of a field stands among the others', from 0 (least) to 1 (greatest); (n,).

    Categories stand in the order in which they are declared; missing values stand in the middle.
    """
    column = events[field]
    if field in schema.by_name and schema[field].kind == "category":
        codes = pd.Categorical(column, categories=list(schema[field].choices)).codes
        among = codes / max(1, len(schema[field].choices) - 1)
        return np.asarray(np.where(codes < 0, 0.5, among), dtype=np.float64)
    ranks = column.rank(method="average").to_numpy(dtype=np.float64)
    if np.isnan(ranks).all() or np.nanmin(ranks) == np.nanmax(ranks):
        return np.full(len(ranks), 0.5)
    least, most = np.nanmin(ranks), np.nanmax(ranks)
    return np.nan_to_num((ranks - least) / (most - least), nan=0.5)


def tree_count(trained: Trained) -> int:
    """How many trees a model has for each output; 0 where it is not made of trees."""
    trees = trained.model.trees()
    return 0 if trees is None else trees.tree_count()


def tree(trained: Trained, i: int, output: int = -1) -> DrawnTree | None:
    """Tree `i` of one output, from 0; None where the model is not made of trees."""
    trees = trained.model.trees()
    return None if trees is None else trees.tree(i, output)

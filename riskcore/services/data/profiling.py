"""What a data set looks like, in numbers small enough to draw: histograms by class, kinds of attack, correlation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Field

BINS = 24
MOST_BARS = 12  # whole numbers that get a bar each
MOST_STEPS = 31  # whole numbers that get a step each
MOST_CHOICES = 16  # of a category that are drawn one by one, the most frequent ones
MOST_RANKED = 20_000  # rows, evenly spaced, of the correlations
TAIL = 0.005  # of the rows on either side are gathered in the outermost bins


@dataclass(frozen=True)
class Histogram:
    """One field by class on bins that all classes share.

    `bins`: `class`, `share` of the class's rows in the bin (sums to 1 by class), `n`, and `low`, `high` for numbers or
    `value` (text) where each value has a bin.  `log`: bins are even in the logarithm.  `said` compares the worst class
    with the first, in lines of a few words.
    """

    field: Field
    bins: pd.DataFrame
    log: bool = False
    said: tuple[str, ...] = ()


def histogram(field: Field, column: pd.Series, classes: NDArray[np.int64], names: Sequence[str]) -> Histogram:
    """The distribution of one validated column (n,) within each class (n,); missing values are left out."""
    kept = column.notna().to_numpy()
    empty = 1 - float(kept.mean()) if len(kept) else 0.0
    column, classes = column[kept], classes[kept]
    found = _binned(field, column, classes, names)
    said = _in_words(field, column, classes, names, found.bins)
    digits = 0 if 0.1 <= empty < 0.99 or empty == 1 else 1
    shown = min(max(empty, 0.001), 0.999) if empty < 1 else empty
    return replace(found, said=(*said, *([f"{shown:.{digits}%} empty"] if empty else [])))


def _binned(field: Field, column: pd.Series, classes: NDArray[np.int64], names: Sequence[str]) -> Histogram:
    if field.kind == "category":
        place, shown = _frequent(np.asarray(column.cat.codes, dtype=np.int64), field.choices)
        return Histogram(field, _counted(place, classes, names, shown))
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


def _frequent(codes: NDArray[np.int64], choices: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Bins (n,) of a category and their names: the most frequent choices in declared order, the others as one."""
    if len(choices) <= MOST_CHOICES:
        return codes, list(choices)
    often = np.argsort(-np.bincount(codes, minlength=len(choices)), kind="stable")[: MOST_CHOICES - 1]
    chosen = np.sort(often)
    place = np.full(len(choices), len(chosen))
    place[chosen] = np.arange(len(chosen))
    return place[codes], [*(choices[i] for i in chosen), f"{len(choices) - len(chosen)} others"]


def _in_words(
    field: Field, column: pd.Series, classes: NDArray[np.int64], names: Sequence[str], bins: pd.DataFrame
) -> tuple[str, ...]:
    """How the worst class differs from the first: by medians, or by the value whose share differs most."""
    if not len(column):
        return ("no values",)
    present = [c for c in dict.fromkeys((len(names) - 1, 0)) if (classes == c).any()]
    if "value" in bins:
        share = bins.pivot(index="value", columns="class", values="share")
        gain = share[names[present[0]]] - (share[names[present[1]]] if len(present) > 1 else 0)
        at = str(gain.idxmax()) if present else ""
        return tuple(f"{at}: {share[names[c]][at]:.0%} of {names[c]}" for c in present)
    return tuple(f"median {_short(field, column[classes == c].median())} of {names[c]}" for c in present)


def _short(field: Field, value: Any) -> str:
    return f"{value:%Y-%m-%d}" if field.kind == "time" else f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"


def attack_mix(labels: Labels) -> pd.DataFrame | None:
    """Kinds of attack, most frequent first: `attack`, `n`, `share` of all attacks, and mean `stealth` in [0, 1] where
    it is known (NaN where not); None where kinds are not known or there are none."""
    if labels.attack is None:
        return None
    told = pd.DataFrame({"attack": labels.attack.astype(str)})
    told["stealth"] = np.nan if labels.stealth is None else labels.stealth
    told = told[told["attack"] != ""]
    if not len(told):
        return None
    found = told.groupby("attack").agg(n=("attack", "size"), stealth=("stealth", "mean")).reset_index()
    found = found.assign(share=found["n"] / found["n"].sum())
    return found.sort_values("n", ascending=False, kind="stable", ignore_index=True)


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
    if values.min() >= 0 and high > 10 * max(middle, 1.0):  # log(1 + x) of small numbers is as good as even
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


def correlations(scenario: Scenario, events: pd.DataFrame, labels: Labels | None) -> pd.DataFrame:
    """Spearman rank correlation of all pairs of numeric fields and the label: `a`, `b`, `r` in [-1, 1]; (k², 3).

    Constant columns are left out, for which it is not defined.  At most 20,000 rows are looked at.
    """
    picks = np.unique(np.linspace(0, len(events) - 1, min(MOST_RANKED, len(events))).astype(np.int64))
    numeric = events.iloc[picks][[f.name for f in scenario.event.fields if f.numeric]]
    if labels is not None:
        numeric = numeric.assign(**{scenario.target.name or "label": labels.label[picks]})
    varied = numeric.loc[:, numeric.nunique() > 1]
    names = [str(name) for name in varied.columns]
    r = varied.rank().corr().to_numpy()
    return pd.DataFrame({"a": np.repeat(names, len(names)), "b": np.tile(names, len(names)), "r": r.ravel()})

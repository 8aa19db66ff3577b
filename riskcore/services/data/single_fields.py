"""How well each field alone tells a class from the rest: the leak alarm, and the least that a model must beat."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Scenario
from riskcore.services.judging.estimates import Metric
from riskcore.services.judging.ranking import area

LEAK_AUC = 0.98  # a single field that ranks so well was probably written after the label was known
MOST_RANKED = 100_000  # rows that a field is ranked on; the AUC of more differs by less than 0.01 from it
FOLDS = 5  # a category's rates are learned on four of them and ranked on the fifth
Z = 1.96  # of a 95 % interval


def single_field_auc(scenario: Scenario, events: pd.DataFrame, label: NDArray[np.int64]) -> pd.DataFrame | None:
    """Each field's AUC, best first: `field`, `auc` in [0.5, 1] with the 95 % interval `low`, `high`, `of` (the class).

    With several classes the best one counts.  Numbers and times are ranked as they are, or the other way round.  A
    category is ranked by each choice's share of the class among *other* rows, so that many choices are no advantage;
    identifiers, texts and entities are not ranked.  At most 100,000 rows, evenly spaced, are looked at; intervals take
    rows for independent.  None where fewer than two classes have rows.
    """
    picks = np.unique(np.linspace(0, len(events) - 1, min(MOST_RANKED, len(events))).astype(np.int64))
    events, label = events.iloc[picks], label[picks]
    present = classes_to_tell(label, len(scenario.target.classes))
    if not present:
        return None
    rows = []
    for f in scenario.event.fields:
        if f.kind == "text" or f.name == scenario.event.id:
            continue
        found = {c: field_ranking(events[f.name], label == c) for c in present}
        best = max(found, key=lambda c: found[c].auc.value)
        auc = found[best].auc
        rows.append((f.name, auc.value, auc.low, auc.high, scenario.target.classes[best]))
    frame = pd.DataFrame(rows, columns=["field", "auc", "low", "high", "of"])
    return frame.sort_values("auc", ascending=False, kind="stable", ignore_index=True)


def classes_to_tell(label: NDArray[np.int64], m: int) -> list[int]:
    """Classes that have rows and lack some; of two only the worse, as one against the other is the same AUC twice."""
    present = [c for c in range(m) if 0 < np.count_nonzero(label == c) < len(label)]
    return present[-1:] if len(present) == 2 else present


@dataclass(frozen=True)
class FieldRanking:
    """What one field alone makes of n rows."""

    score: NDArray[np.float64]  # (n,) higher is likelier; missing numbers rank lowest
    auc: Metric


def field_ranking(column: pd.Series, positive: NDArray[np.bool_]) -> FieldRanking:
    """Rows (n,) ranked by one column; ties count half.  Both kinds of rows must be there."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        score = _rates(np.asarray(column.cat.codes, dtype=np.int64), positive)
        found = area(score, positive)
        return FieldRanking(score, _metric(max(found, 0.5), positive))  # rates that mislead are chance
    score = _as_numbers(column)
    found = area(score, positive)
    return FieldRanking(score if found >= 0.5 else -score, _metric(max(found, 1 - found), positive))


def _as_numbers(column: pd.Series) -> NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.where(column.isna(), np.nan, column.astype("int64")).astype(np.float64)
    return column.to_numpy(dtype=np.float64)


def _rates(codes: NDArray[np.int64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of positives among rows of the same choice in the other folds (n,); missing (-1) is a choice.

    Folds hold equal shares of positives and negatives, and a choice that is not met there has the overall rate.
    """
    fold = np.empty(len(codes), dtype=np.int64)
    for rows in (np.flatnonzero(positive), np.flatnonzero(~positive)):
        fold[rows] = np.arange(len(rows)) % FOLDS
    cell, size = (codes + 1) * FOLDS + fold, (int(codes.max()) + 2) * FOLDS
    hits = np.bincount(cell, weights=positive, minlength=size).reshape(-1, FOLDS)
    every = np.bincount(cell, minlength=size).reshape(-1, FOLDS)
    elsewhere = every.sum(axis=1, keepdims=True) - every
    overall = positive.mean()
    # One row's weight of the overall rate: a choice met once is no certainty.
    rate = (hits.sum(axis=1, keepdims=True) - hits + overall) / (elsewhere + 1)
    return np.asarray(rate.ravel()[cell])


def _metric(value: float, positive: NDArray[np.bool_]) -> Metric:
    """An AUC with its interval by Hanley & McNeil (1982), which needs no draws."""
    pos = int(np.count_nonzero(positive))
    neg = len(positive) - pos
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (pos - 1) * (one - value**2) + (neg - 1) * (two - value**2)
    error = Z * float(np.sqrt(max(variance, 0.0) / (pos * neg)))
    return Metric(value, max(0.0, value - error), min(1.0, value + error))

"""How well rows are ranked: ROC AUC, average precision and recall at fixed false-positive rates, with intervals."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.model import Output
from riskcore.services.judging.estimates import Metric, Metrics, proportion
from riskcore.services.judging.intervals import REPLICATES, Statistic, central, draws, grouping, spread

GROUPS = 4_096  # score groups a bootstrap works on; exact for ranking metrics up to so many distinct positive scores
FPRS = (0.01, 0.05)


def about_worst(output: Output) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What ranks rows (n,) by the worst class, and its probability (n,) as far as it is known."""
    if output.probabilities is None:
        return rank_key(output), np.asarray(output.risk, dtype=np.float64)
    p = np.asarray(output.probabilities[:, -1], dtype=np.float64)
    return p, p


def rank_key(output: Output) -> NDArray[np.float64]:
    """One number per row (n,) that orders by risk and, where risks tie, by raw output: isotonic steps make ties."""
    risk = np.asarray(output.risk, dtype=np.float64)
    if len(np.unique(risk)) == len(risk):
        return risk
    order = np.lexsort((output.raw, risk))
    changed = (np.diff(risk[order]) != 0) | (np.diff(np.asarray(output.raw)[order]) != 0)
    key = np.empty(len(risk))
    key[order] = np.concatenate([[0], np.cumsum(changed)])
    return key


def area(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """ROC AUC of scores (n,): ties count half, and missing scores rank lowest.  Both kinds of rows must be there."""
    ranks = pd.Series(score).rank(na_option="top").to_numpy()
    pos = np.count_nonzero(positive)
    return float((ranks[positive].sum() - pos * (pos + 1) / 2) / (pos * (len(positive) - pos)))


def ranking(
    score: NDArray[np.floating],
    positive: NDArray[np.bool_],
    rng: np.random.Generator,
    units: NDArray[np.generic] | None = None,
) -> Metrics:
    """ROC AUC, average precision and recall at fixed false-positive rates, with stratified bootstrap intervals.

    `units` (n,): rows that stand or fall together; None for rows that are independent.
    """
    pos, neg = score_groups(score, positive)
    point = _ranking_of(pos[None].astype(np.float64), neg[None].astype(np.float64))
    if units is None:
        drawn_pos = rng.multinomial(int(pos.sum()), pos / pos.sum(), size=REPLICATES).astype(np.float64)
        drawn_neg = rng.multinomial(int(neg.sum()), neg / neg.sum(), size=REPLICATES).astype(np.float64)
        drawn = _ranking_of(drawn_pos, drawn_neg)
    else:
        by_unit = draws(positive.astype(np.int64), units, seed=int(rng.integers(2**31)))
        drawn = spread(by_unit, {"": ranking_statistic(score, positive)})[""]
    found = {}
    for name, values in point.items():
        value, (low, high) = float(values[0]), central(drawn[name])
        if name.startswith("recall_"):
            share = proportion(round(value * int(pos.sum())), int(pos.sum()))
            low, high = min(low, share.low), max(high, share.high)
        found[name] = Metric(value, low, high)
    return found


def ranking_statistic(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> Statistic:
    """The metrics of `ranking` as a function of bootstrap weights (b, n)."""
    group, size = grouped(score, positive)
    pos, neg = (grouping(group, size, np.flatnonzero(rows)) for rows in (positive, ~positive))
    return lambda weights: _ranking_of(pos.summed(weights), neg.summed(weights))


def score_groups(
    score: NDArray[np.floating], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts of positives and negatives (g,) by group of scores, best group first; only groups that have rows."""
    group, size = grouped(score, positive)
    pos = np.bincount(group[positive], minlength=size)
    neg = np.bincount(group[~positive], minlength=size)
    used = (pos + neg) > 0
    return pos[used], neg[used]


def grouped(
    score: NDArray[np.floating], positive: NDArray[np.bool_] | NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Group of each row (n,), 0 the best, and how many groups there are.

    Groups are cut at the positives' own scores: the negatives between two of them are interchangeable, so ranking
    metrics lose nothing until there are more than `GROUPS` distinct positive scores; then neighbours are joined.
    """
    edges = np.unique(score[positive])
    if len(edges) > GROUPS:
        edges = np.unique(edges[np.linspace(0, len(edges) - 1, GROUPS).astype(np.int64)])
    # From below, group 2i+1 holds scores equal to edge i, group 2i those between edge i-1 and edge i.
    place = np.searchsorted(edges, score, side="left")
    equal = (place < len(edges)) & (edges[np.minimum(place, len(edges) - 1)] == score)
    size = 2 * len(edges) + 1
    return (size - 1 - (2 * place + equal)).astype(np.int64), size


def _ranking_of(pos: NDArray[np.float64], neg: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Metrics (b,) of b rows of group counts (b, g), best group first."""
    tp, fp = pos.cumsum(axis=1), neg.cumsum(axis=1)
    P, N = tp[:, -1:], fp[:, -1:]
    found = {
        "roc_auc": ((neg * (tp - pos / 2)).sum(axis=1) / (P * N)[:, 0]),
        "average_precision": (pos / P * tp / np.maximum(tp + fp, 1)).sum(axis=1),
    }
    for fpr in FPRS:
        # Greatest recall of a threshold whose false-positive rate is within the limit; ties fall on one side.
        found[f"recall_at_{fpr * 100:g}pct_fpr"] = np.where(fp <= fpr * N, tp / P, 0.0).max(axis=1)
    return found

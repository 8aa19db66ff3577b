"""How good a model is, with intervals: ranking, probabilities and classes judged on rows it has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.scenario import Output

REPLICATES = 500
GROUPS = 4_096  # score groups a bootstrap works on; exact for ranking metrics up to so many distinct positive scores
Z = 1.959963984540054  # normal quantile of a 95 % interval
FPRS = (0.01, 0.05)
FEW_POSITIVES = 50  # below so many, intervals are too wide to rank models by


@dataclass(frozen=True)
class Metric:
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_mapping(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}


Metrics = dict[str, Metric]


def evaluate(output: Output, y: NDArray[np.integer], classes: tuple[str, ...], seed: int = 0) -> Metrics:
    """Metrics of n judged rows with 95 % intervals; higher is better but for losses and errors.

    Two classes: `roc_auc`, `average_precision`, `recall_at_1pct_fpr`, `recall_at_5pct_fpr`, `accuracy` (at 0.5),
    `log_loss`, `brier`, `calibration_error`.  More: `accuracy`, `log_loss`, `brier`, `recall_<class>` and the ranking
    metrics of "the worst class against the rest".  Ranking intervals are stratified bootstraps over score groups,
    exact for rows that are independent; ties count half.  Raises `DataError` where one class only is present.
    """
    present = np.unique(y)
    if len(present) < 2:
        raise DataError(
            f"All {len(y)} rows have the label '{classes[int(present[0])] if len(present) else 'none'}'; "
            "ranking and recall need at least two classes."
        )
    rng = np.random.default_rng(seed)
    if output.probabilities is None:
        return _two_class(output, y, rng)
    return _multiclass(output.probabilities, y, classes, rng)


def _two_class(output: Output, y: NDArray[np.integer], rng: np.random.Generator) -> Metrics:
    risk = np.asarray(output.risk, dtype=np.float64)
    found = ranking(rank_key(output), y > 0, rng)
    found["accuracy"] = proportion(int(((risk >= 0.5) == (y > 0)).sum()), len(y))
    found |= probability_metrics(np.column_stack([1 - risk, risk]), (y > 0).astype(np.int64))
    found["calibration_error"] = calibration_error(risk, y > 0, rng)
    return found


def _multiclass(
    p: NDArray[np.floating], y: NDArray[np.integer], classes: tuple[str, ...], rng: np.random.Generator
) -> Metrics:
    right = p.argmax(axis=1) == y
    found = {"accuracy": proportion(int(right.sum()), len(y))} | probability_metrics(p, y)
    for c, name in enumerate(classes):
        of_class = y == c
        if of_class.any():
            found[f"recall_{name}"] = proportion(int(right[of_class].sum()), int(of_class.sum()))
    worst = y == len(classes) - 1
    if worst.any() and not worst.all():
        found |= ranking(np.asarray(p[:, -1], dtype=np.float64), worst, rng)
        found["calibration_error"] = calibration_error(p[:, -1], worst, rng)
    return found


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


def ranking(score: NDArray[np.floating], positive: NDArray[np.bool_], rng: np.random.Generator) -> Metrics:
    """ROC AUC, average precision and recall at fixed false-positive rates, with stratified bootstrap intervals."""
    pos, neg = score_groups(score, positive)
    point = _ranking_of(pos[None].astype(np.float64), neg[None].astype(np.float64))
    drawn_pos = rng.multinomial(int(pos.sum()), pos / pos.sum(), size=REPLICATES).astype(np.float64)
    drawn_neg = rng.multinomial(int(neg.sum()), neg / neg.sum(), size=REPLICATES).astype(np.float64)
    spread = _ranking_of(drawn_pos, drawn_neg)
    return {name: Metric(float(point[name][0]), *_central(spread[name])) for name in point}


def score_groups(
    score: NDArray[np.floating], positive: NDArray[np.bool_], most: int = GROUPS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts of positives and negatives (g,) by group of scores, best group first.

    Groups are cut at the positives' own scores: the negatives between two of them are interchangeable, so ranking
    metrics lose nothing until there are more than `most` distinct positive scores; then neighbours are joined.
    """
    edges = np.unique(score[positive])
    if len(edges) > most:
        edges = np.unique(edges[np.linspace(0, len(edges) - 1, most).astype(np.int64)])
    # Group 2i+1 holds scores equal to edge i, group 2i those between edge i-1 and edge i.
    place = np.searchsorted(edges, score, side="left")
    equal = (place < len(edges)) & (edges[np.minimum(place, len(edges) - 1)] == score)
    group = 2 * place + equal
    size = 2 * len(edges) + 1
    pos = np.bincount(group[positive], minlength=size)[::-1]
    neg = np.bincount(group[~positive], minlength=size)[::-1]
    used = (pos + neg) > 0
    return pos[used], neg[used]


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


def probability_metrics(p: NDArray[np.floating], y: NDArray[np.integer]) -> Metrics:
    """Log loss (nats) and Brier score (sum over classes, halved for two) with normal intervals of the mean."""
    p = np.asarray(p, dtype=np.float64)
    said = np.clip(p[np.arange(len(y)), y], 1e-15, 1.0)
    truth = np.eye(p.shape[1])[y]
    squares = ((p - truth) ** 2).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
    return {"log_loss": mean(-np.log(said)), "brier": mean(squares)}


def calibration_error(
    risk: NDArray[np.floating], positive: NDArray[np.bool_], rng: np.random.Generator, bins: int = 15
) -> Metric:
    """Expected calibration error over bins of equal numbers of rows, 0 is best; biased upwards on few rows."""
    order = np.argsort(risk, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    said = np.array([risk[part].mean() for part in parts])
    seen = np.array([positive[part].mean() for part in parts])
    value = float((sizes * np.abs(said - seen)).sum() / sizes.sum())
    drawn = rng.binomial(sizes.astype(np.int64), seen, size=(REPLICATES, len(parts))) / sizes
    return Metric(value, *_central((sizes * np.abs(said - drawn)).sum(axis=1) / sizes.sum()))


def proportion(hits: int, n: int) -> Metric:
    """A share and its Wilson score interval (Wilson 1927); the whole range where n is 0.

    >>> p = proportion(9, 10); round(p.low, 3), round(p.high, 3)
    (0.596, 0.982)
    """
    if n == 0:
        return Metric(float("nan"), 0.0, 1.0)
    share, slack = hits / n, Z * Z / n
    centre = (share + slack / 2) / (1 + slack)
    half = Z * np.sqrt(share * (1 - share) / n + slack / n / 4) / (1 + slack)
    return Metric(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def mean(values: NDArray[np.float64]) -> Metric:
    """A mean and its normal interval."""
    middle, half = float(values.mean()), float(Z * values.std(ddof=min(1, len(values) - 1)) / np.sqrt(len(values)))
    return Metric(middle, middle - half, middle + half)


def _central(drawn: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def paired_difference(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    positive: NDArray[np.bool_],
    rng: np.random.Generator,
    replicates: int = 200,
) -> Mapping[str, Metric]:
    """How much better ranking `a` is than `b` on the same rows: paired stratified bootstrap over rows."""
    rows = (np.flatnonzero(positive), np.flatnonzero(~positive))
    drawn: list[dict[str, float]] = []
    for i in range(replicates + 1):
        pick = np.concatenate(rows if i == 0 else [rng.choice(r, len(r)) for r in rows])
        one, other = (
            _ranking_of(*(g[None].astype(np.float64) for g in score_groups(s[pick], positive[pick], 1_024)))
            for s in (a, b)
        )
        drawn.append({name: float(one[name][0] - other[name][0]) for name in one})
    return {name: Metric(drawn[0][name], *_central(np.array([d[name] for d in drawn[1:]]))) for name in drawn[0]}

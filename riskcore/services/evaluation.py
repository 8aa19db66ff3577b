"""How good a model is, with intervals: ranking, probabilities and classes judged on rows it has not seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.scenario import Output
from riskcore.services.judging.intervals import Statistic, Weights, central, draws, grouping, spread

REPLICATES = 500
GROUPS = 4_096  # score groups a bootstrap works on; exact for ranking metrics up to so many distinct positive scores
Z = 1.959963984540054  # normal quantile of a 95 % interval
FPRS = (0.01, 0.05)
BINS = 15  # of the calibration error
ERRORS = ("log_loss", "brier", "calibration_error")  # lower is better
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


def evaluate(
    output: Output,
    y: NDArray[np.integer],
    classes: tuple[str, ...],
    seed: int = 0,
    units: NDArray[np.generic] | None = None,
) -> Metrics:
    """Metrics of n judged rows with 95 % intervals; higher is better but for losses and errors.

    Two classes: `roc_auc`, `average_precision`, `recall_at_1pct_fpr`, `recall_at_5pct_fpr`, `accuracy` (at 0.5),
    `log_loss`, `brier`, `calibration_error`; of a risk that is a percentile and no probability, the ranking ones only.
    More classes: `accuracy`, `log_loss`, `brier`, `recall_<class>`, `calibration_error` and the ranking
    metrics of "the worst class against the rest".  Ranking intervals are stratified bootstraps over score groups,
    exact for rows that are independent; ties count half.  With `units` (n,) of any kind, all intervals are bootstraps
    of whole units, for rows of one person or attack are not independent.  Intervals of shares are never narrower than
    Wilson's: where all of ten are found, no draw could tell that the eleventh might not be.  Raises `DataError` where
    one class only is present.
    """
    present = np.unique(y)
    if len(present) < 2:
        raise DataError(
            f"All {len(y)} rows have the label '{classes[int(present[0])] if len(present) else 'none'}'; "
            "ranking and recall need at least two classes."
        )
    rng = np.random.default_rng(seed)
    worst = y == len(classes) - 1
    found = _by_class(output.probabilities, y, classes) if output.probabilities is not None else {}
    if worst.any() and not worst.all():
        found |= _of_worst(output, worst, rng)
    if units is None:
        return found
    drawn = spread(draws(y, units, seed=seed), {"": statistic(output, y, classes)})[""]
    return {name: _by_units(name, metric, drawn[name]) for name, metric in found.items()}


def _by_units(name: str, metric: Metric, drawn: NDArray[np.float64]) -> Metric:
    """A metric with the interval of its draws by unit."""
    if name == "calibration_error":
        return _above_zero(metric.value, drawn)
    low, high = central(drawn)
    if name == "accuracy" or name.startswith("recall_"):
        low, high = min(low, metric.low), max(high, metric.high)
    return Metric(metric.value, low, high)


def _by_class(p: NDArray[np.floating], y: NDArray[np.integer], classes: tuple[str, ...]) -> Metrics:
    """What more than two class probabilities (n, m) are judged by, taken together."""
    right = p.argmax(axis=1) == y
    found = {"accuracy": proportion(int(right.sum()), len(y))}
    found |= {name: mean(values) for name, values in _losses(p, y).items()}
    for c, name in enumerate(classes):
        of_class = y == c
        if of_class.any():
            found[f"recall_{name}"] = proportion(int(right[of_class].sum()), int(of_class.sum()))
    return found


def _of_worst(output: Output, worst: NDArray[np.bool_], rng: np.random.Generator) -> Metrics:
    """How the worst class is ranked and, where that is said, how probable it is."""
    score, p = about_worst(output)
    found = ranking(score, worst, rng)
    if output.probabilities is None and output.likelihood:
        found["accuracy"] = proportion(int(((p >= 0.5) == worst).sum()), len(worst))
        losses = _losses(np.column_stack([1 - p, p]), worst.astype(np.int64))
        found |= {name: mean(values) for name, values in losses.items()}
    if output.likelihood:
        found["calibration_error"] = calibration_error(p, worst, rng)
    return found


def about_worst(output: Output) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What ranks rows (n,) by the worst class, and its probability (n,) as far as it is known."""
    if output.probabilities is None:
        return rank_key(output), np.asarray(output.risk, dtype=np.float64)
    p = np.asarray(output.probabilities[:, -1], dtype=np.float64)
    return p, p


def statistic(output: Output, y: NDArray[np.integer], classes: tuple[str, ...]) -> Statistic:
    """The metrics of `evaluate`, as a function of how often each row counts: of bootstrap weights (b, n)."""
    every: dict[str, NDArray[np.float64]] = {}
    of_class: dict[str, NDArray[np.bool_]] = {}
    worst, (score, p) = y == len(classes) - 1, about_worst(output)
    if output.probabilities is not None:
        every["accuracy"] = (output.probabilities.argmax(axis=1) == y).astype(np.float64)
        every |= _losses(output.probabilities, y)
        of_class = {name: y == c for c, name in enumerate(classes) if (y == c).any()}
    elif output.likelihood:
        every["accuracy"] = ((p >= 0.5) == worst).astype(np.float64)
        every |= _losses(np.column_stack([1 - p, p]), worst.astype(np.int64))
    ranked = ranking_statistic(score, worst) if worst.any() and not worst.all() else None
    off = _calibration_statistic(p, worst) if ranked and output.likelihood else None

    def measured(weights: Weights) -> dict[str, NDArray[np.float64]]:
        found = _means(weights, every, of_class)
        found |= ranked(weights) if ranked else {}
        return found | ({"calibration_error": off(weights)} if off else {})

    return measured


def _means(
    weights: Weights, every: Mapping[str, NDArray[np.float64]], of_class: Mapping[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.float64]]:
    """Weighted means (b,) over all rows, and of what is right over the rows of each class."""
    total = weights.sum(axis=1, dtype=np.float64)
    found = {name: weights @ values / total for name, values in every.items()}
    for name, rows in of_class.items():
        held = weights[:, rows]
        found[f"recall_{name}"] = held @ every["accuracy"][rows] / np.maximum(held.sum(axis=1, dtype=np.float64), 1)
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
    group, size = _grouped(score, positive, GROUPS)
    pos, neg = (grouping(group, size, np.flatnonzero(rows)) for rows in (positive, ~positive))
    return lambda weights: _ranking_of(pos.summed(weights), neg.summed(weights))


def score_groups(
    score: NDArray[np.floating], positive: NDArray[np.bool_], most: int = GROUPS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts of positives and negatives (g,) by group of scores, best group first; only groups that have rows."""
    group, size = _grouped(score, positive, most)
    pos = np.bincount(group[positive], minlength=size)
    neg = np.bincount(group[~positive], minlength=size)
    used = (pos + neg) > 0
    return pos[used], neg[used]


def _grouped(score: NDArray[np.floating], positive: NDArray[np.bool_], most: int) -> tuple[NDArray[np.int64], int]:
    """Group of each row (n,), 0 the best, and how many groups there are.

    Groups are cut at the positives' own scores: the negatives between two of them are interchangeable, so ranking
    metrics lose nothing until there are more than `most` distinct positive scores; then neighbours are joined.
    """
    edges = np.unique(score[positive])
    if len(edges) > most:
        edges = np.unique(edges[np.linspace(0, len(edges) - 1, most).astype(np.int64)])
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


def log_loss(output: Output, y: NDArray[np.integer]) -> float:
    """Mean −log of the probability that was given to the true class, nats."""
    p, risk = output.probabilities, np.asarray(output.risk, dtype=np.float64)
    return float(_losses(np.column_stack([1 - risk, risk]) if p is None else p, y)["log_loss"].mean())


def _losses(p: NDArray[np.floating], y: NDArray[np.integer]) -> dict[str, NDArray[np.float64]]:
    """Log loss (nats) and Brier score (sum over classes, halved for two) of each row (n,)."""
    p = np.asarray(p, dtype=np.float64)
    said = np.clip(p[np.arange(len(y)), y], 1e-15, 1.0)
    truth = np.eye(p.shape[1])[y]
    squares = ((p - truth) ** 2).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
    return {"log_loss": -np.log(said), "brier": squares}


def calibration_error(
    risk: NDArray[np.floating], positive: NDArray[np.bool_], rng: np.random.Generator, bins: int = BINS
) -> Metric:
    """Expected calibration error over bins of equal numbers of rows, 0 is best; biased upwards on few rows.

    Its draws are biased once more, so the interval is the basic one, 2 × value − draws, widened to hold the value.
    """
    order = np.argsort(risk, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    said = np.array([risk[part].mean() for part in parts])
    seen = np.array([positive[part].mean() for part in parts])
    value = float((sizes * np.abs(said - seen)).sum() / sizes.sum())
    drawn = rng.binomial(sizes.astype(np.int64), seen, size=(REPLICATES, len(parts))) / sizes
    return _above_zero(value, (sizes * np.abs(said - drawn)).sum(axis=1) / sizes.sum())


def _calibration_statistic(
    risk: NDArray[np.floating], positive: NDArray[np.bool_], bins: int = BINS
) -> Callable[[Weights], NDArray[np.float64]]:
    """The calibration error (b,) as a function of bootstrap weights (b, n), in the bins of all rows."""
    bin_of = np.empty(len(risk), dtype=np.int64)
    for i, part in enumerate(np.array_split(np.argsort(risk, kind="stable"), bins)):
        bin_of[part] = i
    binned, off = grouping(bin_of, bins), risk - positive
    return lambda weights: np.abs(binned.summed(weights * off)).sum(axis=1) / weights.sum(axis=1, dtype=np.float64)


def _above_zero(value: float, drawn: NDArray[np.float64]) -> Metric:
    low, high = central(drawn)
    return Metric(value, max(0.0, min(value, 2 * value - high)), max(value, 2 * value - low))


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


def paired_differences(
    outputs: Mapping[str, Output],
    beside: Output,
    y: NDArray[np.integer],
    classes: tuple[str, ...],
    units: NDArray[np.generic] | None = None,
    seed: int = 0,
) -> dict[str, Metrics]:
    """By how much each output's metrics are above those of `beside`, on the same rows and the same draws of them.

    Stratified bootstrap by `units` (n,), or by row; for losses and errors, below zero is better.
    """
    one = np.ones((1, len(y)), dtype=np.float32)
    told = {name: statistic(output, y, classes) for name, output in outputs.items()}
    reference = statistic(beside, y, classes)
    point = reference(one)
    drawn = spread(draws(y, units, seed=seed), {**told, "": reference})  # models have names
    found: dict[str, Metrics] = {}
    for name, measured in told.items():
        at = measured(one)
        found[name] = {
            m: Metric(float(at[m][0] - point[m][0]), *central(drawn[name][m] - drawn[""][m])) for m in at if m in point
        }
    return found

"""How good a model is, with intervals: ranking, probabilities and classes judged on rows it has not seen."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.services.judging.estimates import Metric, Metrics, above_zero, mean, proportion
from riskcore.services.judging.intervals import Statistic, Weights, central, draws, spread
from riskcore.services.judging.probabilities import calibration_error, calibration_statistic, losses
from riskcore.services.judging.ranking import about_worst, ranking, ranking_statistic

ERRORS = ("log_loss", "brier", "calibration_error")  # lower is better


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
    told, (score, p) = _of_rows(output, y, classes), about_worst(output)
    ranked = ranking(score, worst, rng) if worst.any() and not worst.all() else {}
    found = told | ranked if output.probabilities is not None else ranked | told
    if ranked and output.likelihood:
        found["calibration_error"] = calibration_error(p, worst, rng)
    if units is None:
        return found
    drawn = spread(draws(y, units, seed=seed), {"": statistic(output, y, classes)})[""]
    return {name: _by_units(name, metric, drawn[name]) for name, metric in found.items()}


def _by_units(name: str, metric: Metric, drawn: NDArray[np.float64]) -> Metric:
    """A metric with the interval of its draws by unit."""
    if name == "calibration_error":
        return above_zero(metric.value, drawn)
    low, high = central(drawn)
    if name == "accuracy" or name.startswith("recall_"):
        low, high = min(low, metric.low), max(high, metric.high)
    return Metric(metric.value, low, high)


def _of_rows(output: Output, y: NDArray[np.integer], classes: tuple[str, ...]) -> Metrics:
    """The metrics that are means over rows, or over those of a class."""
    every, of_class = _row_by_row(output, y, classes)
    found = {name: _share(values) if name == "accuracy" else mean(values) for name, values in every.items()}
    return found | {f"recall_{name}": _share(every["accuracy"][rows]) for name, rows in of_class.items()}


def _share(hits: NDArray[np.float64]) -> Metric:
    return proportion(int(hits.sum()), len(hits))


def _row_by_row(
    output: Output, y: NDArray[np.integer], classes: tuple[str, ...]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.bool_]]]:
    """What is right, and the losses, of each row (n,); and which rows are of each class, of more than two.

    Nothing where the risk is no probability.
    """
    if output.probabilities is not None:
        right = output.probabilities.argmax(axis=1) == y
        of_class = {name: y == c for c, name in enumerate(classes) if (y == c).any()}
        return {"accuracy": right.astype(np.float64)} | losses(output, y), of_class
    if not output.likelihood:
        return {}, {}
    worst = y == len(classes) - 1
    right = (np.asarray(output.risk, dtype=np.float64) >= 0.5) == worst
    return {"accuracy": right.astype(np.float64)} | losses(output, worst.astype(np.int64)), {}


def statistic(output: Output, y: NDArray[np.integer], classes: tuple[str, ...]) -> Statistic:
    """The metrics of `evaluate`, as a function of how often each row counts: of bootstrap weights (b, n)."""
    every, of_class = _row_by_row(output, y, classes)
    worst, (score, p) = y == len(classes) - 1, about_worst(output)
    ranked = ranking_statistic(score, worst) if worst.any() and not worst.all() else None
    off = calibration_statistic(p, worst) if ranked and output.likelihood else None

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


def paired_differences(
    outputs: Mapping[str, Output],
    beside: Output,
    y: NDArray[np.integer],
    classes: tuple[str, ...],
    units: NDArray[np.generic] | None = None,
) -> dict[str, Metrics]:
    """By how much each output's metrics are above those of `beside`, on the same rows and the same draws of them.

    Stratified bootstrap by `units` (n,), or by row; for losses and errors, below zero is better.
    """
    one = np.ones((1, len(y)), dtype=np.float32)
    told = {name: statistic(output, y, classes) for name, output in outputs.items()}
    reference = statistic(beside, y, classes)
    point = reference(one)
    drawn = spread(draws(y, units), {**told, "": reference})  # models have names
    found: dict[str, Metrics] = {}
    for name, measured in told.items():
        at = measured(one)
        found[name] = {
            m: Metric(float(at[m][0] - point[m][0]), *central(drawn[name][m] - drawn[""][m])) for m in at if m in point
        }
    return found

"""How far probabilities are from the truth: losses of rows, and the calibration error."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from riskcore.core.model import Output
from riskcore.services.judging.estimates import Metric, above_zero
from riskcore.services.judging.intervals import REPLICATES, Weights, grouping

BINS = 15  # of the calibration error


def log_loss(output: Output, y: NDArray[np.integer]) -> float:
    """Mean −log of the probability that was given to the true class, nats."""
    return float(losses(output, y)["log_loss"].mean())


def losses(output: Output, y: NDArray[np.integer]) -> dict[str, NDArray[np.float64]]:
    """Log loss (nats) and Brier score (sum over classes, halved for two) of each row (n,)."""
    p = _by_class(output)
    said = np.clip(p[np.arange(len(y)), y], 1e-15, 1.0)
    truth = np.eye(p.shape[1])[y]
    squares = ((p - truth) ** 2).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
    return {"log_loss": -np.log(said), "brier": squares}


def _by_class(output: Output) -> NDArray[np.float64]:
    """Probabilities (n, m); of two classes, the risk is that of the second."""
    if output.probabilities is not None:
        return np.asarray(output.probabilities, dtype=np.float64)
    risk = np.asarray(output.risk, dtype=np.float64)
    return np.column_stack([1 - risk, risk])


def calibration_error(risk: NDArray[np.floating], positive: NDArray[np.bool_], rng: np.random.Generator) -> Metric:
    """Expected calibration error over bins of equal numbers of rows, 0 is best; biased upwards on few rows."""
    order = np.argsort(risk, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    said = np.array([risk[part].mean() for part in parts])
    seen = np.array([positive[part].mean() for part in parts])
    value = float((sizes * np.abs(said - seen)).sum() / sizes.sum())
    drawn = rng.binomial(sizes.astype(np.int64), seen, size=(REPLICATES, len(parts))) / sizes
    return above_zero(value, (sizes * np.abs(said - drawn)).sum(axis=1) / sizes.sum())


def calibration_statistic(
    risk: NDArray[np.floating], positive: NDArray[np.bool_]
) -> Callable[[Weights], NDArray[np.float64]]:
    """The calibration error (b,) as a function of bootstrap weights (b, n), in the bins of all rows."""
    bin_of = np.empty(len(risk), dtype=np.int64)
    for i, part in enumerate(np.array_split(np.argsort(risk, kind="stable"), BINS)):
        bin_of[part] = i
    binned, off = grouping(bin_of, BINS), risk - positive
    return lambda weights: np.abs(binned.summed(weights * off)).sum(axis=1) / weights.sum(axis=1, dtype=np.float64)

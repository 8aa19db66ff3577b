"""Which calibration to take, found on rows that neither the model nor the calibrator has seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.model import RiskModel
from riskcore.services.judging.probabilities import log_loss

AUTO = "auto"


@dataclass(frozen=True)
class Chosen:
    """The calibration with the least log loss, and the log losses of all that could be tried."""

    method: str
    losses: Mapping[str, float]  # method -> log loss, nats, on the inner part


def choose(model: RiskModel, X: pd.DataFrame, y: NDArray[np.integer], seed: int) -> Chosen:
    """Try every calibration of a fitted model on rows (n) that it has not seen, and fit the best one on all of them.

    Each is fitted on one half and judged by log loss on the other, halves drawn within each class.  A calibration that
    the rows are too few for is left out.  The model is left calibrated.
    """
    fit, judge = _halves(y, np.random.default_rng(seed))
    losses = {}
    for method in model.calibrations:
        try:
            output = model.calibrate(X.iloc[fit], y[fit], method).predict(X.iloc[judge])
        except DataError:  # too few of a class, or ranked no better than chance
            continue
        losses[method] = log_loss(output, y[judge])
    best = min(losses, key=lambda method: losses[method])
    model.calibrate(X, y, best)
    return Chosen(best, losses)


def _halves(y: NDArray[np.integer], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = np.zeros(len(y), dtype=bool)
    for c in np.unique(y):
        of_class = rng.permutation(np.flatnonzero(y == c))
        first[of_class[: (len(of_class) + 1) // 2]] = True
    return np.flatnonzero(first), np.flatnonzero(~first)

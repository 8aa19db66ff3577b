"""Points of the ROC, precision-recall and reliability curves, thinned for drawing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.services.evaluation import proportion, score_groups

MOST_POINTS = 400


def roc_and_pr(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> pd.DataFrame:
    """`fpr`, `recall`, `precision` at thresholds from the strictest to the loosest, at most 400 rows."""
    pos, neg = score_groups(score, positive)
    tp, fp = np.cumsum(pos), np.cumsum(neg)
    frame = pd.DataFrame({"fpr": fp / fp[-1], "recall": tp / tp[-1], "precision": tp / (tp + fp)})
    start = pd.DataFrame({"fpr": [0.0], "recall": [0.0], "precision": [frame["precision"].iloc[0]]})
    frame = pd.concat([start, frame], ignore_index=True)
    if len(frame) <= MOST_POINTS:
        return frame
    # Even steps along the curve, not along the rows, so that the steep part keeps its points.
    length = np.cumsum(np.r_[0, np.abs(np.diff(frame["fpr"])) + np.abs(np.diff(frame["recall"]))])
    picks = np.unique(np.searchsorted(length, np.linspace(0, length[-1], MOST_POINTS)).clip(max=len(frame) - 1))
    return frame.iloc[picks].reset_index(drop=True)


def reliability(risk: NDArray[np.floating], positive: NDArray[np.bool_], bins: int = 12) -> pd.DataFrame:
    """Mean risk said and share seen, with its interval, in bins of equal numbers of rows."""
    order = np.argsort(risk, kind="stable")
    rows = []
    for part in np.array_split(order, bins):
        if len(part):
            seen = proportion(int(positive[part].sum()), len(part))
            rows.append((float(risk[part].mean()), seen.value, seen.low, seen.high, len(part)))
    return pd.DataFrame(rows, columns=["said", "seen", "low", "high", "n"])

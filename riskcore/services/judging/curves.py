"""Points of the ROC, precision-recall and reliability curves, thinned for drawing."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.model import Output
from riskcore.services.judging.estimates import proportion
from riskcore.services.judging.ranking import about_worst, score_groups

MOST_POINTS = 400
RARE = 0.1  # share of positives below which reliability is looked at closest among the highest risks
FEWEST_IN_BIN = 25  # rows
CARD_POINTS, CARD_DIGITS = 100, 4  # what a card keeps of a curve


def roc_and_pr(score: NDArray[np.floating], positive: NDArray[np.bool_], most: int = MOST_POINTS) -> pd.DataFrame:
    """`fpr`, `recall`, `precision` at thresholds from the strictest to the loosest, at most so many rows."""
    pos, neg = score_groups(score, positive)
    tp, fp = np.cumsum(pos), np.cumsum(neg)
    frame = pd.DataFrame({"fpr": fp / fp[-1], "recall": tp / tp[-1], "precision": tp / (tp + fp)})
    start = pd.DataFrame({"fpr": [0.0], "recall": [0.0], "precision": [frame["precision"].iloc[0]]})
    frame = pd.concat([start, frame], ignore_index=True)
    if len(frame) <= most:
        return frame
    # Even steps along the curve, not along the rows, so that the steep part keeps its points.
    length = np.cumsum(np.r_[0, np.abs(np.diff(frame["fpr"])) + np.abs(np.diff(frame["recall"]))])
    picks = np.unique(np.searchsorted(length, np.linspace(0, length[-1], most)).clip(max=len(frame) - 1))
    return frame.iloc[picks].reset_index(drop=True)


def reliability(risk: NDArray[np.floating], positive: NDArray[np.bool_], bins: int = 12) -> pd.DataFrame:
    """Mean risk said and share seen, with its interval, from the lowest risks to the highest.

    Bins hold equal numbers of rows; of a rare class each holds half as many as the one below it, or all but the last
    would show no more than that the class is rare.
    """
    order = np.argsort(risk, kind="stable")
    rows = []
    for part in np.split(order, _cuts(len(order), bins, is_rare(positive))):
        if len(part):
            seen = proportion(int(positive[part].sum()), len(part))
            rows.append((float(risk[part].mean()), seen.value, seen.low, seen.high, len(part)))
    return pd.DataFrame(rows, columns=["said", "seen", "low", "high", "n"])


def is_rare(positive: NDArray[np.bool_]) -> bool:
    """Whether a class is so rare that most bins of equal size would look alike."""
    return bool(positive.mean() < RARE)


def _cuts(n: int, bins: int, rare: bool) -> list[int]:
    """Where to cut n ranks into bins."""
    if not rare:
        return [round(n * i / bins) for i in range(1, bins)]
    halvings = min(bins - 1, max(0, int(np.log2(max(n / FEWEST_IN_BIN, 1)))))
    return [n - round(n / 2**i) for i in range(1, halvings + 1)]


def card_curves(output: Output, y: NDArray[np.integer], classes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """`ranking` and, where the risk is a probability, `reliability` of the worst class as lists, for a model card."""
    positive = y == len(classes) - 1
    if positive.all() or not positive.any():
        return {}
    score, p = about_worst(output)
    found = {"ranking": roc_and_pr(score, positive, CARD_POINTS)}
    if output.likelihood:
        found["reliability"] = reliability(p, positive)
    told: dict[str, dict[str, Any]] = {}
    for name, frame in found.items():
        told[name] = {str(column): values.round(CARD_DIGITS).tolist() for column, values in frame.items()}
    return told

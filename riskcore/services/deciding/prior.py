"""The share of attacks in production, where the data at hand has another one: counts and money re-weighted.

Only the prior moves: within each class, events are taken to be spread as they are in the data (Saerens, Latinne &
Decaestecker 2002).  Recall and false-alarm rate therefore stay, and precision, workload and money change.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.thresholds import Sweep

UNKNOWN = "Without labels the share of attacks is not known, so it cannot be re-weighted."


def class_weights(counts: NDArray[Any], prior: float | None) -> NDArray[np.float64]:
    """How much one event of each class counts (..., classes), so that attacks (all but the first class) have the share
    `prior` and the total stays; ones where it is None.

    `counts` (..., classes).  The mix of the attacks among themselves stays.  Raises `DataError` where the prior is no
    share, or where the events hold no attack or nothing else.
    """
    if prior is None:
        return np.ones(counts.shape, dtype=np.float64)
    if not 0 < prior < 1:
        raise DataError(f"The prior is {prior:g}; it must be above 0 and below 1, as in 0.002 for 0.2 %.")
    honest, attacks = counts[..., 0], counts[..., 1:].sum(axis=-1)
    if not np.all(attacks.sum() * honest.sum()):
        raise DataError(
            f"With {honest.sum():,.0f} honest events and {attacks.sum():,.0f} attacks, nothing can be re-weighted."
        )
    total = honest + attacks
    # A draw without an attack has nothing to weigh up: its weight is told as none.
    weights = np.empty(counts.shape, dtype=np.float64)
    weights[..., 0] = (1 - prior) * total / np.maximum(honest, 1)
    weights[..., 1:] = (prior * total / np.maximum(attacks, 1))[..., None]
    return weights


def event_weights(labels: NDArray[np.integer], prior: float | None) -> NDArray[np.float64]:
    """How much each event (n,) counts, see `class_weights`; labels are class numbers (n,)."""
    return np.asarray(class_weights(np.bincount(labels, minlength=2), prior)[labels])


def odds_ratio(labels: NDArray[np.integer], prior: float | None) -> float:
    """By how much the odds of an attack are higher at the prior than in the data; 1 where it is None."""
    honest, attack = class_weights(np.bincount(labels > 0, minlength=2), prior)
    return float(attack / honest)


def by_bayes(share: float, odds: float) -> float:
    """A share of attacks among some events once attacks are `odds` times as common (Bayes' rule).

    >>> by_bayes(0.5, 1.0), by_bayes(0.5, 0.25)
    (0.5, 0.2)
    """
    return odds * share / (odds * share + 1 - share)


def share_of_attacks(hits: int, n: int, odds: float) -> Metric:
    """`hits` attacks among n events, told at other odds, with the Wilson interval of what was counted."""
    counted = proportion(hits, n)
    return Metric(*(by_bayes(s, odds) for s in (counted.value, counted.low, counted.high)))


def reweighted(swept: Sweep, prior: float | None) -> Sweep:
    """The same events with another share of attacks; the sweep itself where `prior` is None.  Needs labels."""
    if prior is None:
        return swept
    if swept.amounts is None:
        raise DataError(UNKNOWN)
    weights = class_weights(swept.confusion[0].sum(axis=0), prior)
    return replace(swept, confusion=swept.confusion * weights, amounts=swept.amounts * weights)

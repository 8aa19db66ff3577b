"""Recall against stealth: how the careful attacks of each kind are found, beside the crude ones."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.services.judging.detection import SHARE, Truth
from riskcore.services.judging.estimates import proportion

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of stealth


@dataclass(frozen=True)
class Point:
    """The share of the attacks of a kind, of about one stealth, that were found; with its 95 % interval."""

    kind: str
    low_stealth: float
    high_stealth: float
    n: int
    recall: float
    low: float
    high: float

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def detectability(truth: Truth, score: NDArray[np.floating]) -> tuple[Point, ...]:
    """Recall at 1 % benign step-ups by kind and stealth, kinds in the order of `truth`, the crude ones first.

    Of whole attacks, by what was seen no later than their first success, or else of events.  None where stealth is not
    known; bins without attacks are left out.  Intervals are Wilson's: attacks are independent.
    """
    if truth.stealth is None:
        return ()
    edge = alarm_edge(score[truth.benign])
    found = []
    for kind, every in truth.kinds.items():
        rows = every if truth.attack is None else truth.strongest(score, kind)
        place = np.clip(np.searchsorted(EDGES, truth.stealth[rows], side="right") - 1, 0, len(EDGES) - 2)
        for i in np.unique(place[~np.isnan(truth.stealth[rows])]):
            hit = score[rows[place == i]] > edge
            share = proportion(int(hit.sum()), len(hit))
            found.append(Point(kind, EDGES[i], EDGES[i + 1], len(hit), share.value, share.low, share.high))
    return tuple(found)


def alarm_edge(benign: NDArray[np.floating]) -> float:
    """The score above which at most 1 % of benign events lie."""
    return float(np.sort(benign)[len(benign) - 1 - int(SHARE * len(benign))])

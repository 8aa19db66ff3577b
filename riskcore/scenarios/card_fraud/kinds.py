"""The kinds of payment that the generator mixes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskcore.core.kinds import harmful

# Standard deviations of the components of genuine payments, falling as principal components do.
SCALE = np.array([
    1.9, 1.6, 1.5, 1.4, 1.35, 1.3, 1.2, 1.2, 1.1, 1.05, 1.0, 1.0, 1.0, 0.95, 0.9, 0.85, 0.85, 0.85,
    0.8, 0.75, 0.7, 0.7, 0.6, 0.6, 0.5, 0.5, 0.4, 0.3,
])  # fmt: skip
AMOUNTS = np.array([0.8, 9.0, 40.0, 160.0, 700.0])  # EUR, means of the geometric distributions that amounts mix
WIDTHS = np.array([0.75, 2.0])  # narrow and wide payments, in standard deviations


@dataclass(frozen=True)
class Kind:
    """One kind of payment.  `shift` is by component, in standard deviations of genuine payments at overlap 0.5."""

    name: str  # "" for genuine ones
    share: float  # among the genuine, or among the frauds (the default of the knob)
    shift: Mapping[str, float]
    wide: float  # share of wide payments
    amounts: tuple[float, ...]  # shares of AMOUNTS
    peak: float  # busiest hour of the day
    swing: float  # 0 = the same all day, 1 = none at all twelve hours from the peak


KINDS = (
    Kind("", 0.90, {}, 0.15, (0.12, 0.30, 0.33, 0.20, 0.05), peak=15, swing=0.8),
    # Honest but odd, at home in single components of a fraud: abroad, by phone order, at a new shop.
    Kind(
        "", 0.05, {"V4": 1.6, "V11": 1.2, "V14": -1.4, "V7": 1.2}, 0.3, (0.05, 0.15, 0.3, 0.3, 0.2), peak=19, swing=0.5
    ),
    Kind(
        "",
        0.05,
        {"V3": -1.4, "V10": -1.6, "V12": 1.3, "V17": -1.3},
        0.3,
        (0.3, 0.3, 0.2, 0.15, 0.05),
        peak=11,
        swing=0.6,
    ),
    Kind(
        "card_testing",
        0.35,
        {"V2": 0.7, "V4": 1.5, "V11": 1.4, "V12": -1.6, "V14": -2.0, "V10": -0.9},
        0.2,
        (0.85, 0.1, 0.03, 0.01, 0.01),
        peak=3,
        swing=0.6,
    ),
    Kind(
        "big_ticket",
        0.25,
        {"V3": -1.7, "V7": -1.5, "V10": -1.9, "V12": -1.3, "V16": -1.6, "V17": -2.0, "V18": -1.1},
        0.35,
        (0.02, 0.03, 0.15, 0.4, 0.4),
        peak=14,
        swing=0.3,
    ),
    # The other way round in V4 and V11: a straight line through the components cannot have both.
    Kind(
        "account_drain",
        0.25,
        {"V4": -1.5, "V11": -1.4, "V14": -1.2, "V8": 1.6, "V21": 1.5, "V19": 1.1},
        0.3,
        (0.05, 0.1, 0.25, 0.4, 0.2),
        peak=23,
        swing=0.5,
    ),
    Kind(
        "lookalike", 0.15, {"V14": -0.9, "V4": 0.6, "V12": -0.6}, 0.2, (0.15, 0.3, 0.3, 0.18, 0.07), peak=15, swing=0.7
    ),
)
FRAUDS = tuple(harmful(KINDS))

# Where frauds move during the file at drift 1, in standard deviations: away from what gave them away.
DRIFT = {"V4": -1.2, "V10": 1.2, "V11": -1.2, "V12": 1.2, "V14": 1.5, "V17": 1.2, "V5": -1.5, "V20": 1.5}

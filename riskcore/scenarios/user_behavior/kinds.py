"""The kinds of anomaly, and whom each of them is odd for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.scenarios.user_behavior.event import DAY, TYPES
from riskcore.scenarios.user_behavior.people import People

DOWNLOAD = TYPES.index("download")


@dataclass(frozen=True)
class Kind:
    """One kind of anomaly: how far a crude one is from the user's habits, in each field.

    Careful ones go a third as far.  Whoever does one thing out of the ordinary tends to be a little off in others.
    """

    name: str
    weight: float  # share of the anomalous events
    size: int  # events of one attack
    gap: float  # s from one to the next
    hours: float  # from the usual hour, to either side
    seconds: float  # in the user's own spreads
    events: float  # in the user's own spreads
    device: float  # chance of the device that the user uses less
    type: str = ""  # of all its events; empty for the user's own mix
    grows: bool = False  # from nothing to the full distance over the attack
    stranger: bool = False  # habits are those of another user


# fmt: off
KINDS = (  #                weight size  gap  hours seconds events device
    Kind("unusual_hour",     0.20,   1,     0,  11.0,   0.8,   0.8,  0.05),
    Kind("long_session",     0.17,   1,     0,   2.0,   6.0,   1.5,  0.05),
    Kind("event_burst",      0.16,   5,    15,   2.0,   0.0,   6.5,  0.05, "click"),
    Kind("new_device",       0.14,   2,   240,   4.0,   1.0,   1.0,  1.00, "login"),
    Kind("bulk_download",    0.14,   4,    90,   3.0,   1.5,   4.0,  0.05, "download"),
    Kind("slow_creep",       0.09,   9,   DAY,   0.0,   6.0,   5.0,  0.00, grows=True),
    Kind("borrowed_account", 0.10,   3,   400,   0.0,   0.0,   0.0,  0.00, stranger=True),
)
# fmt: on
CAREFUL = 0.35  # distance of the most careful attack, of a crude one's
STEALTH_SPREAD = 4.0  # a + b of the beta distribution of crudeness: the lower, the more crude and careful ones mix

# To be odd only for this user, an act has to hit one who never does it: somebody else does.
SUITS: Mapping[str, Callable[[People], NDArray[np.bool_]]] = {
    "unusual_hour": lambda p: p.focus >= np.median(p.focus),
    "long_session": lambda p: p.seconds <= np.quantile(p.seconds, 0.4),
    "event_burst": lambda p: p.events <= np.quantile(p.events, 0.4),
    "new_device": lambda p: np.abs(p.desktop - 0.5) > 0.4,
    "bulk_download": lambda p: (p.types[:, DOWNLOAD] <= 0.06) & (p.events <= np.median(p.events)),
    "slow_creep": lambda p: p.seconds <= np.median(p.seconds),
}

"""Who the users are, and what each of them usually does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TYPE_SHARES = np.array([0.16, 0.13, 0.37, 0.27, 0.07])
TYPE_SPREADS = np.array([0.3, 0.3, 0.4, 0.4, 1.2])  # of the log share: people differ most in what they download


@dataclass(frozen=True)
class People:
    """Habits of u users, each (u,) unless said."""

    hour: Floats  # usual hour, 0 to 24
    focus: Floats  # concentration of the hour (von Mises); 1 is nearly any time, 10 within two hours
    seconds: Floats  # mean of the log of the session's duration in s
    seconds_spread: Floats
    events: Floats  # mean of the log of the session's events
    events_spread: Floats
    types: Floats  # (u, 5) how often each type of event
    desktop: Floats  # share of events from a desktop
    weekend: Floats  # a weekend day's events for one of a working day
    activity: Floats  # how busy, relative to others
    lean: Floats  # where durations and counts move when habits drift, in own spreads


def people(count: int) -> People:
    """The first `count` users.  Nobody depends on how many others there are, nor on any seed of the data."""
    z = np.random.default_rng(20_260_302).standard_normal((count, 14))
    u = np.random.default_rng(20_260_303).random((count, 3))
    at_night, device = u[:, 0] < 0.15, u[:, 1]
    seconds = np.log(1_500) + 0.8 * z[:, 0]
    shares = TYPE_SHARES * np.exp(z[:, 1:6] * TYPE_SPREADS)
    return People(
        hour=np.where(at_night, 1.0 + 2.0 * z[:, 6], 13.0 + 2.5 * z[:, 6]) % 24,
        focus=np.exp(1.5 + 0.6 * z[:, 7]),
        seconds=seconds,
        seconds_spread=0.35 * np.exp(0.3 * z[:, 8]),
        events=np.log(25) + 0.4 * (seconds - np.log(1_500)) + 0.6 * z[:, 9],
        events_spread=0.30 * np.exp(0.3 * z[:, 10]),
        types=shares / shares.sum(axis=1, keepdims=True),
        desktop=np.select([device < 0.5, device < 0.75], [0.996, 0.004], 0.15 + 0.7 * u[:, 2]),
        weekend=np.exp(-1.0 + 0.8 * z[:, 11]),
        activity=np.exp(0.5 * z[:, 12]),
        lean=z[:, 13],
    )

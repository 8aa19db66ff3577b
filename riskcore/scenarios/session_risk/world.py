"""The distributions that sessions are drawn from, and that true probabilities are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drawing import draw_columns
from riskcore.scenarios.session_risk.event import WEEK, is_night
from riskcore.scenarios.session_risk.kinds import ANYBODY, FLAT, Kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = {"ip_change_count": 60, "device_change_count": 12, "os_variation": 8}  # generated at most; files may hold more
SIZE = 6.0  # of the negative binomial: the variance is mean + mean² / 6


@dataclass(frozen=True)
class World:
    """The distributions of all kinds at one noise: what sessions are drawn from, and what p_true is made of.

    With probability `blur`, each field of a session by itself is not its kind's but anybody's.
    """

    blur: float
    tables: dict[str, Floats]  # field -> P(value | kind), (kinds, values), blur included

    @classmethod
    def at(cls, blur: float) -> "World":
        pure = _tables((*FLAT, ANYBODY))
        return cls(blur, {name: (1 - blur) * table[:-1] + blur * table[-1] for name, table in pure.items()})

    def draw(self, rng: np.random.Generator, kind: Ints) -> pd.DataFrame:
        """One session of each kind given, (n,)."""
        whose = np.where(rng.random(len(kind)) < self.blur, len(FLAT), kind)
        values = {"session_duration": _durations(rng, whose)}
        values |= {name: draw_columns(rng, table, kind) for name, table in self.tables.items()}
        sessions = pd.DataFrame(values)
        return sessions.assign(is_night_login=is_night(sessions))

    def likelihood(self, sessions: pd.DataFrame) -> Floats:
        """P(session | kind), (n, kinds)."""
        values = {name: sessions[name].to_numpy() for name in self.tables}
        seconds = sessions["session_duration"].to_numpy()
        edges = np.log([seconds - 0.5, seconds + 0.5])
        anybody = self.blur * _between(ANYBODY, edges)
        p = np.empty((len(FLAT), len(sessions)))
        for k, kind in enumerate(FLAT):
            p[k] = (1 - self.blur) * _between(kind, edges) + anybody
            for name, table in self.tables.items():
                p[k] *= table[k][values[name]]
        return p.T


def _tables(kinds: Sequence[Kind]) -> dict[str, Floats]:
    return {
        "is_revoked": np.array([[1 - k.revoked, k.revoked] for k in kinds]),
        "ip_change_count": np.array([_counts(k.ips, MOST["ip_change_count"]) for k in kinds]),
        "device_change_count": np.array([_counts(k.devices, MOST["device_change_count"]) for k in kinds]),
        "location_change": np.array([[1 - k.moved, k.moved] for k in kinds]),
        "login_hour": np.array([_hours(k) for k in kinds]),
        "os_variation": np.array([[0.0, *_counts(k.systems, MOST["os_variation"] - 1)] for k in kinds]),
    }


def _counts(mean: float, most: int) -> Floats:
    """P(0 … most) of a negative binomial, cut at `most`, by the ratio of each probability to the one before."""
    i = np.arange(most)
    return _normed(np.cumprod([1.0, *((SIZE + i) / (i + 1) * mean / (mean + SIZE))]))


def _hours(kind: Kind) -> Floats:
    return _normed(np.exp(kind.focus * np.cos(2 * np.pi * (np.arange(24) - kind.hour) / 24)))


def _normed(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def _durations(rng: np.random.Generator, rows: Ints) -> Ints:
    """A duration in s for each of the kinds (n,), by inversion; `len(FLAT)` is anybody."""
    shape = np.array([k.shape for k in (*FLAT, ANYBODY)])[rows]
    median = np.array([60 * k.minutes for k in (*FLAT, ANYBODY)])[rows]
    low, high = (1 / (1 + (median / edge) ** shape) for edge in (0.5, WEEK + 0.5))
    u = low + rng.random(len(rows)) * (high - low)
    return np.asarray(np.rint(median * (u / (1 - u)) ** (1 / shape)).clip(1, WEEK).astype(np.int64))


def _between(kind: Kind, edges: Floats) -> Floats:
    """P(duration between two edges | kind), edges (2, n) in log s."""
    low, high = _below(kind, edges)
    least, most = _below(kind, np.log([0.5, WEEK + 0.5]))
    return np.asarray((high - low) / (most - least))


def _below(kind: Kind, log_seconds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(kind.shape * (np.log(60 * kind.minutes) - log_seconds))))

"""A fortnight of readings, and what goes wrong in it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.kinds import harm, harmful, log_shares, mix, prior, truth
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated
from riskcore.core.schema import framed
from riskcore.scenarios.infra_anomaly.event import DAY_US, METRICS, time_of_day

Floats = NDArray[np.float64]

# In the order of METRICS, on the logarithmic scale.
USUAL = np.array([np.log(120.0), -5.6, -0.4, 0.2])  # 120 ms, 0.4 % errors, 40 % CPU, 55 % memory
LOADING = np.array([0.35, 0.10, 0.80, 0.35])  # what one unit of load adds
NOISE = np.array([0.12, 0.50, 0.18, 0.12])  # standard deviations beside load
SWING = 1.0  # of load from its daily mean to its peak
PEAK = 15  # the busiest hour, UTC
LOAD_NOISE = 0.35  # standard deviation of load at a given hour
UNEVEN = 0.3  # standard deviation of how hard a kind strikes, as a share


@dataclass(frozen=True)
class Kind:
    """One kind of reading: what it adds to the metrics, on average, at stealth ½."""

    name: str  # "" for normal ones
    share: float  # among normal readings, or among anomalies (the default of the knob)
    adds: tuple[float, float, float, float]


KINDS = (
    Kind("", 0.91, (0.0, 0.0, 0.0, 0.0)),
    Kind("", 0.05, (0.05, 0.0, 0.9, 0.3)),  # a nightly job, a backup: busy, and nobody waits
    Kind("", 0.04, (0.25, 0.9, 0.2, -0.15)),  # a release: caches are cold, some requests fail
    Kind("saturation", 0.25, (0.55, 0.6, 1.2, 0.1)),
    Kind("memory_leak", 0.20, (0.05, 0.0, 0.1, 0.65)),
    Kind("error_burst", 0.20, (-0.05, 2.2, 0.0, 0.0)),
    Kind("latency_spike", 0.20, (0.65, 0.2, -0.1, 0.0)),  # something it depends on is slow; its own CPU waits
    Kind("silent_drop", 0.15, (-0.45, -0.1, -1.1, 0.0)),  # requests no longer arrive; memory is still held
)
ATTACKS = tuple(harmful(KINDS))

KNOBS = (
    Knob(key="anomaly_rate", label="Share of anomalies", kind="number", default=0.02, low=0.001, high=0.5, step=0.001),
    mix("Kinds of anomaly", harmful(KINDS)),
    *(
        Knob(
            key=f"stealth_{name}",
            label=f"Stealth: {name.replace('_', ' ')}",
            kind="number",
            default=0.5,
            step=0.05,
            help="0: twice as far from ordinary as at one half; 1: like an ordinary reading.",
        )
        for name in ATTACKS
    ),
)
SPAN = 14 * DAY_US
FIRST = pd.Timestamp("2026-01-05", tz="UTC")  # a Monday


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n readings of a fortnight in order of time, their labels and P(anomaly | reading)."""
    shares = prior(KINDS, knobs["anomaly_rate"], knobs["mix"])
    kind = rng.choice(len(KINDS), size=n, p=shares)
    moments = FIRST + pd.to_timedelta(np.sort(rng.integers(0, SPAN // 1_000, size=n)), unit="ms")
    draft = framed({"timestamp": moments.as_unit("us")})
    load = LOAD_NOISE * rng.standard_normal(n)
    hardness = 1 + UNEVEN * rng.standard_normal(n)
    z = _daily(draft) + np.outer(load, LOADING) + rng.standard_normal((n, len(METRICS))) * NOISE
    z += hardness[:, None] * _adds(knobs)[kind]
    events = framed(dict(zip(METRICS, _recorded(z), strict=True)) | {"timestamp": draft["timestamp"]})
    return Generated(events, truth(KINDS, kind, _anomaly_probability(events, shares, knobs)))


def _adds(knobs: Knobs) -> Floats:
    """What each kind adds on average (kinds, metrics)."""
    return np.array([np.array(k.adds) * (2 * (1 - knobs[f"stealth_{k.name}"]) if k.name else 1.0) for k in KINDS])


def _daily(events: pd.DataFrame) -> Floats:
    """Mean (n, metrics) of ordinary readings at each one's time of day."""
    load = SWING * np.cos(time_of_day(events) - 2 * np.pi * PEAK / 24)
    return np.asarray(USUAL + np.outer(load, LOADING))


def _recorded(z: Floats) -> tuple[Floats, ...]:
    """Metrics as they are written down, from their logarithms; rounding is fine enough not to move a density."""
    response: Floats = np.exp(z[:, 0])
    shares: Floats = 1 / (1 + np.exp(-z[:, 1:]))
    return (
        np.round(response, 2),
        np.round(shares[:, 0], 7),
        np.round(100 * shares[:, 1], 3),
        np.round(100 * shares[:, 2], 3),
    )


def _anomaly_probability(events: pd.DataFrame, shares: Floats, knobs: Knobs) -> Floats:
    """P(anomaly | reading), (n,): a kind is one normal distribution of the four, load and hardness integrated out."""
    response, error, cpu, memory = (events[name].to_numpy() for name in METRICS)
    z = np.column_stack([np.log(response), *(np.log(s / (1 - s)) for s in (error, cpu / 100, memory / 100))])
    distance = z - _daily(events)
    log_joint = np.empty((len(KINDS), len(events)))
    log_prior = log_shares(shares)
    for i, adds in enumerate(_adds(knobs)):
        covariance = np.diag(NOISE**2) + LOAD_NOISE**2 * np.outer(LOADING, LOADING) + UNEVEN**2 * np.outer(adds, adds)
        off = distance - adds
        log_joint[i] = log_prior[i] - np.linalg.slogdet(covariance)[1] / 2
        log_joint[i] -= ((off @ np.linalg.inv(covariance)) * off).sum(axis=1) / 2
    return harm(KINDS, log_joint)

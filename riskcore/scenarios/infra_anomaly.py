"""Infrastructure anomaly: is a reading of a service's metrics unlike what its load explains?

Load follows the time of day and moves response time, CPU and memory together, so that none of them is unusual merely
for being high.  Readings are independent.  On a logarithmic scale (of odds, where a metric is a share) the metrics of
each kind of reading are normal given the hour, with load a common factor; `p_true` is Bayes' rule over the kinds.
Labels judge; the default model never sees them.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.policy import Action, Band, Costs, EffectCost, Policy
from riskcore.core.scenario import Floors, Generated, Knob, Knobs, Labels, Scenario, Target
from riskcore.core.schema import EventSchema, framed, number, timestamp
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.estimators.isolation import isolation
from riskcore.estimators.logistic import logistic
from riskcore.estimators.residuals import Residuals

Floats = NDArray[np.float64]

EVENT = EventSchema(
    fields=(
        number(
            "response_time",
            "Response time",
            unit="ms",
            low=0,
            high=3_600_000,
            help="Median over the interval of the reading.",
            synonyms=("latency", "latency_ms", "response_time_ms", "duration_ms", "rt"),
        ),
        number(
            "error_rate",
            "Share of failed requests",
            low=0,
            high=1,
            synonyms=("errors", "error_ratio", "failure_rate", "err_rate"),
        ),
        number(
            "cpu_usage",
            "CPU in use",
            unit="%",
            low=0,
            high=100,
            synonyms=("cpu", "cpu_percent", "cpu_pct", "cpu_utilization", "cpu_util"),
        ),
        number(
            "memory_usage",
            "Memory in use",
            unit="%",
            low=0,
            high=100,
            synonyms=("memory", "mem", "memory_percent", "mem_pct", "memory_utilization", "ram"),
        ),
        timestamp(
            "timestamp",
            "When it was read",
            optional=True,
            help="Of it, only the hour (UTC) is looked at: load follows the time of day.",
            synonyms=("time", "datetime", "date", "ts", "recorded_at"),
        ),
    ),
    time="timestamp",
)
TARGET = Target(
    name="is_anomaly", classes=("normal", "anomaly"), aliases=("anomaly", "label", "class", "target", "outage", "y")
)
METRICS = ("response_time", "error_rate", "cpu_usage", "memory_usage")
COLUMNS = tuple(f"log_{name}" for name in METRICS)
CONTEXT = ("hour_sin", "hour_cos")
SOURCE = dict(zip(COLUMNS, METRICS, strict=True)) | dict.fromkeys(CONTEXT, "timestamp")
LEAST_MS = 0.1  # ms; added, so that the logarithm of no time is finite
LEAST_SHARE = 1e-4  # shares count as that far from 0 and 1, so that their log-odds are finite
DAY_US = 86_400_000_000


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """The four metrics as logarithms or log-odds, and the hour on the circle of the day, (n, 6); NaN without a time."""
    response, error, cpu, memory = (events[name].to_numpy(dtype=np.float64) for name in METRICS)
    columns = [np.log(response + LEAST_MS), *(_log_odds(share) for share in (error, cpu / 100, memory / 100))]
    turn = _turn(events)
    values = dict(zip((*COLUMNS, *CONTEXT), (*columns, np.sin(turn), np.cos(turn)), strict=True))
    return framed({name: column.astype(np.float32) for name, column in values.items()})


def _log_odds(share: Floats) -> Floats:
    inside = np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.asarray(np.log(inside / (1 - inside)))


def _turn(events: pd.DataFrame) -> Floats:
    """Time of day (n,) as an angle, 0 at midnight; NaN where it is not known."""
    moments = events["timestamp"]
    turn = moments.astype("int64").to_numpy() % DAY_US * (2 * np.pi / DAY_US)
    return np.where(moments.isna(), np.nan, turn)


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
ATTACKS = tuple(kind.name for kind in KINDS if kind.name)

KNOBS = (
    Knob(key="anomaly_rate", label="Share of anomalies", kind="number", default=0.02, low=0.001, high=0.5, step=0.001),
    Knob(
        key="mix",
        label="Kinds of anomaly",
        kind="shares",
        default=tuple(kind.share for kind in KINDS if kind.name),
        parts=ATTACKS,
        may_lack=True,
    ),
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
    prior = _prior(knobs)
    kind = rng.choice(len(KINDS), size=n, p=prior)
    moments = FIRST + pd.to_timedelta(np.sort(rng.integers(0, SPAN // 1_000, size=n)), unit="ms")
    draft = framed({"timestamp": moments.as_unit("us")})
    load = LOAD_NOISE * rng.standard_normal(n)
    hardness = 1 + UNEVEN * rng.standard_normal(n)
    z = _daily(draft) + np.outer(load, LOADING) + rng.standard_normal((n, len(METRICS))) * NOISE
    z += hardness[:, None] * _adds(knobs)[kind]
    events = framed(dict(zip(METRICS, _recorded(z), strict=True)) | {"timestamp": draft["timestamp"]})
    anomaly = _anomaly_probability(events, prior, knobs)
    names = np.array([k.name for k in KINDS], dtype=object)
    return Generated(
        events,
        Labels(
            label=(names != "")[kind].astype(np.int64),
            attack=names[kind],
            p_true=np.column_stack([1 - anomaly, anomaly]),
        ),
    )


def _prior(knobs: Knobs) -> Floats:
    """Share (kinds,) of each kind of reading."""
    mix, rate = dict(zip(ATTACKS, knobs["mix"], strict=True)), knobs["anomaly_rate"]
    return np.array([rate * mix[k.name] if k.name else (1 - rate) * k.share for k in KINDS])


def _adds(knobs: Knobs) -> Floats:
    """What each kind adds on average (kinds, metrics)."""
    return np.array([np.array(k.adds) * (2 * (1 - knobs[f"stealth_{k.name}"]) if k.name else 1.0) for k in KINDS])


def _daily(events: pd.DataFrame) -> Floats:
    """Mean (n, metrics) of ordinary readings at each one's time of day."""
    load = SWING * np.cos(_turn(events) - 2 * np.pi * PEAK / 24)
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


def _anomaly_probability(events: pd.DataFrame, prior: Floats, knobs: Knobs) -> Floats:
    """P(anomaly | reading), (n,): a kind is one normal distribution of the four, load and hardness integrated out."""
    response, error, cpu, memory = (events[name].to_numpy() for name in METRICS)
    z = np.column_stack([np.log(response), *(np.log(s / (1 - s)) for s in (error, cpu / 100, memory / 100))])
    distance = z - _daily(events)
    log_joint = np.empty((len(KINDS), len(events)))
    with np.errstate(divide="ignore"):  # a kind that is absent
        log_prior = np.log(prior)
    for i, adds in enumerate(_adds(knobs)):
        covariance = np.diag(NOISE**2) + LOAD_NOISE**2 * np.outer(LOADING, LOADING) + UNEVEN**2 * np.outer(adds, adds)
        off = distance - adds
        log_joint[i] = log_prior[i] - np.linalg.slogdet(covariance)[1] / 2
        log_joint[i] -= ((off @ np.linalg.inv(covariance)) * off).sum(axis=1) / 2
    joint = np.exp(log_joint - log_joint.max(axis=0))
    return np.asarray(joint[[bool(k.name) for k in KINDS]].sum(axis=0) / joint.sum(axis=0))


# An anomaly that nobody sees costs 150 USD until the next reading; a look takes ten minutes at 90 USD an hour, a call
# out of bed twice that and, when it was for nothing, some trust in calls.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 150.0),
    minute=1.5,
    effects={
        "review": EffectCost(review_minutes=10.0, catch_rate=0.7),
        "stop": EffectCost(friction=60.0, review_minutes=20.0, catch_rate=0.95),
    },
)

POLICY = Policy(
    actions=(
        Action("ignore", "No action", "pass"),
        Action("ticket", "Open a ticket", "review"),
        Action("page", "Page on-call", "stop"),
    ),
    # Percentiles: of normal days, at most 2 % of readings open a ticket and 0.5 % call someone.
    bands=(Band(0.0, "ignore"), Band(0.98, "ticket"), Band(0.995, "page")),
)


def _at(moment: str, *metrics: float) -> dict[str, object]:
    return dict(EVENT.example(*metrics, timestamp=f"2026-01-14T{moment}:00Z"))


LEARNED = (partial(Residuals, COLUMNS, CONTEXT),)

SCENARIO = Scenario(
    key="infra_anomaly",
    title="Infrastructure anomaly",
    summary="Is this reading unlike what the load explains?",
    icon=":material/monitor_heart:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"anomaly_rate": 0.5},
        "realistic": {"anomaly_rate": 0.005},
        "nasty": {"anomaly_rate": 0.01} | {f"stealth_{name}": 0.7 for name in ATTACKS},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        # Among 256 rows, a metric that fails alone stands no further out than the odd ones of normal days.
        "isolation": isolation(TARGET.classes, SOURCE, transformers=LEARNED, rows_per_tree=1_024),
        # Where labels exist:
        "boosted": boosted(
            TARGET.classes, SOURCE, transformers=LEARNED, rounds=150, depth=4, rate=0.08, min_child_weight=5.0
        ),
        "forest": forest(TARGET.classes, SOURCE, transformers=LEARNED, min_leaf=5),
        "logistic": logistic(TARGET.classes, SOURCE, transformers=LEARNED),
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Quiet night": _at("03:30", 84.0, 0.003, 22.0, 46.0),
        "Busy noon": _at("12:00", 158.0, 0.004, 55.0, 61.0),
        "Saturation": _at("14:10", 420.0, 0.012, 93.0, 68.0),
        "Memory leak": _at("11:20", 150.0, 0.004, 54.0, 83.0),
        "Error burst": _at("16:05", 160.0, 0.09, 58.0, 63.0),
        "Latency spike": _at("10:40", 420.0, 0.005, 50.0, 60.0),
        "Silent drop": _at("15:00", 82.0, 0.003, 22.0, 63.0),
        "Outage in errors alone": _at("12:00", 158.0, 1.0, 55.0, 61.0),
    },
    per_day=5_760,  # a reading each 15 s
    floors=Floors(metrics={"roc_auc": 0.92, "average_precision": 0.45}, single_field_auc=0.8),
    exceptions={
        "data_is_worth_learning_from": "Where one reading in fifty is an anomaly, most others are plainly normal.",
    },
)

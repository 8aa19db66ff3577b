"""What is known of a reading, and what a model reads of it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Target
from riskcore.core.schema import EventSchema, framed, number, timestamp

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
    turn = time_of_day(events)
    values = dict(zip((*COLUMNS, *CONTEXT), (*columns, np.sin(turn), np.cos(turn)), strict=True))
    return framed({name: column.astype(np.float32) for name, column in values.items()})


def _log_odds(share: Floats) -> Floats:
    inside = np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.asarray(np.log(inside / (1 - inside)))


def time_of_day(events: pd.DataFrame) -> Floats:
    """Time of day (n,) as an angle, 0 at midnight; NaN where it is not known."""
    moments = events["timestamp"]
    turn = moments.astype("int64").to_numpy() % DAY_US * (2 * np.pi / DAY_US)
    return np.where(moments.isna(), np.nan, turn)

"""What is known of an event, and what a model reads of it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Target
from riskcore.core.schema import EventSchema, category, framed, integer, number, text, timestamp

Floats = NDArray[np.float64]
TYPES = ("login", "logout", "view", "click", "download")
DEVICES = ("desktop", "mobile")
HOUR, DAY = 3_600, 86_400  # s
LONGEST = 7 * DAY  # s; sessions are ended by then
MOST_EVENTS = 100_000


def hour_of(events: pd.DataFrame) -> Floats:
    """Hour of the timestamp in UTC (n,), NaN where there is none."""
    return np.asarray(events["timestamp"].dt.hour, dtype=np.float64)


def weekday_of(events: pd.DataFrame) -> Floats:
    """Day of the week of the timestamp in UTC (n,), 0 is Monday; NaN where there is none."""
    return np.asarray(events["timestamp"].dt.day_of_week, dtype=np.float64)


EVENT = EventSchema(
    fields=(
        text(
            "user_id",
            "User",
            help="Whose past the event is compared with; a user never seen is compared with everybody.",
            synonyms=("user", "userid", "uid", "account", "account_id", "username"),
        ),
        category("event_type", "Kind of event", TYPES, synonyms=("event", "action", "type")),
        number(
            "session_duration_sec",
            "Session duration",
            unit="s",
            low=0,
            high=LONGEST,
            help="How long the session of this event lasts.",
            synonyms=("session_duration", "duration", "duration_sec", "session_length"),
        ),
        integer(
            "events_in_session",
            "Events in the session",
            low=1,
            high=MOST_EVENTS,
            synonyms=("event_count", "num_events", "events", "session_events"),
        ),
        integer(
            "hour_of_day",
            "Hour of day",
            unit="h",
            low=0,
            high=23,
            help="In UTC. Follows from the timestamp, where there is one.",
            synonyms=("hour", "login_hour"),
            derive=hour_of,
            derive_rule="timestamp: its hour in UTC",
            asked=True,
        ),
        integer(
            "day_of_week",
            "Day of the week",
            low=0,
            high=6,
            help="0 is Monday. Follows from the timestamp, where there is one.",
            synonyms=("weekday", "dow"),
            derive=weekday_of,
            derive_rule="timestamp: its day of the week in UTC, 0 for Monday",
            asked=True,
        ),
        category("device_type", "Device", DEVICES, synonyms=("device",)),
        timestamp(
            "timestamp", "Time of the event", optional=True, synonyms=("time", "event_time", "ts", "datetime", "date")
        ),
    ),
    time="timestamp",
)

TARGET = Target(
    name="is_anomaly",
    classes=("usual", "anomaly"),
    aliases=("anomaly", "label", "is_attack", "outlier", "target", "y"),
)

SOURCE = {
    "log_duration": "session_duration_sec",
    "log_events": "events_in_session",
    "hour_sin": "hour_of_day",
    "hour_cos": "hour_of_day",
}


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """Logarithms, the hour also on its circle, and `user_id` as a key that only a baseline reads; (n, 9).

    Never the timestamp itself: a model would learn when the file was made.
    """
    hour = events["hour_of_day"].to_numpy(dtype=np.float32)
    turn = hour * np.float32(2 * np.pi / 24)
    return framed(
        {
            "user_id": events["user_id"].array,
            "log_duration": np.log1p(events["session_duration_sec"].to_numpy(dtype=np.float32)),
            "log_events": np.log1p(events["events_in_session"].to_numpy(dtype=np.float32)),
            "hour_of_day": hour,
            "hour_sin": np.sin(turn),
            "hour_cos": np.cos(turn),
            "day_of_week": events["day_of_week"].to_numpy(dtype=np.float32),
            "event_type": events["event_type"].array,
            "device_type": events["device_type"].array,
        }
    )

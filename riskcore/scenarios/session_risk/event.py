"""What is known of a session, and what a model reads of it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.schema import EventSchema, column_index, flag, integer

Ints = NDArray[np.int64]
CLASSES = ("safe", "medium", "high")
WEEK = 604_800  # s; sessions are ended by then
NIGHT_BEGINS, NIGHT_ENDS = 22, 6  # hours of the day; night is from 22:00 to 05:59


def is_night(events: pd.DataFrame) -> Ints:
    """1 where the login was at night, else 0; (n,)."""
    hour = events["login_hour"].to_numpy()
    return np.asarray(((hour >= NIGHT_BEGINS) | (hour < NIGHT_ENDS)).astype(np.int64))


EVENT = EventSchema(
    fields=(
        integer(
            "session_duration",
            "Session duration",
            unit="s",
            low=1,
            high=WEEK,
            help="From login to the last request, in whole seconds.",
            synonyms=("duration", "session_length", "session_length_s", "session_duration_s", "session_duration_sec"),
        ),
        flag(
            "is_revoked",
            "Token revoked",
            help="1 if the session's token was revoked before or during the session.",
            synonyms=("revoked", "token_revoked", "is_token_revoked"),
        ),
        integer(
            "ip_change_count",
            "IP address changes",
            low=0,
            high=10_000,
            help="How often the address changed within the session; mobile networks change it often.",
            synonyms=("ip_changes", "ip_change", "num_ip_changes", "ip_count"),
        ),
        integer(
            "device_change_count",
            "Device changes",
            low=0,
            high=10_000,
            help="How often the device fingerprint changed within the session.",
            synonyms=("device_changes", "device_change", "num_device_changes", "device_count"),
        ),
        flag(
            "location_change",
            "Location changed",
            help="1 if the session was seen in a place other than the user's usual ones.",
            synonyms=("location_changed", "geo_change", "new_location"),
        ),
        integer(
            "login_hour",
            "Hour of login",
            unit="h",
            low=0,
            high=23,
            help="In the user's own time zone.",
            synonyms=("hour", "hour_of_day", "hour_of_login"),
        ),
        flag(
            "is_night_login",
            "Login at night",
            help="Follows from the hour; may be left out.",
            synonyms=("night_login", "is_night", "night"),
            derive=is_night,
            derive_rule="login_hour: 1 from 22 to 5, else 0",
        ),
        integer(
            "os_variation",
            "Operating systems",
            low=1,
            high=100,
            help="How many different operating systems were seen in the session.",
            synonyms=("os_count", "os_variations", "num_os", "operating_systems"),
        ),
    )
)


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """The fields as they are, (n, 8) float32 in one block in C order: trees need neither logarithms nor scales."""
    names = column_index(EVENT.names)
    assert events.columns.equals(names), "validated events have the fields in their order"
    return pd.DataFrame(np.ascontiguousarray(events.to_numpy(dtype=np.float32)), columns=names, copy=False)

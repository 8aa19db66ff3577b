"""Where an entity's consecutive events were, and how fast somebody would have travelled between them."""

from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.geo import great_circle_km
from riskcore.core.scenario import Scenario

STAYS_KM = 30.0  # within a city; nearer is the same place
LEAST_H = 1 / 60  # between two events of one minute the speed means nothing


def journeys(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Each change of place among events in order of time, one line each.

    Columns: `lat`, `lon`, `name` and `lat_to`, `lon_to`, `name_to`; `at`, the place in `events` of the arrival; `km`,
    `hours` and `kmh` by great circle from the latest event that has a place.  Empty without a role `place`.
    """
    columns = ["lat", "lon", "name", "lat_to", "lon_to", "name_to", "at", "km", "hours", "kmh"]
    placed = _placed(scenario, events)
    if len(placed) < 2:
        return pd.DataFrame(columns=columns)
    before, after = placed.iloc[:-1].reset_index(drop=True), placed.iloc[1:].reset_index(drop=True)
    km = great_circle_km(before["lat"], before["lon"], after["lat"], after["lon"])
    hours = after["seconds"].sub(before["seconds"]).div(3600).to_numpy()
    found = before[["lat", "lon", "name"]].assign(
        lat_to=after["lat"],
        lon_to=after["lon"],
        name_to=after["name"],
        at=after["at"],
        km=km,
        hours=hours,
        kmh=km / np.maximum(hours, LEAST_H),
    )
    return found[found["km"] > STAYS_KM][columns].reset_index(drop=True)


def places(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Every place of these events, most visited first: `name`, `lat`, `lon` (means) and `events`."""
    placed = _placed(scenario, events)
    grouped = placed.groupby("name", sort=False)
    found = grouped.agg(lat=("lat", "mean"), lon=("lon", "mean"), events=("at", "size")).reset_index()
    return found.sort_values("events", ascending=False, kind="stable", ignore_index=True)


def _placed(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Events with coordinates: `lat`, `lon`, `name`, `seconds` and `at`, their place in `events`."""
    if not scenario.event.place:
        return pd.DataFrame(columns=["lat", "lon", "name", "seconds", "at"])
    lat, lon, name = scenario.event.place
    said: dict[str, Any] = {
        "lat": events[lat].to_numpy(dtype=np.float64),
        "lon": events[lon].to_numpy(dtype=np.float64),
        "name": events[name].astype("object").where(events[name].notna(), "somewhere").to_numpy(),
        "seconds": scenario.event.seconds(events),
        "at": np.arange(len(events)),
    }
    return pd.DataFrame(said).dropna(subset=["lat", "lon"])

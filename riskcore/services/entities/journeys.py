"""Where an entity's consecutive events were, and how fast somebody would have travelled between them."""

from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.geo import great_circle_km
from riskcore.core.scenario import Scenario

STAYS_KM = 30.0  # within a city; nearer is the same place
LEAST_H = 1 / 60  # between two events of one minute the speed means nothing


def journeys(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Each change of place among one entity's events in order of time, one line each.

    Columns: `lat`, `lon`, `name` and `lat_to`, `lon_to`, `name_to`; `since` and `at`, the places in `events` of the
    departure and the arrival; `km` and `hours` by great circle from the latest event where the person was; `kmh`, as
    the scenario counts it (`Scenario.travel`) and else km through hours; `travel`, False where it counts none, as to
    the place of a network: somebody's next way then begins where they were before.  Empty without a role `place`.
    """
    columns = ["lat", "lon", "name", "lat_to", "lon_to", "name_to", "since", "at", "km", "hours", "kmh", "travel"]
    placed = _placed(scenario, events)
    if len(placed) < 2:
        return pd.DataFrame(columns=columns)
    # The latest own place before each; before the first of them, whatever place was the latest.
    own, order = placed["own"].to_numpy(dtype=bool), np.arange(len(placed))
    latest = np.maximum.accumulate(np.where(own, order, -1))[:-1]
    before = placed.iloc[np.where(latest < 0, order[:-1], latest)].reset_index(drop=True)
    after = placed.iloc[1:].reset_index(drop=True)
    km = great_circle_km(before["lat"], before["lon"], after["lat"], after["lon"])
    hours = after["seconds"].sub(before["seconds"]).div(3600).to_numpy()
    plain = km / np.maximum(hours, LEAST_H)
    counted = after["kmh"].to_numpy(dtype=np.float64)
    found = before[["lat", "lon", "name"]].assign(
        lat_to=after["lat"],
        lon_to=after["lon"],
        name_to=after["name"],
        since=before["at"],
        at=after["at"],
        km=km,
        hours=hours,
        kmh=np.where(np.isnan(counted), plain, counted),
        travel=before["own"] & after["own"] & (counted != 0),
    )
    return found[found["km"] > STAYS_KM][columns].reset_index(drop=True)


def places(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Every place of these events, most visited first: `name`, `lat`, `lon` (means) and `events`."""
    grouped = _located(scenario, events).groupby("name", sort=False)
    found = grouped.agg(lat=("lat", "mean"), lon=("lon", "mean"), events=("at", "size")).reset_index()
    return found.sort_values("events", ascending=False, kind="stable", ignore_index=True)


def _placed(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
    """Events with coordinates as `_located` tells them, with what the scenario says of them as `own` and `kmh`."""
    located = _located(scenario, events)
    if scenario.travel is None or located.empty:
        return located.assign(own=True, kmh=np.nan)
    said = scenario.travel(events).iloc[located["at"].to_numpy()]
    return located.assign(own=said["own"].to_numpy(), kmh=said["kmh"].to_numpy())


def _located(scenario: Scenario, events: pd.DataFrame) -> pd.DataFrame:
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

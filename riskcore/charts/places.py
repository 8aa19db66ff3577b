"""Consecutive places on a plain grid of degrees: no tiles, nothing from the net."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.charts.theme import ACCENT, ALARM, NEUTRAL

CRUISE_KMH = 900.0  # above airliner ground speed; faster means two people or a proxy
SLOW, FAST = "slower", f"faster than {CRUISE_KMH:.0f} km/h"
POINTS = 24  # on each great circle
ROOM = 6.0  # degrees around what is shown
NAMED = 14  # other places named for orientation
LABELLED = 3  # ways whose speed stands beside them, the fastest
HEIGHT = 420


def journey_map(journeys: pd.DataFrame, own: pd.DataFrame, others: pd.DataFrame) -> Any:
    """An entity's places and the ways between them, fast ones marked.

    `journeys` and places as in `services.journeys`; `others` are the data set's places, for orientation, and can hold
    the own ones.
    """
    lines = _lines(journeys)
    x, y = _window(own, lines)
    scales: dict[str, Any] = {
        "x": alt.X("lon:Q", title="Longitude (°)", scale=alt.Scale(domain=x, nice=False), axis=alt.Axis(tickCount=7)),
        "y": alt.Y("lat:Q", title="Latitude (°)", scale=alt.Scale(domain=y, nice=False), axis=alt.Axis(tickCount=7)),
    }
    known = others[~others["name"].isin(own["name"])]
    ground = alt.Chart(known).encode(**scales)
    dots = ground.mark_point(shape="circle", size=22, filled=True, color=NEUTRAL, opacity=0.45, clip=True)
    near = known[known["lon"].between(x[0], x[1]) & known["lat"].between(y[0], y[1])].head(NAMED)
    faint = (
        alt.Chart(near).encode(**scales, text="name:N").mark_text(dx=6, align="left", color=NEUTRAL, size=10, clip=True)
    )
    here = alt.Chart(own).encode(
        **scales,
        size=alt.Size("events:Q", legend=None, scale=alt.Scale(range=[70, 420])),
        tooltip=["name", alt.Tooltip("events", format=",")],
    )
    circles = here.mark_point(filled=True, color=ACCENT, opacity=0.85, clip=True)
    names = (
        alt.Chart(own)
        .encode(**scales, text="name:N")
        .mark_text(dx=11, align="left", fontWeight="bold", size=12, clip=True, color=ACCENT)
    )
    layers = [dots, faint, *_ways(journeys, lines, scales), circles, names]
    drawing: Any = (
        alt.layer(*layers)
        .properties(height=HEIGHT, title=alt.TitleParams(said(journeys), anchor="start", fontSize=13, limit=900))
        .interactive()
    )
    return drawing


def said(journeys: pd.DataFrame) -> str:
    """What the ways say, in a sentence."""
    if journeys.empty:
        return "Never far from one place"
    fastest: Any = journeys.iloc[int(journeys["kmh"].to_numpy().argmax())]
    way = f"{fastest['name']} to {fastest['name_to']}, {fastest['km']:,.0f} km in {duration(fastest['hours'])}"
    return f"{'Faster than an airliner' if fastest['kmh'] > CRUISE_KMH else 'The fastest way'}: {way}"


def duration(hours: float) -> str:
    """Hours as a person says them.

    >>> duration(0.21), duration(5.04), duration(100)
    ('13 min', '5 h', '4 days')
    """
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _lines(journeys: pd.DataFrame) -> pd.DataFrame:
    """Points of the great circle of each way, in order."""
    parts = []
    ways: Any = journeys.itertuples()
    for i, way in enumerate(ways):
        lat, lon = great_circle((way.lat, way.lon), (way.lat_to, way.lon_to))
        told = f"{way.km:,.0f} km in {duration(way.hours)}: {way.kmh:,.0f} km/h"
        part = {"way": i, "order": range(POINTS), "lat": lat, "lon": lon, "told": told}
        part |= {"speed": FAST if way.kmh > CRUISE_KMH else SLOW, "from": way.name, "to": way.name_to}
        parts.append(pd.DataFrame(part))
    columns = ["way", "order", "lat", "lon", "told", "speed", "from", "to"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _ways(journeys: pd.DataFrame, lines: pd.DataFrame, scales: dict[str, Any]) -> list[alt.Chart]:
    """Great circles, fast ones dashed, and the speed on the fastest."""
    if lines.empty:
        return []
    color = alt.Color(
        "speed:N",
        scale=alt.Scale(domain=[SLOW, FAST], range=[NEUTRAL, ALARM]),
        legend=alt.Legend(title=None, orient="bottom"),
    )
    dash = alt.StrokeDash("speed:N", scale=alt.Scale(domain=[SLOW, FAST], range=[[1, 0], [6, 3]]), legend=None)
    drawn = (
        alt.Chart(lines)
        .encode(**scales, detail="way:N", order="order:Q", color=color, strokeDash=dash, tooltip=["from", "to", "told"])
        .mark_line(strokeWidth=2, clip=True)
    )
    fastest = journeys["kmh"].rank(ascending=False, method="first").to_numpy() <= LABELLED
    over: Any = fastest & (journeys["kmh"].to_numpy(dtype=np.float64) > CRUISE_KMH)
    middle = lines[(lines["order"] == POINTS // 2).to_numpy() & over[lines["way"].to_numpy()]]
    words = (
        alt.Chart(middle)
        .encode(**scales, text="told:N")
        .mark_text(dy=-9, color=ALARM, fontWeight="bold", size=11, clip=True)
    )
    return [drawn, words] if len(middle) else [drawn]


def great_circle(
    start: tuple[float, float], end: tuple[float, float], points: int = POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitudes and longitudes (points,) on the shortest way between two places, by spherical interpolation.

    Longitudes run on over ±180°, so that a line does not cross the whole map.
    """
    a, b = _vector(*start), _vector(*end)
    angle = np.arccos(np.clip(a @ b, -1, 1))
    t = np.linspace(0, 1, points)[:, None]
    if angle < 1e-9:
        way = np.repeat(a[None], points, axis=0)
    else:
        way = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    lon = np.degrees(np.unwrap(np.arctan2(way[:, 1], way[:, 0])))
    return np.degrees(np.arcsin(np.clip(way[:, 2], -1, 1))), lon


def _vector(lat: float, lon: float) -> NDArray[np.float64]:
    p, q = np.radians(lat), np.radians(lon)
    return np.array([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)])


def _window(own: pd.DataFrame, lines: pd.DataFrame) -> tuple[list[float], list[float]]:
    """What of the world is shown first: all own places and ways with room around them, about twice as wide as high."""
    lon, lat = (pd.concat([own[name], lines[name].astype("float64")]) for name in ("lon", "lat"))
    west, east = float(lon.min()) - ROOM, float(lon.max()) + ROOM
    south, north = float(lat.min()) - ROOM, float(lat.max()) + ROOM
    wide, high = max(east - west, 2 * (north - south), 24), max(north - south, (east - west) / 2.4, 12)
    x, y = (west + east) / 2, (south + north) / 2
    return [x - wide / 2, x + wide / 2], [max(-90, y - high / 2), min(90, y + high / 2)]

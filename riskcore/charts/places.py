"""Consecutive places on a plain map in degrees: land, ways and names; no tiles, nothing from the net.

Longitudes may lie beyond ±180°: a way over the Pacific runs on, and the world repeats itself beside it.
"""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from riskcore.charts.land import ROUND, land_layer, near, turns
from riskcore.charts.theme import ACCENT, ALARM, NEUTRAL
from riskcore.core.geo import great_circle

CRUISE_KMH = 900.0  # above airliner ground speed; faster means two people or a proxy
SLOW, FAST = "slower", f"faster than {CRUISE_KMH:.0f} km/h"
POINTS = 24  # on each great circle
ROOM, SHARE = 6.0, 0.12  # around what is shown, at least: degrees, and of how far it reaches
WIDE = 2.2  # times as wide as high, as charts on a page are
LEAST = 24.0  # degrees of longitude that are shown
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
    scales: dict[str, Any] = {"x": _axis(alt.X, "lon", x, "EW"), "y": _axis(alt.Y, "lat", y, "NS")}
    own, known = (_repeated(each, _wider(x)) for each in (own, others[~others["name"].isin(own["name"])]))
    ground = alt.Chart(known).encode(**scales)
    dots = ground.mark_point(shape="circle", size=22, filled=True, color=NEUTRAL, opacity=0.6, clip=True)
    named = known[known["lon"].between(x[0], x[1]) & known["lat"].between(y[0], y[1])].head(NAMED)
    faint = (
        alt.Chart(named)
        .encode(**scales, text="name:N")
        .mark_text(dx=6, align="left", color=NEUTRAL, size=10, clip=True)
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
    land = land_layer(near(_wider(x), _wider(y)), scales)
    layers = [land, dots, faint, *_ways(journeys, lines, scales), circles, names]
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
    """Points of the great circle of each way, in order; each begins where the way before it ended."""
    parts, end = [], None
    ways: Any = journeys.itertuples()
    for i, way in enumerate(ways):
        lat, lon = great_circle((way.lat, way.lon), (way.lat_to, way.lon_to), POINTS)
        lon = lon if end is None else lon + ROUND * np.round((end - lon[0]) / ROUND)
        end = lon[-1]
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


def _window(own: pd.DataFrame, lines: pd.DataFrame) -> tuple[list[float], list[float]]:
    """What of the world is shown first: all ways, or else all own places, with room around them.

    It is so much wider than high that, in the middle, a kilometre is about as long in either direction.
    """
    shown = own if lines.empty else lines
    west, east = _roomy(shown["lon"])
    south, north = _roomy(shown["lat"])
    x, y = (west + east) / 2, (south + north) / 2
    ratio = WIDE / np.cos(np.radians(min(abs(y), 60)))
    wide = max(east - west, ratio * (north - south), LEAST)
    high = min(wide / ratio, 180)
    y = float(np.clip(y, high / 2 - 90, 90 - high / 2))  # beyond the poles there is nothing to see
    return [x - wide / 2, x + wide / 2], [y - high / 2, y + high / 2]


def _roomy(degrees: pd.Series) -> tuple[float, float]:
    """From the least to the greatest, with room on either side."""
    low, high = float(degrees.min()), float(degrees.max())
    room = max(ROOM, SHARE * (high - low))
    return low - room, high + room


def _wider(shown: list[float]) -> list[float]:
    """A window with half of it again on either side for those who zoom out, as far as the world is not repeated."""
    wide = shown[1] - shown[0]
    more = max(0.0, min(wide, ROUND - wide)) / 2
    return [shown[0] - more, shown[1] + more]


def _axis(channel: Any, name: str, domain: list[float], sides: str) -> Any:
    """Degrees east or west, north or south; longitudes beyond ±180° are told as they are on a globe."""
    turned = f"((datum.value + {5 * ROUND / 2:.0f}) % {ROUND:.0f} - {ROUND / 2:.0f})"
    said = f"format(abs({turned}), '~r') + '°' + ({turned} > 0 ? ' {sides[0]}' : {turned} < 0 ? ' {sides[1]}' : '')"
    title = {"lon": "Longitude", "lat": "Latitude"}[name]
    axis = alt.Axis(tickCount=7, labelExpr=said, labelBound=True)
    return channel(f"{name}:Q", title=title, scale=alt.Scale(domain=domain, nice=False), axis=axis)


def _repeated(places: pd.DataFrame, x: list[float]) -> pd.DataFrame:
    """Places with their longitudes in a window, once for each time that the world shows them there."""
    seen = [turns(x, lon, lon) for lon in places["lon"].tolist()]
    found = places.iloc[np.repeat(np.arange(len(places)), [len(each) for each in seen])].reset_index(drop=True)
    return found.assign(lon=found["lon"] + np.array([turn for each in seen for turn in each], dtype=np.float64))

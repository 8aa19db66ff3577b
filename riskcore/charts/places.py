"""Consecutive places on a plain map in degrees: land, ways and names; no tiles, nothing from the net.

Longitudes may lie beyond ±180°: a way over the Pacific runs on, and the world repeats itself beside it.
"""

from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.charts.labels import Box, around, beside, off_line, place
from riskcore.charts.land import ROUND, land_layer, near, turns
from riskcore.charts.theme import ACCENT, ALARM, NEUTRAL, TEAL
from riskcore.core.geo import great_circle

CRUISE_KMH = 900.0  # above airliner ground speed; faster means two people or a proxy
SLOW, FAST, NO_TRAVEL = "slower", f"faster than {CRUISE_KMH:.0f} km/h", "a network or a near place, not travel"
POINTS = 24  # on each great circle
ROOM, SHARE = 6.0, 0.12  # around what is shown, at least: degrees, and of how far it reaches
WIDE = 2.2  # times as wide as high, as charts on a page are
LEAST = 24.0  # degrees of longitude that are shown
NAMED = 14  # other places named for orientation
LABELLED = 3  # ways whose speed stands beside them, the fastest
HEIGHT = 420
PLOT_PX = (660.0, 330.0)  # how wide and high the map is at least, where a window is not very narrow
AREAS, DOT = (70, 420), 3.0  # px² of the own places, px of the others
STEEP = 50.0  # px per px, above which a line is upright
LABEL = ["lon", "lat", "text", "dx", "dy"]

Floats = NDArray[np.float64]


class Screen(NamedTuple):
    """Where degrees stand in px, in a map that shows this window."""

    x: list[float]
    y: list[float]

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        wide, high = PLOT_PX
        return (
            (lon - self.x[0]) / (self.x[1] - self.x[0]) * wide,
            (self.y[1] - lat) / (self.y[1] - self.y[0]) * high,
        )

    def shows(self, lon: float, lat: float) -> bool:
        return self.x[0] <= lon <= self.x[1] and self.y[0] <= lat <= self.y[1]


def journey_map(journeys: pd.DataFrame, own: pd.DataFrame, others: pd.DataFrame, new: int | None = None) -> Any:
    """An entity's places and the ways between them, fast ones marked, and those that are no travel.

    `journeys` and places as in `services.journeys`; `others` are the data set's places, for orientation, and can hold
    the own ones.  `new` is the place among the events of the one on the form: the title speaks of its way, if it has
    one.
    """
    lines = _lines(journeys)
    x, y = _window(own, lines)
    scales: dict[str, Any] = {"x": _axis(alt.X, "lon", x, "EW"), "y": _axis(alt.Y, "lat", y, "NS")}
    own, known = (_repeated(each, _wider(x)) for each in (own, others[~others["name"].isin(own["name"])]))
    dots = (
        alt.Chart(known)
        .encode(**scales)
        .mark_point(shape="circle", size=22, filled=True, color=NEUTRAL, opacity=0.6, clip=True)
    )
    screen = Screen(x, y)
    radii = _radii(own["events"])
    taken = [around(*screen.at(lon, lat), r) for lon, lat, r in zip(own["lon"], own["lat"], radii, strict=True)]
    speeds = _speeds(journeys, lines, screen, taken)
    names = _named(own, radii, screen, taken)
    faint = _named(known, np.full(len(known), DOT), screen, taken).head(NAMED)
    here = alt.Chart(own).encode(
        **scales,
        size=alt.Size("events:Q", legend=None, scale=alt.Scale(range=list(AREAS))),
        tooltip=["name", alt.Tooltip("events", format=",")],
    )
    circles = here.mark_point(filled=True, color=ACCENT, opacity=0.85, clip=True)
    layers = [land_layer(near(_wider(x), _wider(y)), scales), dots, *_ways(lines, scales), circles]
    layers += [
        _words(faint, scales, color=NEUTRAL, size=10),
        _words(names, scales, color=ACCENT, size=12, fontWeight="bold"),
        _words(speeds, scales, color=ALARM, size=11, fontWeight="bold"),
    ]
    title = alt.TitleParams(said(journeys, new), anchor="start", fontSize=13, limit=900)
    drawing: Any = alt.layer(*layers).properties(height=HEIGHT, title=title).interactive()
    return drawing


def said(journeys: pd.DataFrame, new: int | None = None) -> str:
    """What the ways say, in a sentence: of the way to the event on the form, or else of the fastest that is travel."""
    to_form: Any = journeys[journeys["at"] == new] if new is not None else journeys.iloc[:0]
    if len(to_form) and not to_form["travel"].iloc[0]:
        return f"To the event on the form, {NO_TRAVEL}: {_in_words(to_form.iloc[0])}"
    travelled: Any = to_form if len(to_form) else journeys[journeys["travel"].astype(bool)]
    if journeys.empty:
        return "Never far from one place"
    if travelled.empty:
        return "No travel: its other places are near, or those of networks"
    fastest = travelled.iloc[int(travelled["kmh"].to_numpy().argmax())]
    slow = "To the event on the form" if len(to_form) else "The fastest way"
    return f"{'Faster than an airliner' if fastest['kmh'] > CRUISE_KMH else slow}: {_in_words(fastest)}"


def _in_words(way: Any) -> str:
    return f"{way['name']} to {way['name_to']}, {way['km']:,.0f} km in {duration(way['hours'])}"


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
        told = f"{way.km:,.0f} km in {duration(way.hours)}"
        told += f": {way.kmh:,.0f} km/h" if way.travel else f", {NO_TRAVEL}"
        part = {"way": i, "order": range(POINTS), "lat": lat, "lon": lon, "told": told}
        speed = NO_TRAVEL if not way.travel else FAST if way.kmh > CRUISE_KMH else SLOW
        part |= {"speed": speed, "from": way.name, "to": way.name_to}
        parts.append(pd.DataFrame(part))
    columns = ["way", "order", "lat", "lon", "told", "speed", "from", "to"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _ways(lines: pd.DataFrame, scales: dict[str, Any]) -> list[alt.Chart]:
    """Great circles, fast ones and those that are no travel dashed in their own ways."""
    if lines.empty:
        return []
    kinds = [SLOW, FAST, NO_TRAVEL]
    legend = alt.Legend(title=None, orient="bottom", symbolType="stroke", symbolSize=500, labelLimit=400)
    color = alt.Color("speed:N", scale=alt.Scale(domain=kinds, range=[TEAL, ALARM, NEUTRAL]), legend=legend)
    dash = alt.StrokeDash("speed:N", scale=alt.Scale(domain=kinds, range=[[1, 0], [6, 3], [2, 4]]), legend=legend)
    drawn = alt.Chart(lines).encode(
        **scales, detail="way:N", order="order:Q", color=color, strokeDash=dash, tooltip=["from", "to", "told"]
    )
    return [drawn.mark_line(strokeWidth=2, clip=True)]


def _speeds(journeys: pd.DataFrame, lines: pd.DataFrame, screen: Screen, taken: list[Box]) -> pd.DataFrame:
    """The speeds of the fastest ways, off their middles."""
    fast = journeys[(journeys["kmh"] > CRUISE_KMH) & journeys["travel"].astype(bool)]
    found = []
    for way in fast["kmh"].astype(np.float64).nlargest(LABELLED).index:
        at: Any = lines[lines["way"] == way].iloc[POINTS // 2 - 1 : POINTS // 2 + 1]
        (x0, y0), (x, y) = (screen.at(lon, lat) for lon, lat in zip(at["lon"], at["lat"], strict=True))
        text, point = str(at["told"].iloc[1]), at.iloc[1]
        slope = (y - y0) / (x - x0) if x != x0 else np.inf
        if label := place(x, y, text, off_line(text, min(abs(slope), STEEP)), taken):
            found.append((point["lon"], point["lat"], text, *label))
    return pd.DataFrame(found, columns=LABEL)


def _named(found: pd.DataFrame, radii: Floats, screen: Screen, taken: list[Box]) -> pd.DataFrame:
    """The names that have room in the window, the strongest place first."""
    named = []
    for lon, lat, name, radius in zip(found["lon"], found["lat"], found["name"], radii, strict=True):
        if screen.shows(lon, lat) and (label := place(*screen.at(lon, lat), name, beside(name, radius), taken)):
            named.append((lon, lat, name, *label))
    return pd.DataFrame(named, columns=LABEL)


def _words(labels: pd.DataFrame, scales: dict[str, Any], **look: Any) -> alt.Chart:
    """Labels at their offsets, which stay the same when zoomed."""
    offset: Any = {"dx": alt.ExprRef("datum.dx"), "dy": alt.ExprRef("datum.dy")}
    text = alt.Chart(labels).encode(**scales, text="text:N")
    drawn: alt.Chart = text.mark_text(**offset, align="center", baseline="middle", clip=True, **look)
    return drawn


def _radii(events: pd.Series) -> Floats:
    """Of the bubbles, in px, as the chart's scale makes them: areas grow with the events."""
    low, high = float(events.min()), float(events.max())
    share = (events.to_numpy(dtype=np.float64) - low) / (high - low) if high > low else np.full(len(events), 1.0)
    return np.asarray(np.sqrt((AREAS[0] + share * (AREAS[1] - AREAS[0])) / np.pi))


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

"""Where there is land, for maps that need nothing from the net.

`land.json` holds the outlines of Natural Earth's countries at 1:110 million (naturalearthdata.com; public domain, "no
permission is needed to use Natural Earth"), united to land, simplified to 0.2° and rounded to 0.1°.  Islands of less
than 0.15 square degrees are left out.  A lake (the Caspian) is joined to its shore by a cut of no width, so that each
outline is one ring.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.charts.theme import NEUTRAL

ROUND = 360.0  # degrees after which the world repeats itself
QUIET = 0.22  # how much of the ink shows on either background


class Ring(NamedTuple):
    """One outline: longitudes and latitudes (k,) in degrees; the last point is followed by the first."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


@cache
def rings() -> tuple[Ring, ...]:
    """All land, longitudes from −180 to 180."""
    said = json.loads(files("riskcore.charts").joinpath("land.json").read_text(encoding="utf-8"))
    return tuple(Ring(*(np.array(axis, dtype=np.float64) for axis in ring)) for ring in said["rings"])


def near(x: Sequence[float], y: Sequence[float]) -> list[Ring]:
    """The outlines of which a part may lie in a window of longitudes and latitudes, each [from, to].

    A window beyond ±180° sees the world repeated there.
    """
    return [
        Ring(ring.lon + shift, ring.lat)
        for ring in rings()
        for shift in turns(x, float(ring.lon.min()), float(ring.lon.max()))
        if ring.lat.max() >= y[0] and ring.lat.min() <= y[1]
    ]


def turns(x: Sequence[float], west: float, east: float) -> list[float]:
    """By how many degrees something from `west` to `east` must be turned to be seen in a window of longitudes, each
    time that it is.

    >>> turns([100, 300], -74, -74), turns([-190, 190], 170, 175), turns([-10, 10], 100, 110)
    ([360.0], [-360.0, 0.0], [])
    """
    after, before = np.floor((x[0] - east) / ROUND), np.ceil((x[1] - west) / ROUND)
    found: list[float] = (np.arange(after + 1, before) * ROUND).tolist()
    return found


def corners(found: Sequence[Ring]) -> pd.DataFrame:
    """Corners of outlines, one after another: `ring`, `corner`, `lon` and `lat`, in 16 bytes each."""
    sizes = [len(ring.lon) for ring in found]
    lon, lat = (np.concatenate([np.empty(0), *(ring[axis] for ring in found)]).astype(np.float32) for axis in (0, 1))
    ring, corner = np.repeat(np.arange(len(found)), sizes), np.arange(sum(sizes))
    return pd.DataFrame({"ring": ring.astype(np.int32), "corner": corner.astype(np.int32), "lon": lon, "lat": lat})


def land_layer(found: Sequence[Ring], scales: Mapping[str, Any]) -> Any:
    """Land as a quiet filled layer for the chart whose encodings `x` of `lon` and `y` of `lat` are `scales`.

    It has no tooltips.
    """
    shape = alt.Chart(corners(found)).encode(**scales, detail="ring:N", order="corner:Q")
    return shape.mark_line(filled=True, fill=NEUTRAL, fillOpacity=QUIET, strokeWidth=0, tooltip=None, clip=True)

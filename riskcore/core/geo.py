"""Distances and ways over the ground, on a sphere."""

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0  # mean radius


def great_circle_km(lat1: object, lon1: object, lat2: object, lon2: object) -> NDArray[np.float64]:
    """Distance; degrees in, km out, broadcast; NaN where a coordinate is.

    >>> float(np.round(great_circle_km(51.51, -0.13, 40.71, -74.01)))  # London to New York
    5570.0
    """
    return np.asarray(EARTH_KM * _angle(*(_radians(x) for x in (lat1, lon1, lat2, lon2))))


def great_circle(
    start: tuple[float, float], end: tuple[float, float], points: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitudes and longitudes (points,) of the shortest way between two places, by spherical interpolation.

    Longitudes run on over ±180°, so that neighbours are never more than half round apart.
    """
    a, b = _vector(*start), _vector(*end)
    angle = _angle(*(_radians(x) for x in (*start, *end)))
    t = np.linspace(0, 1, points)[:, None]
    way = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle) if angle > 1e-9 else a + 0 * t
    lon = np.degrees(np.unwrap(np.arctan2(way[:, 1], way[:, 0])))
    return np.degrees(np.arcsin(np.clip(way[:, 2], -1, 1))), lon


def _angle(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], d: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Between places (a, b) and (c, d), latitude and longitude, by the haversine formula; all in radians."""
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def _radians(degrees: object) -> NDArray[np.float64]:
    return np.radians(np.asarray(degrees, dtype=np.float64))


def _vector(lat: float, lon: float) -> NDArray[np.float64]:
    p, q = np.radians(lat), np.radians(lon)
    return np.array([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)])

"""Distances over the ground."""

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0  # mean radius


def great_circle_km(lat1: object, lon1: object, lat2: object, lon2: object) -> NDArray[np.float64]:
    """Distance by the haversine formula; degrees in, km out, broadcast; NaN where a coordinate is.

    >>> float(np.round(great_circle_km(51.51, -0.13, 40.71, -74.01)))  # London to New York
    5570.0
    """
    a, b, c, d = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))

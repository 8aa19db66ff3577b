"""Distances are those of a globe."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.geo import EARTH_KM, great_circle_km

LAT, LON = st.floats(-90, 90), st.floats(-180, 180)


@given(LAT, LON, LAT, LON)
def test_both_ways_are_equally_long_and_no_way_is_longer_than_half_round(
    a: float, b: float, c: float, d: float
) -> None:
    there, back = great_circle_km(a, b, c, d), great_circle_km(c, d, a, b)
    assert np.isclose(there, back, atol=1e-6)
    assert 0 <= there <= np.pi * EARTH_KM + 1e-6


@given(LAT, LON)
def test_the_antipode_is_half_round(lat: float, lon: float) -> None:
    assert np.isclose(great_circle_km(lat, lon, -lat, lon + 180), np.pi * EARTH_KM, rtol=1e-6)


def test_a_degree_of_latitude_is_111_km() -> None:
    assert np.round(great_circle_km(50.0, 8.0, 51.0, 8.0), 1) == 111.2


def test_without_a_coordinate_there_is_no_distance() -> None:
    assert np.isnan(great_circle_km([1.0, 2.0], 3.0, [np.nan, 2.0], 3.0)).tolist() == [True, False]

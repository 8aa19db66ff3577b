"""The map of an entity's places: land where there is land, no more of it than is seen, and a world without an edge."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from riskcore.charts.labels import LETTER, LINE, around, off_line
from riskcore.charts.land import corners, near, rings
from riskcore.charts.places import Screen, journey_map

HAMBURG, SAO_PAULO = (53.55, 9.99, "Hamburg"), (-23.55, -46.63, "Sao Paulo")
TOKYO, LOS_ANGELES = (35.68, 139.69, "Tokyo"), (34.05, -118.24, "Los Angeles")
Place = tuple[float, float, str]


def on_land(lat: float, lon: float, x: tuple[float, float] = (-180, 180)) -> bool:
    """Whether a ray to the east leaves the outlines once more than it enters them."""
    crossings = 0
    for ring in near(x, (-90, 90)):
        a, b = (ring.lon, ring.lat), (np.roll(ring.lon, -1), np.roll(ring.lat, -1))
        over = (a[1] > lat) != (b[1] > lat)
        share = np.divide(lat - a[1], b[1] - a[1], out=np.zeros(len(over)), where=over)
        crossings += int((over & (a[0] + share * (b[0] - a[0]) > lon)).sum())
    return crossings % 2 == 1


def journeys(*stops: Place) -> pd.DataFrame:
    """Ways from place to place, each of an hour."""
    names = ["lat", "lon", "name", "lat_to", "lon_to", "name_to"]
    return pd.DataFrame([(*a, *b) for a, b in pairwise(stops)], columns=names).assign(
        km=9e3, hours=1.0, kmh=9e3, travel=True, at=range(1, len(stops))
    )


def drawn(*stops: Place) -> dict:
    own = pd.DataFrame([(name, lat, lon, 1) for lat, lon, name in stops], columns=["name", "lat", "lon", "events"])
    own = own.drop_duplicates("name", ignore_index=True)
    return journey_map(journeys(*stops), own, own).to_dict()


def layer(said: dict, mark: str, **wanted: object) -> dict:
    return next(
        one
        for one in said["layer"]
        if one["mark"]["type"] == mark and all(one["mark"].get(key) == value for key, value in wanted.items())
    )


def rows(said: dict, one: dict) -> list[dict]:
    return said["datasets"][one["data"]["name"]]


def test_every_outline_lies_on_the_globe_and_has_corners() -> None:
    for ring in rings():
        assert len(ring.lon) == len(ring.lat) >= 3
        assert np.abs(ring.lon).max() <= 180
        assert np.abs(ring.lat).max() <= 90


@pytest.mark.parametrize(
    ("lat", "lon", "land"),
    [
        (51.5, -0.4, True),  # London
        (-15.8, -47.9, True),  # Brasilia
        (-25.3, 131.0, True),  # Uluru
        (66.5, -175.0, True),  # Chukotka, beyond 180°
        (-80.0, 0.0, True),  # Antarctica
        (30.0, -40.0, False),  # the mid-Atlantic
        (42.0, 51.0, False),  # the Caspian, a hole in its land
        (35.0, 18.0, False),  # the Mediterranean
        (0.0, -150.0, False),  # the Pacific
    ],
)
def test_there_is_land_where_there_is_land(lat: float, lon: float, land: bool) -> None:
    assert on_land(lat, lon) is land


def test_the_world_repeats_itself_beyond_the_date_line() -> None:
    assert on_land(40.0, 360 - 100.0, x=(100, 300))
    assert not on_land(30.0, 360 - 40.0, x=(100, 330))


def test_only_outlines_that_touch_the_window_are_sent() -> None:
    over_japan = near((130, 146), (30, 46))
    assert 1 <= len(over_japan) < len(rings()) / 4
    for ring in over_japan:
        assert min(ring.lon.max() - 130, ring.lat.max() - 30) >= 0
        assert max(ring.lon.min() - 146, ring.lat.min() - 46) <= 0
    assert near((-30, -20), (30, 36)) == []


def test_land_is_drawn_under_everything_clipped_and_without_a_tooltip() -> None:
    land = drawn(HAMBURG, SAO_PAULO)["layer"][0]
    assert (land["mark"]["filled"], land["mark"]["clip"], land["mark"]["tooltip"]) == (True, True, None)
    assert "tooltip" not in land["encoding"]


def test_the_land_of_the_whole_world_travels_light_and_a_sea_without_land_is_no_error() -> None:
    assert corners(near((-180, 180), (-90, 90))).memory_usage(index=False).sum() < 60_000
    assert corners([]).empty


def test_a_way_over_the_date_line_and_back_stays_on_one_side_of_the_map() -> None:
    said = drawn(TOKYO, LOS_ANGELES, TOKYO)
    lon = np.array([point["lon"] for point in rows(said, layer(said, "line", strokeWidth=2))])
    assert np.abs(np.diff(lon)).max() < 20
    assert (lon.min(), lon.max()) == pytest.approx((139.69, 360 - 118.24))
    x = layer(said, "line", filled=True)["encoding"]["x"]["scale"]["domain"]
    assert x[1] - x[0] < 180


def test_a_way_round_the_world_is_drawn_whole_and_begins_where_it_ends() -> None:
    said = drawn(TOKYO, LOS_ANGELES, HAMBURG, TOKYO)
    lon = np.array([point["lon"] for point in rows(said, layer(said, "line", strokeWidth=2))])
    assert lon.max() - lon.min() == pytest.approx(360)
    own = rows(said, layer(said, "point", opacity=0.85))
    assert sorted(one["lon"] for one in own if one["name"] == "Tokyo") == pytest.approx([139.69, 360 + 139.69])


def test_a_place_stands_where_its_ways_end() -> None:
    said = drawn(TOKYO, LOS_ANGELES)
    own = rows(said, layer(said, "point", opacity=0.85))
    assert {one["name"]: one["lon"] for one in own} == pytest.approx({"Tokyo": 139.69, "Los Angeles": 360 - 118.24})


def test_a_window_never_shows_more_than_the_world_is_high() -> None:
    said = drawn((78.2, 15.6, "Longyearbyen"), (69.6, 18.9, "Tromsö"))
    y = layer(said, "line", filled=True)["encoding"]["y"]["scale"]["domain"]
    assert -90 <= y[0] < y[1] <= 90 + 1e-9


def test_no_name_lies_over_another_and_the_busier_place_keeps_its_own() -> None:
    names = ["Utrecht", "Amsterdam", "Haarlem", "Leiden", "Tokyo", "Los Angeles"]
    lat = [52.09, 52.37, 52.38, 52.16, TOKYO[0], LOS_ANGELES[0]]
    lon = [5.12, 4.9, 4.64, 4.49, TOKYO[1], LOS_ANGELES[1]]
    own = pd.DataFrame({"name": names, "lat": lat, "lon": lon, "events": [9, 8, 7, 6, 5, 4]})
    said = journey_map(journeys(TOKYO, LOS_ANGELES), own, own).to_dict()
    bold = layer(said, "text", size=12)
    shown = rows(said, bold)
    assert {"Tokyo", "Los Angeles"} <= {one["text"] for one in shown}
    assert len(shown) < len(names)
    x, y = (bold["encoding"][axis]["scale"]["domain"] for axis in "xy")
    screen, taken = Screen(x, y), []
    for one in shown:
        across, down = screen.at(one["lon"], one["lat"])
        box = around(across + one["dx"], down + one["dy"], 5)  # within its words
        assert not any(box.meets(other) for other in taken)
        taken.append(box)


@pytest.mark.parametrize("slope", [0.0, 0.4, -1.0, 3.0, 50.0])
def test_a_speed_stands_beside_its_line(slope: float) -> None:
    text = "9,000 km in 1 h"
    for label in off_line(text, slope):
        half = LETTER * len(text) / 2
        ends = [slope * (label.dx + side) - label.dy for side in (-half, half)]  # of the words, from the line
        assert min(map(abs, ends)) >= LINE / 2
        assert ends[0] * ends[1] > 0

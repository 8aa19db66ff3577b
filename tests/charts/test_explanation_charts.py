"""Pictures of explanations say what the numbers say."""

from itertools import pairwise

import numpy as np
import pytest

from riskcore.charts.beeswarm import lanes
from riskcore.charts.decision import place_among_bands
from riskcore.charts.drivers import dependence, importance
from riskcore.charts.tree import tree_figure
from riskcore.charts.waterfall import MOST_BARS, Part, waterfall
from riskcore.core.explanation import DrawnTree
from riskcore.core.policy import Action, Band, Policy

POLICY = Policy(
    actions=(Action("go", "Go", "pass"), Action("look", "Look", "review"), Action("end", "End", "stop")),
    bands=(Band(0.0, "go"), Band(0.3, "look"), Band(0.8, "end")),
)
STUMP = DrawnTree(
    feature=np.array([0, -1, 1, -1, -1]),
    threshold=np.array([1.5, 0, 2.5, 0, 0]),
    left=np.array([1, -1, 3, -1, -1]),
    right=np.array([2, -1, 4, -1, -1]),
    value=np.array([np.nan, -1.0, np.nan, 0.5, 2.0]),
    cover=np.array([10.0, 6, 4, 3, 1]),
    inclusive=False,
)


def bars(spec: dict) -> list[dict]:
    return spec["layer"][0]["data"]["values"]


def test_a_waterfall_ends_where_base_and_parts_add_up_to() -> None:
    parts = [Part(f"f{i}", value) for i, value in enumerate(np.linspace(-1, 2, 15))]
    rows = bars(waterfall(parts, 0.25, "Log-odds"))
    assert rows[-1]["to"] == pytest.approx(0.25 + sum(p.contribution for p in parts))
    assert all(a["to"] == b["from"] for a, b in pairwise(rows))
    assert len(rows) == MOST_BARS + 3
    assert rows[-2]["bar"] == "5 other fields"


def test_a_waterfall_of_nothing_says_so() -> None:
    assert "No field" in waterfall([], 0.5, "Share")["title"]


def test_bands_cover_the_whole_scale_without_gaps() -> None:
    rows = place_among_bands(POLICY, {"risk": 0.4})["layer"][0]["data"]["values"]
    assert [(row["from"], row["to"], row["action"]) for row in rows] == [
        (0.0, 0.3, "Go"),
        (0.3, 0.8, "Look"),
        (0.8, 1.0, "End"),
    ]


def test_points_that_crowd_are_moved_aside_within_their_row() -> None:
    aside = lanes(np.array([0.0] * 50 + [1.0]))
    assert np.abs(aside).max() <= 0.95
    assert len(np.unique(aside[:50])) == 50
    assert aside[50] == 0


def test_the_importance_chart_keeps_the_order_of_its_first_measure() -> None:
    spec = importance({"first": {"a": 0.2, "b": 0.8}, "second": {"a": 0.9, "b": 0.1}}, {"a": "A", "b": "B"})
    assert [row["field"] for row in bars(spec)] == ["B", "A", "B", "A"]
    assert spec["title"].startswith("80% of what moves the model: B")


@pytest.mark.parametrize("truth", [None, np.array([0, 1, 0, 1])])
@pytest.mark.parametrize("values", [np.array([1.5, 2.5, 3.5, 4.5]), np.array(["x", "y", "x", "y"], dtype=object)])
def test_dependence_draws_numbers_and_categories_with_labels_or_without(values: np.ndarray, truth) -> None:
    chart = dependence(values, np.array([0.1, 0.2, 0.3, 0.4]), "F", "Log-odds", ("no", "yes"), truth)
    assert ("truth" in str(chart.to_dict()["encoding"])) == (truth is not None)


def test_a_tree_cut_at_a_depth_says_how_much_is_below() -> None:
    whole, cut = (tree_figure(STUMP, ["a", "b"], depth) for depth in (5, 1))
    assert list(whole.data[-1].text).count("+2") == 1
    assert "… 2 more" in cut.data[-1].text
    assert len(cut.data[-1].x) == 3
    assert len(cut.data[0].x) == 6  # two lines of three points, the third a gap

"""Charts of decisions: what they hold, in words and in numbers."""

import numpy as np
import pandas as pd

from riskcore.charts.deciding import by_segment
from riskcore.charts.movement import LEAST_PX, STEP_PX, height, in_words, moves, ribbons, sankey
from tests.deciding import ACTIONS

COUNTS = np.array([[90, 4, 0], [2, 10, 1], [0, 0, 5]])
SIDES = ("in force", "draft")


def test_ribbons_hold_every_move_and_those_that_stay_only_when_asked() -> None:
    moved = sankey(ACTIONS, COUNTS, SIDES, staying=False)["series"][0]
    assert [(link["source"], link["target"], link["value"]) for link in moved["links"]] == [
        ("Allow · in force", "Review · draft", 4),
        ("Review · in force", "Allow · draft", 2),
        ("Review · in force", "Stop · draft", 1),
    ]
    whole = sankey(ACTIONS, COUNTS, SIDES, staying=True)["series"][0]
    assert sum(link["value"] for link in whole["links"]) == COUNTS.sum()


def test_the_nth_ribbon_is_the_nth_link() -> None:
    links = sankey(ACTIONS, COUNTS, SIDES, staying=False)["series"][0]["links"]
    assert [int(COUNTS[i, j]) for i, j in ribbons(COUNTS, staying=False)] == [link["value"] for link in links]


def test_nodes_that_nothing_reaches_are_left_out() -> None:
    names = [node["name"] for node in sankey(ACTIONS, COUNTS, SIDES, staying=False)["series"][0]["data"]]
    assert "Stop · in force" not in names
    assert "Stop · draft" in names


def test_a_sankey_is_as_high_as_the_actions_that_it_draws_need() -> None:
    many = np.zeros((9, 9), dtype=np.int64)
    many[0, 1] = 5
    assert height(many, staying=False) == LEAST_PX
    many[:, 1] = 1
    assert height(many, staying=True) == 9 * STEP_PX
    assert height(many, staying=False) == 8 * STEP_PX
    assert height(np.zeros((3, 3), dtype=np.int64), staying=False) == LEAST_PX


def test_moves_are_told_most_first() -> None:
    assert [n for _, _, n in moves(ACTIONS, COUNTS)] == [4, 2, 1]
    assert in_words(ACTIONS, COUNTS, SIDES).endswith(
        "4 from Allow to Review; 2 from Review to Allow; 1 from Review to Stop."
    )


def test_segments_are_described_with_their_intervals() -> None:
    rows = pd.DataFrame(
        [
            {"segment": "DE", "value": 0.2, "low": 0.1, "high": 0.3, "n": 50},
            {"segment": "FR", "value": 0.25, "low": 0.2, "high": 0.3, "n": 90},
        ]
    )
    said = by_segment(rows, "Recall", 0.22).to_dict()
    assert said["title"]["text"] == "Recall differs by 5 points between segments"
    assert "DE 20.0% (10.0% to 30.0%)" in said["description"]

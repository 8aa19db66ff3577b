"""Who moves where between two ways of deciding: a Sankey of actions whose ribbons are as wide as their events."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.theme import EFFECT_COLORS
from riskcore.core.policy import Action

STEP_PX, LEAST_PX = 80, 220
Sides = tuple[str, str]  # what the two ways are called


def sankey(actions: Sequence[Action], counts: NDArray[np.integer], sides: Sides, staying: bool) -> dict[str, Any]:
    """An ECharts Sankey of `counts[a, b]` events that get action a under the first way and b under the second.

    `staying`: whether events that keep their action are drawn too; they are most of them.
    """
    links = [
        {"source": node(actions[i], sides[0]), "target": node(actions[j], sides[1]), "value": int(counts[i, j])}
        for i, j in ribbons(counts, staying)
    ]
    used = {link[end] for link in links for end in ("source", "target")}
    nodes = [
        {"name": node(action, side), "depth": depth, "itemStyle": {"color": EFFECT_COLORS[action.effect]}}
        for depth, side in enumerate(sides)
        for action in actions
        if node(action, side) in used
    ]
    series = {
        "type": "sankey",
        "data": nodes,
        "links": links,
        "left": 4,
        "right": 190,
        "top": 8,
        "bottom": 8,
        "nodeGap": 18,
        "layoutIterations": 0,  # actions stay in order of severity
        "draggable": False,
        "selectedMode": "single",
        "lineStyle": {"color": "source", "opacity": 0.4},
        "emphasis": {"focus": "adjacency"},
        "label": {"fontSize": 12},
    }
    return {"tooltip": {"trigger": "item", "valueFormatter": "%,d events"}, "series": [series]}


def height(actions: Sequence[Action]) -> int:
    """Pixels that a Sankey of these actions needs."""
    return max(LEAST_PX, STEP_PX * len(actions))


def ribbons(counts: NDArray[np.integer], staying: bool) -> list[tuple[int, int]]:
    """The ribbons that are drawn, in their order: places of the actions that each joins."""
    return [(i, j) for i, j in np.argwhere(counts).tolist() if staying or i != j]


def moves(actions: Sequence[Action], counts: NDArray[np.integer]) -> list[tuple[Action, Action, int]]:
    """Every pair of different actions between which events move, and how many; most first."""
    found = [(actions[i], actions[j], int(counts[i, j])) for i, j in np.argwhere(counts).tolist() if i != j]
    return sorted(found, key=lambda move: -move[2])


def in_words(actions: Sequence[Action], counts: NDArray[np.integer], sides: Sides) -> str:
    """The picture for those who cannot see it."""
    told = "; ".join(f"{n:,} from {a.label} to {b.label}" for a, b, n in moves(actions, counts)) or "none"
    return f"Events that get another action under {sides[1]} than under {sides[0]}: {told}."


def node(action: Action, side: str) -> str:
    """What an action is called on one side."""
    return f"{action.label} · {side}"

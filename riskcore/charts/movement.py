"""Who moves where between two ways of deciding: a Sankey of actions whose ribbons are as wide as their events."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.echarts import sankey_option
from riskcore.charts.theme import EFFECT_COLORS
from riskcore.core.policy import Action

STEP_PX, LEAST_PX = 80, 220
ROOM = 190  # px for labels
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
    return sankey_option(nodes, links, ROOM)


def height(counts: NDArray[np.integer], staying: bool) -> int:
    """Pixels that a Sankey needs for the actions that it draws."""
    drawn = ribbons(counts, staying)
    return max(LEAST_PX, STEP_PX * max((len({ribbon[side] for ribbon in drawn}) for side in (0, 1)), default=0))


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

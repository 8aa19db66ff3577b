"""One decision tree drawn: splits from the top, the side for yes to the left, leaves with what they add."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.theme import LOWERS, NEUTRAL, RAISES
from riskcore.core.explanation import DrawnTree

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LEVEL = 110  # px from level to level
MARGIN = 30  # px
ROOM = 9  # leaves that fit beside one another; with more, drag to see the rest


def tree_figure(drawn: DrawnTree, names: Sequence[str], depth: int) -> "Figure":
    """The nodes down to `depth` splits, to be panned and zoomed."""
    from plotly.graph_objects import Figure, Scatter

    place, level = _layout(drawn, depth)
    nodes = list(place)
    figure = Figure()
    lines = _lines(drawn, place, level)
    figure.add_trace(Scatter(**lines, mode="lines", line={"color": NEUTRAL, "width": 1.5}, hoverinfo="skip"))
    colors = _colors(drawn, nodes)
    figure.add_trace(
        Scatter(
            x=[place[n] for n in nodes],
            y=[-level[n] for n in nodes],
            mode="markers+text",
            marker={
                "color": colors,
                "size": 12,
                "symbol": ["circle" if drawn.feature[n] >= 0 else "square" for n in nodes],
                "line": {"width": 0},
            },
            text=[_label(drawn, n, names, cut=level[n] >= depth) for n in nodes],
            textposition=[
                "top center" if drawn.feature[n] >= 0 and level[n] < depth else "bottom center" for n in nodes
            ],
            hovertext=[_hover(drawn, n, names) for n in nodes],
            hoverinfo="text",
            cliponaxis=False,
        )
    )
    leaves = sum(1 for n in nodes if drawn.feature[n] < 0 or level[n] >= depth)
    axis: dict[str, Any] = {"visible": False}
    deepest = max(level.values())
    figure.update_layout(
        showlegend=False,
        dragmode="pan",
        height=int(min(900, 140 + LEVEL * deepest)),
        margin={"l": MARGIN, "r": MARGIN, "t": MARGIN, "b": MARGIN},
        xaxis=axis | {"range": _window(place[0], leaves)},
        yaxis=axis | {"range": [-deepest - 0.6, 0.6]},
    )
    return figure


def _window(root: float, leaves: int) -> list[float]:
    """What of the width is shown first: all, or the part around the root."""
    if leaves <= ROOM:
        return [-0.8, max(leaves - 0.2, 0.8)]
    start = min(max(-0.8, root - ROOM / 2), leaves - 0.2 - ROOM)
    return [start, start + ROOM]


def _layout(drawn: DrawnTree, depth: int) -> tuple[dict[int, float], dict[int, int]]:
    """Where each shown node stands: leaves one beside the other, parents in the middle above their children."""
    place: dict[int, float] = {}
    level: dict[int, int] = {}
    count = 0

    def put(node: int, at: int) -> None:
        nonlocal count
        level[node] = at
        if drawn.feature[node] < 0 or at >= depth:
            place[node] = float(count)
            count += 1
            return
        children = int(drawn.left[node]), int(drawn.right[node])
        for child in children:
            put(child, at + 1)
        place[node] = (place[children[0]] + place[children[1]]) / 2

    put(0, 0)
    return place, level


def _lines(drawn: DrawnTree, place: dict[int, float], level: dict[int, int]) -> dict[str, list[float | None]]:
    """Ways from nodes to their children; a gap after each."""
    x: list[float | None] = []
    y: list[float | None] = []
    for node in place:
        for child in (int(drawn.left[node]), int(drawn.right[node])):
            if child in place:
                x += [place[node], place[child], None]
                y += [-level[node], -level[child], None]
    return {"x": x, "y": y}


def split_in_words(drawn: DrawnTree, node: int, names: Sequence[str]) -> str:
    """The question a node asks; yes goes left."""
    if node in drawn.codes:
        return f"{names[drawn.feature[node]]}<br>{_one_of(drawn.choices[drawn.feature[node]], drawn.codes[node])}?"
    sign = "≤" if drawn.inclusive else "<"
    return f"{names[drawn.feature[node]]}<br>{sign} {drawn.threshold[node]:.4g}?"


def _one_of(choices: Sequence[str], codes: Sequence[int]) -> str:
    """Some of the choices, or all but the others, whichever is shorter; at most three are named."""
    others = [code for code in range(len(choices)) if code not in codes]
    told, said = (codes, "one of") if len(codes) <= len(others) else (others, "none of")
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    named = ", ".join(escape(choices[code]) for code in told[:3]) + more
    if len(told) == 1:
        return f"is {named}" if said == "one of" else f"is not {named}"
    return f"is {said} {named}"


def _label(drawn: DrawnTree, node: int, names: Sequence[str], cut: bool) -> str:
    if drawn.feature[node] < 0:
        return f"{drawn.value[node]:+.3g}" if not drawn.inclusive else f"{drawn.value[node]:.3g}"
    return f"… {_below(drawn, node)} more" if cut else split_in_words(drawn, node, names)


def _below(drawn: DrawnTree, node: int) -> int:
    """How many nodes a node has below it."""
    waiting, found = [node], -1
    while waiting:
        at = waiting.pop()
        found += 1
        if drawn.feature[at] >= 0:
            waiting += [int(drawn.left[at]), int(drawn.right[at])]
    return found


def _hover(drawn: DrawnTree, node: int, names: Sequence[str]) -> str:
    asks = "Leaf" if drawn.feature[node] < 0 else split_in_words(drawn, node, names) + " Yes goes left."
    value = "" if np.isnan(drawn.value[node]) else f"<br>Value {drawn.value[node]:.4g}"
    return f"{asks}{value}<br>Training weight {drawn.cover[node]:,.0f}"


def _colors(drawn: DrawnTree, nodes: Sequence[int]) -> list[str]:
    """Leaves by what they say against the average leaf; splits are neutral."""
    leaf: NDArray[np.bool_] = drawn.feature < 0
    usual = float(np.average(drawn.value[leaf], weights=drawn.cover[leaf])) if drawn.cover[leaf].sum() else 0.0
    return [NEUTRAL if drawn.feature[n] >= 0 else RAISES if drawn.value[n] > usual else LOWERS for n in nodes]

"""Flows from stage to stage as SVG text that opens offline: nodes as tall as their counts, ribbons between them."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

WIDTH, NODE = 640, 12  # px
TALL = 300  # of all counts together
LINE = 18  # px above a node, for its label: between nodes no ribbon begins or ends
TOP, BOTTOM = 26, 8
SIDE = 8  # left and right


class Flow(NamedTuple):
    """So many events went through these nodes, one of each stage; the ribbon has this colour."""

    path: tuple[str, ...]
    n: int
    color: str


class _Node(NamedTuple):
    y: float
    height: float
    n: int


def sankey(stages: Sequence[str], orders: Sequence[Sequence[str]], flows: Sequence[Flow], said: str) -> str:
    """The drawing; `orders` are the nodes of each stage from above to below, those without events left out.

    Widths are true to scale, but never thinner than a hair; labels tell the counts.  All words are escaped; `said` is
    what it shows.
    """
    total = max(sum(flow.n for flow in flows), 1)
    placed = [_placed(order, [(flow.path[i], flow.n) for flow in flows], total) for i, order in enumerate(orders)]
    height = TOP + BOTTOM + max((n.y + n.height for nodes in placed for n in nodes.values()), default=0.0)
    step = (WIDTH - 2 * SIDE - NODE) / max(len(stages) - 1, 1)
    lefts = [SIDE + i * step for i in range(len(stages))]
    parts = [_ribbons(i, placed, lefts, flows, total) for i in range(len(stages) - 1)]
    for i, (title, nodes) in enumerate(zip(stages, placed, strict=True)):
        parts.append(_stage(title, nodes, lefts[i], total, first=i == 0, last=i == len(stages) - 1))
    return (
        f'<svg class="wide" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )


def _placed(order: Sequence[str], found: Sequence[tuple[str, int]], total: int) -> dict[str, _Node]:
    counts: dict[str, int] = {}
    for name, n in found:
        counts[name] = counts.get(name, 0) + n
    nodes, y = {}, float(LINE)
    for name in order:
        if n := counts.get(name, 0):
            height = max(TALL * n / total, 1.0)
            nodes[name] = _Node(y, height, n)
            y += height + LINE + 6
    return nodes


def _ribbons(
    stage: int, placed: Sequence[Mapping[str, _Node]], lefts: Sequence[float], flows: Sequence[Flow], total: int
) -> str:
    """Ribbons from a stage to the next; those of one pair of nodes and one colour are one."""
    here, there = placed[stage], placed[stage + 1]
    joined: dict[tuple[str, str, str], int] = {}
    for flow in flows:
        key = (flow.path[stage], flow.path[stage + 1], flow.color)
        joined[key] = joined.get(key, 0) + flow.n
    names, after = list(here), list(there)
    order = sorted(joined, key=lambda k: (names.index(k[0]), after.index(k[1])))
    out, into, parts = dict.fromkeys(here, 0.0), dict.fromkeys(there, 0.0), []
    left, right = lefts[stage] + NODE, lefts[stage + 1]
    middle = (left + right) / 2
    for start, end, color in order:
        n = joined[start, end, color]
        wide = TALL * n / total
        y0, y1 = TOP + here[start].y + out[start] + wide / 2, TOP + there[end].y + into[end] + wide / 2
        out[start] += wide
        into[end] += wide
        parts.append(
            f'<path d="M{left:.1f} {y0:.2f} C{middle:.1f} {y0:.2f} {middle:.1f} {y1:.2f} {right:.1f} {y1:.2f}" '
            f'fill="none" stroke="{color}" stroke-opacity=".38" stroke-width="{max(wide, 0.7):.2f}">'
            f"<title>{escape(start)} → {escape(end)}: {n:,}</title></path>"
        )
    return "".join(parts)


def _stage(title: str, nodes: Mapping[str, _Node], left: float, total: int, first: bool, last: bool) -> str:
    """Nodes below their labels, which stand to the side where the drawing is."""
    x, anchor = (left, "start") if first else (left + NODE, "end") if last else (left + NODE / 2, "middle")
    parts = [f'<text x="{x:.1f}" y="12" text-anchor="{anchor}" class="head">{escape(title)}</text>']
    for name, node in nodes.items():
        y = TOP + node.y
        parts.append(f'<rect x="{left:.1f}" y="{y:.1f}" width="{NODE}" height="{node.height:.1f}" class="node"/>')
        label = f"{escape(name)} <tspan class='faint'>· {node.n:,} ({node.n / total:.1%})</tspan>"
        parts.append(f'<text x="{x:.1f}" y="{y - 5:.1f}" text-anchor="{anchor}">{label}</text>')
    return "".join(parts)

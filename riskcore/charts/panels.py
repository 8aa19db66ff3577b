"""Small multiples as one SVG file that opens anywhere: a panel a thing, in it a line with intervals for each series."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from riskcore.charts.theme import SERIES

COLUMNS = 4
WIDTH, HEIGHT = 240, 170  # px of a panel
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 26, 30  # its margins
LEGEND = 34
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4", "4 4")  # series are never told apart by colour alone
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#55666c}.name{font-weight:600;fill:#17252a}.axis{stroke:#d5dee0}"
    "svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#10181b}text{fill:#94a3af}"
    ".name{fill:#e6edee}.axis{stroke:#2e3d42}}"
)


class Mark(NamedTuple):
    """A value at a place, both from 0 to 1, and its interval."""

    x: float
    y: float
    low: float
    high: float


def panels(
    shown: Mapping[str, Mapping[str, Sequence[Mark]]], x_title: str, y_title: str, said: str, edges: Sequence[float]
) -> str:
    """A drawing with a panel for each key, in which each series has the same colour and dashes everywhere.

    `edges` are the ticks of x; `said` is what it shows, in words.  All text is escaped.
    """
    names = list(dict.fromkeys(name for lines in shown.values() for name in lines))
    rows = -(-len(shown) // COLUMNS)
    width, height = COLUMNS * WIDTH, LEGEND + rows * HEIGHT + 16
    parts = [_legend(names, y_title)]
    for place, (title, lines) in enumerate(shown.items()):
        x, y = place % COLUMNS * WIDTH, LEGEND + place // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x} {y})">{_panel(title, lines, names, edges)}</g>')
    parts.append(f'<text x="{width / 2}" y="{height - 4}" text-anchor="middle">{escape(x_title)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(said)}"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _legend(names: Sequence[str], y_title: str) -> str:
    parts, x = [f'<text x="4" y="16" class="name">{escape(y_title)}</text>'], 20.0 + 6.5 * len(y_title)
    for place, name in enumerate(names):
        parts.append(f'<line x1="{x}" x2="{x + 24}" y1="12" y2="12" {_stroke(place)}/>')
        parts.append(f'<text x="{x + 30}" y="16">{escape(name)}</text>')
        x += 54 + 6.2 * len(name)
    return "".join(parts)


def _panel(title: str, lines: Mapping[str, Sequence[Mark]], names: Sequence[str], edges: Sequence[float]) -> str:
    parts = [f'<text x="{LEFT}" y="16" class="name">{escape(title)}</text>']
    for tick in (0.0, 0.5, 1.0):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(tick):.1f}" y2="{_y(tick):.1f}" class="axis"/>')
        parts.append(f'<text x="{LEFT - 4}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:.0%}</text>')
    parts += [f'<text x="{_x(e):.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{e:g}</text>' for e in edges]
    for name, marks in lines.items():
        place = names.index(name)
        # Beside one another, so that intervals of several series can be told apart.
        moved = [Mark(m.x + 0.014 * (place - (len(names) - 1) / 2), *m[1:]) for m in marks]
        path = " L".join(f"{_x(m.x):.1f} {_y(m.y):.1f}" for m in moved)
        parts.append(f'<path d="M{path}" fill="none" {_stroke(place)}/>')
        color = SERIES[place % len(SERIES)]
        for m in moved:
            x = _x(m.x)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(m.low):.1f}" y2="{_y(m.high):.1f}" stroke="{color}" '
                f'stroke-opacity=".5"/><circle cx="{x:.1f}" cy="{_y(m.y):.1f}" r="2.5" fill="{color}"/>'
            )
    return "".join(parts)


def _stroke(place: int) -> str:
    return f'stroke="{SERIES[place % len(SERIES)]}" stroke-width="1.8" stroke-dasharray="{DASHES[place % len(DASHES)]}"'


def _x(value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value


def _y(value: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value

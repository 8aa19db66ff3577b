"""Small charts as SVG text, for pages that must open offline and run no script.  All words are escaped.

Colours are the variables `--line`, `--soft` and `--text` of the page, so that it can be light or dark.
"""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 300, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 42  # margins, px
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of the axis

Points = Sequence[tuple[float, float]]


def line_chart(
    points: Points,
    x_title: str,
    y_title: str,
    said: str,
    reference: Points = (),
    intervals: Sequence[tuple[float, float, float]] = (),
    most: float = 1.0,
) -> str:
    """A line over axes from 0 to `most` on both sides; `said` is what it shows, in words.

    `reference` is drawn dashed; `intervals` are (x, low, high), and make the points marks.
    """
    parts = [_axes(x_title, y_title, most)]
    if reference:
        parts.append(f'<path d="{_path(reference, most)}" class="reference"/>')
    for x, low, high in intervals:
        at = _x(x, most)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_y(low, most):.1f}" y2="{_y(high, most):.1f}" class="bar"/>'
        )
    parts.append(f'<path d="{_path(points, most)}" class="line"/>')
    if intervals:
        parts += [f'<circle cx="{_x(x, most):.1f}" cy="{_y(y, most):.1f}" r="3" class="mark"/>' for x, y in points]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}" width="{WIDTH}" '
        f'height="{HEIGHT}">{"".join(parts)}</svg>'
    )


def round_up(value: float) -> float:
    """The end of an axis from 0: the next of 1, 2, 4 and 8 times a power of ten, at most 1.

    >>> round_up(0.31), round_up(0.0009), round_up(0.93)
    (0.4, 0.001, 1.0)
    """
    step = 1e-6
    while step < 1:
        for times in (1, 2, 4, 8):
            if value <= times * step:
                return round(times * step, 6)
        step *= 10
    return 1.0


def _axes(x_title: str, y_title: str, most: float) -> str:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for tick in TICKS:
        x, y, told = _x(tick * most, most), _y(tick * most, most), f"{tick * most:.3g}"
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{told}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{told}</text>')
    middle = (TOP + bottom) / 2
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_title)}</text>')
    parts.append(
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">{escape(y_title)}</text>'
    )
    return "".join(parts)


def _path(points: Points, most: float) -> str:
    return "M" + " L".join(f"{_x(x, most):.1f} {_y(y, most):.1f}" for x, y in points)


def _x(value: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(max(value / most, 0.0), 1.0)


def _y(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(value / most, 0.0), 1.0)

"""Charts of a report as SVG text that opens offline: risks as a histogram, actions over time.  All words are escaped.

Colours are the variables of the page, but for effects of actions, which have theirs everywhere.
"""

from collections.abc import Mapping, Sequence
from html import escape

from riskcore.charts.theme import NEUTRAL, VERMILION

WIDTH, HEIGHT = 920, 200  # px
LEFT, RIGHT, TOP, BOTTOM = 68, 84, 10, 34
INNER, TALL = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
BENIGN = NEUTRAL
HARMFUL = VERMILION


def histogram(benign: Sequence[int], harmful: Sequence[int], edges: Sequence[float], said: str) -> str:
    """Events by risk on a root scale, so that the few high ones stay visible; attacks in front.

    `edges` are where bands begin, drawn as rules.
    """
    n = len(benign)
    most = max([b + h for b, h in zip(benign, harmful, strict=True)] + [1])
    wide = INNER / n
    parts = [_counts(most)]
    for i, (b, h) in enumerate(zip(benign, harmful, strict=True)):
        for count, color in ((b + h, BENIGN), (h, HARMFUL)):
            if count:
                tall = TALL * (count / most) ** 0.5
                parts.append(_bar(LEFT + i * wide, TOP + TALL - tall, wide - 1, tall, color, f"{i / n:.2f}: {count:,}"))
    for edge in edges:
        x = LEFT + INNER * edge
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + TALL}" class="reference"/>')
    parts += [_below(tick, f"{tick:g}") for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    parts.append(f'<text x="{LEFT + INNER / 2}" y="{HEIGHT - 4}" text-anchor="middle">risk (counts: root scale)</text>')
    return _svg(parts, said)


def strip(
    counts: Mapping[str, Sequence[int]], colors: Mapping[str, str], ticks: Sequence[tuple[float, str]], said: str
) -> str:
    """Events over time by what was done with them, each effect a row with a scale of its own.

    `ticks` are (share of the span, its name).
    """
    rows = [name for name in counts if any(counts[name])]
    tall = TALL / max(len(rows), 1)
    parts = []
    for place, name in enumerate(rows):
        bottom, most = TOP + (place + 1) * tall, max(counts[name])
        wide = INNER / len(counts[name])
        middle = bottom - tall / 2 + 4
        parts.append(f'<text x="{LEFT - 6}" y="{middle:.1f}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<text x="{WIDTH - RIGHT + 6}" y="{middle:.1f}">at most {most:,}</text>')
        for i, count in enumerate(counts[name]):
            if count:
                high = (tall - 6) * count / most
                parts.append(_bar(LEFT + i * wide, bottom - high, wide - 1, high, colors[name], f"{count:,}"))
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom:.1f}" y2="{bottom:.1f}" class="grid"/>')
    parts += [_below(share, name) for share, name in ticks]
    return _svg(parts, said)


def _bar(x: float, y: float, wide: float, tall: float, color: str, told: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0.5):.1f}" height="{max(tall, 0.8):.1f}" fill="{color}">'
        f"<title>{escape(told)}</title></rect>"
    )


def _counts(most: int) -> str:
    parts = []
    for share in (0.25, 1.0):
        y = TOP + TALL * (1 - share**0.5)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.0f}</text>')
    return "".join(parts)


def _below(share: float, name: str) -> str:
    x = LEFT + INNER * share
    anchor = "end" if share > 0.97 else "start" if share < 0.03 else "middle"
    return f'<text x="{x:.1f}" y="{TOP + TALL + 15}" text-anchor="{anchor}">{escape(name)}</text>'


def _svg(parts: Sequence[str], said: str) -> str:
    return (
        f'<svg class="wide" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )

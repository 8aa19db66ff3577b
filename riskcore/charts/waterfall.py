"""A waterfall: how one event's output comes from the average event's, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from riskcore.charts.theme import LOWERS, NEUTRAL, RAISES
from riskcore.charts.vega import LABELS, Spec

MOST_BARS = 10  # fields with a bar of their own; the others share one
ROOM = 0.14  # of the width, for the numbers beside bars
STEP = 26  # px from bar to bar
EDGE = 10  # px at the right: numbers are wider in the page's font than they were measured, and would be cut


@dataclass(frozen=True)
class Part:
    """One field's part in an output, as it is told beside its bar."""

    label: str
    contribution: float
    value: str = ""
    typical: str = ""


def waterfall(parts: Sequence[Part], base: float, unit: str, what: str = "fields") -> Spec:
    """From the base to the output, one bar a field, the strongest first; bars add up exactly."""
    ordered = sorted(parts, key=lambda part: -abs(part.contribution))
    shown, rest = list(ordered[:MOST_BARS]), ordered[MOST_BARS:]
    if rest:
        shown.append(Part(f"{len(rest)} other {what}", sum(part.contribution for part in rest)))
    rows, at = [_whole("Average event", base, base)], base
    for part in shown:
        after = at + part.contribution
        rows.append(
            {
                "bar": f"{part.label} = {part.value}" if part.value else part.label,
                "from": at,
                "to": after,
                "moves": "raises" if part.contribution > 0 else "lowers",
                "text": f"{part.contribution:+.3g}",
                "typical": part.typical or "–",
            }
        )
        at = after
    rows.append(_whole("This event", at, at))
    strongest = shown[0] if shown and shown[0].contribution else None
    return {
        "description": f"Waterfall from {base:.3g} for the average event to {at:.3g} for this one. "
        + "; ".join(f"{row['bar']}: {row['text']}" for row in rows[1:-1]),
        "title": _title(strongest),
        "padding": {"right": EDGE},
        "layer": [_bars(rows, unit)],
    }


def _title(strongest: Part | None) -> str:
    if strongest is None:
        return "No field moves this event from the average"
    return f"{strongest.label} {'raises' if strongest.contribution > 0 else 'lowers'} it most"


def _whole(label: str, start: float, text: float) -> Spec:
    return {"bar": label, "from": start, "to": start, "moves": "whole", "text": f"{text:.3g}", "typical": "–"}


def _bars(rows: list[Spec], unit: str) -> Spec:
    ends = [row["from"] for row in rows] + [row["to"] for row in rows]
    low, high = min(ends), max(ends)
    room = (high - low) * ROOM or 0.1
    color = {"domain": ["raises", "lowers", "whole"], "range": [RAISES, LOWERS, NEUTRAL]}
    y = {
        "field": "bar",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": LABELS,
    }
    x = {
        "field": "from",
        "type": "quantitative",
        "title": unit,
        "scale": {"domain": [low - room / 3, high + room], "nice": False, "zero": False},
    }
    tooltip = [
        {"field": "bar", "title": "Field"},
        {"field": "text", "title": "Moves it by"},
        {"field": "typical", "title": "Typical in training"},
    ]
    return {
        "data": {"values": rows},
        "height": {"step": STEP},
        "encoding": {"y": y, "tooltip": tooltip},
        "layer": [
            {
                "mark": {"type": "bar", "height": 16, "cornerRadius": 2},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "color": {"field": "moves", "type": "nominal", "scale": color, "legend": None},
                },
            },
            {
                "transform": [{"filter": "datum.moves === 'whole'"}],
                "mark": {"type": "tick", "thickness": 3, "size": 20, "color": NEUTRAL},
                "encoding": {"x": x},
            },
            {
                "transform": [{"calculate": "max(datum.from, datum.to)", "as": "end"}],
                "mark": {"type": "text", "align": "left", "dx": 6, "color": NEUTRAL, "fontWeight": 600},
                "encoding": {"x": {"field": "end", "type": "quantitative"}, "text": {"field": "text"}},
            },
        ],
    }

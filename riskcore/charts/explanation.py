"""Pictures of explanations: one event's waterfall and its place among the bands, and what a model goes by as a whole.

What is drawn on every rerun is a Vega-Lite specification with its few values inside; what shows thousands of points is
an Altair chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.theme import ACCENT, EFFECT_COLORS, LOWERS, NEUTRAL, RAISES, SERIES, class_colors
from riskcore.core.policy import RISK, Policy, measure_in_words

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

MOST_BARS = 10  # fields with a bar of their own; the others share one
ROOM = 0.14  # of the width, for the numbers beside bars
STEP = 26  # px from bar to bar
LABELS = {"labelLimit": 360, "domain": False, "ticks": False, "labelPadding": 8}  # of rows with a name each


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


def place_among_bands(policy: Policy, values: Mapping[str, float]) -> Spec:
    """Each measure that bands are compared with from 0 to 1, its bands, and where the event stands."""
    bands: list[Spec] = []
    marks: list[Spec] = []
    for measure in policy.measures:
        name = measure_in_words(measure).capitalize() if measure == RISK else measure_in_words(measure)
        marks.append({"measure": name, "value": values[measure], "text": short(values[measure])})
        bands += [{"measure": name} | part for part in segments(policy, measure)]
    y = {"field": "measure", "type": "nominal", "sort": None, "title": None, "axis": LABELS}
    x = {"type": "quantitative", "title": None, "scale": {"domain": [0, 1]}, "axis": {"tickCount": 5, "grid": False}}
    effects = list(EFFECT_COLORS)
    color = {"domain": [*effects, "none"], "range": [*EFFECT_COLORS.values(), NEUTRAL]}
    drawn = [
        {
            "data": {"values": bands},
            "mark": {"type": "bar", "height": 12},
            "encoding": {
                "y": y,
                "x": x | {"field": "from"},
                "x2": {"field": "to"},
                "color": {"field": "effect", "type": "nominal", "scale": color, "legend": None},
                "opacity": {"condition": {"test": "datum.effect === 'none'", "value": 0.25}, "value": 0.75},
                "tooltip": [
                    {"field": "action", "title": "Action"},
                    {"field": "from", "title": "From"},
                    {"field": "to", "title": "Below"},
                ],
            },
        },
        {
            "data": {"values": [band for band in bands if band["to"] - band["from"] > 0.15]},
            "mark": {"type": "text", "align": "left", "dy": 15, "fontSize": 11, "color": NEUTRAL},
            "encoding": {"y": y, "x": x | {"field": "from"}, "text": {"field": "action"}},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "point", "shape": "triangle-down", "size": 110, "filled": True, "yOffset": -12},
            "encoding": {"y": y, "x": x | {"field": "value"}, "color": {"value": ACCENT}},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "text", "dy": -25, "fontWeight": 700, "fontSize": 13, "color": ACCENT},
            "encoding": {"y": y, "x": x | {"field": "value"}, "text": {"field": "text"}},
        },
    ]
    said = ", ".join(f"{mark['measure']} {mark['text']}" for mark in marks)
    return {"description": f"Where the event stands among the bands: {said}.", "height": {"step": 62}, "layer": drawn}


def segments(policy: Policy, measure: str) -> list[Spec]:
    """The bands of one measure from 0 to 1; where none begins at 0, what is below the first has no action."""
    bands = [b for b in policy.bands if b.measure == measure]
    ends = [b.edge for b in bands[1:]] + [1.0]
    found = [] if bands and bands[0].edge == 0 else [(0.0, bands[0].edge if bands else 1.0, "", "none")]
    actions = [policy.action(b.action) for b in bands]
    found += [(b.edge, end, a.label, a.effect) for b, end, a in zip(bands, ends, actions, strict=True)]
    return [{"from": a, "to": b, "action": action, "effect": e} for a, b, action, e in found]


def short(value: float) -> str:
    """A measure as a mark on its scale.

    >>> short(0.00042), short(0.5)
    ('< 0.001', '0.5')
    """
    return "< 0.001" if 0 < value < 0.001 else f"{value:.3g}"


def class_bars(classes: Sequence[str], probabilities: Sequence[float]) -> Spec:
    """The probability of each class, in order of severity, the most probable in full colour."""
    most = max(range(len(classes)), key=lambda i: probabilities[i])
    rows = [
        {"class": name, "p": float(p), "text": f"{p:.1%}", "most": i == most}
        for i, (name, p) in enumerate(zip(classes, probabilities, strict=True))
    ]
    scale = {"domain": list(classes), "range": list(class_colors(len(classes)))}
    y = {"field": "class", "type": "nominal", "sort": None, "title": None, "axis": LABELS}
    x = {"field": "p", "type": "quantitative", "title": None, "scale": {"domain": [0, 1.15]}, "axis": None}
    bar = {
        "mark": {"type": "bar", "height": 16, "cornerRadius": 2},
        "encoding": {
            "color": {"field": "class", "type": "nominal", "scale": scale, "legend": None},
            "opacity": {"condition": {"test": "datum.most", "value": 1}, "value": 0.5},
        },
    }
    text = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": NEUTRAL, "fontWeight": 600},
        "encoding": {"text": {"field": "text"}},
    }
    return {
        "description": "Probability of each class: " + ", ".join(f"{row['class']} {row['text']}" for row in rows) + ".",
        "height": {"step": 24},
        "layer": [{"data": {"values": rows}, "encoding": {"y": y, "x": x}, "layer": [bar, text]}],
    }


def importance(measures: Mapping[str, Mapping[str, float]], labels: Mapping[str, str], most: int = 15) -> Spec:
    """Share of each field (0 to 1), by one or more measures; the first orders the fields and has the bars."""
    first = next(iter(measures))
    fields = sorted(measures[first], key=lambda name: -measures[first][name])
    rows = [
        {"field": labels.get(name, name), "measure": measure, "share": shares.get(name, 0.0)}
        for measure, shares in measures.items()
        for name in fields[:most]
    ]
    y = {"field": "field", "type": "nominal", "sort": None, "title": None, "axis": LABELS}
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "Share of the whole",
        "axis": {"format": ".0%", "tickCount": 6},
    }
    tooltip = [
        {"field": "field", "title": "Field"},
        {"field": "measure", "title": "Measured by"},
        {"field": "share", "title": "Share", "format": ".1%"},
    ]
    shape = {"field": "measure", "type": "nominal", "title": "Measured by", "legend": {"orient": "top"}}
    others = list(measures)[1:]
    marks: list[Spec] = [
        {
            "transform": [{"filter": {"field": "measure", "equal": first}}],
            "mark": {"type": "bar", "height": 14, "color": ACCENT, "cornerRadius": 2, "opacity": 0.45},
        }
    ]
    if others:
        marks.append(
            {
                "transform": [{"filter": {"field": "measure", "oneOf": others}}],
                "mark": {"type": "point", "size": 70, "strokeWidth": 2},
                "encoding": {
                    "shape": shape
                    | {"scale": {"domain": others, "range": ["diamond", "cross", "circle"][: len(others)]}},
                    "color": {
                        "field": "measure",
                        "type": "nominal",
                        "title": "Measured by",
                        "scale": {"domain": others, "range": list(SERIES[1:4])[: len(others)]},
                    },
                },
            }
        )
    top = fields[0] if fields else ""
    return {
        "description": f"Importance of fields by {first}: "
        + ", ".join(f"{labels.get(f, f)} {measures[first][f]:.0%}" for f in fields[:most])
        + ".",
        "title": f"{measures[first][top]:.0%} of what moves the model: {labels.get(top, top)}" if fields else "",
        "height": {"step": 24},
        "layer": [{"data": {"values": rows}, "encoding": {"y": y, "x": x, "tooltip": tooltip}, "layer": marks}],
    }


def beeswarm(swarms: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], unit: str) -> "alt.Chart":
    """Contributions of n events to one output, a row of points for each label; coloured by the value's standing.

    `swarms` maps a field's label to contributions (n,) and where each value stands among the others, 0 to 1.
    """
    import altair as alt
    import pandas as pd

    frame = pd.concat(
        [
            pd.DataFrame({"field": label, "contribution": parts, "standing": where, "lane": lanes(parts)})
            for label, (parts, where) in swarms.items()
        ],
        ignore_index=True,
    )
    swarm: alt.Chart = (
        alt.Chart(frame, height=alt.Step(34))
        .mark_circle(size=16, opacity=0.75)
        .encode(
            x=alt.X("contribution:Q", title=unit),
            y=alt.Y("field:N", sort=None, title=None, axis=alt.Axis(labelLimit=360, grid=True)),
            yOffset=alt.YOffset("lane:Q", scale=alt.Scale(domain=[-1, 1])),
            color=alt.Color(
                "standing:Q",
                title="Value",
                scale=alt.Scale(domain=[0, 0.5, 1], range=[LOWERS, "#b7a7a0", RAISES]),
                legend=alt.Legend(
                    orient="top", values=[0, 1], labelExpr="datum.value < 0.5 ? 'low' : 'high'", gradientLength=120
                ),
            ),
            tooltip=[
                alt.Tooltip("field:N", title="Field"),
                alt.Tooltip("contribution:Q", title="Contribution", format="+.3g"),
                alt.Tooltip("standing:Q", title="Higher than", format=".0%"),
            ],
        )
        .properties(description=f"Contributions of each field for {_count(swarms)} events, one point each.")
    )
    return swarm


def _count(swarms: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> int:
    return max((len(parts) for parts, _ in swarms.values()), default=0)


def lanes(parts: NDArray[np.float64], bins: int = 60) -> NDArray[np.float64]:
    """How far, from −0.9 to 0.9, each point moves aside so that crowded places widen; the same every time."""
    low, high = float(parts.min(initial=0)), float(parts.max(initial=0))
    cell = np.floor((parts - low) / ((high - low) or 1.0) * (bins - 1)).astype(np.int64)
    counts = np.bincount(cell, minlength=bins)
    order = np.argsort(cell, kind="stable")
    rank = np.empty(len(parts), dtype=np.int64)
    rank[order] = np.arange(len(parts)) - np.repeat(np.cumsum(counts) - counts, counts)
    side = np.where(rank % 2 == 0, 1.0, -1.0) * ((rank + 1) // 2)
    return np.asarray(0.9 * side / max(1.0, counts.max(initial=1) / 2))


def dependence(
    values: NDArray[Any],
    parts: NDArray[np.float64],
    label: str,
    unit: str,
    classes: Sequence[str],
    truth: NDArray[np.integer] | None,
) -> "alt.Chart":
    """One field's values (n,) against its contributions (n,), coloured by the true class where it is known."""
    import altair as alt
    import pandas as pd

    numeric = np.asarray(values).dtype.kind in "iuf"
    frame = pd.DataFrame({"value": values, "contribution": parts})
    few = frame["value"].nunique() <= 12
    if few:  # points of few values would hide one another
        frame["aside"] = np.random.default_rng(0).uniform(-1, 1, len(frame))
    color: Any = alt.value(ACCENT)
    if truth is not None:
        frame["truth"] = [classes[int(c)] for c in truth]
        scale = alt.Scale(domain=list(classes), range=list(class_colors(len(classes))))
        color = alt.Color("truth:N", title="Recorded label", scale=scale, legend=alt.Legend(orient="top"))
    encoding: dict[str, Any] = {
        "x": alt.X("value:O", title=label, axis=alt.Axis(labelAngle=0))
        if few
        else alt.X("value:Q" if numeric else "value:N", title=label, scale=alt.Scale(zero=False)),
        "y": alt.Y("contribution:Q", title=unit),
        "color": color,
        "tooltip": [
            alt.Tooltip("value", title=label),
            alt.Tooltip("contribution:Q", title="Contribution", format="+.3g"),
        ],
    }
    if few:
        encoding["xOffset"] = alt.XOffset("aside:Q", scale=alt.Scale(domain=[-2, 2]))
    if truth is not None:
        encoding["shape"] = alt.Shape("truth:N", title="Recorded label")
    points: alt.Chart = (
        alt.Chart(frame, height=380)
        .mark_point(size=26, opacity=0.7, filled=True)
        .encode(**encoding)
        .properties(description=f"How the contribution of {label} depends on its value, for {len(frame)} events.")
    )
    return points

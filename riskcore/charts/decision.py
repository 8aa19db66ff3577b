"""One decision: where the event stands among the bands, and how probable each class is."""

from collections.abc import Mapping, Sequence

from riskcore.charts.theme import ACCENT, EFFECT_COLORS, NEUTRAL, class_colors
from riskcore.charts.vega import LABELS, Spec
from riskcore.core.policy import RISK, Policy, measure_in_words


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

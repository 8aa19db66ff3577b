"""What a model goes by as a whole: the fields that move it most, and how one field's values do."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.charts.theme import ACCENT, SERIES, class_colors
from riskcore.charts.vega import LABELS, Spec


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


def dependence(
    values: NDArray[Any],
    parts: NDArray[np.float64],
    label: str,
    unit: str,
    classes: Sequence[str],
    truth: NDArray[np.integer] | None,
) -> alt.Chart:
    """One field's values (n,) against its contributions (n,), coloured by the true class where it is known."""
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

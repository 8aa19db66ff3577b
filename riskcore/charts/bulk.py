"""What became of a scored file: the mix of actions, and its risks beside those of training."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.theme import ACCENT, EFFECT_COLORS, NEUTRAL
from riskcore.charts.vega import Spec
from riskcore.core.policy import Policy


def action_mix(policy: Policy, counts: Mapping[str, int]) -> Spec:
    """Rows by action, mildest first, each bar with its count and share."""
    total = max(sum(counts.values()), 1)
    rows: list[Spec] = [
        {
            "action": a.label,
            "rows": counts.get(a.key, 0),
            "told": _told(counts.get(a.key, 0), total),
            "effect": a.effect,
        }
        for a in policy.actions
    ]
    most = max(rows, key=lambda row: row["rows"])
    title = f"{most['action']}: {most['rows'] / total:.1%} of rows"
    return {
        "title": title,
        "description": "Rows by action. " + "; ".join(f"{row['action']}: {row['told']}" for row in rows) + ".",
        "data": {"values": rows},
        "height": {"step": 34},
        "encoding": {
            "y": {"field": "action", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 200}},
            # Room to the right for the labels.
            "x": {
                "field": "rows",
                "type": "quantitative",
                "title": "rows",
                "scale": {"domainMax": _room(rows)},
                "axis": {"tickCount": 5, "grid": False},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 3, "height": 20},
                "encoding": {
                    "color": {
                        "field": "effect",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": list(EFFECT_COLORS), "range": list(EFFECT_COLORS.values())},
                    }
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": NEUTRAL, "fontSize": 12},
                "encoding": {"text": {"field": "told"}},
            },
        ],
    }


def _told(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.1%})"


def _room(rows: Sequence[Spec]) -> float:
    return max(max(float(row["rows"]) for row in rows) * 1.2, 1.0)


def risk_histogram(found: Sequence[int], training: Sequence[int]) -> Spec:
    """Share of rows by risk, in the file (bars) and on the rows the model was judged on in training (line)."""
    here, there = _shares(found), _shares(training)
    edges = np.linspace(0, 1, len(here) + 1)
    bars = [{"from": edges[i], "to": edges[i + 1], "share": here[i], "of": "this file"} for i in range(len(here))]
    step = [{"risk": edges[i], "share": there[i], "of": "training"} for i in range(len(there))]
    step += [{"risk": 1.0, "share": step[-1]["share"], "of": "training"}] if step else []
    half = len(here) // 2
    title = f"{here[half:].sum():.2%} of rows have a risk of 0.5 or more"
    if len(there):
        title += f"; in training {there[len(there) // 2 :].sum():.2%}"
    return {
        "title": title,
        "description": f"Histogram of risk. {title}. Bars: this file. Line: training.",
        "autosize": {"type": "fit-x", "contains": "padding"},  # the height is the plot's own, title and axes beside it
        "height": 170,
        "encoding": {
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "share (root scale)",
                "axis": {"format": "%", "tickCount": 5},
                "scale": {"type": "sqrt"},  # most risks lie near 0; the few high ones must stay visible
            },
            "color": {
                "field": "of",
                "type": "nominal",
                "scale": {"domain": ["this file", "training"], "range": [ACCENT, NEUTRAL]},
                "legend": {"orient": "top", "title": None},
            },
        },
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "opacity": 0.75, "binSpacing": 1},
                "encoding": {
                    "x": {
                        "field": "from",
                        "bin": {"binned": True},
                        "type": "quantitative",
                        "title": "risk",
                        "scale": {"domain": [0, 1]},
                    },
                    "x2": {"field": "to"},
                },
            },
            {
                "data": {"values": step},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
                "encoding": {"x": {"field": "risk", "type": "quantitative"}},
            },
        ],
    }


def _shares(counts: Sequence[int]) -> NDArray[np.float64]:
    values = np.asarray(counts, dtype=np.float64)
    return values / max(float(values.sum()), 1.0)

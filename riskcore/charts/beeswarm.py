"""A beeswarm: what high and low values of each field do to a model's output, one point an event."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.charts.theme import LOWERS, RAISES


def beeswarm(swarms: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], unit: str) -> alt.Chart:
    """Contributions of n events to one output, a row of points for each label; coloured by the value's standing.

    `swarms` maps a field's label to contributions (n,) and where each value stands among the others, 0 to 1.
    """
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

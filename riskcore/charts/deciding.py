"""Shares by segment with their intervals, beside the share of everybody."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from riskcore.charts.theme import ACCENT, NEUTRAL

STEP_PX = 30


def by_segment(rows: pd.DataFrame, rate: str, overall: float | None) -> alt.LayerChart | alt.FacetChart:
    """Points with intervals (`segment`, `value`, `low`, `high`, `n`), one line each; a rule marks all together."""
    order: Sequence[str] = rows["segment"].tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y("segment:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=180)),
        tooltip=["segment", *(alt.Tooltip(c, format=".2%") for c in ("value", "low", "high")), "n"],
    )
    axis = alt.Axis(format="~p", tickCount=6)
    span = base.mark_rule(color=ACCENT, strokeWidth=2).encode(x=alt.X("low:Q", title=rate, axis=axis), x2="high:Q")
    points = base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(x="value:Q")
    layers: list[alt.Chart] = [span, points]
    if overall is not None:
        rule = alt.Chart(pd.DataFrame({"x": [overall]})).mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(x="x:Q")
        layers.insert(0, rule)
    spread = rows["value"].max() - rows["value"].min()
    title = f"{rate} differs by {100 * spread:.3g} points between segments"
    told = "; ".join(f"{r.segment} {r.value:.1%} ({r.low:.1%} to {r.high:.1%})" for r in rows.itertuples())
    return alt.layer(
        *layers,
        title=alt.TitleParams(title, anchor="start", fontSize=13),
        height={"step": STEP_PX},
        description=f"{title}. {told}.",
    )

"""What more rows would bring, drawn."""

import altair as alt
import pandas as pd

from riskcore.charts.theme import ACCENT

Drawing = alt.Chart | alt.LayerChart

HEIGHT = 320


def learning(curve: pd.DataFrame, metric: str, still: bool) -> Drawing:
    """A metric against the rows learned from (`rows`, `value`, `low`, `high`), each size twice the one before.

    `still`: whether the last doubling brought more than chance.
    """
    title = (
        f"Still learning: more rows should improve {metric[0].lower() + metric[1:]}"
        if still
        else "The last doubling of rows brought no more than chance"
    )
    base = alt.Chart(curve).encode(
        x=alt.X(
            "rows:Q",
            title="Rows learned from",
            scale=alt.Scale(type="log", base=2, nice=False),
            axis=alt.Axis(values=curve["rows"].tolist(), format=",", labelOverlap=True, grid=False),
        ),
        tooltip=[
            alt.Tooltip("rows:Q", format=","),
            *(alt.Tooltip(f"{c}:Q", format=".4f") for c in ("value", "low", "high")),
        ],
    )
    y = alt.Scale(zero=False, nice=True)
    bars = base.mark_rule(color=ACCENT, strokeWidth=1.5, opacity=0.6).encode(y=alt.Y("low:Q", scale=y), y2="high:Q")
    line = base.mark_line(color=ACCENT, strokeWidth=2, point=alt.OverlayMarkDef(size=40, color=ACCENT)).encode(
        y=alt.Y("value:Q", title=f"{metric}, 95 % interval", scale=y)
    )
    first, last = curve.iloc[0], curve.iloc[-1]
    told = (
        f"{title}. {metric} is {first['value']:.3f} with {first['rows']:,.0f} rows and {last['value']:.3f} with "
        f"{last['rows']:,.0f}."
    )
    drawing: Drawing = (bars + line).properties(
        title=alt.TitleParams(title, anchor="start", fontSize=13), height=HEIGHT, description=told
    )
    return drawing

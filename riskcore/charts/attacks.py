"""How each kind of attack is found, drawn: one row a kind, one mark a model."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from riskcore.charts.evaluation import by_place
from riskcore.charts.theme import SERIES

Drawing = alt.Chart | alt.LayerChart

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
ROW, MARGIN = 26, 90  # px: each model of a kind, and axis with legend


def by_attack(found: pd.DataFrame, names: Sequence[str] = ()) -> Drawing:
    """Recall at 1 % FPR by `kind` and `model` (columns also `value`, `low`, `high`, `events`), hardest kind last.

    Rows come in the order in which models are to be listed.  `names` are all models of the comparison, drawn or not, so
    that each keeps its colour and its shape.
    """
    models = list(dict.fromkeys(found["model"]))
    hardest = found.groupby("kind")["value"].max().sort_values(ascending=False)
    best = hardest.index[-1]
    frame = found.assign(told=[f"{kind} ({n:,})" for kind, n in zip(found["kind"], found["events"], strict=True)])
    order = [f"{kind} ({n:,})" for kind, n in found.groupby("kind")["events"].first().reindex(hardest.index).items()]
    legend = alt.Legend(title=None, orient="bottom", columns=3, labelLimit=200)
    color = alt.Scale(domain=models, range=by_place(SERIES, models, names))
    shape = alt.Scale(domain=models, range=by_place(SHAPES, models, names))
    base = alt.Chart(frame).encode(
        y=alt.Y("told:N", sort=order, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        yOffset=alt.YOffset("model:N", sort=models),
        color=alt.Color("model:N", sort=models, scale=color, legend=legend),
        tooltip=[
            "kind",
            "model",
            alt.Tooltip("events", format=","),
            *(alt.Tooltip(c, format=".3f") for c in ("value", "low", "high")),
        ],
    )
    x, ticks = alt.Scale(domain=[_floor(found["low"].min()), 1], nice=False), alt.Axis(format=".0%", tickCount=5)
    bars = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("low:Q", title="Recall at 1 % false positives", scale=x, axis=ticks), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("value:Q", scale=x), shape=alt.Shape("model:N", sort=models, scale=shape, legend=legend)
    )
    title = f"Hardest to find: {best}, at best {100 * hardest.iloc[-1]:.0f} % of its events"
    height = MARGIN + len(order) * max(30, ROW * len(models) * 2 // 3)
    drawing: Drawing = (bars + points).properties(
        title=alt.TitleParams(title, anchor="start", fontSize=13), height=height, description=f"{title}. {_each(found)}"
    )
    return drawing


def _floor(low: float) -> float:
    """Where the axis begins: at 0, or close below the lowest interval where all kinds are found well."""
    return 0.0 if low < 0.5 else int(low * 10) / 10


def _each(found: pd.DataFrame) -> str:
    rows = found.itertuples()
    return "; ".join(f"{row.kind} by {row.model}: {row.value:.2f} ({row.low:.2f} to {row.high:.2f})" for row in rows)

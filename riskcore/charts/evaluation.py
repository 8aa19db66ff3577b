"""How good models are, drawn: ROC, precision-recall and reliability, one line for each model."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import altair as alt
import pandas as pd

from riskcore.charts.theme import NEUTRAL, SERIES

Drawing = alt.Chart | alt.LayerChart
T = TypeVar("T")

DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [10, 4], [4, 2], [1, 3])  # by model, so that colour is not alone
HEIGHT = 360


def roc(curves: Mapping[str, pd.DataFrame], auc: Mapping[str, float], worst: str, names: Sequence[str] = ()) -> Drawing:
    """Recall against the false-positive rate (`fpr`, `recall`), by model; `auc` of those that compete.

    `names` are all models of the comparison, drawn or not, so that each keeps its colour.
    """
    best = max(auc, key=lambda name: auc[name])
    base = _lines(curves, "fpr", "recall", "False-positive rate", f"Recall of {worst}", names)
    chance = alt.Chart(pd.DataFrame({"x": [0.0, 1.0]})).encode(x="x:Q", y="x:Q")
    line = chance.mark_line(color=NEUTRAL, strokeDash=[4, 4], strokeWidth=1)
    return _framed(line + base, f"Best ROC AUC: {auc[best]:.3f} ({best})", _each("ROC AUC", auc))


def precision_recall(
    curves: Mapping[str, pd.DataFrame],
    average: Mapping[str, float],
    base_rate: float,
    worst: str,
    names: Sequence[str] = (),
) -> Drawing:
    """Precision against recall (`recall`, `precision`), by model; the base rate is what guessing reaches.

    `average` is of the models that compete; a limit does not.  `names` as in `roc`.
    """
    best = max(average, key=lambda name: average[name])
    base = _lines(curves, "recall", "precision", f"Recall of {worst}", "Precision", names)
    guess = alt.Chart(pd.DataFrame({"y": [base_rate]})).mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(y="y:Q")
    title = f"Best average precision: {average[best]:.3f} ({best})"
    return _framed(guess + base, title, f"Guessing reaches {base_rate:.3g}. {_each('average precision', average)}")


def reliability(
    curves: Mapping[str, pd.DataFrame], rivals: Sequence[str], worst: str, rare: bool, names: Sequence[str] = ()
) -> Drawing:
    """Share seen against mean risk said (`said`, `seen`, `low`, `high`, `n`), by model; the diagonal is perfect.

    `rivals` compete for the title.  Of a rare class axes are of square roots, so that small risks can be told apart.
    `names` as in `roc`.
    """
    frame = _stacked(curves)
    most = float(frame[["said", "high"]].to_numpy().max(initial=0.0)) or 1.0
    axis = alt.Scale(type="sqrt" if rare else "linear", domain=[0, min(1.0, 1.05 * most)], nice=False)
    ticks = alt.Axis(tickCount=6, format=".2~g", labelOverlap=True)
    base = alt.Chart(frame).encode(
        x=alt.X("said:Q", title=f"Probability of {worst} said", scale=axis, axis=ticks),
        color=_color(list(curves), names),
        strokeDash=_dash(list(curves), names),
        tooltip=["model", *(alt.Tooltip(c, format=".3g") for c in ("said", "seen", "low", "high")), "n"],
    )
    seen = alt.Y("seen:Q", title="Share seen, 95 % interval", scale=axis, axis=ticks)
    bars = base.mark_rule(strokeWidth=1.2, opacity=0.6, clip=True).encode(y=alt.Y("low:Q", scale=axis), y2="high:Q")
    line = base.mark_line(strokeWidth=2, clip=True, point=alt.OverlayMarkDef(size=28)).encode(y=seen)
    ideal = alt.Chart(pd.DataFrame({"x": [0.0, 1.0]})).encode(x=alt.X("x:Q", scale=axis), y=alt.Y("x:Q", scale=axis))
    perfect = ideal.mark_line(color=NEUTRAL, strokeDash=[4, 4], strokeWidth=1, clip=True)
    off = {
        name: float((f["n"] * (f["said"] - f["seen"]).abs()).sum() / max(f["n"].sum(), 1))
        for name, f in curves.items()
        if name in rivals
    }
    best = min(off, key=lambda name: off[name])
    title = f"Best calibrated: off by {off[best]:.2g} ({best})"
    return _framed(perfect + bars + line, title, _each("mean distance from the diagonal", off))


def _lines(
    curves: Mapping[str, pd.DataFrame], x: str, y: str, x_title: str, y_title: str, names: Sequence[str]
) -> alt.Chart:
    whole = alt.Scale(domain=[0, 1], nice=False)
    lines: alt.Chart = (
        alt.Chart(_stacked(curves))
        .mark_line(strokeWidth=2, interpolate="linear")
        .encode(
            x=alt.X(f"{x}:Q", title=x_title, scale=whole),
            y=alt.Y(f"{y}:Q", title=y_title, scale=whole),
            order="point:Q",
            color=_color(list(curves), names),
            strokeDash=_dash(list(curves), names),
            tooltip=["model", alt.Tooltip(x, format=".3f"), alt.Tooltip(y, format=".3f")],
        )
    )
    return lines


def _stacked(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [frame.assign(model=name, point=range(len(frame))) for name, frame in curves.items()], ignore_index=True
    )


def _color(models: Sequence[str], names: Sequence[str]) -> alt.Color:
    colors = by_place(SERIES, models, names)
    legend = alt.Legend(
        title=None, orient="bottom", columns=2, symbolType="stroke", symbolStrokeWidth=2, labelLimit=130
    )
    return alt.Color("model:N", sort=list(models), scale=alt.Scale(domain=list(models), range=colors), legend=legend)


def _dash(models: Sequence[str], names: Sequence[str]) -> alt.StrokeDash:
    dashes = by_place(DASHES, models, names)
    # The colours' legend shows the dashes too.
    return alt.StrokeDash("model:N", sort=list(models), scale=alt.Scale(domain=list(models), range=dashes))


def by_place(values: Sequence[T], models: Sequence[str], names: Sequence[str]) -> list[T]:
    """The value of each model by its place among all names; by its own where it is not among them."""
    places = {name: i for i, name in enumerate(names or models)}
    return [values[places.get(model, i) % len(values)] for i, model in enumerate(models)]


def _each(what: str, values: Mapping[str, float]) -> str:
    return f"By model, {what}: " + "; ".join(f"{name} {value:.3f}" for name, value in values.items()) + "."


def _framed(chart: Drawing, title: str, description: str) -> Drawing:
    words = alt.TitleParams(title, anchor="start", fontSize=13)
    drawing: Drawing = chart.properties(title=words, height=HEIGHT, description=f"{title}. {description}")
    return drawing

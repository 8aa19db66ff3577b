"""How good models are, drawn: ROC, precision-recall and reliability, one line for each model."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from riskcore.charts.theme import NEUTRAL, SERIES

Drawing = alt.Chart | alt.LayerChart

DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [10, 4], [4, 2], [1, 3])  # by model, so that colour is not alone
HEIGHT = 360


def roc(curves: Mapping[str, pd.DataFrame], auc: Mapping[str, float], worst: str) -> Drawing:
    """Recall against the false-positive rate (`fpr`, `recall`), by model."""
    best = max(auc, key=lambda name: auc[name])
    base = _lines(curves, "fpr", "recall", "False-positive rate", f"Recall of {worst}")
    chance = alt.Chart(pd.DataFrame({"x": [0.0, 1.0]})).encode(x="x:Q", y="x:Q")
    line = chance.mark_line(color=NEUTRAL, strokeDash=[4, 4], strokeWidth=1)
    return _framed(line + base, f"Best ROC AUC: {auc[best]:.3f} ({best})", _each("ROC AUC", auc))


def precision_recall(
    curves: Mapping[str, pd.DataFrame], average: Mapping[str, float], base_rate: float, worst: str
) -> Drawing:
    """Precision against recall (`recall`, `precision`), by model; the base rate is what guessing reaches."""
    best = max(average, key=lambda name: average[name])
    base = _lines(curves, "recall", "precision", f"Recall of {worst}", "Precision")
    guess = alt.Chart(pd.DataFrame({"y": [base_rate]})).mark_rule(color=NEUTRAL, strokeDash=[4, 4]).encode(y="y:Q")
    title = f"Best average precision: {average[best]:.3f} ({best})"
    return _framed(guess + base, title, f"Guessing reaches {base_rate:.3g}. {_each('average precision', average)}")


def reliability(curves: Mapping[str, pd.DataFrame], worst: str) -> Drawing:
    """Share seen against mean risk said (`said`, `seen`, `low`, `high`, `n`), by model; the diagonal is perfect."""
    frame = _stacked(curves)
    most = float(frame[["said", "high"]].to_numpy().max(initial=0.0)) or 1.0
    axis = alt.Scale(domain=[0, min(1.0, 1.05 * most)], nice=False)
    base = alt.Chart(frame).encode(
        x=alt.X("said:Q", title=f"Probability of {worst} said", scale=axis),
        color=_color(list(curves)),
        strokeDash=_dash(list(curves)),
        tooltip=["model", *(alt.Tooltip(c, format=".3g") for c in ("said", "seen", "low", "high")), "n"],
    )
    seen = alt.Y("seen:Q", title="Share seen, 95 % interval", scale=axis)
    bars = base.mark_rule(strokeWidth=1.2, opacity=0.6, clip=True).encode(y=alt.Y("low:Q", scale=axis), y2="high:Q")
    line = base.mark_line(strokeWidth=2, clip=True, point=alt.OverlayMarkDef(size=28)).encode(y=seen)
    ideal = alt.Chart(pd.DataFrame({"x": [0.0, 1.0]})).encode(x="x:Q", y="x:Q")
    perfect = ideal.mark_line(color=NEUTRAL, strokeDash=[4, 4], strokeWidth=1, clip=True)
    off = {
        name: float((f["n"] * (f["said"] - f["seen"]).abs()).sum() / max(f["n"].sum(), 1)) for name, f in curves.items()
    }
    best = min(off, key=lambda name: off[name])
    title = f"Best calibrated: off by {off[best]:.2g} ({best})"
    return _framed(perfect + bars + line, title, _each("mean distance from the diagonal", off))


def _lines(curves: Mapping[str, pd.DataFrame], x: str, y: str, x_title: str, y_title: str) -> alt.Chart:
    whole = alt.Scale(domain=[0, 1], nice=False)
    lines: alt.Chart = (
        alt.Chart(_stacked(curves))
        .mark_line(strokeWidth=2, interpolate="linear")
        .encode(
            x=alt.X(f"{x}:Q", title=x_title, scale=whole),
            y=alt.Y(f"{y}:Q", title=y_title, scale=whole),
            order="point:Q",
            color=_color(list(curves)),
            strokeDash=_dash(list(curves)),
            tooltip=["model", alt.Tooltip(x, format=".3f"), alt.Tooltip(y, format=".3f")],
        )
    )
    return lines


def _stacked(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [frame.assign(model=name, point=range(len(frame))) for name, frame in curves.items()], ignore_index=True
    )


def _color(models: Sequence[str]) -> alt.Color:
    colors = [SERIES[i % len(SERIES)] for i in range(len(models))]
    legend = alt.Legend(title=None, orient="bottom", columns=3, symbolType="stroke", symbolStrokeWidth=2)
    return alt.Color("model:N", sort=list(models), scale=alt.Scale(domain=list(models), range=colors), legend=legend)


def _dash(models: Sequence[str]) -> alt.StrokeDash:
    dashes = [DASHES[i % len(DASHES)] for i in range(len(models))]
    # The colours' legend shows the dashes too.
    return alt.StrokeDash("model:N", sort=list(models), scale=alt.Scale(domain=list(models), range=dashes))


def _each(what: str, values: Mapping[str, float]) -> str:
    return f"By model, {what}: " + "; ".join(f"{name} {value:.3f}" for name, value in values.items()) + "."


def _framed(chart: Drawing, title: str, description: str) -> Drawing:
    words = alt.TitleParams(title, anchor="start", fontSize=13)
    drawing: Drawing = chart.properties(title=words, height=HEIGHT, description=f"{title}. {description}")
    return drawing

"""Charts of how hard a data set is: its limit beside its best single field, and how certain its truth is."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from riskcore.charts.data import AREA, Drawing, framed, share
from riskcore.charts.theme import ACCENT, AMBER, NEUTRAL

Ranked = tuple[str, pd.DataFrame, Mapping[str, float]]  # name, fpr and recall, AUC as value, low, high


def bayes_curve(limit: Ranked | None, single: Ranked | None, worst: str) -> Drawing:
    """The ROC curve of the true probabilities, which nothing that sees only the event can beat, beside that of the best
    single field.  At least one of the two is given."""
    styles = ((limit, ACCENT, [1, 0]), (single, AMBER, [6, 3]))
    shown = [(*ranked, color, dash) for ranked, color, dash in styles if ranked]
    layers: list[alt.Chart] = []
    for i, (name, roc, _, color, dash) in enumerate(shown):
        curve = alt.Chart(roc.assign(name=name)).encode(
            x=alt.X("fpr:Q", title="False-alarm rate", axis=alt.Axis(format="~%")),
            y=alt.Y("recall:Q", title=f"Recall of {worst}", axis=alt.Axis(format="~%"), stack=None),
            tooltip=["name", alt.Tooltip("fpr", format=".2%"), alt.Tooltip("recall", format=".2%")],
        )
        layers += [curve.mark_area(color=color, opacity=AREA)] if i == 0 else []
        layers.append(curve.mark_line(color=color, strokeWidth=2, strokeDash=dash))
    chance = alt.Chart(pd.DataFrame({"fpr": [0.0, 1.0], "recall": [0.0, 1.0]}))
    layers.append(chance.mark_line(color=NEUTRAL, strokeDash=[2, 4], strokeWidth=1).encode(x="fpr:Q", y="recall:Q"))
    layers.append(_names([(name, auc, color) for name, _, auc, color, _ in shown]))
    told = "; ".join(f"{n}: AUC {a['value']:.3f} [{a['low']:.3f}, {a['high']:.3f}]" for n, _, a, *_ in shown)
    drawn: Drawing = alt.LayerChart(layer=layers)
    found = [f"At best an AUC of {limit[2]['value']:.3f}"] if limit else []
    found += [f"{single[0]} alone reaches an AUC of {single[2]['value']:.3f}"] if single else []
    return framed(drawn, found[0], 320, f"{told}; the dotted line is chance.", subtitle=found[1:])


def _names(shown: list[tuple[str, Mapping[str, float], str]]) -> alt.Chart:
    """Names of the curves in the empty corner below chance, in the curves' colours."""
    frame = pd.DataFrame(
        {
            "fpr": [0.98] * len(shown),
            "recall": [0.05 + 0.09 * (len(shown) - 1 - i) for i in range(len(shown))],
            "name": [f"{name}: {a['value']:.3f} [{a['low']:.3f}, {a['high']:.3f}]" for name, a, _ in shown],
            "color": [color for *_, color in shown],
        }
    )
    words: alt.Chart = (
        alt.Chart(frame)
        .mark_text(align="right", fontSize=12, fontWeight="bold")
        .encode(x="fpr:Q", y="recall:Q", text="name:N", color=alt.Color("color:N", scale=None))
    )
    return words


def certainty_bars(certainty: pd.DataFrame, unsure: float, sure: float) -> Drawing:
    """How certain the true probabilities are.  `certainty`: low, high, n; `unsure`: share left of `sure`."""
    frame = certainty.assign(unsure=certainty["high"] <= sure, limit=sure)
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("low:Q", bin="binned", title="Greatest true probability", scale=alt.Scale(zero=False, nice=False)),
            x2="high:Q",
            y=alt.Y(
                "n:Q", title="Rows", axis=alt.Axis(format="~s", tickCount=5), scale=alt.Scale(type="sqrt"), stack=None
            ),
            color=alt.condition("datum.unsure", alt.value(ACCENT), alt.value(NEUTRAL)),
            tooltip=[alt.Tooltip("low", format=".2f"), alt.Tooltip("high", format=".2f"), alt.Tooltip("n", format=",")],
        )
    )
    line = alt.Chart(frame.head(1)).mark_rule(color=ACCENT, strokeDash=[5, 3]).encode(x="limit:Q")
    return framed(bars + line, f"{share(unsure)} of the rows are uncertain, below {sure}", 260)

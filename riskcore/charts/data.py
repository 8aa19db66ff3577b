"""Charts of a data set: its classes, what gives the label away, and what goes together."""

from collections.abc import Mapping, Sequence
from math import ceil

import altair as alt
import pandas as pd

from riskcore.charts.theme import ACCENT, ALARM, NEUTRAL, TEAL, VERMILION, class_colors

Drawing = alt.Chart | alt.LayerChart

NAMES = 200  # px, for names beside a chart as wide as the page
AREA = 0.18  # opacity; lines carry the shape, areas only fill it


def class_mix(counts: Mapping[str, int]) -> Drawing:
    """Rows of each class, in order of severity, with their number and share."""
    total = max(1, sum(counts.values()))
    frame = pd.DataFrame(
        [(name, n, n / total, f"{n:,}  ({share(n / total)})") for name, n in counts.items()],
        columns=["class", "rows", "share", "told"],
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("class:N", sort=list(counts), title=None, axis=alt.Axis(labelOverlap=False)),
        x=alt.X("rows:Q", title="Rows", axis=alt.Axis(format="~s", tickCount=5), scale=room(frame["rows"].max())),
        tooltip=["class", alt.Tooltip("rows", format=","), alt.Tooltip("share", format=".3%")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3).encode(color=color_of(list(counts), legend=False))
    most = max(counts, key=lambda name: counts[name])
    title = f"{share(counts[most] / total)} of {total:,} rows are {most}"
    return framed(bars + words_after(base, "told", dx=6), title, 52 * len(counts) + 90)


def single_field_bars(auc: pd.DataFrame, alarm: float) -> Drawing:
    """How well each field alone ranks a class; beyond the line it probably leaks the label.

    `auc` as `services.single_fields.single_field_auc`, best first; whiskers are 95 % intervals.
    """
    frame = auc.assign(
        leaks=auc["auc"] >= alarm,
        told=[f"{v:.3f} ± {(h - low) / 2:.3f}" for v, low, h in auc[["auc", "low", "high"]].to_numpy()],
        limit=alarm,
        **{"from": auc["low"].clip(lower=0.5)},
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("field:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False, labelLimit=NAMES)),
        x=alt.X(
            "auc:Q",
            title="AUC of the field alone",
            scale=alt.Scale(domain=[0.5, 1.12], clamp=True, nice=False),
            axis=alt.Axis(values=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ),
        tooltip=["field", *(alt.Tooltip(name, format=".4f") for name in ("auc", "low", "high")), "of"],
    )
    color = alt.condition("datum.leaks", alt.value(ALARM), alt.value(ACCENT))
    bars = base.mark_bar(cornerRadiusEnd=3).encode(color=color, x2=alt.datum(0.5))
    whiskers = base.mark_rule(color=NEUTRAL, strokeWidth=1.5).encode(x=alt.X("from:Q"), x2="high:Q")
    line = alt.Chart(frame.head(1)).mark_rule(color=ALARM, strokeDash=[5, 3], strokeWidth=1.5).encode(x="limit:Q")
    best = frame.iloc[0]
    if frame["leaks"].any():
        title = f"Leak alarm: {best['field']} alone reaches {best['auc']:.3f}"
    else:
        title = f"No field gives the label away: {best['field']} is best, at {best['auc']:.3f}"
    return framed(
        bars + whiskers + words_after(base, "told", at="high", dx=6) + line,
        title,
        21 * len(frame) + 130,
        f"{title}; the alarm is at {alarm}.",
    )


def correlation_map(pairs: pd.DataFrame) -> Drawing:
    """Rank correlation of every pair of fields.  `pairs`: a, b, r in [-1, 1], both ways round."""
    names = list(dict.fromkeys(pairs["a"]))
    apart = pairs[pairs["a"] != pairs["b"]]  # with itself a field always agrees
    strongest = apart.iloc[int(apart["r"].abs().argmax())] if len(apart) else None
    found = (
        f"Strongest: {strongest['a']} and {strongest['b']}, {strongest['r']:+.2f}"
        if strongest is not None
        else "No pair"
    )
    most = 1.0 if strongest is None else max(0.1, ceil(10 * abs(strongest["r"])) / 10)  # or weak ones could not be seen
    side = max(240, min(760, 22 * len(names) + 120))
    chart = (
        alt.Chart(apart)
        .mark_rect()
        .encode(
            x=alt.X("a:N", sort=names, title=None, axis=alt.Axis(labelAngle=-60, labelOverlap=False, labelLimit=140)),
            y=alt.Y("b:N", sort=names, title=None, axis=alt.Axis(labelOverlap=False, labelLimit=140)),
            color=alt.Color(
                "r:Q",
                title="Rank correlation",
                # Clear at zero, so that it suits a light and a dark page.
                scale=alt.Scale(
                    domain=[-most, 0, most],
                    range=[_faded(TEAL, 1), _faded(NEUTRAL, 0.08), _faded(VERMILION, 1)],
                    interpolate="rgb",
                ),
            ),
            tooltip=["a", "b", alt.Tooltip("r", format="+.3f")],
        )
    )
    return framed(chart, found, side)


def risk_strip(counts: Sequence[int]) -> Drawing:
    """A small histogram of risks in equal bins of [0, 1], for cards.  Heights are roots, so that rare risks show."""
    n = len(counts)
    frame = pd.DataFrame(
        {"low": [i / n for i in range(n)], "high": [(i + 1) / n for i in range(n)], "rows": list(counts)}
    )
    total = max(1, sum(counts))
    upper = sum(counts[n // 2 :]) / total
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(color=ACCENT, binSpacing=1)
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title="Risk",
                axis=alt.Axis(values=[0, 0.5, 1], grid=False),
                scale=alt.Scale(domain=[0, 1]),
            ),
            x2="high:Q",
            y=alt.Y("rows:Q", axis=None, scale=alt.Scale(type="sqrt"), stack=None),
            tooltip=[
                alt.Tooltip("low", format=".2f"),
                alt.Tooltip("high", format=".2f"),
                alt.Tooltip("rows", format=","),
            ],
        )
    )
    told = f"Histogram of {total:,} risks; {share(upper)} of them are at least 0.5."
    drawing: Drawing = chart.properties(height=150, description=told)
    return drawing


def share(value: float) -> str:
    """A share as a person says it, with enough digits for rare classes.

    >>> share(0.4), share(0.0172), share(0.00017)
    ('40 %', '1.7 %', '0.017 %')
    """
    percent = 100 * value
    digits = 0 if percent >= 9.95 or percent == 0 else 1 if percent >= 1 else 2 if percent >= 0.1 else 3
    return f"{percent:.{digits}f} %"


def _faded(color: str, opacity: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def color_of(classes: Sequence[str], present: Sequence[str] | None = None, legend: bool = True) -> alt.Color:
    colors = dict(zip(classes, class_colors(len(classes)), strict=True))
    shown = list(present or classes)
    scale = alt.Scale(domain=shown, range=[colors[name] for name in shown])
    return alt.Color(
        "class:N", sort=shown, scale=scale, legend=alt.Legend(title=None, orient="top") if legend else None
    )


def room(most: float) -> alt.Scale:
    return alt.Scale(domain=[0, max(1.0, most * 1.25)], nice=False)  # for the words after the longest bar


def words_after(base: alt.Chart, field: str, dx: int, at: str = "") -> alt.Chart:
    """Words of a field after each bar, or after the place in the field `at`."""
    x = {"x": alt.X(f"{at}:Q")} if at else {}
    words: alt.Chart = base.mark_text(align="left", dx=dx, color=NEUTRAL, fontSize=12).encode(text=f"{field}:N", **x)
    return words


def framed(
    chart: Drawing, title: str, height: int, description: str = "", subtitle: str | Sequence[str] = ""
) -> Drawing:
    """A chart with a title that says the finding, and a description for those who cannot see it."""
    words = alt.TitleParams(title, anchor="start", subtitle=subtitle, subtitleColor=NEUTRAL, subtitleFontSize=12)
    drawing: Drawing = chart.properties(title=words, height=height, description=description or f"{title}.")
    return drawing

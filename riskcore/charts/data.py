"""Charts of a data set: its classes, its fields by class, and what gives the label away."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from riskcore.charts.theme import ACCENT, ALARM, NEUTRAL, TEAL, VERMILION, class_colors
from riskcore.core.schema import Field

Drawing = alt.Chart | alt.LayerChart

ROOM = 20  # characters under a small chart
ROOM_BELOW = 70  # px, for longer ones aslant
AREA = 0.18  # opacity; lines carry the shape, areas only fill it
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])  # by class, so that colour is not alone


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


def by_class(
    field: Field,
    bins: pd.DataFrame,
    classes: Sequence[str],
    log: bool = False,
    height: int = 220,
    said: Sequence[str] = (),
) -> Drawing:
    """One field on bins that all classes share: the share of each class's rows in a bin, so that rare classes show.

    `bins`, `log` and `said` as in `services.profiling.Histogram`.
    """
    present = [name for name in classes if bins.loc[bins["class"] == name, "n"].sum()]
    tooltip: list[Any] = ["class", alt.Tooltip("share", format=".2%"), alt.Tooltip("n", format=",")]
    y = alt.Y("share:Q", title=None, axis=alt.Axis(format="~%", tickCount=4), stack=None)
    base = alt.Chart(bins[bins["class"].isin(present)])
    color, dash = color_of(classes, present=present, legend=False), _dash(classes)
    if "value" in bins:
        x = alt.X("value:N", sort=None, title=None, axis=_choice_axis(list(dict.fromkeys(bins["value"]))))
        shape: alt.Chart | alt.LayerChart = base.mark_bar().encode(
            x=x, y=y, color=color, xOffset=alt.XOffset("class:N", sort=list(classes)), tooltip=["value", *tooltip]
        )
    else:
        kind: Any = "utc" if field.kind == "time" else ("symlog" if log else "linear")
        scale = alt.Scale(type=kind, nice=False, zero=False)
        steps = _outlined(bins[bins["class"].isin(present)], field)
        axis = alt.Axis(tickCount=5, labelOverlap=True) if kind == "utc" else _number_axis(bins, log)
        x = alt.X("low:T" if kind == "utc" else "low:Q", title=None, scale=scale, axis=axis)
        drawn = alt.Chart(steps).encode(x=x, y=y, color=color, tooltip=tooltip)
        area = drawn.mark_area(interpolate="step-after", opacity=AREA)
        shape = area + drawn.mark_line(interpolate="step-after", strokeWidth=1.6).encode(strokeDash=dash)
    told = f"{field.label}, share of each class: {_peaks(bins, present)}"
    slanted = ROOM_BELOW if "value" in bins and _is_long(bins) else 0
    return framed(shape, field.name, height + slanted, told, subtitle=[_axis(field), *said])


def class_legend(classes: Sequence[str]) -> Drawing:
    """The colours and dashes of the classes, once for many charts."""
    frame = pd.DataFrame(
        {"class": list(classes), "x": range(len(classes)), "end": [i + 0.22 for i in range(len(classes))]}
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, max(4, len(classes))]))
    lines = (
        alt.Chart(frame)
        .mark_rule(strokeWidth=3)
        .encode(x=x, x2="end", color=color_of(classes, legend=False), strokeDash=_dash(classes))
    )
    words = (
        alt.Chart(frame)
        .mark_text(align="left", dx=6, fontSize=13, color=NEUTRAL)
        .encode(x=alt.X("end:Q"), text="class")
    )
    drawing: Drawing = (lines + words).properties(height=20, description=f"Legend of the classes {', '.join(classes)}.")
    return drawing


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
        y=alt.Y("field:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
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
        20 * len(frame) + 110,
        f"{title}; the alarm is at {alarm}.",
    )


def correlation_map(pairs: pd.DataFrame) -> Drawing:
    """Rank correlation of every pair of fields.  `pairs`: a, b, r in [-1, 1], both ways round."""
    names = list(dict.fromkeys(pairs["a"]))
    apart = pairs[pairs["a"] != pairs["b"]]
    strongest = apart.iloc[int(apart["r"].abs().argmax())] if len(apart) else None
    found = (
        f"Strongest: {strongest['a']} and {strongest['b']}, {strongest['r']:+.2f}"
        if strongest is not None
        else "No pair"
    )
    side = max(240, min(620, 22 * len(names) + 120))
    chart = (
        alt.Chart(pairs)
        .mark_rect()
        .encode(
            x=alt.X("a:N", sort=names, title=None, axis=alt.Axis(labelAngle=-60)),
            y=alt.Y("b:N", sort=names, title=None),
            color=alt.Color(
                "r:Q",
                title="Rank correlation",
                # Clear at zero, so that it suits a light and a dark page.
                scale=alt.Scale(
                    domain=[-1, 0, 1], range=[_faded(TEAL, 1), _faded(NEUTRAL, 0.08), _faded(VERMILION, 1)]
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


def _outlined(bins: pd.DataFrame, field: Field) -> pd.DataFrame:
    """Steps need an end: the last bin of each class is repeated at its upper edge."""
    ends = bins.groupby("class", sort=False).tail(1)
    steps = pd.concat([bins, ends.assign(low=ends["high"])], ignore_index=True)
    return steps.assign(low=pd.to_datetime(steps["low"], unit="s")) if field.kind == "time" else steps


def _peaks(bins: pd.DataFrame, present: Sequence[str]) -> str:
    place = "value" if "value" in bins else "low"
    parts = []
    for name in present:
        top = bins[bins["class"] == name].nlargest(1, "share").iloc[0]
        at = top[place] if place == "value" else f"{top[place]:.3g}"
        parts.append(f"{name} is most often at {at} ({share(top['share'])})")
    return "; ".join(parts) + "."


def _number_axis(bins: pd.DataFrame, log: bool) -> alt.Axis:
    # One by one: as a whole, 1 000 beside 0.1 would be told as 1k and 0k.
    plain = "abs(datum.value) < 1000 ? format(datum.value, '~g') : format(datum.value, '~s')"
    if not log:
        return alt.Axis(labelExpr=plain, tickCount=5, labelOverlap=True)
    tens = [10.0**k for k in range(-3, 10) if bins["low"].min() <= 10.0**k <= bins["high"].max()]
    return alt.Axis(labelExpr=plain, values=tens, labelOverlap=True)


def _choice_axis(values: Sequence[str]) -> alt.Axis:
    """All choices are named, aslant where they would run into each other."""
    if sum(map(len, values)) > ROOM:
        return alt.Axis(labelAngle=-60, labelOverlap=False, labelLimit=ROOM_BELOW)
    return alt.Axis(labelAngle=0, labelOverlap=False)


def _is_long(bins: pd.DataFrame) -> bool:
    return int(bins["value"].drop_duplicates().str.len().sum()) > ROOM


def _faded(color: str, opacity: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def _axis(field: Field) -> str:
    unit = f" ({field.unit})" if field.unit else " (UTC)" if field.kind == "time" else ""
    return f"{field.label}{unit}"


def color_of(classes: Sequence[str], present: Sequence[str] | None = None, legend: bool = True) -> alt.Color:
    colors = dict(zip(classes, class_colors(len(classes)), strict=True))
    shown = list(present or classes)
    scale = alt.Scale(domain=shown, range=[colors[name] for name in shown])
    return alt.Color(
        "class:N", sort=shown, scale=scale, legend=alt.Legend(title=None, orient="top") if legend else None
    )


def _dash(classes: Sequence[str]) -> alt.StrokeDash:
    dashes = [DASHES[i % len(DASHES)] for i in range(len(classes))]
    return alt.StrokeDash("class:N", scale=alt.Scale(domain=list(classes), range=dashes), legend=None)


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

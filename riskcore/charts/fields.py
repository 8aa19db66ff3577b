"""Distributions of single fields by class, small enough to stand beside each other."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from riskcore.charts.data import AREA, Drawing, color_of, framed, share
from riskcore.charts.theme import NEUTRAL
from riskcore.core.schema import Field

ROOM = 20  # characters of names under a small chart; more stand beside it
BESIDE = 84  # px, for them
LINE = 12  # px of each
SUBTITLE = 30  # characters across a small chart
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])  # by class, so that colour is not alone


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
    shape: alt.Chart | alt.LayerChart
    if "value" in bins:
        shape = _by_choice(base.encode(color=color, tooltip=["value", *tooltip]), _is_long(bins), classes)
    else:
        kind: Any = "utc" if field.kind == "time" else ("symlog" if log else "linear")
        scale = alt.Scale(type=kind, nice=False, zero=False)
        steps = _outlined(bins[bins["class"].isin(present)], field)
        axis = _number_axis(field, bins, log)
        x = alt.X("low:T" if kind == "utc" else "low:Q", title=None, scale=scale, axis=axis)
        drawn = alt.Chart(steps).encode(x=x, y=y, color=color, tooltip=tooltip)
        area = drawn.mark_area(interpolate="step-after", opacity=AREA)
        shape = area + drawn.mark_line(interpolate="step-after", strokeWidth=1.6).encode(strokeDash=dash)
    told = f"{field.label}, share of each class: {_peaks(bins, present)}"
    lines = LINE * bins["value"].nunique() + 120 if "value" in bins and _is_long(bins) else 0
    return framed(shape, field.name, max(height, lines), told, subtitle=[*wrap(_axis(field), SUBTITLE), *said])


def _by_choice(base: alt.Chart, long: bool, classes: Sequence[str]) -> alt.Chart:
    """Bars of choices side by side; on lines of their own where names below would run into each other."""
    share, order = alt.Axis(format="~%", tickCount=4), list(classes)
    bars: alt.Chart
    if long:
        names = alt.Axis(labelOverlap=False, labelLimit=BESIDE, labelFontSize=10, ticks=False)
        bars = base.mark_bar().encode(
            x=alt.X("share:Q", title=None, axis=share, stack=None),
            y=alt.Y("value:N", sort=None, title=None, axis=names),
            yOffset=alt.YOffset("class:N", sort=order),
        )
    else:
        names = alt.Axis(labelAngle=0, labelOverlap=False)
        bars = base.mark_bar().encode(
            x=alt.X("value:N", sort=None, title=None, axis=names),
            y=alt.Y("share:Q", title=None, axis=share, stack=None),
            xOffset=alt.XOffset("class:N", sort=order),
        )
    return bars


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


def _number_axis(field: Field, bins: pd.DataFrame, log: bool) -> alt.Axis:
    if field.kind == "time":
        return alt.Axis(tickCount=5, labelOverlap=True)
    # One by one: as a whole, 1 000 beside 0.1 would be told as 1k and 0k.
    plain = "abs(datum.value) < 1000 ? format(datum.value, '~g') : format(datum.value, '~s')"
    if not log:
        return alt.Axis(labelExpr=plain, tickCount=5, labelOverlap=True)
    # Within the first bin, powers of ten are one point; between whole numbers is none.
    least = 1.0 if field.kind == "integer" else max(bins["low"].min(), bins["high"].min() / 10)
    tens = [10.0**k for k in range(-3, 10) if least <= 10.0**k <= bins["high"].max()]
    zero = [0.0] if bins["low"].min() <= 0 else []
    return alt.Axis(labelExpr=plain, values=zero + tens, labelOverlap=True)


def _is_long(bins: pd.DataFrame) -> bool:
    return int(bins["value"].drop_duplicates().str.len().sum()) > ROOM


def _axis(field: Field) -> str:
    unit = f" ({field.unit})" if field.unit else " (UTC)" if field.kind == "time" else ""
    return f"{field.label}{unit}"


def _dash(classes: Sequence[str]) -> alt.StrokeDash:
    dashes = [DASHES[i % len(DASHES)] for i in range(len(classes))]
    return alt.StrokeDash("class:N", scale=alt.Scale(domain=list(classes), range=dashes), legend=None)

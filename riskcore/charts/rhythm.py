"""Charts of when events happened and whose they are, and of the kinds of attack among them."""

import altair as alt
import pandas as pd

from riskcore.charts.data import NAMES, Drawing, framed, room, share, words_after
from riskcore.charts.theme import ACCENT, ALARM

MOST_KINDS = 20  # of attack that get a bar each
DAY = 86_400  # s
HEIGHT = 210  # px


def time_strip(counts: pd.DataFrame, step: str, seconds: int, name: str, color: str, offset: bool) -> Drawing:
    """Events of one class per step of time.  `counts`: `at` (s since 1970, or since an origin: `offset`) and `n`."""
    top = int(counts["n"].to_numpy().argmax())
    mean, most, at = counts["n"].mean(), int(counts["n"].iloc[top]), float(counts["at"].iloc[top])
    if offset:
        placed = counts.assign(begin=counts["at"] / 3_600, end=(counts["at"] + seconds) / 3_600)
        x = alt.X("begin:Q", title="Hours since the origin", scale=alt.Scale(nice=False))
        when, peak = alt.Tooltip("begin:Q", title="hour", format=",.1f"), f"hour {at / 3_600:,.0f}"
    else:
        begin, end = (pd.to_datetime(counts["at"] + late, unit="s") for late in (0, seconds))
        placed = counts.assign(begin=begin, end=end)
        days = alt.Axis(format="%d %b" if seconds >= DAY else "%d %b %H:%M", labelOverlap=True)
        x = alt.X("begin:T", title=None, scale=alt.Scale(type="utc", nice=False), axis=days)
        when = alt.Tooltip("begin:T", title="from (UTC)", format="%a %d %b %Y %H:%M")
        peak = f"{pd.Timestamp(at, unit='s'):{'%d %b %Y' if seconds >= DAY else '%d %b %Y %H:%M'}}"
    y = alt.Y("n:Q", title=f"Events per {step}", axis=alt.Axis(format="~s", tickCount=4), stack=None)
    steps = pd.concat([placed, placed.tail(1).assign(begin=placed["end"].iloc[-1])])  # the last step needs an end
    area = alt.Chart(steps).mark_area(color=color, opacity=0.3, line={"color": color}, interpolate="step-after")
    strip = area.encode(x=x, y=y, tooltip=[when, alt.Tooltip("n", format=",")])
    return framed(strip, f"{name}: {_about(mean)} per {step}, at most {most:,} ({peak})", HEIGHT)


def _about(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 10 else f"{mean:.1f}" if mean >= 0.1 else f"{mean:.2g}"


def crowd_bars(bins: pd.DataFrame, column: str, count: int, median: float, most: int) -> Drawing:
    """How many entities have how many events.  `bins`: `low`, `high` events each, `n` entities."""
    ends = zip(bins["low"].tolist(), bins["high"].tolist(), strict=True)
    each = [f"{low:,}" if low == high else f"{low:,}–{high:,}" for low, high in ends]
    base = alt.Chart(bins.assign(each=each)).encode(
        x=alt.X("each:N", sort=None, title="Events of one", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("n:Q", title="How many", axis=alt.Axis(format="~s", tickCount=4)),
        tooltip=[alt.Tooltip("each", title="events"), alt.Tooltip("n", title="how many", format=",")],
    )
    title = f"{count:,} values of {column}: {median:,.3g} events each in the middle, at most {most:,}"
    return framed(base.mark_bar(color=ACCENT), title, 220)


def attack_bars(mix: pd.DataFrame, worst: str) -> Drawing:
    """Rows of each kind of attack.  `mix` as `services.profiling.attack_mix`, most frequent first."""
    total = int(mix["n"].sum())
    frame = mix.head(MOST_KINDS).assign(kind=mix["attack"].str.replace("_", " "))
    stealth = ["" if pd.isna(s) else f", stealth {s:.2f}" for s in frame["stealth"]]
    told = [f"{n:,}  ({share(part)}{s})" for n, part, s in zip(frame["n"], frame["share"], stealth, strict=True)]
    base = alt.Chart(frame.assign(told=told)).encode(
        y=alt.Y("kind:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False, labelLimit=NAMES)),
        x=alt.X("n:Q", title="Rows", axis=alt.Axis(format="~s", tickCount=5), scale=room(frame["n"].max())),
        tooltip=["kind", alt.Tooltip("n", title="rows", format=","), alt.Tooltip("share", format=".2%")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, color=ALARM)
    first = frame.iloc[0]
    title = f"Of {total:,} rows of attacks, {share(first['share'])} are {first['kind']}"
    return framed(bars + words_after(base, "told", dx=6), title, 26 * len(frame) + 120, f"{title}, by kind of {worst}.")

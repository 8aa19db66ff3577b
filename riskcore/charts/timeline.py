"""An entity's events in time: their risk above, and below in lanes what happened, where and with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from riskcore.charts.theme import ACCENT, EFFECT_COLORS, NEUTRAL
from riskcore.core.policy import RISK, Policy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

RISK_PX, LANE_PX, GAP_PX, BUTTONS_PX = 190, 21, 26, 30
MOST_LANES = 7  # values of one column with a lane of their own, the most frequent; the others share one
OTHERS = "others"
LONGEST = 22  # characters of a lane's name
SPANS = ((1, "hour"), (1, "day"), (7, "day"))  # before the last event, to look at
SHAPES = {"past": "circle", "moved": "diamond", "added": "triangle-up", "new": "star"}
SIZES = {"past": 7, "moved": 10, "added": 10, "new": 15}


@dataclass(frozen=True)
class Drawn:
    """k events to draw, in order of time.  `columns` maps each group of lanes to its values (k,)."""

    time: pd.Series
    risk: Sequence[float]
    actions: Sequence[int]  # places in the policy
    origin: Sequence[str]  # past, moved, added or new
    columns: Mapping[str, Sequence[str]]
    counted: Sequence[bool]  # whether a reason counts the event


def timeline_figure(drawn: Drawn, policy: Policy, counted_by: str = "") -> "Figure":
    """The risk of each event and its lanes on one axis of time, to be dragged and zoomed; points can be picked.

    Colour tells the effect of the action and shape whether an event was really so; a ring marks what a reason counted.
    """
    from plotly.subplots import make_subplots

    told = [o != "past" or c for o, c in zip(drawn.origin, drawn.counted, strict=True)]
    lanes = {name: _lanes(values, told) for name, values in drawn.columns.items()}
    heights = [RISK_PX, *(LANE_PX * len(names) + 4 for names in lanes.values())]
    total = sum(heights) + GAP_PX * (len(heights) - 1)
    figure = make_subplots(
        rows=len(heights),
        cols=1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=GAP_PX / total,
        subplot_titles=["", *lanes],
    )
    _add_points(figure, drawn, policy, np.asarray(drawn.risk, dtype=np.float64), 1, counted_by)
    for row, (name, names) in enumerate(lanes.items(), start=2):
        y = [value if value in names else OTHERS for value in map(cut, drawn.columns[name])]
        _add_points(figure, drawn, policy, y, row, "")
        figure.update_yaxes(row=row, col=1, categoryorder="array", categoryarray=names[::-1], type="category")
        figure.update_yaxes(row=row, col=1, range=[-0.6, len(names) - 0.4], showgrid=True, fixedrange=True)
    for band in policy.bands:
        if band.measure == RISK and band.edge > 0:
            line = {"color": EFFECT_COLORS[policy.action(band.action).effect], "width": 1, "dash": "dot"}
            figure.add_hline(y=band.edge, row=1, col=1, line=line)
    figure.update_yaxes(row=1, col=1, range=[-0.04, 1.07], title="Risk", fixedrange=True)
    spans = [{"count": n, "label": f"{n} {s}", "step": s, "stepmode": "backward"} for n, s in SPANS]
    look = {"bgcolor": "rgba(128,140,145,0.16)", "activecolor": "rgba(42,150,155,0.45)", "y": 1.0, "yanchor": "bottom"}
    figure.update_xaxes(row=1, col=1, rangeselector=look | {"buttons": [{"step": "all", "label": "all"}, *spans]})
    figure.update_annotations(x=0, xanchor="left", font={"size": 12})
    figure.update_layout(
        height=total + 150,
        margin={"l": 8, "r": 12, "t": 70, "b": 8},
        dragmode="pan",
        hovermode="closest",
        clickmode="event+select",
        legend={"orientation": "h", "y": 1 + BUTTONS_PX / total, "yanchor": "bottom", "x": 0},
        uirevision="kept",  # zoom survives a changed event
    )
    return figure


def said(drawn: Drawn, policy: Policy) -> str:
    """The finding of a timeline, as its title and for those who cannot see it."""
    n = len(drawn.risk)
    highest = int(np.argmax(np.asarray(drawn.risk)))
    harsh = sum(policy.actions[a].effect != "pass" for a in drawn.actions)
    when = f"{pd.Timestamp(drawn.time.iloc[highest]):%d %B, %H:%M} UTC"
    return f"{n:,} events, {harsh:,} not let through; the highest risk, {max(drawn.risk):.2f}, on {when}"


def cut(name: str) -> str:
    """A lane's name: the beginning of a long one."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _lanes(values: Sequence[str], told: Sequence[bool]) -> list[str]:
    """Lanes of one group: values of the events that are told about first, then the most frequent."""
    names = pd.Series(list(map(cut, values)), dtype="object")
    counts = names.value_counts()
    wanted = list(dict.fromkeys([*names[list(told)].value_counts().index, *counts.index]))
    kept = wanted if len(wanted) <= MOST_LANES else wanted[: MOST_LANES - 1]
    return [*sorted(kept, key=lambda name: -counts[name]), *([OTHERS] if len(kept) < len(wanted) else [])]


def _add_points(figure: "Figure", drawn: Drawn, policy: Policy, y: Any, row: int, counted_by: str) -> None:
    from plotly.graph_objects import Scatter

    y = np.asarray(y)
    actions, origin = np.asarray(drawn.actions), np.asarray(drawn.origin)
    hover = _hover(drawn, policy)
    ringed = np.flatnonzero(np.asarray(drawn.counted))
    if len(ringed):
        ring = {"symbol": "circle-open", "size": 17, "color": ACCENT, "line": {"width": 2.5}}
        figure.add_trace(
            Scatter(
                x=drawn.time.iloc[ringed],
                y=y[ringed],
                mode="markers",
                marker=ring,
                name=f"Counted: {counted_by}",
                hoverinfo="skip",
                showlegend=row == 1,
            ),
            row=row,
            col=1,
        )
    for place, action in enumerate(policy.actions):
        mine = np.flatnonzero(actions == place)
        if not len(mine):
            continue
        marker = {
            "color": EFFECT_COLORS.get(action.effect, NEUTRAL),
            "symbol": [SHAPES[o] for o in origin[mine]],
            "size": [SIZES[o] for o in origin[mine]],
            "opacity": [0.75 if o == "past" else 1.0 for o in origin[mine]],
            "line": {"width": [0.0 if o == "past" else 1.5 for o in origin[mine]], "color": ACCENT},
        }
        figure.add_trace(
            Scatter(
                x=drawn.time.iloc[mine],
                y=y[mine],
                mode="markers",
                marker=marker,
                name=action.label,
                legendgroup=action.key,
                showlegend=row == 1,
                customdata=mine.tolist(),
                hovertext=[hover[i] for i in mine],
                hoverinfo="text",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 0.75}},
            ),
            row=row,
            col=1,
        )


def _hover(drawn: Drawn, policy: Policy) -> list[str]:
    """What pointing at each event (k,) says; uploaded words are escaped."""
    from html import escape

    times = drawn.time.dt.strftime("%a %d %b %Y, %H:%M:%S UTC")
    columns = [[f"{name}: {escape(value)}" for value in values] for name, values in drawn.columns.items()]
    return [
        "<br>".join([time, *words, f"Risk {risk:.3f}: {policy.actions[action].label}", *_note(origin)])
        for time, risk, action, origin, *words in zip(
            times, drawn.risk, drawn.actions, drawn.origin, *columns, strict=True
        )
    ]


def _note(origin: str) -> list[str]:
    notes = {"moved": "moved here", "added": "added, did not happen", "new": "the event on the form"}
    return [f"<i>{notes[origin]}</i>"] if origin in notes else []

"""An entity's events in time: their risk above, and below in lanes what happened, where and with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from riskcore.charts.theme import ACCENT, EFFECT_COLORS, NEUTRAL
from riskcore.core.policy import RISK, Policy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

RISK_PX, LANE_PX, GAP_PX = 190, 21, 26
MOST_LANES = 7  # values of one column with a lane of their own, the most frequent; the others share one
OTHERS = "others"
LONGEST = 22  # characters of a lane's name
ALL = "all"
SPANS = {  # to look at
    "10 min": timedelta(minutes=10),
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
}
MARGIN = 0.04  # of what is looked at, on either side
LEAST = timedelta(minutes=10)  # that is shown, however near all events are
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


def opening_span(drawn: Drawn) -> str:
    """The shortest of `SPANS` that holds what a reason counts before the event on the form; all where none does.

    Where no reason counts anything, it is what was added, such as an attack, that it holds.
    """
    added = [origin == "added" for origin in drawn.origin]
    counted = drawn.time[np.asarray(drawn.counted if any(drawn.counted) else added, dtype=bool)]
    if counted.empty:
        return ALL
    age = _end(drawn) - counted.min()
    return next((name for name, span in SPANS.items() if timedelta(0) <= age <= span), ALL)


def window(drawn: Drawn, span: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From when to when is shown: a span before the event on the form, or all events, with room on either side."""
    if span == ALL:
        first, last = drawn.time.min(), drawn.time.max()
        room = max(MARGIN * (last - first), (LEAST - (last - first)) / 2)
        return first - room, last + room
    last = _end(drawn)
    return last - SPANS[span] - MARGIN * SPANS[span], last + MARGIN * SPANS[span]


def _end(drawn: Drawn) -> pd.Timestamp:
    """The moment of the event on the form, or else of the last one."""
    places = [i for i, origin in enumerate(drawn.origin) if origin == "new"]
    return pd.Timestamp(drawn.time.iloc[places[0]] if places else drawn.time.max())


def timeline_figure(drawn: Drawn, policy: Policy, counted_by: str = "", span: str = ALL) -> "Figure":
    """The risk of each event and its lanes on one axis of time, to be dragged and zoomed; points can be picked.

    `span` of `SPANS` is what is shown first.

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
    figure.update_yaxes(row=1, col=1, range=[-0.07, 1.07], title="Risk", fixedrange=True)
    figure.update_xaxes(range=window(drawn, span))
    figure.update_annotations(x=0, xanchor="left", font={"size": 12})
    figure.update_layout(
        height=total + 120,
        margin={"l": 8, "r": 12, "t": 40, "b": 8},
        dragmode="pan",
        hovermode="closest",
        clickmode="event+select",
        legend={"orientation": "h", "y": 1 + 4 / total, "yanchor": "bottom", "x": 0},
        uirevision=f"{span} {_end(drawn)}",  # zoom survives changed events, but not another moment on the form
    )
    return figure


def said(drawn: Drawn, policy: Policy) -> str:
    """The finding of a timeline, as its title and for those who cannot see it."""
    n = len(drawn.risk)
    highest = int(np.argmax(np.asarray(drawn.risk)))
    harsh = sum(policy.actions[a].effect != "pass" for a in drawn.actions)
    when = f"{pd.Timestamp(drawn.time.iloc[highest]):%d %B, %H:%M} UTC"
    events = f"{n:,} {'event' if n == 1 else 'events'}"
    return f"{events}, {harsh:,} not let through; the highest risk, {max(drawn.risk):.2f}, on {when}"


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

"""Swim lanes: one line for each entity, its events along time."""

import altair as alt
import pandas as pd

from riskcore.charts.theme import EFFECT_COLORS
from riskcore.core.policy import Policy

LANE, AXES = 22, 70  # px
EDGE = 8  # px before the first event and after the last one, or their marks are cut in half
WORDS = {"pass": "let through", "challenge": "challenged", "review": "reviewed", "stop": "stopped"}
SHAPES = {"pass": "circle", "challenge": "triangle-up", "review": "square", "stop": "diamond"}


def lanes(events: pd.DataFrame, policy: Policy, title: str) -> alt.Chart:
    """Events with `entity`, `time`, `risk` and `action`, a place in the policy; entities in order of appearance.

    Colour and shape tell what was done, size the risk; drag and scroll to zoom in time.
    """
    effects = [action.effect for action in policy.actions]
    present = [effect for effect in WORDS if effect in effects]
    frame = events.assign(
        done=[WORDS[effects[a]] for a in events["action"]], label=[policy.actions[a].label for a in events["action"]]
    ).sort_values("risk")
    domain = [WORDS[effect] for effect in present]
    legend = alt.Legend(title=None, orient="top")
    drawn: alt.Chart = (
        alt.Chart(frame)
        .mark_point(filled=True, opacity=0.8)
        .encode(
            x=alt.X("time:T", title="Time (UTC)", scale=alt.Scale(type="utc", padding=EDGE)),
            y=alt.Y("entity:N", sort=list(dict.fromkeys(events["entity"])), title=None, axis=alt.Axis(grid=True)),
            color=alt.Color(
                "done:N",
                scale=alt.Scale(domain=domain, range=[EFFECT_COLORS[effect] for effect in present]),
                legend=legend,
            ),
            shape=alt.Shape(
                "done:N", scale=alt.Scale(domain=domain, range=[SHAPES[effect] for effect in present]), legend=legend
            ),
            size=alt.Size("risk:Q", scale=alt.Scale(domain=[0, 1], range=[14, 180]), legend=None),
            tooltip=[
                "entity",
                alt.Tooltip("time:T", format="%d %b %Y, %H:%M:%S"),
                alt.Tooltip("risk:Q", format=".3f"),
                alt.Tooltip("label:N", title="action"),
            ],
        )
        .properties(
            height=LANE * events["entity"].nunique() + AXES, title=alt.TitleParams(title, anchor="start", fontSize=13)
        )
        .interactive(bind_y=False)
    )
    return drawn

"""The views of Explain that follow events: where they go, and entities in time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from riskcore.charts.funnel import height, sankey, severity_colors
from riskcore.charts.lanes import lanes
from riskcore.charts.theme import EFFECT_COLORS, NEUTRAL
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services import scoring
from riskcore.services.entities.past import Past
from riskcore.services.funnel import Funnel, funnel
from riskcore.services.scoring import Decided
from riskcore.stores.datasets import Dataset
from riskcore.ui import context
from riskcore.ui.investigating import entities
from riskcore.ui.investigating.decision import plain

LANES = 25  # entities shown
SIDE = 450  # px of one flow beside another: two fit into an expander of a page
LISTED = 500  # events of a ribbon in the table


def flow_view(trained: Trained, dataset: Dataset) -> None:
    """What happened, the band of its risk, what is done; good and bad actors side by side where they are known."""
    decided = _decided(trained, dataset)
    label = None if dataset.labels is None else dataset.labels.label
    flow = funnel(decided, label)
    picked = _drawn(flow, decided.policy, trained.scenario, f"flow.{trained.version}.{dataset.name}", clicks=True)
    st.caption("Bands are of the risk, actions after all rules of the policy. Click a ribbon to see its events.")
    for each in picked:
        _events_along(flow, decided, *each)


def flow_of_file(flow: Funnel, policy: Policy, scenario: Scenario, key: str) -> None:
    """The flow of all rows of a scored file, or of its good and bad actors side by side where it has labels."""
    _drawn(flow, policy, scenario, key, clicks=False)
    if flow.actor is not None and (left := flow.count() - flow.count(False) - flow.count(True)):
        st.caption(f"{left:,} events without a label are on neither side.")


def _drawn(
    flow: Funnel, policy: Policy, scenario: Scenario, key: str, clicks: bool
) -> list[tuple[str, str, bool | None, str]]:
    """Draw each side; what is clicked: both ends, whose, and the title of the side."""
    names = scenario.target.classes
    sides: list[tuple[bool | None, str]] = [(None, "All events")]
    if flow.actor is not None:
        sides = [(False, f"Good actors: {names[0]}"), (True, f"Bad actors: {' or '.join(names[1:])}")]
    across = st.container(horizontal=True, gap="medium")  # one below the other in a narrow window
    picked: list[tuple[str, str, bool | None, str]] = []
    for bad, title in sides:
        with across.container(width=SIDE if len(sides) > 1 else "stretch"):
            n = flow.count(bad)
            st.markdown(f"**{plain(title)}** · {n:,} events")
            if not n:
                st.caption("None here.")
                continue
            flows = flow.flows(bad)
            spec = sankey(flows, _colors(flow, policy), _order(flow))
            state: Any = st.echarts_chart(
                spec,
                key=f"{key}.{bad}",
                height=height(flows),
                on_select="rerun" if clicks else "ignore",
                alt=_told(flow, bad, title),
            )
            picked += [(*ribbon, bad, title) for ribbon in _clicked(state, spec)] if clicks else []
    return picked


def _clicked(state: Any, spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Both ends of each chosen ribbon, or the name of a bar and nothing."""
    series, found = spec["series"][0], list[tuple[str, str]]()
    for part in state["selection"]["selected"]:
        for i in part["data_indices"]:
            if part["data_type"] == "edge":
                found.append((series["links"][i]["source"], series["links"][i]["target"]))
            else:
                found.append((series["data"][i]["name"], ""))
    return found


def _events_along(flow: Funnel, decided: Decided, source: str, target: str, bad: bool | None, side: str) -> None:
    rows = flow.along(source, target, bad)
    risk = np.asarray(decided.scored.risk, dtype=np.float64)
    first = rows[np.argsort(-risk[rows], kind="stable")][:LISTED]
    table = decided.scored.events.iloc[first].reset_index(drop=True)
    table.insert(0, "risk", risk[first])
    table.insert(0, "row", first + 1)
    way = f"{source} {target if target.startswith('→') else '→ ' + target}" if target else source
    st.markdown(f"**{plain(way)}** ({plain(side)}): {len(rows):,} events, the riskiest first")
    bar = st.column_config.ProgressColumn("risk", min_value=0, max_value=1, format="%.3f")
    st.dataframe(table, hide_index=True, height=300, column_config={"risk": bar})


def _colors(flow: Funnel, policy: Policy) -> dict[str, str]:
    kinds = dict.fromkeys(flow.kind.categories, NEUTRAL)
    actions = {f"→ {a.label}": EFFECT_COLORS.get(a.effect, NEUTRAL) for a in policy.actions}
    return kinds | severity_colors(list(flow.band.categories)) | actions


def _order(flow: Funnel) -> dict[str, int]:
    names = [*flow.kind.categories, *flow.band.categories, *flow.action.categories]
    return {name: i for i, name in enumerate(names)}


def _told(flow: Funnel, bad: bool | None, title: str) -> str:
    last = flow.flows(bad)
    done = last[last["stage"] == 1].groupby("target", observed=True)["n"].sum()
    return f"{title}: " + ", ".join(f"{n:,} {name}" for name, n in done.items())


def lanes_view(trained: Trained, dataset: Dataset) -> None:
    """The entities with the highest risks, each with its events in time."""
    past = entities.past(trained.scenario, dataset)
    decided = _decided(trained, dataset)
    risk = np.asarray(decided.scored.risk, dtype=np.float64)
    label = trained.scenario.event[past.main].label
    events = _of_riskiest(past, risk, decided)
    n = events["entity"].nunique()
    stopped = sum(decided.policy.actions[a].effect != "pass" for a in events["action"])
    of = f"{stopped:,} of their {len(events):,} events are not let through"
    title = f"The {n} riskiest of {len(past.counts):,}: {of}"
    st.altair_chart(lanes(events, decided.policy, title), width="stretch")
    st.caption(f"One lane for each {label.lower()}, the one with the highest risk first. Drag and scroll to zoom.")
    chosen = st.selectbox(f"Look closer at {label.lower()}", list(dict.fromkeys(events["entity"])), key="lane")
    st.page_link(
        "pages/score_one.py",
        label=f"Timeline of {plain(str(chosen))} on Score one",
        icon=":material/timeline:",
        query_params={"scenario": trained.scenario.title, entities.ENTITY: str(chosen)},
    )


def _of_riskiest(past: Past, risk: Any, decided: Decided) -> pd.DataFrame:
    """The events of the entities with the highest risks, riskiest entity first."""
    values = past.events[past.main].astype("str")
    top = pd.Series(risk).groupby(values.to_numpy()).max().sort_values(ascending=False, kind="stable").index[:LANES]
    rows = [past.of(value) for value in top]
    chosen = np.concatenate(rows)
    return pd.DataFrame(
        {
            "entity": np.repeat(np.asarray(top, dtype=object), [len(r) for r in rows]),
            "time": pd.to_datetime(past.seconds[chosen], unit="s", utc=True),
            "risk": risk[chosen],
            "action": decided.decisions.actions[chosen],
        }
    )


def _decided(trained: Trained, dataset: Dataset) -> Decided:
    policy = context.applied_policy(trained.scenario).policy
    return scoring.decide(context.scored_dataset(trained, dataset), policy)

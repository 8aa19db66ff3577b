"""Two ways of deciding about the same events, side by side: what it costs, who moves where, and which events."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from riskcore.charts import movement as charts
from riskcore.core.policy import Policy
from riskcore.services.deciding.replay import Movement, replay
from riskcore.services.judging.estimates import Metric
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.guard_rails import tell_breaches
from riskcore.ui.deciding.workforce import capacity, prior
from riskcore.ui.number_words import amount, change, percent, signed

LISTED = 200  # events of one ribbon that are shown
TABLE_PX = 440  # of the list of moves


def movement_view(case: Case, movement: Movement, sides: charts.Sides, key: str) -> None:
    """Numbers, guard-rails, ribbons and, of the ribbon or line that was picked, its events."""
    if not movement.moved:
        st.text(f"No event gets another action: {sides[0]} and {sides[1]} decide alike on these events.")
        return
    movement_numbers(case, movement, sides)
    st.caption(terms_in_words(movement))
    tell_breaches(case, movement)
    picked = _ribbons(movement, sides, key)
    _matrix(movement, sides)
    if picked is not None:
        _events(case, movement, sides, *picked)


def replayed(case: Case, policy: Policy) -> Movement:
    """A policy beside the one in force, under the session's capacity and real rate; made once for all reruns."""
    made_of = (case.scenario.key, *case.seen.values(), policy.fingerprint())
    return _replayed(made_of, capacity(case), prior(case), case, policy)


@st.cache_resource(max_entries=8, show_spinner=False)
def _replayed(
    made_of: tuple[str, ...], capacity: float | None, prior: float | None, _case: Case, _policy: Policy
) -> Movement:
    return replay(_case.scored, _case.policy, _policy, _case.costs, _case.labels, capacity=capacity, prior=prior)


def movement_numbers(case: Case, movement: Movement, sides: charts.Sides) -> None:
    """How many move, and by how much alerts and cost change, paired."""
    n = int(movement.counts.sum())
    bar = st.container(horizontal=True)  # wraps where the window is narrow
    bar.metric("Events that move", f"{movement.moved:,}", help=f"Of {n:,} events.")
    bar.metric("To a milder action", f"{movement.loosened:,}")
    bar.metric("Alerts", change(movement.alerts))
    if movement.cost is not None:
        bar.metric(f"Cost, {case.costs.currency}", change(movement.cost))
    st.text(effect_in_words(case, movement, sides))


def tell_effect(case: Case, movement: Movement, sides: charts.Sides) -> bool:
    """What a change does to the events at hand, for a dialog; whether it breaks no guard-rail."""
    st.text(f"{movement.moved:,} events move, {movement.loosened:,} of them to a milder action.")
    st.text(effect_in_words(case, movement, sides))
    st.caption(terms_in_words(movement))
    return tell_breaches(case, movement)


def effect_in_words(case: Case, movement: Movement, sides: charts.Sides) -> str:
    """The effect of the second way, with intervals, as sentences."""
    n = int(movement.counts.sum())
    per = f"{sides[1][0].upper()}{sides[1][1:]} minus {sides[0]}, on the same {n:,} events"
    said = f"{per}: alerts {signed(movement.alerts)}"
    if movement.cost is not None:
        said += f", cost {case.costs.currency} {signed(movement.cost)}"
        if movement.moved:
            said += f". {_verdict(movement.cost)}"
    drawn = "single events" if movement.unit == "event" else f"each {movement.unit} with all its events"
    return f"{said}. Intervals are of 95 %, from draws of {drawn}."


def terms_in_words(movement: Movement) -> str:
    """Under which share of attacks and which capacity the differences hold, as sentences."""
    share, worked = "attacks are as frequent as in the data", "every alert is worked"
    if movement.prior is not None:
        share = f"{percent(movement.prior)} of all events are attacks"
    if movement.capacity is not None:
        worked = f"{amount(movement.capacity)} alerts a day are worked and the rest is let through"
    return f"Alerts and cost are those if {share} and {worked}. Events that move are counted as they are in the data."


def _verdict(cost: Metric) -> str:
    if cost.low == cost.high:
        return "The cost stays as it is"
    if cost.low <= 0 <= cost.high:
        return "The difference in cost may be chance"
    return f"The {'fall' if cost.high < 0 else 'rise'} in cost is more than chance"


def _ribbons(movement: Movement, sides: charts.Sides, key: str) -> tuple[str, str] | None:
    """The Sankey and the list of moves; the last one picked in either."""
    actions, counts = movement.before.policy.actions, movement.counts.sum(axis=-1)
    found = charts.moves(actions, counts)
    place = f"{key} picked"

    def from_chart() -> None:
        drawn = charts.ribbons(counts, bool(st.session_state.get(f"{key} staying")))
        edge = _edge(st.session_state[f"{key} sankey"]["selection"]["selected"])
        st.session_state[place] = None if edge is None else tuple(actions[i].key for i in drawn[edge])

    def from_list() -> None:
        rows = st.session_state[f"{key} moves"]["selection"]["rows"]
        st.session_state[place] = (found[rows[0]][0].key, found[rows[0]][1].key) if rows else None

    side_by_side = st.container(horizontal=True, gap="medium")  # wraps where the window is narrow
    with side_by_side.container():
        staying = st.toggle("Draw events that stay too", key=f"{key} staying")
        st.echarts_chart(
            charts.sankey(actions, counts, sides, staying),
            height=charts.height(counts, staying),
            key=f"{key} sankey",
            on_select=from_chart,
            alt=charts.in_words(actions, counts, sides),
        )
    with side_by_side.container(width=TABLE_PX):
        st.caption("Pick a line, or click a ribbon, to see its events.")
        table = pd.DataFrame(
            {
                "From": [a.label for a, _, _ in found],
                "To": [b.label for _, b, _ in found],
                "Events": [n for _, _, n in found],
            }
        )
        if movement.money is not None:
            keys = list(movement.actions)
            table["Cost"] = [movement.money[keys.index(a.key), keys.index(b.key)] for a, b, _ in found]
        st.dataframe(
            table,
            hide_index=True,
            key=f"{key} moves",
            on_select=from_list,
            selection_mode="single-row",
            column_config={"Cost": st.column_config.NumberColumn(format="%+.0f", help="Change over these events.")},
        )
    picked: tuple[str, str] | None = st.session_state.get(place)
    return picked


def _edge(selected: Sequence[Mapping[str, Any]]) -> int | None:
    """The number of the ribbon that was clicked; None where it was a node, or nothing."""
    found = [part["data_indices"][0] for part in selected if part["data_type"] == "edge" and part["data_indices"]]
    return int(found[0]) if found else None


def _matrix(movement: Movement, sides: charts.Sides) -> None:
    """Every action under the first way by every action under the second."""
    labels = [action.label for action in movement.before.policy.actions]
    table = pd.DataFrame(movement.counts.sum(axis=-1), index=labels, columns=labels)
    table.index.name = f"{sides[0]} ↓  {sides[1]} →"
    with st.expander("The whole matrix", icon=":material/grid_on:"):
        st.table(table.map(lambda n: f"{n:,}"))


def _events(case: Case, movement: Movement, sides: charts.Sides, action: str, becomes: str) -> None:
    """The events of one ribbon, the riskiest first."""
    rows = movement.rows(action, becomes)
    if not len(rows):
        return
    policy = movement.before.policy
    st.markdown("**Events of the ribbon**")
    st.text(f"{len(rows):,} events go from {policy.action(action).label} to {policy.action(becomes).label}.")
    shown = rows[np.argsort(-movement.before.scored.risk[rows], kind="stable")][:LISTED]
    table = case.scored.events.iloc[shown].reset_index(drop=True)
    table.insert(0, "row", shown + 1)
    table.insert(1, "risk", movement.before.scored.risk[shown].astype(float))
    if movement.after.scored is not movement.before.scored:
        table.insert(2, f"risk · {sides[1]}", movement.after.scored.risk[shown].astype(float))
    if case.labels is not None:
        table.insert(2, "label", np.array(case.scenario.target.classes, dtype=object)[case.labels[shown]])
    st.dataframe(table, hide_index=True, height=280)
    if len(rows) > LISTED:
        st.caption(f"The {LISTED} riskiest of {amount(float(len(rows)))} are listed.")

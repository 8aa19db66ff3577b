"""The money behind the cost curve, edited for this session only."""

from dataclasses import replace
from functools import partial

import streamlit as st

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.services.deciding.cost_presets import PRESETS, preset
from riskcore.services.deciding.costing import (
    CAUGHT,
    DROP_OUT,
    FRICTION,
    LOSS,
    MINUTES,
    costs_from,
    effect_table,
    loss_table,
)
from riskcore.ui.context import show_error

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "INR")
KEPT = "session costs"  # scenario key -> (how often changed, Costs)


def session_costs(scenario: Scenario) -> Costs:
    """What outcomes cost in this session: the scenario's own figures until they are edited."""
    return _kept(scenario)[1]


def cost_editor(scenario: Scenario, policy: Policy) -> None:
    """A form of losses by class and costs by effect; wrong values are told and change nothing."""
    revision, costs = _kept(scenario)
    st.caption("These figures count for this session only. They move the cost curve and its optimum, not the model.")
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    name = bar.selectbox("Start from", list(PRESETS), key=f"costs of {scenario.key}", width=320)
    if bar.button("Take these", icon=":material/payments:", disabled=preset(scenario.costs, name) == costs):
        _keep(scenario, preset(scenario.costs, name))
    if costs != scenario.costs and bar.button("Back to the scenario's costs", icon=":material/undo:"):
        _keep(scenario, scenario.costs)
    # The tables are constant within a revision: the editor keeps its edits apart from them.
    _form(scenario, policy, costs, f"costs {scenario.key} {revision}")


def _form(scenario: Scenario, policy: Policy, costs: Costs, key: str) -> None:
    money = partial(st.column_config.NumberColumn, format=f"%.2f {costs.currency}")
    with st.form(key, border=False):
        left, right = st.columns([2, 3])
        with left:
            losses = st.data_editor(
                loss_table(costs, scenario.target.classes),
                column_config={LOSS: money(help="Lost on one event of this class that nothing stops.")},
                disabled=["Class"],
                key=f"{key} losses",
                alt="Loss by class",
            )
            share: float | None = costs.share_lost
            if scenario.event.amount:
                share = st.number_input(
                    "Share of an attack's amount lost besides, 0 to 1", value=share, step=0.05, key=f"{key} share"
                )
            minute = st.number_input(
                f"Cost of an analyst's minute, {costs.currency}", value=costs.minute, step=0.1, key=f"{key} minute"
            )
            currency = st.selectbox(
                "Currency",
                list(dict.fromkeys((costs.currency, *CURRENCIES))),
                key=f"{key} currency",
                help="What the figures are called. They are not converted: enter them in this currency.",
            )
        with right:
            effects = st.data_editor(
                effect_table(costs, policy),
                column_config={
                    FRICTION: money(help="Lost on an honest event that gives up: the basket, a call to the help desk."),
                    DROP_OUT: st.column_config.NumberColumn(help="Share of honest events that give up, 0 to 1."),
                    MINUTES: st.column_config.NumberColumn(
                        help="An analyst's time, whatever the event turns out to be"
                    ),
                    CAUGHT: st.column_config.NumberColumn(help="Share of an attack's loss that is prevented, 0 to 1."),
                },
                disabled=["Effect"],
                key=f"{key} effects",
                alt="Cost by effect",
            )
        if st.form_submit_button("Use these costs", type="primary"):
            try:
                edited = costs_from(costs, policy, losses, effects, share, minute)
            except DataError as error:
                show_error(error)
            else:
                _keep(scenario, replace(edited, currency=currency))


def _kept(scenario: Scenario) -> tuple[int, Costs]:
    found: dict[str, tuple[int, Costs]] = st.session_state.setdefault(KEPT, {})
    return found.get(scenario.key, (0, scenario.costs))


def _keep(scenario: Scenario, costs: Costs) -> None:
    st.session_state[KEPT][scenario.key] = (_kept(scenario)[0] + 1, costs)
    st.rerun()

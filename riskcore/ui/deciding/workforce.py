"""Who works on alerts, and how common attacks really are: what thresholds are judged under besides the data."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from riskcore.services.deciding.capacity import capacity_of
from riskcore.ui.deciding.case import Case

ANALYSTS, HOURS, MINUTES, RATE = "analysts", "hours", "minutes", "rate"  # widget keys, and names in the link
DEFAULT_HOURS, DEFAULT_MINUTES = 6.0, 6.0
LINKED: Mapping[str, Any] = {"bind": "query-params", "persist_state": "session"}
LEAST_RATE, MOST_RATE = 0.0001, 99.0  # %; at 0 and 100 there is one class, and nothing to weigh


def workforce(case: Case) -> None:
    """Analysts, their hours and minutes, and the real rate; empty ones are not asked about.  All are in the link."""
    boxes = st.columns(4)
    boxes[0].number_input(
        "Analysts a day",
        min_value=0.0,
        value=None,
        step=1.0,
        key=ANALYSTS,
        **LINKED,
        placeholder="no limit",
        help="How many people work on alerts. Without it every alert is worked. Halves are part-timers.",
    )
    boxes[1].number_input(
        "Hours of each",
        min_value=0.0,
        max_value=24.0,
        value=DEFAULT_HOURS,
        step=0.5,
        key=HOURS,
        **LINKED,
    )
    boxes[2].number_input(
        "Minutes for an alert",
        min_value=0.1,
        value=minutes_of(case),
        step=1.0,
        key=f"{MINUTES}_{case.scenario.key}",
        **LINKED,
        help="What one alert takes. The cost of this time is in the costs, under Money.",
    )
    boxes[3].number_input(
        "Your real rate, %",
        min_value=LEAST_RATE,
        max_value=MOST_RATE,
        value=None,
        step=0.1,
        format="%.4g",
        key=RATE,
        **LINKED,
        placeholder="as in the data",
        disabled=case.labels is None or case.one_class,
        help=f"Share of attacks in production, {LEAST_RATE:g} to {MOST_RATE:g} %; empty: as in the data. Everything is "
        "re-weighted to it: recall and false-alarm rate stay, precision, workload and money change.",
    )


def minutes_of(case: Case) -> float:
    """Minutes that an alert takes by the costs: those of the mildest action that takes an analyst's time."""
    found = [case.costs.effect(a.effect).review_minutes for a in case.policy.actions]
    return next((float(m) for m in found if m > 0), DEFAULT_MINUTES)


def capacity(case: Case) -> float | None:
    """Alerts a day that people can work; None where nobody said."""
    analysts: float | None = st.session_state.get(ANALYSTS)
    if analysts is None:
        return None
    hours = st.session_state.get(HOURS)
    minutes = st.session_state.get(f"{MINUTES}_{case.scenario.key}") or minutes_of(case)
    return capacity_of(analysts, DEFAULT_HOURS if hours is None else hours, minutes)


def prior(case: Case) -> float | None:
    """Share of attacks in production; None where it is that of the data, or labels do not tell one."""
    rate: float | None = st.session_state.get(RATE)
    if rate is None or case.labels is None or case.one_class:
        return None
    return rate / 100


def terms(case: Case) -> dict[str, str]:
    """What alerts and money are judged under besides the costs, by name, as `Case.seen` tells the rest."""
    return {"capacity": str(capacity(case)), "real rate": str(prior(case))}

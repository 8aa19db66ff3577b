"""What people can work on, judged on each day: overflow, what one more analyst-hour is worth, the best two cut-offs."""

import pandas as pd
import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.services.deciding.capacity import Pair, best_pair
from riskcore.services.thresholds import movable
from riskcore.ui.context import show_error
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.rival import proposal
from riskcore.ui.deciding.sweeping import Swept
from riskcore.ui.number_words import amount
from riskcore.ui.results import on_request, shown


def capacity_view(case: Case, found: Swept, prior: float | None) -> None:
    """The days under the thresholds in force and at the optimum, then the best pair."""
    if found.capacity is None:
        st.text("Say above how many analysts there are: then every day is judged by what they can work.")
        return
    st.text(
        f"{found.capacity:,.4g} alerts a day can be worked. A day with more lets the rest through: each alert of that "
        f"day has the same chance to be reached. {found.load.days.why[0].upper()}{found.load.days.why[1:]}."
    )
    points = {"In force": found.sweep.applied()}
    if found.optimum is not None:
        points["Optimum"] = found.optimum
    st.table(pd.DataFrame({name: _column(case, found, point) for name, point in points.items()}))
    if case.labels is not None and not case.one_class and len(movable(case.policy)) > 1:
        _pair(case, found.capacity, prior)


def _column(case: Case, found: Swept, point: int) -> dict[str, str]:
    said = found.load.at(point)
    hour = said["hour_worth"]
    rows = {
        "Alerts to work, a day": amount(said["worked_per_day"]),
        "Busiest day, per 24 h": amount(said["busiest_day"]),
        "Days with more than fit": f"{said['days_over']} of {said['days']}",
        "Alerts that nobody gets to": amount(said["overflow"]),
        "Partial days": str(said["partial_days"]),
        "Days without events": str(said["days_without_events"]),
    }
    if case.labels is not None:
        rows["One more analyst-hour a day is worth"] = _hour(case.costs.currency, hour, said["days_over"])
    return rows


def _hour(currency: str, worth: float | None, days_over: int) -> str:
    """The worth of an hour in words; pay is counted for minutes that are worked, so that an idle hour costs nothing."""
    if worth is None:
        return "not defined"
    if not days_over:
        return f"{currency} 0: nothing is left to work"
    return f"{currency} {amount(worth)}, after pay and friction of the alerts it works"


def _pair(case: Case, capacity: float, prior: float | None) -> None:
    """The two cut-offs of least cost under the capacity, when asked for."""
    assert case.labels is not None
    labels = case.labels
    now = case.seen | {"capacity": f"{capacity:g}", "real rate": str(prior)}
    key = f"pair {case.scenario.key}"

    def make() -> Pair | RiskcoreError:
        try:
            return best_pair(case.scored, case.policy, case.costs, labels, capacity, prior)
        except RiskcoreError as error:
            return error

    kept = on_request(key, "Find the best two cut-offs under this capacity", now, make, ":material/search:")
    if kept is None:
        return
    with shown(key, kept, now):
        if isinstance(kept.value, RiskcoreError):
            show_error(kept.value)
            return
        pair = kept.value
        cost = pair.workload.swept.metrics(pair.point)["cost_per_day"]
        over = pair.workload.at(pair.point)["days_over"]
        st.text(f"At these, losses and work cost {case.costs.currency} {amount(cost)} a day; {over} days overflow.")
        proposal(case, case.policy.with_edges(pair.edges), "the best pair under capacity", key)

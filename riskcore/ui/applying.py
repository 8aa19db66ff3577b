"""From thresholds chosen on a screen to the policy in force: asked first, told afterwards."""

import pandas as pd
import streamlit as st

from riskcore.core.errors import ConflictError
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.services.thresholds import Sweep
from riskcore.ui.cockpit import Choice, edges_in_words, forget_choice
from riskcore.ui.context import show_error, workspace

TOLD = "thresholds applied"  # session: scenario, fingerprint and the slider's numbers of what was just applied
ROWS = {
    "alerts_per_100k": "Alerts per 100,000",
    "recall": "Recall",
    "precision": "Precision",
    "false_alarm_rate": "False-alarm rate",
    "cost_per_100k": "Cost per 100,000",
}


def ask_to_apply(scenario: Scenario, choice: Choice, swept: Sweep, in_force: Sweep, seen: dict[str, str]) -> None:
    """Show what the choice would change and apply it when confirmed.

    Raises `ConflictError` where policy, model or data are not those that the choice was made on.
    """
    if choice.seen != seen:
        forget_choice()
        raise ConflictError(
            "The policy, model or data changed since these thresholds were shown. "
            "Look at the new numbers, then choose again."
        )
    policy = swept.policy.with_edges(swept.edges(*choice.places))
    _dialog(scenario, policy, seen, in_force, swept, swept.point(*choice.places))


@st.dialog("Use these thresholds?", width="medium", on_dismiss=forget_choice)
def _dialog(
    scenario: Scenario, policy: Policy, seen: dict[str, str], in_force: Sweep, swept: Sweep, point: int
) -> None:
    for line in edges_in_words(policy):
        st.text(line)
    st.table(compared(in_force, swept, point))
    st.caption(f"Judged on {swept.n:,} events. The thresholds will be bound to the model {seen['model']}.")
    if st.button("Put them in force", type="primary", icon=":material/check:"):
        try:
            workspace().policies.apply(scenario.key, policy, seen["model"], scenario.policy, expected=seen["policy"])
        except ConflictError as error:
            forget_choice()
            show_error(error)
            return
        forget_choice()
        st.session_state[TOLD] = (scenario.key, policy.fingerprint(), swept.metrics(point))
        st.rerun()


def compared(before: Sweep, after: Sweep, point: int) -> pd.DataFrame:
    """Numbers of the policy in force beside those of a grid point, as text."""
    old, new = before.metrics(0), after.metrics(point)
    rows = {f"{title} ({after.currency})" if "Cost" in title else title: k for k, title in ROWS.items() if k in new}
    return pd.DataFrame(
        {"In force": [_said(old[k]) for k in rows.values()], "Chosen": [_said(new[k]) for k in rows.values()]},
        index=list(rows),
    )


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"


def tell_applied(scenario: Scenario, policy: Policy, outcome: Sweep) -> None:
    """Once after applying: what the policy does, overrides included, beside what the slider said."""
    told = st.session_state.pop(TOLD, None)
    if told is None or told[:2] != (scenario.key, policy.fingerprint()):
        return
    alerts, said = outcome.metrics(0)["alerts"], told[2]["alerts"]
    verdict = (
        "exactly as the slider said" if alerts == said else f"the slider said {said:,.0f}, overrides make the rest"
    )
    st.success(
        f"The thresholds are in force: {alerts:,.0f} alerts among {outcome.n:,} events, {verdict}.",
        icon=":material/check_circle:",
    )

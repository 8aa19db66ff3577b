"""From thresholds chosen on a screen to the policy in force: asked first, told afterwards."""

from math import isclose

import pandas as pd
import streamlit as st

from riskcore.core.errors import ConflictError
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.services.thresholds import Sweep
from riskcore.ui.context import show_error, workspace
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.cockpit import Choice, edges_in_words, forget_choice
from riskcore.ui.deciding.receipt import receipt_dialog
from riskcore.ui.deciding.rival import Rival, keep_rival
from riskcore.ui.deciding.sweeping import Swept
from riskcore.ui.deciding.tabs import COMPARE, TAB
from riskcore.ui.deciding.two_ways import replayed, tell_effect

SIDES = ("in force", "these thresholds")
TOLD = "thresholds applied"  # session: scenario, fingerprint and the slider's numbers of what was just applied
ROWS = {
    "alerts_per_day": "Alerts per day",
    "recall": "Recall",
    "precision": "Precision",
    "false_alarm_rate": "False-alarm rate",
    "saved": "Saved",
    "cost": "Cost",
}
MONEY = ("saved", "cost")


def chosen_places(choice: Choice, swept: Sweep, seen: dict[str, str]) -> tuple[int, ...]:
    """Where the thresholds that were chosen are in the sweep.

    Raises `ConflictError` where policy, model or data are not those that the choice was made on, or a threshold is not
    one of the sweep's.
    """
    if choice.seen != seen:
        forget_choice()
        raise ConflictError(
            "The policy, model or data changed since these thresholds were shown. "
            "Look at the new numbers, then choose again."
        )
    places = tuple(axis.nearest(t) for axis, t in zip(swept.axes, choice.thresholds, strict=True))
    if tuple(float(axis.thresholds[i]) for axis, i in zip(swept.axes, places, strict=True)) != choice.thresholds:
        forget_choice()
        raise ConflictError(
            "These thresholds are no longer among those that were tried: they were tried again since. "
            "Look at the slider, then choose again."
        )
    return places


@st.dialog("Use these thresholds?", width="medium", on_dismiss=forget_choice)
def _dialog(case: Case, policy: Policy, seen: dict[str, str], in_force: Sweep, swept: Sweep, point: int) -> None:
    scenario, dry_run = case.scenario, case.applied.dry_run
    for line in edges_in_words(policy):
        st.text(line)
    st.table(compared(in_force, swept, point))
    sound = tell_effect(case, replayed(case, policy), SIDES)
    st.caption(f"The thresholds will be bound to the model {seen['model']}.")
    if dry_run:
        st.text("The dry run goes on: nobody acts on its decisions.")
    if not sound:
        st.text("Lift the guard-rail under Compare, or choose other thresholds.")
    author, note = signature("threshold note")
    if st.button("Put them in force", type="primary", icon=":material/check:", disabled=not sound):
        try:
            workspace().policies.apply(
                scenario.key,
                policy,
                seen["model"],
                scenario.policy,
                seen["policy"],
                author=author,
                note=note,
                dry_run=dry_run,
            )
        except ConflictError as error:
            forget_choice()
            show_error(error)
            return
        forget_choice()
        st.session_state[TOLD] = (scenario.key, policy.fingerprint(), swept.metrics(point))
        st.rerun()


def signature(key: str) -> tuple[str, str]:
    """Fields of a dialog: who changes the policy, kept from one change to the next, and why."""
    author = st.text_input("Author", key="policy author", persist_state="session", autocomplete="name")
    return author, st.text_input("Note", placeholder="Why", key=key)


def compared(before: Sweep, after: Sweep, point: int) -> pd.DataFrame:
    """Numbers of the policy in force beside those of a grid point, as text."""
    old, new = before.metrics(0), after.metrics(point)
    rows = {f"{title} ({after.currency})" if k in MONEY else title: k for k, title in ROWS.items() if k in new}
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
    assert alerts is not None
    same = isclose(alerts, said, rel_tol=1e-9)  # re-weighted numbers are added up in another order
    verdict = "exactly as the slider said" if same else f"the slider said {said:,.0f}, overrides make the rest"
    st.success(
        f"The thresholds are in force: {alerts:,.0f} alerts among {outcome.n:,} events, {verdict}.",
        icon=":material/check_circle:",
    )


def answer_choice(
    case: Case,
    choice: Choice,
    found: Swept,
    now: Sweep,
    seen: dict[str, str],
    band: int | None,
    capacity: float | None,
    prior: float | None,
) -> None:
    """Do what a button of the cockpit asks for: apply, compare, or hand out a receipt."""
    places = chosen_places(choice, found.sweep, seen)
    policy = case.policy.with_edges(found.sweep.edges(*places))
    if choice.wish == "use":
        _dialog(case, policy, seen, now, found.sweep, found.sweep.point(*places))
        return
    if choice.wish == "receipt":
        receipt_dialog(case, policy, band, capacity, prior)
        return
    keep_rival(case.scenario, Rival(policy, "the slider's thresholds"))
    st.session_state[TAB] = COMPARE
    forget_choice()

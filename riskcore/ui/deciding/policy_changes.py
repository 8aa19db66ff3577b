"""From a draft to the policy in force: Apply and Discard, the effect told first; versions, and the way back to one."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.policy import Policy
from riskcore.services.deciding.lint import Finding
from riskcore.services.deciding.replay import Breach, Movement, differences
from riskcore.stores.policies import Applied, Version
from riskcore.ui.context import DIALOG, show_error, workspace
from riskcore.ui.deciding.applying import signature
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.guard_rails import guarded
from riskcore.ui.deciding.policy_editor import Draft, begin, end
from riskcore.ui.deciding.two_ways import replayed, tell_effect

SIDES = ("in force", "draft")
TOLD = "policy told"  # session: what was done
PENDING = f"{DIALOG} policy change"  # session: the change that waits for an answer


def change_bar(
    case: Case, draft: Draft, movement: Movement | None, found: Sequence[Finding], rails: Sequence[Breach]
) -> None:
    """Dry run, Apply and Discard."""
    dry = st.toggle(
        "Dry run",
        value=case.applied.dry_run,
        key=f"dry run {case.scenario.key} {draft.start.revision}",
        help="Decisions are logged, and nobody acts on them.",
    )
    policy = draft.policy
    same = policy is not None and policy == case.policy and dry == case.applied.dry_run
    wrong = policy is None or any(finding.level == "error" for finding in found)
    bar = st.container(horizontal=True, vertical_alignment="center")
    if bar.button("Apply", type="primary", icon=":material/check:", disabled=same or wrong or bool(rails)):
        st.session_state[PENDING] = "apply"
    if bar.button("Discard", icon=":material/undo:", disabled=same and draft.start.policy == case.policy):
        st.session_state[PENDING] = "discard"
    pending = st.session_state.get(PENDING)
    if pending == "apply" and policy is not None:
        _apply_dialog(case, draft, policy, movement, dry)
    elif pending == "discard":
        _discard_dialog(case, draft)
    if wrong:
        bar.text("The draft cannot be applied: see lint.")
    elif rails:
        bar.text("The draft cannot be applied. " + " ".join(breach.sentence for breach in rails))
    elif same:
        bar.text("The draft is what is in force.")


def forget_change() -> None:
    """The change was made, refused or dismissed."""
    st.session_state.pop(PENDING, None)


@st.dialog("Apply this policy?", width="medium", on_dismiss=forget_change)
def _apply_dialog(case: Case, draft: Draft, policy: Policy, movement: Movement | None, dry: bool) -> None:
    for sentence in differences(case.policy, policy):
        st.text(sentence)
    _tell_dry_run(case, dry)
    if movement is not None:
        tell_effect(case, movement, SIDES)
    author, note = signature("policy note")
    st.caption(f"It will be bound to the model {case.model.version}.")
    if st.button("Put it in force", type="primary", icon=":material/check:"):
        try:
            made = workspace().policies.apply(
                case.scenario.key,
                policy,
                case.model.version,
                case.scenario.policy,
                draft.start.seen,
                author=author,
                note=note,
                dry_run=dry,
            )
        except RiskcoreError as error:
            forget_change()
            show_error(error)
            return
        _done(case, f"Version {made.number}, policy {made.policy.fingerprint()}, is in force.")


@st.dialog("Discard this draft?", on_dismiss=forget_change)
def _discard_dialog(case: Case, draft: Draft) -> None:
    lost = differences(case.policy, draft.policy) if draft.policy is not None else ["A draft with errors."]
    for sentence in lost:
        st.text(sentence)
    st.text("This is given up; what is in force stays as it is.")
    if st.button("Discard it", type="primary", icon=":material/delete:"):
        _done(case, "The draft was discarded.")


def versions_view(case: Case) -> None:
    """Every version with its author and note; the picked one can be opened as a draft or put back in force."""
    kept = workspace().policies.versions(case.scenario.key)
    rows = [_line(v) for v in reversed(kept)]
    rows.append(
        {
            "Version": 0,
            "When": "",
            "Author": "",
            "Note": "the scenario's default",
            "Policy": case.scenario.policy.fingerprint(),
            "Model": "",
            "Dry run": False,
        }
    )
    picked = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"policy versions {case.scenario.key}",
    )["selection"]["rows"]
    if not picked or picked[0] >= len(rows):
        st.caption("Pick a version to compare it, or to go back to it. Times are UTC.")
        return
    number = [0, *(v.number for v in kept)][len(rows) - 1 - picked[0]]
    back = next((v.applied for v in kept if v.number == number), Applied(case.scenario.policy, None))
    for sentence in differences(case.policy, back.policy) or ["It says what is in force."]:
        st.text(sentence)
    bar = st.container(horizontal=True)
    if bar.button("Open as draft", icon=":material/edit:"):
        begin(case, back.policy)
        st.rerun()
    if bar.button("Roll back to it", icon=":material/history:", disabled=back == case.applied):
        st.session_state[PENDING] = f"version {number}"
    if st.session_state.get(PENDING) == f"version {number}":
        _roll_back_dialog(case, number, back)


def back_to_default(case: Case) -> None:
    """A button that goes back to version 0, wherever something else is in force."""
    default = Applied(case.scenario.policy, None)
    if case.applied == default:
        return
    if st.button("Back to the default thresholds", icon=":material/restart_alt:"):
        st.session_state[PENDING] = "default"
    if st.session_state.get(PENDING) == "default":
        _roll_back_dialog(case, 0, default)


def _line(version: Version) -> dict[str, object]:
    return {
        "Version": version.number,
        "When": version.at.strftime("%Y-%m-%d %H:%M"),
        "Author": version.author,
        "Note": version.note,
        "Policy": version.policy.fingerprint(),
        "Model": version.applied.model or "",
        "Dry run": version.applied.dry_run,
    }


@st.dialog("Roll back?", width="medium", on_dismiss=forget_change)
def _roll_back_dialog(case: Case, number: int, back: Applied) -> None:
    st.text(f"Version {number} comes back in force, as a new version; nothing is forgotten.")
    _tell_dry_run(case, back.dry_run)
    if back.policy.actions == case.policy.actions:
        sound = tell_effect(case, replayed(case, back.policy), ("in force", f"version {number}"))
    else:
        sound = not guarded(case)
        st.text("It knows other actions, so which events get a milder one cannot be said.")
    if not sound:
        st.text("Lift the guard-rail first, or leave in force what is.")
    author, note = signature("roll-back note")
    if st.button("Put it back in force", type="primary", icon=":material/history:", disabled=not sound):
        try:
            made = workspace().policies.rollback(
                case.scenario.key, number, case.scenario.policy, case.policy.fingerprint(), author=author, note=note
            )
        except RiskcoreError as error:
            forget_change()
            show_error(error)
            return
        _done(case, f"Version {number} is in force again, as version {made.number}.")


def _tell_dry_run(case: Case, dry: bool) -> None:
    if dry != case.applied.dry_run:
        st.text(
            "A dry run begins: nobody acts on its decisions." if dry else "The dry run ends: decisions are acted on."
        )


def _done(case: Case, said: str) -> None:
    """The draft begins anew from what is in force after the next run."""
    end(case)
    forget_change()
    st.session_state[TOLD] = said
    st.rerun()


def tell_done() -> None:
    """Once after a change: what became of it."""
    told = st.session_state.pop(TOLD, None)
    if told is not None:
        st.success(told, icon=":material/check_circle:")

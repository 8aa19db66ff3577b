"""A draft of a policy: bands and overrides in tables, checked as they are typed; nothing is in force before Apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from riskcore.core.policy import RISK, Policy
from riskcore.services.deciding.lint import Finding, Level, lint, lint_text
from riskcore.services.deciding.policy_tables import (
    ACTION,
    AMONG,
    ANY_OF,
    AT_LEAST,
    AT_RISK,
    BELOW,
    EVENTS,
    FIELD,
    FROM,
    MEASURE,
    MINUTES,
    NAME,
    NOTE,
    OF_ONE,
    ORDER,
    OVER_TIME,
    band_table,
    mapping_from,
    override_table,
)
from riskcore.ui.deciding.case import Case

DRAFTS, REVISION = "policy drafts", "policy revision"  # session: scenario key -> Start; how many were begun
TIMED = (
    f" {EVENTS}, {AT_RISK} and {MINUTES} make a rule over time: so many events at that risk or above within so many "
    f"minutes, of one user or of all together, as of each event and counting itself. A field beside it says which "
    "events get the action."
)
ICONS: Mapping[Level, tuple[str, Literal["red", "orange"]]] = {
    "error": (":material/error:", "red"),
    "warning": (":material/warning:", "orange"),
}


@dataclass(frozen=True)
class Start:
    """What a draft began from.  The tables stay constant within a revision: the editor keeps its edits apart."""

    revision: int
    policy: Policy
    seen: str  # fingerprint of the policy in force when the draft was begun
    model: str | None = None  # that an imported file names


@dataclass(frozen=True)
class Draft:
    """The draft as it is now: no policy where it cannot be one, and what the text alone says against it."""

    start: Start
    policy: Policy | None
    findings: tuple[Finding, ...]


def begin(case: Case, policy: Policy, model: str | None = None, seen: str | None = None) -> None:
    """Start a draft from a policy; what was edited before is gone.

    `seen`: the policy that was in force when its author looked, where that was earlier than now.
    """
    st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1
    kept: dict[str, Start] = st.session_state.setdefault(DRAFTS, {})
    kept[case.scenario.key] = Start(st.session_state[REVISION], policy, seen or case.policy.fingerprint(), model)


def end(case: Case) -> None:
    """The next draft begins from what is in force then."""
    st.session_state.setdefault(DRAFTS, {}).pop(case.scenario.key, None)


def start_of(case: Case) -> Start:
    """What the draft of this scenario began from: the policy in force, unless something else was opened."""
    kept: dict[str, Start] = st.session_state.setdefault(DRAFTS, {})
    if case.scenario.key not in kept:
        begin(case, case.policy)
    return kept[case.scenario.key]


def policy_editor(case: Case, upper: DeltaGenerator, lower: DeltaGenerator) -> Draft:
    """Bands in the upper place, overrides in the lower one, and the draft that they make."""
    start = start_of(case)
    key = f"policy {case.scenario.key} {start.revision}"
    with upper:
        st.subheader("Bands", anchor=False)
        st.caption(
            "An event gets the most severe action whose band it reaches. A band begins at its edge (risk >= edge)."
        )
        bands = _bands(case, start.policy, key)
    with lower:
        st.subheader("Overrides", anchor=False)
        st.caption(
            "Tried in order before the bands; the first that matches decides. Rows of one name are one override and "
            "must all be met. Several values are separated by commas." + (TIMED if case.scenario.event.time else "")
        )
        overrides = _overrides(case, start.policy, key)
    said, problems = mapping_from(start.policy, case.scenario.event, bands, overrides)
    if problems:
        return Draft(start, None, tuple(Finding("error", "unsound", "", problem) for problem in problems))
    policy, findings = lint_text(said, case.scenario, "draft")
    return Draft(start, policy, findings)


def _bands(case: Case, policy: Policy, key: str) -> pd.DataFrame:
    table = band_table(policy)
    measures = [RISK, *case.scenario.target.classes[1:]] if case.scenario.multiclass else [RISK]
    if len(measures) == 1:
        table = table.drop(columns=MEASURE)
    columns = {
        FROM: st.column_config.NumberColumn(
            FROM, min_value=0.0, max_value=1.0, format="%.6g", required=True, help="0 to 1, inclusive."
        ),
        MEASURE: st.column_config.SelectboxColumn(
            MEASURE, options=measures, help="risk, or a class: the probability of that class or a worse one."
        ),
        ACTION: st.column_config.SelectboxColumn(ACTION, options=[a.label for a in policy.actions], required=True),
        NOTE: st.column_config.TextColumn(NOTE, help="For people; it decides nothing."),
    }
    return _edited(table, "bands", key, columns)


def _overrides(case: Case, policy: Policy, key: str) -> pd.DataFrame:
    fields = [f.name for f in case.scenario.event.fields if f.kind != "time"]
    counted = dict.fromkeys([*groupable(case), *(r.of for r in policy.repeats if r.of)])
    number = st.column_config.NumberColumn  # as narrow as its whole header, so that all columns fit a wide window
    table = override_table(policy)
    if case.scenario.event.time is None:
        table = table.drop(columns=list(OVER_TIME))
    columns = {
        ORDER: number(ORDER, format="%d", help="Lower is tried first.", width=72),
        NAME: st.column_config.TextColumn(NAME, help="For people, and for the log."),
        ACTION: st.column_config.SelectboxColumn(ACTION, options=[a.label for a in policy.actions]),
        FIELD: st.column_config.SelectboxColumn(FIELD, options=fields),
        ANY_OF: st.column_config.TextColumn(ANY_OF, help="One value or several, separated by commas."),
        AT_LEAST: number(AT_LEAST, help="Numbers from this one upwards.", format="%.6g", width=80),
        BELOW: number(BELOW, help="Numbers less than this one.", format="%.6g", width=72),
        EVENTS: number(EVENTS, min_value=1, step=1, help="At least so many, itself counted.", width=76),
        AMONG: number(AMONG, min_value=1, step=1, help="Of the last so many, if not of all.", width=76),
        AT_RISK: number(AT_RISK, min_value=0.0, max_value=1.0, format="%.6g", help="0 to 1, inclusive.", width=74),
        MINUTES: number(MINUTES, min_value=0.0, format="%.6g", help="Within so many.", width=84),
        OF_ONE: st.column_config.SelectboxColumn(
            OF_ONE, options=list(counted), help="Whose events are counted; empty: all together."
        ),
    }
    return _edited(table, "overrides", key, columns)


def _edited(table: pd.DataFrame, what: str, key: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table of the draft with rows to add and remove, as it is now."""
    edited: pd.DataFrame = st.data_editor(
        table,
        key=f"{key} {what}",
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        alt=f"{what.capitalize()} of the draft",
        column_config=columns,
    )
    return edited


def groupable(case: Case) -> list[str]:
    """Fields that events can be counted by: entities, or else names."""
    event = case.scenario.event
    names = case.scenario.entities or tuple(f.name for f in event.fields if f.kind in ("text", "category"))
    return [name for name in names if name != event.id and name in case.scored.events]


def findings_of(case: Case, draft: Draft, capacity: float | None, prior: float | None) -> tuple[Finding, ...]:
    """All findings: of the text, and of what the draft does to the events at hand."""
    if draft.policy is None:
        return draft.findings
    return lint(draft.policy, case.scored, case.costs, capacity, labels=case.labels, prior=prior)


def lint_view(found: Sequence[Finding]) -> None:
    """Findings as lines, errors first; none is said to be none."""
    if not found:
        st.badge("Lint finds nothing", icon=":material/check_circle:", color="green")
        return
    for finding in sorted(found, key=lambda f: f.level):
        icon, color = ICONS[finding.level]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(finding.rule, icon=icon, color=color)
            st.text(f"{finding.where}: {finding.sentence}" if finding.where else finding.sentence)

"""A policy as YAML, out and in, and one event under a policy: which rule led to which action."""

import pandas as pd
import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.policy import Policy
from riskcore.stores.policies import Applied, from_yaml, to_yaml
from riskcore.ui.context import show_error
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.policy_editor import begin
from riskcore.ui.investigating.decision import plain

MOST_BYTES = 1_000_000


def yaml_view(case: Case, policy: Policy | None) -> None:
    """The draft as YAML to take away, and a file to open as a draft."""
    if policy is not None:
        text = to_yaml(Applied(policy, case.model.version, case.applied.dry_run))
        st.code(text, language="yaml", height=320)
        bar = st.container(horizontal=True, vertical_alignment="center")
        bar.download_button(
            "Download YAML",
            text,
            f"{case.scenario.key}.policy.yaml",
            "application/yaml",
            on_click="ignore",
            icon=":material/download:",
        )
        bar.caption(f"`riskcore policy apply {case.scenario.key} FILE` puts such a file in force.")
    with st.form(f"policy file {case.scenario.key}", border=True):
        file = st.file_uploader("Open a policy file as a draft", type=["yaml", "yml"], max_upload_size=1)
        if st.form_submit_button("Open it", icon=":material/upload_file:") and file is not None:
            _open(case, file.name, file.getvalue())


def _open(case: Case, name: str, content: bytes) -> None:
    """Begin a draft from a file; every problem is told with file, path and value."""
    try:
        read = from_yaml(content.decode("utf-8", errors="replace"), name)
        case.scenario.check_policy(read.policy)
    except RiskcoreError as error:
        show_error(error)
        return
    begin(case, read.policy, read.model)
    st.rerun()


def trace_view(case: Case, policy: Policy) -> None:
    """One event: every rule, whether it applies, and the one that is effective."""
    n = len(case.scored.events)
    row = st.number_input(f"Row (1 to {n:,})", 1, n, 1, key="row", bind="query-params") - 1
    rules = policy.trace(case.scored.measures, case.scored.events, row, case.scored.met)
    effective = next(rule for rule in rules if rule.effective)
    label = policy.action(effective.action).label
    said = " · ".join(f"{name} {float(values[row]):.6g}" for name, values in case.scored.measures.items())
    st.text(f"{label}, by the rule {effective.name}. {said[0].upper()}{said[1:]}.")
    if effective.note:
        st.caption(plain(effective.note))
    table = pd.DataFrame(
        {
            "Rule": [rule.name for rule in rules],
            "Action": [policy.action(rule.action).label for rule in rules],
            "Applies": [rule.applies for rule in rules],
            "Effective": [rule.effective for rule in rules],
        }
    )
    left, right = st.columns(2, gap="large")
    left.dataframe(table, hide_index=True, column_config={"Rule": st.column_config.TextColumn(width="medium")})
    event = case.scored.events.iloc[row]
    right.dataframe(
        pd.DataFrame({"Field": event.index, "Value": event.astype(str).to_numpy()}), hide_index=True, height=280
    )

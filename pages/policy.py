"""Policy: edit bands and overrides as a draft, see what it would change, then apply it, or go back."""

import streamlit as st

from riskcore.ui.context import mark_dry_run, user_errors
from riskcore.ui.deciding.case import current_case
from riskcore.ui.deciding.guard_rails import broken, guard_rails
from riskcore.ui.deciding.policy_changes import SIDES, change_bar, tell_done, versions_view
from riskcore.ui.deciding.policy_editor import findings_of, lint_view, policy_editor
from riskcore.ui.deciding.policy_text import trace_view, yaml_view
from riskcore.ui.deciding.two_ways import movement_view, replayed
from riskcore.ui.deciding.workforce import capacity, prior

CHECKS_PX = 420

st.title("Policy")
with user_errors():
    case = current_case()
st.text(case.headline)
tell_done()
mark_dry_run(case.applied)
if not case.applied.suits(case.model.version):
    st.warning(
        f"The policy in force was chosen on {case.applied.model}; the risks below are those of {case.model.version}.",
        icon=":material/sync_problem:",
    )
side_by_side = st.container(horizontal=True, gap="medium")  # wraps where the window is narrow
left, right = side_by_side.container(), side_by_side.container(width=CHECKS_PX)
draft = policy_editor(case, left, st.container())
with right, user_errors():
    st.subheader("Lint", anchor=False)
    found = findings_of(case, draft, capacity(case), prior(case))
    lint_view(found)
    st.subheader("Guard-rails", anchor=False)
    guard_rails(case)
    movement = None if draft.policy is None else replayed(case, draft.policy)
    rails = () if movement is None else broken(case, movement)
    change_bar(case, draft, movement, found, rails)
replay, event, versions, text = st.tabs(["Replay", "One event", "Versions", "YAML"], key="lab", bind="query-params")
with replay, user_errors():
    if movement is None:
        st.text("The draft is no policy yet, so there is nothing to replay.")
    else:
        st.caption("The draft decides anew about the events above, and is compared with the policy in force.")
        movement_view(case, movement, SIDES, f"replay {case.scenario.key}")
with event, user_errors():
    if draft.policy is not None:
        trace_view(case, draft.policy)
with versions, user_errors():
    versions_view(case)
with text:
    yaml_view(case, draft.policy)

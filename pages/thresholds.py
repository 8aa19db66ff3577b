"""Thresholds: move a cut-off and see money, workload and errors move together; then put it in force."""

import streamlit as st

from riskcore.ui.context import user_errors
from riskcore.ui.deciding.applying import answer_choice, tell_applied
from riskcore.ui.deciding.case import current_case
from riskcore.ui.deciding.cockpit import cockpit
from riskcore.ui.deciding.cockpit_data import payload
from riskcore.ui.deciding.notes import caveats, edge_choice, not_in_link
from riskcore.ui.deciding.policy_changes import back_to_default, tell_done
from riskcore.ui.deciding.sweeping import in_force, swept
from riskcore.ui.deciding.tabs import threshold_tabs
from riskcore.ui.deciding.workforce import capacity, prior, workforce

st.title("Thresholds")
with user_errors():
    case = current_case()
    st.text(case.headline)
    caveats(case)
    workforce(case)
    band = edge_choice(case)
    limit, rate = capacity(case), prior(case)
    found = swept(case, band, limit, rate)
    now = in_force(case, limit, rate)
tell_applied(case.scenario, case.policy, now)
tell_done()
seen = case.seen | {"edge": str(band)}
choice = cockpit(
    payload(found, case.scored, case.labels, seen, not case.applied.suits(case.model.version)),
    f"cockpit {case.scenario.key}",
)
st.caption("A threshold is inclusive: an event gets the action from that value upwards. " + case.overrides_in_words)
with user_errors():
    back_to_default(case)
if choice is not None:
    with user_errors():
        answer_choice(case, choice, found, now, seen, band, limit, rate)
not_in_link(case)
threshold_tabs(case, found, band, rate)

"""Score one event: change any field and see at once what would be decided, and why."""

from dataclasses import replace

import streamlit as st

from riskcore.core.policy import Policy
from riskcore.core.trained import Trained
from riskcore.stores.datasets import Dataset
from riskcore.ui import context, desk

LINK = (desk.PRESET, desk.ROW, desk.CHANGED)


@st.fragment
def form_and_result(trained: Trained, policy: Policy, dataset: Dataset, form: str, key: str) -> None:
    """All that a change of a field costs: one answer to what was asked in the browser."""
    with context.user_errors():
        asked: desk.Asked = st.session_state[key]
        said = st.session_state.get(f"{key}.state", {}).get("asked")
        if said and said["number"] > asked.number:
            asked = desk.asked_anew(trained.scenario, dataset, asked, said)
            st.session_state[key] = asked
        desk.desk(form, desk.answer(trained, policy, dataset, asked), key)


scenario = context.current_scenario()
st.title("Score one", anchor=False)
st.caption(f"{scenario.icon} {scenario.title}: {scenario.summary} Every change is scored at once; nothing is recorded.")
with context.user_errors():
    trained, dataset = context.current_trained(), context.current_dataset()
    policy = context.applied_policy(scenario).policy
key = f"one.{scenario.key}"
link = {name: st.query_params[name] for name in LINK if name in st.query_params}
# The browser keeps the address; one that was seen before is older than what the session knows.
if key not in st.session_state or (link and link != st.session_state.get(f"{key}.link")):
    answered = st.session_state[key].number if key in st.session_state else 0
    st.session_state[key] = replace(desk.linked(scenario, dataset, link), number=answered)
st.session_state[f"{key}.link"] = link
form_and_result(trained, policy, dataset, desk.form(trained, dataset), key)

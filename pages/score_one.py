"""Score one event: change any field and see at once what would be decided, and why, and what came before."""

from dataclasses import replace

import streamlit as st

from riskcore.core.policy import Policy
from riskcore.core.trained import Trained
from riskcore.services.entities.openings import Openings
from riskcore.stores.datasets import Dataset
from riskcore.ui import context
from riskcore.ui.investigating import desk, entities, timeline

LINK = (desk.PRESET, desk.ROW, desk.CHANGED)


def in_address() -> dict[str, str]:
    """What the address asks for of the desk."""
    return {name: st.query_params[name] for name in LINK if name in st.query_params}


@st.fragment
def form_and_result(
    trained: Trained, policy: Policy, dataset: Dataset, openings: Openings | None, form: str, key: str
) -> None:
    """All that a change of a field costs: one answer to what was asked in the browser."""
    with context.user_errors():
        asked: desk.Asked = st.session_state[key]
        said = st.session_state.get(f"{key}.state", {}).get("asked")
        if said and said["number"] > asked.number:
            asked = desk.asked_anew(trained.scenario, dataset, asked, said, openings)
            st.session_state[key] = asked
            whose = entities.out_of_step(openings, asked.event) if openings and asked.row is not None else None
            if whose:  # the picker stands outside of this fragment
                about = (whose, dataset.origin["fingerprint"])
                st.session_state[f"{key}.link"], st.session_state[f"{key}.about"] = in_address(), about
                st.rerun()
        scene = timeline.scene(trained, policy, dataset, openings, asked, key) if openings else None
        known = (scene.history, scene.risks) if scene else (None, None)
        desk.desk(form, desk.answer(trained, policy, dataset, asked, *known), key)
        if scene:
            timeline.show(trained, policy, scene, asked, key)


scenario = context.current_scenario()
st.title("Score one", anchor=False)
st.caption(f"{scenario.icon} {scenario.title}: {scenario.summary} Every change is scored at once; nothing is recorded.")
with context.user_errors():
    trained, dataset = context.current_trained(), context.current_dataset()
    applied = context.applied_policy(scenario)
    openings = entities.picker(scenario, dataset)
key = f"one.{scenario.key}"
link = in_address()
whose = openings.value if openings else ""
# The browser keeps the address; one that was seen before is older than what the session knows.
fresh = link and link != st.session_state.get(f"{key}.link")
about = (whose, dataset.origin["fingerprint"])  # of other events a row would be another event
if key not in st.session_state or fresh or about != st.session_state.get(f"{key}.about"):
    answered = st.session_state[key].number if key in st.session_state else 0
    # Of an address that spoke of somebody else only the start still means something.
    asks = link if fresh or key not in st.session_state else {desk.PRESET: link.get(desk.PRESET, "")}
    st.session_state[key] = replace(desk.linked(scenario, dataset, asks, openings), number=answered)
st.session_state[f"{key}.link"], st.session_state[f"{key}.about"] = link, about
context.mark_dry_run(applied)
form_and_result(trained, applied.policy, dataset, openings, desk.form(trained, dataset, openings), key)

"""Thresholds: move a cut-off and see money, workload and errors move together; then put it in force."""

import numpy as np
import streamlit as st

from riskcore.services.thresholds import exact, joint, movable, sweep
from riskcore.ui.applying import ask_to_apply, tell_applied
from riskcore.ui.cockpit import cockpit, payload
from riskcore.ui.context import (
    applied_policy,
    current_dataset,
    current_scenario,
    current_trained,
    scored_dataset,
    user_errors,
    workspace,
)
from riskcore.ui.cost_editor import cost_editor, session_costs

scenario = current_scenario()
st.title("Thresholds")
with user_errors():
    model, dataset, applied = current_trained(), current_dataset(), applied_policy(scenario)
    scored = scored_dataset(model, dataset)
policy, fingerprint = applied.policy, str(dataset.origin["fingerprint"])
labels = None if dataset.labels is None else dataset.labels.label[scored.kept]
st.text(
    f"{scenario.title} · {len(scored.events):,} {'synthetic ' if dataset.synthetic else ''}events of {dataset.name} · "
    f"model {model.version}"
)
if not applied.suits(model.version):
    st.warning(
        f"The thresholds in force were chosen on {applied.model}; the risks below are those of {model.version}. "
        "Choose again to bind them to this model.",
        icon=":material/sync_problem:",
    )
if model.card.data.get("fingerprint") == fingerprint:
    st.warning(
        "The model learned from these very rows, so its figures here flatter. Choose another data set in the sidebar.",
        icon=":material/warning:",
    )
if labels is None:
    st.info(
        "This data set carries no labels: alerts can be counted, but recall, precision and cost are hidden, since they "
        "compare with the truth.",
        icon=":material/label_off:",
    )
elif len(np.unique(labels)) < 2:
    st.info("All events carry the same label, so recall or false alarms have nothing to be a share of.")

band = None
if not joint(policy) and len(movable(policy)) > 1:
    titles = {i: policy.action(policy.bands[i].action).label for i in movable(policy)}
    band = st.segmented_control(
        "Which edge to move",
        list(titles),
        format_func=titles.__getitem__,
        default=next(iter(titles)),
        required=True,
        key=f"thresholds edge {scenario.key}",
        help="The other edges stay unless this one would cross them: then they are pushed along.",
    )
with user_errors():
    costs = session_costs(scenario)
    swept = sweep(scored, policy, costs, labels, band)
    in_force = exact(scored, policy, costs, labels)
tell_applied(scenario, policy, in_force)
seen = {"policy": policy.fingerprint(), "model": model.version, "data": fingerprint, "edge": str(band)}
choice = cockpit(
    payload(swept, scored, labels, seen, rebind=not applied.suits(model.version)), f"cockpit {scenario.key}"
)
st.caption("A threshold is inclusive: an event gets the action from that value upwards.")
if policy.overrides:
    st.caption(f"{len(policy.overrides)} overrides are counted; the sliders do not move the events that they decide.")
if labels is not None:
    cost_editor(scenario, policy)
if applied.model is not None and st.button("Back to the default thresholds", icon=":material/restart_alt:"):
    with user_errors():
        workspace().policies.reset(scenario.key, scenario.policy, expected=policy.fingerprint())
    st.rerun()
if choice is not None:
    with user_errors():
        ask_to_apply(scenario, choice, swept, in_force, seen)

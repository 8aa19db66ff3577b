"""What a model goes by: as a whole, by field, by tree, and for any event; where events go, and entities in time."""

import streamlit as st

from riskcore.services.entities.past import why_not
from riskcore.ui import context
from riskcore.ui.investigating import decision, explanations, movements

VIEWS = ("Drivers", "One field", "One tree", "One event", "Flow", "Lanes")

scenario = context.current_scenario()
st.title("Explain", anchor=False)
with context.user_errors():
    trained, dataset = context.current_trained(), context.current_dataset()
st.caption(
    f"{scenario.icon} {scenario.title}, model {trained.version}, data set {decision.plain(dataset.name)} "
    f"({dataset.kind})."
)
hidden = why_not(scenario, dataset.events)
views = VIEWS[:-1] if hidden else VIEWS
view = st.segmented_control("View", views, default=views[0], key="view", bind="query-params", required=True)
outputs = scenario.target.classes if scenario.multiclass else ("risk",)
with st.container(horizontal=True, vertical_alignment="bottom"):
    output = decision.class_picker(outputs) if view in VIEWS[:4] else 0
    rows = explanations.sample_size(trained, dataset) if view in VIEWS[:2] else 0
with context.user_errors():
    if view == "One tree":
        explanations.tree_view(trained, output)
    elif view == "One event":
        explanations.event_view(trained, dataset, output)
    elif view == "Flow":
        movements.flow_view(trained, dataset)
    elif view == "Lanes":
        movements.lanes_view(trained, dataset)
    else:
        sample = explanations.explained(trained, dataset, rows)
        show = explanations.drivers_view if view == "Drivers" else explanations.field_view
        show(trained, dataset, sample, output)
if hidden:
    st.caption(f"No lanes of entities in time: {hidden}")

"""Make synthetic data from a recipe, bring your own, and see what either is worth before anything learns from it."""

import streamlit as st

from riskcore.ui.context import choose, current_dataset, current_scenario, session_datasets, user_errors, workspace
from riskcore.ui.data_lab.files import downloads
from riskcore.ui.data_lab.generate import PREVIEW_ROWS, generate_panel, make_asked, preview
from riskcore.ui.data_lab.recipe_form import recipe_form
from riskcore.ui.data_lab.upload import upload_panel
from riskcore.ui.data_lab.views import data_charts, health_card
from riskcore.ui.session_data import note, show_note

FORM_WIDTH = 280  # px
VIEWS = ("Generate", "Upload", "Inspect")


@st.fragment
def generate() -> None:
    """Recipe on the left, what it makes on the right; turning a knob redraws only this."""
    across = st.container(horizontal=True, gap="large")
    form, shown = across.container(width=FORM_WIDTH), across.container(width="stretch")
    with form, user_errors():
        recipe = recipe_form(scenario)
        generate_panel(scenario, recipe)
    with shown, user_errors():
        dataset = preview(scenario, recipe.seed, recipe.knobs)
        st.subheader(
            f"Preview of {PREVIEW_ROWS:,} rows", help="Drawn by the same recipe and seed, and redrawn as you turn."
        )
        data_charts(scenario, dataset, "lab_pre")


def inspect() -> None:
    """The data set chosen in the sidebar: its health, its charts, its files."""
    with user_errors():
        dataset = current_dataset()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(dataset.kind, color="violet" if dataset.synthetic else "blue")
        st.text(f"{dataset.name} · {len(dataset.events):,} rows · fingerprint {dataset.origin['fingerprint']}")
    if dataset.recorded and dataset.origin["recorded"] > len(dataset.events):
        st.caption(f"The latest of {dataset.origin['recorded']:,} recorded events.")
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        downloads(scenario, dataset)
        remove(dataset.name)
    health_card(dataset)
    data_charts(scenario, dataset, "lab_set")


def remove(name: str) -> None:
    """Removal of a session's or a saved set, asked twice."""
    saved = name in workspace().datasets.names(scenario.key)
    if name not in session_datasets() and not saved:
        return
    with st.popover("Remove", icon=":material/delete:"):
        st.text(f"{name} will be gone{' for everyone on this machine' if saved else ''}.")
        if st.button("Remove it", key="lab_remove"):
            if session_datasets().pop(name, None) is None:
                workspace().datasets.remove(name)
            note(f"{name} was removed.")
            choose(dataset="Sample")
            st.rerun()


scenario = current_scenario()
st.title("Data lab")
st.caption(f"{scenario.title}: {scenario.summary}")
show_note()
sent = "lab_next" in st.session_state
if sent:
    st.session_state["lab"] = st.session_state.pop("lab_next")
view = st.segmented_control(
    "View",
    VIEWS,
    default=None if sent else VIEWS[0],  # or Streamlit warns of two first values
    required=True,
    label_visibility="collapsed",
    key="lab",
    bind="query-params",
)
if view == "Generate":
    make_asked(scenario)
    generate()
elif view == "Upload":
    with user_errors():
        upload_panel(scenario)
else:
    inspect()

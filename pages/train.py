"""Train & compare: fit a model, see it beside all others on the same rows, and promote the better one."""

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.services.comparing import candidate
from riskcore.ui.candidates import champion_of, comparison, keep_candidate, session_candidates, tell_promotion
from riskcore.ui.context import current_dataset, current_scenario, show_error, user_errors, workspace
from riskcore.ui.progress import progress_bar
from riskcore.ui.training_form import training_form

scenario = current_scenario()
st.title("Train & compare")
with user_errors():
    dataset = current_dataset()
if dataset.labels is None:
    st.text(f"The data set {dataset.name} carries no labels, so there is nothing to learn from or to judge by.")
    st.page_link("pages/data_lab.py", label="Open the Data lab", icon=":material/science:")
    st.stop()

order = training_form(scenario, dataset)
if order is not None:
    house = workspace()
    try:
        with progress_bar(f"Training {scenario.models[str(order.plan.model)].title.lower()}") as progress:
            progress(0.0, "making rows")
            rows = dataset if order.fresh is None else house.generate(scenario, *order.fresh)
            training = house.train(scenario, rows, order.plan, progress)
            stored = house.keep(training, promote=False, expected=None)
        keep_candidate(scenario, candidate(training, stored, rows.events))
        st.rerun()  # so that the sidebar lists it
    except RiskcoreError as error:
        show_error(error)

tell_promotion(scenario)
if not session_candidates(scenario):
    st.caption(
        "Models trained here are compared with the champion, two baselines and, where it is known, the best possible."
    )
else:
    with user_errors():
        comparison(scenario, champion_of(scenario))

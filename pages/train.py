"""Train & compare: models of several families on one split, judged on the same rows; the better one is promoted."""

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.ui.context import current_dataset, current_scenario, show_error, user_errors
from riskcore.ui.training.candidates import comparison, session_candidates, tell_promotion
from riskcore.ui.training.training_form import training_form
from riskcore.ui.training.training_run import can_learn, run

scenario = current_scenario()
st.title("Train & compare")
with user_errors():
    dataset = current_dataset()
if not can_learn(scenario, dataset):
    st.text(f"The data set {dataset.name} carries no labels, so there is nothing to learn from or to judge by.")
    st.page_link("pages/data_lab.py", label="Open the Data lab", icon=":material/science:")
    st.stop()

order = training_form(scenario, dataset)
if order is not None:
    try:
        run(scenario, dataset, order)
        st.rerun()  # so that the sidebar lists them
    except RiskcoreError as error:
        show_error(error)

tell_promotion(scenario)
if not session_candidates(scenario):
    st.caption(
        "Models trained here are compared with the champion, two baselines and, where it is known, the best possible."
    )
else:
    with user_errors():
        comparison(scenario)

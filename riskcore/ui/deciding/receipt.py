"""The receipt of thresholds on a screen: their numbers as JSON, and the command that gives the same again."""

import json

import streamlit as st

from riskcore.core.policy import Policy
from riskcore.services.deciding import answering
from riskcore.services.deciding.answering import Question
from riskcore.services.deciding.receipt import Receipt, receipt
from riskcore.ui.context import user_errors
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.cockpit import edges_in_words, forget_choice


@st.dialog("Receipt", width="large", on_dismiss=forget_choice)
def receipt_dialog(case: Case, policy: Policy, band: int | None, capacity: float | None, prior: float | None) -> None:
    """Judge a policy exactly and offer the result with everything that it follows from."""
    for line in edges_in_words(policy):
        st.text(line)
    with user_errors(), st.spinner("Judging these thresholds"):
        made = made_receipt(case, policy, band, capacity, prior)
    name = f"{case.scenario.key}.receipt.json"
    st.download_button(
        "Download",
        json.dumps(made.to_mapping() | {"command": made.command(name)}, indent=2, ensure_ascii=False),
        name,
        "application/json",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )
    st.caption("This line gives the same numbers again, to 1e-12, where the model and the events are at hand:")
    st.code(made.command(name), language="bash")
    if "recipe" not in made.data and "file" not in made.data:
        st.caption("These events are in this session only; export them from the Data lab and name them with --data.")
    st.json(dict(made.numbers), expanded=2)


def made_receipt(case: Case, policy: Policy, band: int | None, capacity: float | None, prior: float | None) -> Receipt:
    """The receipt of a policy on a case, as the command line makes it."""
    asked = Question(band=band, capacity=capacity, prior=prior)
    found = answering.answer(case.scored, policy, case.costs, case.labels, asked)
    return receipt(case.model, case.dataset, policy, case.costs, asked, found.numbers)

"""A model's card on the page: what it learned from and how it was made, to read and to keep."""

import json

import pandas as pd
import streamlit as st

from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard
from riskcore.services.judging.model_card import render
from riskcore.services.judging.model_card_words import cautions, facts


def model_card(scenario: Scenario, card: ModelCard) -> None:
    """The facts of a card, and the whole of it as one page or as data."""
    told = facts(card)
    with st.container(border=True):
        st.markdown("**What it must not be used for**")
        st.text("\n".join(f"• {sentence}" for sentence in cautions(scenario, card)))
    st.dataframe(
        pd.DataFrame({"Fact": list(told), "Value": list(told.values())}),
        hide_index=True,
        height="content",
        column_config={"Fact": st.column_config.Column(width=170), "Value": st.column_config.Column(width=900)},
        alt="Model card",
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download as HTML",
            lambda: render(scenario, card),
            f"{card.version}.html",
            "text/html",
            icon=":material/description:",
            key=f"card html {scenario.key}",
            on_click="ignore",
        )
        st.download_button(
            "Download as JSON",
            lambda: json.dumps(card.to_mapping(), indent=1, default=str),
            f"{card.version}.json",
            "application/json",
            key=f"card json {scenario.key}",
            on_click="ignore",
        )

"""What this is, how each scenario stands, and where to go next."""

import streamlit as st

from riskcore.services.overview import standing
from riskcore.ui.context import current_scenario, user_errors, workspace
from riskcore.ui.home import activity_table, opening, own_card, pipeline, scenario_card

ACROSS = 2

house = workspace()
with user_errors():
    standings = [standing(house, scenario) for scenario in house.scenarios.values()]

opening()
st.header("Scenarios")
for start in range(0, len(standings), ACROSS):
    line = standings[start : start + ACROSS]
    with st.container(horizontal=True):
        for stands in line:
            scenario_card(stands)
        if len(line) < ACROSS:
            own_card()
scenario = current_scenario()
st.header(f"From data to decision: {scenario.title}")
pipeline(next(stands for stands in standings if stands.scenario.key == scenario.key))
st.header("Last activity")
activity_table()

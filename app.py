"""The app: page set-up, navigation by what people come to do, and the bar that says what they work on."""

from pathlib import Path

import streamlit as st

from riskcore.ui.context import close_dialogs, context_bar, understand_keys
from riskcore.ui.server import tune

FAVICON = Path(__file__).parent / "riskcore" / "ui" / "favicon.svg"  # a Material icon is fetched from another host
PAGES = {
    "Start": [("home", "Home", ":material/home:")],
    "Build": [
        ("data_lab", "Data lab", ":material/science:"),
        ("train", "Train & compare", ":material/model_training:"),
    ],
    "Decide": [
        ("thresholds", "Thresholds", ":material/tune:"),
        ("policy", "Policy", ":material/policy:"),
    ],
    "Investigate": [
        ("score_one", "Score one", ":material/person_search:"),
        ("bulk_score", "Bulk score", ":material/table_view:"),
        ("explain", "Explain", ":material/insights:"),
    ],
}

st.set_page_config(page_title="riskcore", page_icon=FAVICON, layout="wide")
tune()
sections = {
    section: [
        st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "home") for name, title, icon in pages
    ]
    for section, pages in PAGES.items()
}
page = st.navigation(sections)
understand_keys(page)
context_bar()
close_dialogs(page)
page.run()

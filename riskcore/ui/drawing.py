"""Charts in the page."""

import streamlit as st

from riskcore.charts.data import Drawing

FIELD_WIDTH = 200  # px; three beside the recipe on a wide screen, one on a phone


def draw(chart: Drawing, width: int | None = None) -> None:
    """A chart in the page's theme; its description is what those hear who cannot see it."""
    st.altair_chart(chart, width=width or "stretch")

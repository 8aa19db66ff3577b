"""Charts: pure functions from data to an Altair chart or a Vega-Lite specification.  They know no Streamlit.

Every chart takes its colours from `theme`, says its finding in the title, its units on the axes, and what it shows to
those who cannot see it in `description` (the `alt` text of the drawing).
"""

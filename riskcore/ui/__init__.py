"""Streamlit widgets for declared things; the only package, with `app.py` and `pages/`, that knows Streamlit."""

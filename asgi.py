"""The app as a server: `streamlit run asgi.py`, or any ASGI server with `asgi:app`."""

from pathlib import Path

import streamlit as st

from riskcore.ui import server

server.check_settings()
app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=server.lifespan,
    middleware=server.MIDDLEWARE,
    on_script_error=server.show_script_error,
)

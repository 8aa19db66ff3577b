"""The server around the app: tuned for many small reruns, closed to other sites, silent about its insides."""

import base64
import gc
import hashlib
import importlib
import logging
import os
import re
import socket
import stat
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Thread
from uuid import uuid4

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.pages_manager import PagesManager

from riskcore.core.errors import RiskcoreError
from riskcore.core.settings import read_settings
from riskcore.ui.session_files import remove_session_folders

log = logging.getLogger(__name__)

# Seconds that no visitor should wait for; the last two compile themselves, once per installation.
SLOW_IMPORTS = (
    "pandas",
    "altair",
    "sklearn.ensemble",
    "xgboost",
    "riskcore.estimators.tree_walks",
    "riskcore.core.asof_walks",
    "riskcore.core.replicates",
)
OPEN_FILES = Path("/dev/fd")  # this process's descriptors, on Linux and macOS
CLOSED_PATHS = ("/_stcore/metrics",)  # counts of everybody's sessions; nothing here reads them


def check_settings() -> None:
    """End the program with a sentence where a setting in the environment is wrong."""
    try:
        read_settings()
    except RiskcoreError as error:
        raise SystemExit(str(error)) from None


@cache
def tune() -> None:
    """Make reruns cheap, once per process: no delayed replies, slow imports early, little garbage to collect.

    The server does this at its start; `app.py` calls it too, for those who run `streamlit run app.py`.
    """
    read_settings()  # sets OpenMP's threads, which must happen before the libraries load
    send_replies_at_once()
    read_theme_once()
    Thread(target=warm_up, name="warm-up", daemon=True).start()


def read_theme_once() -> None:
    """Remember what Streamlit says of the theme, which does not change while the server runs.

    It tells the browser with every rerun, and walks all options for each of six sections: a fifth of a rerun's cost.
    """
    populate = app_session._populate_theme_msg

    @cache
    def said(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        populate(theme, section)
        return theme

    def repeat(msg: CustomThemeConfig, section: str = "theme") -> None:
        if said(section).ByteSize():  # an empty section must stay absent
            msg.MergeFrom(said(section))

    app_session._populate_theme_msg = repeat


def warm_up() -> None:
    """Import what is slow to import, then take everything loaded so far out of the garbage collector's sight."""
    for module in SLOW_IMPORTS:
        importlib.import_module(module)
    # Streamlit and the libraries are a million objects that live for ever; each full collection walked them all.
    gc.collect()
    gc.freeze()


def send_replies_at_once() -> None:
    """Switch off Nagle's algorithm, which holds each small reply back for 40 ms.

    Streamlit binds its socket in a way that makes asyncio leave it on; connections inherit it from the listener.
    """
    descriptors = [int(path.name) for path in OPEN_FILES.iterdir()] if OPEN_FILES.is_dir() else []
    for descriptor in descriptors:
        with suppress(OSError):  # the listing's own descriptor is closed by now, others may be
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                borrowed = socket.socket(fileno=descriptor)
                try:
                    if borrowed.family in (socket.AF_INET, socket.AF_INET6) and borrowed.type == socket.SOCK_STREAM:
                        borrowed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                finally:
                    borrowed.detach()  # it belongs to the server and stays open


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Tune the server when its socket is open; show the app where there is a screen."""
    tune()
    # Else a link to a page that is a fresh server's first request would run the page alone, without app.py around it.
    PagesManager.uses_pages_directory = False
    if not st.get_option("server.headless"):
        webbrowser.open(f"http://localhost:{st.get_option('server.port')}")
    yield
    remove_session_folders()


def show_script_error(error: Exception) -> bool:
    """Tell the user what to put right, or for a bug the number under which its traceback is in the log."""
    if isinstance(error, RiskcoreError):
        st.error(str(error))
        return True
    number = uuid4().hex[:8]
    log.error("Error %s", number, exc_info=error)
    st.error(f"Something went wrong here, and it is not your doing. The log has the details under error {number}.")
    return True


class SecurityHeaders:
    """Adds to every response what tells the browser to load, run and embed nothing but this app's own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        closed = scope["path"].endswith(CLOSED_PATHS)
        answer = PlainTextResponse("Not found", 404) if closed else self.app
        return await answer(scope, receive, send_with_headers)


def security_headers() -> dict[str, str]:
    """Headers by name.  The policy allows what Streamlit and its charts need, and no other host."""
    policy = {
        "default-src": "'self'",
        # Vega compiles its expressions; components arrive as blobs; Streamlit's page has one inline script.
        "script-src": f"'self' blob: 'unsafe-eval' 'wasm-unsafe-eval' {' '.join(inline_script_hashes())}".strip(),
        "style-src": "'self' 'unsafe-inline' blob:",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "connect-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{kind} {sources}" for kind, sources in policy.items()),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def inline_script_hashes() -> list[str]:
    """CSP sources of the scripts in the installed Streamlit's own page, so that no other inline script runs."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


MIDDLEWARE = (Middleware(SecurityHeaders),)

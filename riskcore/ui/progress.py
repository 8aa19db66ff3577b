"""A progress bar with time left and a way out, for anything over a second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import streamlit as st

from riskcore.core.progress import Progress

REFRESH_S = 0.1  # between redraws; each is a message to the browser


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yields a listener that draws share done, what is being done and time left; all is cleared at the end.

    Cancel is a plain button: clicking it (or leaving the page) ends the running script at the next report, and with it
    the work, which stores nothing until it is complete.
    """
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=title)
        st.button("Cancel", key=_cancel_key(title), icon=":material/close:")
    try:
        yield _listener(bar.progress, title)
    finally:
        place.empty()


def was_cancelled(title: str) -> bool:
    """Whether this run began with a click on the Cancel of that work."""
    return bool(st.session_state.get(_cancel_key(title)))


def _cancel_key(title: str) -> str:
    return f"cancel {title}"


def _listener(draw: Callable[..., object], title: str) -> Progress:
    began = monotonic()
    drawn = began - REFRESH_S

    def tell(done: float, doing: str) -> None:
        nonlocal drawn
        now = monotonic()
        if now - drawn < REFRESH_S:
            return
        drawn = now
        draw(min(1.0, max(0.0, done)), text=f"{title}: {doing}{time_left(now - began, done)}")

    return tell


def time_left(elapsed: float, done: float) -> str:
    """How long it will still take at the pace so far, as the end of a sentence; empty while that is a guess.

    >>> time_left(10.0, 0.25)
    ', about 30 s left'
    """
    if done < 0.05 or elapsed < 1:
        return ""
    left = elapsed * (1 - done) / done
    return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"

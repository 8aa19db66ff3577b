"""Files of one session: an uploaded table, and a folder of results that goes when the session does."""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


_folders: "weakref.WeakSet[SessionFolder]" = weakref.WeakSet()


def remove_session_folders() -> None:
    """Remove what is left of all sessions; the server does so when it stops, for a signal spares Python's own exit."""
    for folder in list(_folders):
        folder.remove()


class SessionFolder:
    """A temporary folder that is removed when nothing refers to it any more, at the latest when the server stops."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="riskcore-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        _folders.add(self)


def session_folder() -> Path:
    """This session's folder."""
    kept: SessionFolder = st.session_state.setdefault("session_folder", None) or SessionFolder()
    st.session_state["session_folder"] = kept
    return kept.path


def once(name: str, of: Hashable, make: Callable[[], T]) -> T:
    """A value of this session, made anew only when what it is made of changes; one value is kept for each name."""
    kept = st.session_state.get(name)
    if kept is None or kept[0] != of:
        kept = (of, make())
        st.session_state[name] = kept
    value: T = kept[1]
    return value

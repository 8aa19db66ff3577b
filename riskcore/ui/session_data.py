"""Data sets that belong to one session: how many there may be, and where they go when it ends: nowhere."""

import streamlit as st

from riskcore.core.errors import DataError
from riskcore.services.data.pacing import size
from riskcore.services.entities.recorded import RECORDED
from riskcore.stores.datasets import Dataset
from riskcore.ui.context import SAMPLE, session_datasets, workspace

MOST_SETS = 6
MOST_BYTES = 1_000_000_000  # of events, all sets of a session together


def keep_in_session(dataset: Dataset) -> None:
    """Add a set to this session; a `DataError` where its name is taken or the session is full."""
    kept = session_datasets()
    refuse_name(dataset.name, dataset.scenario)
    held = sum(map(held_bytes, kept.values()))
    if held + held_bytes(dataset) > MOST_BYTES:
        raise DataError(
            f"This data set needs {size(held_bytes(dataset))}; the session holds {size(held)} of at most "
            f"{size(MOST_BYTES)}. Remove a set under Inspect first, or use the command line."
        )
    kept[dataset.name] = dataset


def refuse_name(name: str, scenario: str) -> None:
    """Raise a `DataError` where this session cannot hold another set, or none of this name, before it is made."""
    kept = session_datasets()
    if not name.strip():
        raise DataError("The data set has no name. Give it one.")
    if name in {SAMPLE, RECORDED, *kept, *workspace().datasets.names(scenario)}:
        raise DataError(f"There is a data set '{name}' already. Choose another name.")
    if len(kept) >= MOST_SETS:
        raise DataError(f"This session holds {len(kept)} data sets, the most it may. Remove one under Inspect first.")


def held_bytes(dataset: Dataset) -> int:
    """Memory of the events of a set."""
    return int(dataset.events.memory_usage(deep=True).sum())


def free_name(wanted: str) -> str:
    """The wanted name, with a number where it is taken."""
    taken = {SAMPLE, RECORDED, *session_datasets()}
    for scenario in workspace().scenarios:
        taken |= set(workspace().datasets.names(scenario))
    names = (wanted, *(f"{wanted} {i}" for i in range(2, 1_000)))
    return next(name for name in names if name not in taken)


def note(said: str) -> None:
    """Say something after the next run; it may hold uploaded words, so it is shown as text."""
    st.session_state["noted"] = said


def show_note() -> None:
    """What `note` left, once."""
    said = st.session_state.pop("noted", None)
    if said:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check:", color="green")
            st.text(said)

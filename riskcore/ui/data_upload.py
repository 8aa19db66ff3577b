"""An uploaded file becomes a data set of this session: columns mapped, rows checked, labels read, health told."""

from pathlib import PurePath

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.scenario import Scenario
from riskcore.services.intake import Checked, check
from riskcore.services.mapping import remember
from riskcore.stores.datasets import Dataset
from riskcore.stores.tables import Chunk, neutralise, open_table, to_bytes
from riskcore.ui.context import choose, show_error, workspace
from riskcore.ui.data_views import data_charts, health_card
from riskcore.ui.mapper import column_mapper
from riskcore.ui.session_data import MOST_BYTES, MOST_SETS, free_name, keep_in_session, note

MOST_UNPACKED = 2_000_000_000  # bytes
HEAD_ROWS = 1_000  # looked at to tell how numbers are written


def upload_panel(scenario: Scenario) -> None:
    """From choosing a file to using it, each step below the one before.  Raises `RiskcoreError` for an unfit file."""
    st.info(
        f"An upload belongs to this session only: nobody else sees it, it is not stored, and it is gone when the "
        f"session ends. A session holds at most {MOST_SETS} data sets of {MOST_BYTES / 1e9:.0f} GB together.",
        icon=":material/lock_clock:",
    )
    file = st.file_uploader(
        "CSV or Parquet, up to 200 MB, also as .gz or .zip",
        type=["csv", "tsv", "txt", "parquet", "gz", "zip"],
        key="lab_file",
    )
    if file is None:
        st.session_state.pop("lab_table", None)
        return
    chunk, notice = _table(file.file_id, file.name, file.getvalue())
    if notice:
        st.text(notice)
    columns = [str(c) for c in chunk.table.columns]
    mapping = column_mapper(scenario, columns, chunk.table.head(HEAD_ROWS), "lab_map")
    checked = check(scenario, chunk, mapping)
    _dry_check(checked)
    try:
        labels = checked.labels(mapping.label)
    except RiskcoreError as error:
        show_error(error)
        return
    dataset = checked.dataset("upload", file.name, labels)
    if _use(dataset):
        remember(workspace(), scenario, columns, mapping)
        st.rerun()
    health_card(dataset)
    data_charts(scenario, dataset, "lab_up")


def _table(file_id: str, name: str, content: bytes) -> tuple[Chunk, str]:
    """The uploaded table, read once; it stays in this session's memory until the file is taken away."""
    held = st.session_state.get("lab_table")
    if held is None or held[0] != file_id:
        with st.spinner("Reading the file"):
            source = open_table(content, name=name, limit=MOST_UNPACKED)
            held = (file_id, source.read(), source.notice)
        st.session_state["lab_table"] = held
    return held[1], held[2]


def _dry_check(checked: Checked) -> None:
    """How many rows are good, and the reasons of the others with where to find them."""
    total = checked.accepted + checked.rejected
    good, bad = st.columns(2)
    good.metric("Good rows", f"{checked.accepted:,}", border=True)
    bad.metric("Left out", f"{checked.rejected:,}", border=True)
    if not checked.rejected:
        return
    st.text(f"{checked.rejected:,} of {total:,} rows break a rule and are left out; the others are used.")
    st.dataframe(
        checked.reasons(),
        hide_index=True,
        column_config={
            "column": "Column",
            "reason": "Rule",
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "example": "For example",
            "first_line": st.column_config.NumberColumn("First in line"),
        },
        alt="How often each rule was broken.",
    )
    st.download_button(
        "All reasons (CSV)",
        data=lambda: to_bytes(neutralise(checked.rejects()), "csv"),
        file_name="rejects.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="lab_rejects",
    )


def _use(dataset: Dataset) -> bool:
    """A name, and the button that puts the upload to use on the other pages; whether it was."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = free_name(PurePath(str(dataset.origin["file"])).stem)
        name = st.text_input("Name in this session", wanted, max_chars=80, key=f"lab_up_name_{wanted}", width=360)
        used = st.button("Use this data set", type="primary", icon=":material/check:", key="lab_use")
    if not used:
        return False
    try:
        keep_in_session(Dataset(name, dataset.scenario, dataset.events, dataset.labels, dataset.origin))
    except RiskcoreError as error:
        show_error(error)
        return False
    note(f"{len(dataset.events):,} rows are ready as {name}, and chosen in the sidebar.")
    choose(dataset=name)
    st.session_state["lab_next"] = "Inspect"
    return True

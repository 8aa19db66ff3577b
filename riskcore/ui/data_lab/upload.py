"""An uploaded file becomes a data set of this session: columns mapped, rows checked, labels read, health told."""

from pathlib import PurePath

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.scenario import Scenario
from riskcore.services.files.intake import Checked, check
from riskcore.services.files.mapping import remember, suiting
from riskcore.stores.datasets import Dataset
from riskcore.stores.tables import Chunk, neutralise, open_table, to_bytes
from riskcore.ui.context import choose, show_error, workspace
from riskcore.ui.data_lab.new_scenario import new_scenario_form
from riskcore.ui.data_lab.views import data_charts, health_card
from riskcore.ui.investigating.bulk_results import problems_table, unusual_values
from riskcore.ui.investigating.decision import plain
from riskcore.ui.mapper import column_mapper
from riskcore.ui.progress import progress_bar, was_cancelled
from riskcore.ui.session_data import MOST_BYTES, MOST_SETS, free_name, keep_in_session, note

MOST_UNPACKED = 2_000_000_000  # bytes
HEAD_ROWS = 2_000  # looked at to tell how numbers and dates are written
READING = "Reading the file"


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
    read = _table(file.file_id, file.name, file.getvalue())
    if read is None:
        return
    chunk, notice = read
    if notice:
        st.text(notice)
    columns = [str(c) for c in chunk.table.columns]
    _other_scenarios(scenario, columns)
    mapping = column_mapper(scenario, columns, chunk.table.head(HEAD_ROWS), "lab_map")
    try:
        checked = check(scenario, chunk, mapping)
        _dry_check(checked)
        unusual_values(checked.unusual())
        if unused := mapping.unused(columns):
            st.text(f"Left out, as no field is read from them: {', '.join(unused)}.")
        dataset = checked.dataset("upload", file.name, checked.labels(mapping.label))
    except RiskcoreError as error:
        show_error(error)
        _make_scenario(file.name, chunk, expanded=True)
        return
    if _use(dataset):
        remember(workspace(), scenario, columns, mapping)
        st.rerun()
    _make_scenario(file.name, chunk, expanded=False)
    health_card(dataset)
    data_charts(scenario, dataset, "lab_up")


def _table(file_id: str, name: str, content: bytes) -> tuple[Chunk, str] | None:
    """The uploaded table, read once; it stays in this session's memory until the file is taken away.

    None where reading was cancelled, until it is asked for again.
    """
    held = st.session_state.get("lab_table")
    if held is not None and held[0] == file_id:
        return held[1], held[2]
    st.session_state.pop("lab_table", None)
    if was_cancelled(READING):
        st.session_state["lab_unread"] = file_id
    if st.session_state.get("lab_unread") == file_id:
        st.info("Reading was cancelled, and nothing was kept.")
        if not st.button("Read the file", type="primary", key="lab_read"):
            return None
        del st.session_state["lab_unread"]
    with progress_bar(READING) as tell:
        source = open_table(content, name=name, limit=MOST_UNPACKED)
        chunk = source.read(tell)
    st.session_state["lab_table"] = file_id, chunk, source.notice
    return chunk, source.notice


def _other_scenarios(scenario: Scenario, columns: list[str]) -> None:
    """Where a file has all columns of another scenario and not of this one, the way there."""
    found = suiting(workspace().scenarios, columns)
    if not found or scenario.key in found:
        return
    other = workspace().scenario(found[0])
    st.info(f"These are all the columns of {plain(other.title)}.", icon=":material/alt_route:")
    if st.button("Use the file there", key="lab_switch"):
        choose(scenario=other.key)
        st.rerun()


def _make_scenario(file: str, chunk: Chunk, expanded: bool) -> None:
    """A table may ask a question of its own."""
    with st.expander(
        "These columns fit no scenario? Make one of them", icon=":material/add_box:", expanded=expanded, key="lab_new"
    ):
        new_scenario_form(file, chunk)


def _dry_check(checked: Checked) -> None:
    """How many rows are good, and the reasons of the others with where to find them."""
    total = checked.accepted + checked.rejected
    total += checked.unlabelled
    good, bad = st.columns(2)
    good.metric("Good rows", f"{checked.accepted:,}", border=True)
    bad.metric("Left out", f"{checked.rejected + checked.unlabelled:,}", border=True)
    if checked.unlabelled:
        st.text(
            f"{checked.unlabelled:,} of {total:,} rows have no label and are left out; without labels, all are used."
        )
    if not checked.rejected:
        return
    rest = "; the others are used" if checked.accepted else ""
    st.text(f"{checked.rejected:,} of {total:,} rows break a rule and are left out{rest}.")
    problems_table(checked.reasons())
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

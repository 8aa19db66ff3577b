"""A form that makes a scenario of an uploaded table, shows what was inferred, and keeps it when told to."""

from pathlib import PurePath

import pandas as pd
import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.services.inferring.declaring import Proposal, dataset_of, declare, propose
from riskcore.services.inferring.looking import Asked, look_at
from riskcore.stores.scenario_files import to_yaml
from riskcore.stores.tables import Chunk
from riskcore.ui.context import choose, show_error, workspace
from riskcore.ui.progress import progress_bar
from riskcore.ui.session_data import free_name, keep_in_session, note

NONE = "(none)"
DATES = {"as the cells tell": None, "day first": True, "month first": False}
PROPOSED = "new_proposed"


def new_scenario_form(file: str, chunk: Chunk) -> None:
    """From an uploaded table to a scenario: what to say of it, what was inferred, and the button that keeps it."""
    asked = _asked(file, [str(c) for c in chunk.table.columns])
    if asked is not None:
        st.session_state.pop(PROPOSED, None)
        try:
            with progress_bar("Inferring the schema") as tell:
                st.session_state[PROPOSED] = file, propose(look_at(file, chunk), asked, tell)
        except RiskcoreError as error:
            show_error(error)
    kept = st.session_state.get(PROPOSED)
    if kept is not None and kept[0] == file:
        _review(kept[1])
        _keep(kept[1], file, chunk)


def _asked(file: str, columns: list[str]) -> Asked | None:
    """What a person says of the table, once the form is sent."""
    with st.form("new_scenario", border=True):
        left, right = st.columns(2)
        key = left.text_input("Key", _key_of(file), max_chars=40, key="new_key", help="Lower case, digits and _.")
        title = right.text_input("Title", "", max_chars=60, key="new_title", placeholder="From the key")
        label = left.selectbox("Label", [NONE, *columns], key="new_label", help="None: look for unusual events.")
        classes = right.text_input(
            "Classes, harmless first", "", key="new_classes", placeholder="Inferred", help="With commas between them."
        )
        time = left.selectbox("Time", [NONE, *columns], key="new_time", help="Dates, or seconds from some origin.")
        dates = right.selectbox("Dates such as 03/04/2026", list(DATES), key="new_dates")
        entities = left.multiselect("Whose past matters", columns, key="new_entities", placeholder="Nobody's")
        lookback = right.text_input("Look back", "", key="new_lookback", placeholder="30d")
        delay = right.text_input("Labels are known after", "", key="new_label_delay", placeholder="at once; or 7d")
        remember = left.multiselect(
            "Remember outcomes of",
            columns,
            key="new_remember",
            placeholder="Nobody",
            help="Models then know how often events of each of them turned out bad, as far as labels had arrived.",
        )
        ignore = left.multiselect(
            "No input", columns, key="new_ignore", help="Columns that are known only once the outcome is."
        )
        names = right.selectbox(
            "Names events",
            [NONE, *columns],
            key="new_id",
            help="Another in every row. None: found by what it is called.",
        )
        if not st.form_submit_button("Infer a scenario", type="primary", icon=":material/schema:"):
            return None
    return Asked(
        key=key.strip(),
        title=title.strip(),
        label=None if label == NONE else label,
        classes=tuple(word.strip() for word in classes.split(",") if word.strip()),
        id=None if names == NONE else names,
        time=None if time == NONE else time,
        entities=tuple(entities),
        lookback=lookback.strip() or None,
        label_delay=delay.strip() or None,
        remember=tuple(remember),
        ignore=tuple(ignore),
        day_first=DATES[dates],
    )


def _key_of(file: str) -> str:
    """A key from a file's name."""
    words = "".join(c if c.isascii() and c.isalnum() else "_" for c in PurePath(file).name.split(".")[0].lower())
    return words.lstrip("_0123456789")[:40].rstrip("_") or "custom"


def _review(proposal: Proposal) -> None:
    """What was inferred; words of the upload are shown as text only."""
    scenario = proposal.scenario
    st.subheader("What was inferred")
    if proposal.alarms:
        st.warning("Some columns may give the label away. Put them under “No input” unless they are known before it.")
        st.text("\n".join(alarm.said for alarm in proposal.alarms))
    st.dataframe(
        pd.DataFrame(
            {"field": f.name, "kind": f.kind, "rule": f"must be {f.rule}", "usually": _usually(f.usual)}
            for f in scenario.event.fields
        ),
        hide_index=True,
        column_config={"field": "Field", "kind": "Kind", "rule": "Rule", "usually": "Usually"},
        alt="The inferred fields with kind and rule.",
    )
    if proposal.notices:
        with st.expander(f"{len(proposal.notices)} notices", icon=":material/info:"):
            st.text("\n".join(proposal.notices))
    st.download_button(
        "As YAML",
        data=to_yaml(proposal.spec),
        file_name=f"{scenario.key}.yaml",
        mime="text/yaml",
        icon=":material/download:",
        on_click="ignore",
        key="new_yaml",
    )


def _usually(usual: tuple[float, float] | None) -> str:
    return "" if usual is None else f"{usual[0]:,.6g} … {usual[1]:,.6g}"


def _keep(proposal: Proposal, file: str, chunk: Chunk) -> None:
    """Keep the scenario for everyone on this machine, and the table as a data set of this session."""
    house, key = workspace(), proposal.scenario.key
    there = house.catalogue.files.path(key).exists()
    overwrite = st.checkbox(f"Replace the custom scenario {key}", key="new_replace") if there else False
    st.caption("A scenario stays, for everyone on this machine; the table itself belongs to this session only.")
    if not st.button("Keep this scenario", type="primary", icon=":material/check:", key="new_keep"):
        return
    try:
        dataset = dataset_of(proposal.scenario, chunk, free_name(PurePath(file).stem), file)
        scenario = declare(house, proposal, overwrite)
        keep_in_session(dataset)
    except RiskcoreError as error:
        show_error(error)
        return
    del st.session_state[PROPOSED]
    note(f"{scenario.title} is served by every page now, and chosen in the sidebar with the data set {dataset.name}.")
    choose(scenario=scenario.key, dataset=dataset.name)
    st.session_state["lab_next"] = "Inspect"
    st.rerun()

"""The column mapper: which column is which field, how its numbers are written, and which column is the label."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Field
from riskcore.services.files.mapping import (
    AnyRepair,
    ColumnMap,
    Proposal,
    propose_repairs,
    recall,
    repeated,
    suggest,
    unclear_dates,
    unzoned,
    with_repairs,
    with_zone,
)
from riskcore.services.files.zones import zones
from riskcore.stores.mappings import fingerprint
from riskcore.ui.context import workspace
from riskcore.ui.investigating.decision import plain

ABSENT = "not in the file"
NO_LABELS = "no labels"
AS_IT_IS = "leave as it is"
WIDE = 200  # pixels of a selector: four in a line of the usual window


def column_mapper(scenario: Scenario, columns: Sequence[str], head: pd.DataFrame, prefix: str) -> ColumnMap:
    """Widgets over a suggestion; returns the mapping chosen.

    It starts from the mapping of the last file with the same columns, else from names, synonyms and likeness.  Repairs
    are offered for columns of numbers or dates that are text in `head`, and are off until ticked.  Raises `DataError`
    where several columns have one name.
    """
    if problems := repeated(columns):
        raise DataError(problems)
    remembered = recall(workspace(), scenario, columns)
    start = remembered or suggest(columns, scenario.event, scenario.target)
    key = f"{prefix}.{scenario.key}.{fingerprint(columns)}"
    unsure = [f for f in scenario.event.fields if start.columns.get(f.name) != f.name and not _may_lack(f)]
    unsure += [f for f in scenario.event.fields if f not in unsure and start.columns.get(f.name, f.name) != f.name]
    st.caption(_in_words(scenario, start, remembered is not None, unsure))
    with st.expander("Columns", icon=":material/join_inner:", expanded=bool(unsure)):
        chosen = _fields(scenario, columns, start, key)
        free = [c for c in columns if c not in chosen.values()]
        label = _label(scenario, free, start.label, key)
    mapping = ColumnMap(chosen, label=label)
    for why in unclear_dates(head, mapping, scenario.event):
        st.warning(plain(why), icon=":material/event_busy:")
    proposals = propose_repairs(head, mapping, scenario.event)
    mapping = with_repairs(mapping, _repairs(proposals, start, key))
    naive = unzoned(head, mapping, scenario.event)
    return with_zone(mapping, scenario.event, _zone(naive, start, key)) if naive else mapping


def _may_lack(f: Field) -> bool:
    return f.optional or f.derived


def _in_words(scenario: Scenario, start: ColumnMap, remembered: bool, unsure: Sequence[Field]) -> str:
    if remembered:
        return "The columns are read as in the last file that had the same ones."
    if not unsure:
        return f"All {len(start.columns)} columns that are needed were found by their names."
    lacking = sum(f.name not in start.columns for f in unsure)
    renamed = f"{len(unsure) - lacking} of {len(scenario.event.fields)} fields go by another name in this file. "
    missing = f"{lacking} of {len(scenario.event.fields)} fields were not found. "
    return f"{renamed if lacking < len(unsure) else ''}{missing if lacking else ''}Look at them first."


def _fields(scenario: Scenario, columns: Sequence[str], start: ColumnMap, key: str) -> dict[str, str]:
    """A selector for each field, those of fields that are not found by their own name first."""
    fields = sorted(scenario.event.fields, key=lambda f: start.columns.get(f.name) == f.name)
    options = [ABSENT, *dict.fromkeys(columns)]
    chosen = {}
    grid = st.container(horizontal=True)  # wraps: as many in a line as there is room for
    for f in fields:
        at = start.columns.get(f.name, ABSENT)
        column = grid.selectbox(
            f.name + (" (optional)" if _may_lack(f) else ""),
            options,
            index=options.index(at) if at in options else 0,
            help=f"{f.label}: {f.rule}.",
            key=f"{key}.{f.name}",
            width=WIDE,
        )
        if column != ABSENT:
            chosen[f.name] = column
    return {f.name: chosen[f.name] for f in scenario.event.fields if f.name in chosen}


def _label(scenario: Scenario, free: Sequence[str], start: str | None, key: str) -> str | None:
    options = [NO_LABELS, *dict.fromkeys(free)]
    told = "With it, it is told how good a model is" if scenario.target.labelled else "Only to judge by, never learned"
    chosen = st.selectbox(
        "Label, if known",
        options,
        index=options.index(start) if start in options else 0,
        help=f"{told}; never used for scoring. {', '.join(map(plain, scenario.target.classes))}, or numbers from 0. "
        "Without labels, models that learn from none of them can still use the rows.",
        key=f"{key}.label",
    )
    return None if chosen == NO_LABELS else chosen


def _zone(naive: Sequence[str], start: ColumnMap, key: str) -> str | None:
    """The time zone of times that state none; which one they are in, only a person can know."""
    options = [AS_IT_IS, *zones()]
    before = start.zones.get(naive[0], AS_IT_IS)
    chosen = st.selectbox(
        f"Time zone of {', '.join(map(plain, naive))}",
        options,
        index=options.index(before) if before in options else 0,
        help="Some times in the file do not say in which zone they are. Left as it is, they are taken as UTC, or "
        "refused where the scenario needs to know.",
        key=f"{key}.zone",
        width=2 * WIDE,
    )
    return None if chosen == AS_IT_IS else chosen


def _repairs(proposals: Sequence[Proposal], start: ColumnMap, key: str) -> dict[str, AnyRepair]:
    """The repairs that were ticked; where cells leave it open which one, it is asked."""
    if proposals:
        st.markdown("**Numbers or dates that are written another way.** Tick what should be read:")
    found = {}
    for proposal in proposals:
        before = start.repairs.get(proposal.column)
        name = f"{key}.repair.{proposal.column}"
        if len(proposal.repairs) == 1:
            repair, becomes = proposal.repairs[0], proposal.becomes[0]
            said = f"`{_code(proposal.example)}` → {plain(becomes)}"
            if st.checkbox(
                f"{plain(proposal.column)}: {said} ({plain(repair.label)})", value=before == repair, key=name
            ):
                found[proposal.column] = repair
            continue
        said_of = {f"{b}: {r.label}": r for r, b in zip(proposal.repairs, proposal.becomes, strict=True)}
        options = [AS_IT_IS, *said_of]
        at = next((i for i, r in enumerate((None, *proposal.repairs)) if r == before), 0)
        chosen = st.selectbox(f"{plain(proposal.column)}: `{_code(proposal.example)}` is", options, index=at, key=name)
        if chosen != AS_IT_IS:
            found[proposal.column] = said_of[chosen]
    return found


def _code(text: str) -> str:
    return text.replace("`", "'")

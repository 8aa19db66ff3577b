"""What became of a scored file: numbers, charts, the riskiest rows with their reasons, metrics, downloads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from riskcore.charts.bulk import action_mix, risk_histogram
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.core.trained import Trained
from riskcore.services import explaining, scoring
from riskcore.services.bulk import EXPECTED_LOSS, Summary
from riskcore.services.files.bulk_output import DECISION
from riskcore.services.files.bulk_past import by_entity
from riskcore.services.funnel import funnel_of_file
from riskcore.services.judging.estimates import FEW_POSITIVES
from riskcore.services.judging.model_card_words import METRICS as TITLES
from riskcore.ui.investigating.decision import chart, reasons_card, risk_in_words
from riskcore.ui.investigating.movements import flow_of_file
from riskcore.ui.session_files import once

MOST_ENTITIES = 2_000  # listed
LISTED = 12  # rules shown without scrolling
FIRST = ("line", EXPECTED_LOSS, "risk_score", "decision", "prediction", "confidence")  # columns shown first


@dataclass(frozen=True)
class Result:
    """A scored file: what it was scored with, what came of it, and the files to take away."""

    made_of: tuple[str, ...]  # file, mapping, model and policy; others than now mean the result is out of date
    trained: Trained
    policy: Policy
    summary: Summary
    csv: Path
    parquet: Path
    rejects: Path
    entity: str | None = None  # the column of the scored file that says who its rows belong to
    kind: str | None = None  # the column that says what happened
    label: str | None = None  # the column that says what it was, if known
    pool: Callable[[], pd.DataFrame] | None = None  # what its events may look back at; None where no past is looked at


def show_result(result: Result) -> None:
    """The whole result, downloads first."""
    summary = result.summary
    numbers = st.columns(4)
    numbers[0].metric("Rows", f"{summary.n:,}")
    numbers[1].metric("Scored", f"{summary.scored:,}")
    numbers[2].metric("Rejected", f"{summary.rejected:,}")
    numbers[3].metric("Time", f"{summary.seconds:.2g} s" if summary.seconds < 10 else f"{summary.seconds:,.0f} s")
    for notice in summary.notices:
        st.text(notice)
    downloads(result)
    if summary.rejected:
        with st.expander("Why rows were rejected", icon=":material/rule:"):
            problems_table(_counts(summary.problems))
    if not summary.scored:
        st.warning("No row could be scored. The rejects file says why, line by line.", icon=":material/error:")
        return
    chart(action_mix(result.policy, summary.actions))
    chart(risk_histogram(summary.risk_histogram, result.trained.card.risk_histogram))
    unusual_values(_counts(summary.unusual))
    flow(result)
    metrics(result)
    entities(result)
    riskiest(result)


def flow(result: Result) -> None:
    """From what happened over the band of risk to the action."""
    policy, name, scenario = result.policy, result.parquet.parent.name, result.trained.scenario
    label = None if result.summary.judged is None else result.label  # one that held no classes was passed over
    found = once(
        "bulk.flow",
        (name, result.made_of),
        lambda: funnel_of_file(result.parquet, result.kind, policy, label, scenario.target),
    )
    with st.expander("From what happened to what is done", icon=":material/account_tree:"):
        flow_of_file(found, policy, scenario, f"bulk.flow.{name}")


def downloads(result: Result) -> None:
    """Buttons for the three files; they are read only when clicked."""
    name = result.csv.name.removesuffix(".csv")
    files: Sequence[tuple[str, Path, str, Callable[[], bytes]]] = (
        ("Scored rows, CSV", result.csv, "text/csv", result.csv.read_bytes),
        ("Scored rows, Parquet", result.parquet, "application/vnd.apache.parquet", result.parquet.read_bytes),
        (f"Rejects, CSV ({result.summary.rejected:,})", result.rejects, "text/csv", result.rejects.read_bytes),
    )
    bar = st.container(horizontal=True)  # wraps where the window is narrow
    for label, path, mime, read in files:
        bar.download_button(
            label,
            read,
            file_name=path.name,
            mime=mime,
            on_click="ignore",
            icon=":material/download:",
            key=f"bulk.download.{name}.{path.suffix}.{label[:6]}",
            disabled=path == result.rejects and not result.summary.rejected,
        )
    st.caption(
        "All rows in their order; bad ones stay, with their `status` and `problems`. In CSV, text that a spreadsheet "
        "would run as a formula begins with an apostrophe; Parquet holds the cells as they were."
    )


def _counts(found: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    rows = sorted(found.items(), key=lambda item: -item[1])
    return pd.DataFrame([(column, rule, n) for (column, rule), n in rows], columns=["column", "rule", "rows"])


def problems_table(problems: pd.DataFrame, rule: str = "What is wrong") -> None:
    """How many rows break each rule, the most frequent first; as `row_findings.counted` or its first columns."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        problems,
        hide_index=True,
        width="stretch",
        height="content" if len(problems) <= LISTED else "auto",
        column_config={
            "column": text("Column", width="small"),
            "rule": text(rule, width="large"),
            "rows": number("Rows", format="localized", width="small"),
            "first line": number("First line", format="localized", width="small"),
            "value": text("Value there", width="small"),
        },
        alt=f"{rule}, and in how many rows.",
    )


def unusual_values(found: pd.DataFrame) -> None:
    """How many rows are outside the usual range of each column, as `row_findings.unusual`; nothing where none is."""
    if not len(found):
        return
    said = f"Unusual values in {len(found):,} column{'s' if len(found) > 1 else ''}; no row is left out for them"
    with st.expander(said, icon=":material/straighten:"):
        problems_table(found, "What is usual")


def metrics(result: Result) -> None:
    """How good the model is on this file, where labels are known."""
    judged, classes = result.summary.judged, result.trained.scenario.target.classes
    if judged is None:
        return
    worst = int((judged.y == len(classes) - 1).sum())
    st.subheader("How good the model is on this file")
    try:
        found = judged.metrics(result.trained.scenario)
    except DataError as error:
        st.text(str(error))
        return
    table = pd.DataFrame(
        [(TITLES.get(name, name.replace("_", " ").capitalize()), m.value, m.low, m.high) for name, m in found.items()]
    )
    table.columns = pd.Index(["metric", "value", "low", "high"])
    st.caption(f"{len(judged.y):,} labelled rows, {worst:,} of them {classes[-1]}; 95 % intervals.")
    if worst < FEW_POSITIVES:
        st.info(f"{worst} rows of {classes[-1]} are few: read the intervals, not the values.", icon=":material/info:")
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        width="content",
        height="content",
        column_config={
            "metric": st.column_config.TextColumn("Metric", width="medium"),
            "value": number("Value", format="%.4f"),
            "low": number("From", format="%.4f"),
            "high": number("To", format="%.4f"),
        },
    )


def entities(result: Result) -> None:
    """The rows by who they belong to, those with the highest risk first."""
    scenario, top = result.trained.scenario, result.summary.top
    column = result.entity
    if not scenario.entities or top is None or column is None:
        return
    label = scenario.event[scenario.entities[0]].label
    table = by_entity(result.parquet, column, result.policy)
    with st.expander(f"By {label.lower()}: {len(table):,}", icon=":material/group:", expanded=True):
        bar = st.column_config.ProgressColumn
        st.dataframe(
            table.head(MOST_ENTITIES),
            hide_index=True,
            width="stretch",
            height=260,
            column_config={
                "entity": st.column_config.TextColumn(label),
                "events": st.column_config.NumberColumn("Rows", format="localized"),
                "highest": bar("Highest risk", format="%.4f", min_value=0.0, max_value=1.0),
                "mean": bar("Mean risk", format="%.4f", min_value=0.0, max_value=1.0),
                "harsh": st.column_config.NumberColumn("Not let through", format="localized"),
            },
        )


def riskiest(result: Result) -> None:
    """The riskiest rows; a selected one is explained."""
    top = result.summary.top
    if top is None:
        return
    st.subheader(f"The {len(top.table):,} riskiest rows")
    money, currency = EXPECTED_LOSS in top.table, result.trained.scenario.costs.currency
    by = "By expected loss: what a row loses on average if it is let through. " if money else "By risk. "
    st.caption(f"{by}Select a row, by its box on the left, to see its reasons.")
    first = [name for name in FIRST if name in top.table]
    table = top.table[first + [name for name in top.table.columns if name not in first]]
    event = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height=380,
        on_select="rerun",
        selection_mode="single-row",
        key=f"bulk.top.{result.csv.parent.name}",
        column_config={
            "line": st.column_config.NumberColumn("Line", format="%d", width="small"),
            EXPECTED_LOSS: st.column_config.NumberColumn(f"Expected loss, {currency}", format="%,.2f"),
            "risk_score": st.column_config.ProgressColumn(
                "Risk", format="%.4f", min_value=0.0, max_value=1.0, width="medium"
            ),
        },
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(top.events):
        explained(result, rows[0])


def explained(result: Result, row: int) -> None:
    """Why one of the riskiest rows got its risk."""
    assert result.summary.top is not None
    events = result.summary.top.events.iloc[[row]].reset_index(drop=True)
    scenario = result.trained.scenario
    history = None
    if result.pool is not None:
        history = scoring.related(scenario, scenario.event.accept(events), result.pool())
    scored = scoring.score(result.trained, events, history)
    line = int(result.summary.top.table["line"].iloc[row])
    action = result.policy.action(str(result.summary.top.table[DECISION].iloc[row]))
    st.markdown(f"**Line {line:,}**: risk {risk_in_words(float(scored.risk[0]))}, {action.label.lower()}")
    event = explaining.event_at(scored.events, 0)
    explanation = explaining.explain_scored(result.trained, scored)
    reasons_card(result.trained, event, scored, explanation, history=history)

"""Views of a data set: its health and its charts, for previews, uploads and saved sets alike."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from riskcore.charts import data as charts
from riskcore.charts import fields
from riskcore.charts import rhythm as rhythm_charts
from riskcore.core.scenario import Scenario
from riskcore.services.data import profiling
from riskcore.services.data.health import Health, examine
from riskcore.services.data.single_fields import LEAK_AUC
from riskcore.stores.datasets import Dataset, label_frame
from riskcore.ui.context import edition, workspace
from riskcore.ui.data_lab.depth import correlation_view, difficulty_view, entity_view, time_view
from riskcore.ui.drawing import FIELD_WIDTH, draw

ROWS_SHOWN = 100
FIELDS_SHOWN = 12  # small multiples drawn at first, full lines of two, three or four; the others can be chosen
UNLABELLED = "all rows"
COLUMNS = 3  # findings in a line


@st.cache_resource(max_entries=24, show_spinner=False)
def _examined(key: str, edition: str, fingerprint: str, _dataset: Dataset) -> Health:
    return examine(workspace().scenario(key), _dataset.events, _dataset.labels)


def examined(dataset: Dataset) -> Health:
    """The health of a set, looked at once per content."""
    made_with = edition(workspace().scenario(dataset.scenario))
    return _examined(dataset.scenario, made_with, str(dataset.origin["fingerprint"]), dataset)


def health_card(dataset: Dataset) -> None:
    """What to know before training, good or not, each with a mark and a sentence; what needs a look comes first."""
    findings = sorted(examined(dataset).findings(), key=lambda finding: finding.good)
    bad = sum(not finding.good for finding in findings)
    with st.container(border=True):
        st.subheader("Health", help="Looked at before training; none of it is repaired silently.")
        st.caption("Nothing to worry about." if not bad else f"{bad} of {len(findings)} points need a look.")
        for start in range(0, len(findings), COLUMNS):
            for column, finding in zip(st.columns(COLUMNS), findings[start : start + COLUMNS], strict=False):
                with column:
                    if finding.good:
                        st.badge(finding.title, icon=":material/check:", color="green")
                    else:
                        st.badge(finding.title, icon=":material/warning:", color="orange")
                    st.text(finding.said)


def data_charts(scenario: Scenario, dataset: Dataset, prefix: str) -> None:
    """Rows, classes, fields by class, leaks, difficulty, time, entities and correlation, each in a tab."""
    health = examined(dataset)
    classes = _classes(scenario, dataset)
    views: dict[str, Callable[[], None]] = {}
    views["Fields by class" if dataset.labels else "Fields"] = lambda: _fields(scenario, dataset, health, prefix)
    views["Rows"] = lambda: _rows(scenario, dataset)
    if dataset.labels:
        views["Classes"] = lambda: _mix(scenario, dataset, health)
    if health.labelled:
        views["Leaks"] = lambda: _leaks(health)
    if dataset.labels:
        views["How hard"] = lambda: difficulty_view(scenario, dataset)
    if scenario.event.time:
        views["Time"] = lambda: time_view(scenario, dataset, *classes)
    if scenario.entities:
        views["Entities"] = lambda: entity_view(scenario, dataset)
    views["Correlation"] = lambda: correlation_view(scenario, dataset)
    # Only the open tab is computed and drawn.
    for tab, show in zip(st.tabs(list(views), key=f"{prefix}_tab", on_change="rerun"), views.values(), strict=True):
        if tab.open:
            with tab:
                show()


def _classes(scenario: Scenario, dataset: Dataset) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if dataset.labels is None:
        return np.zeros(len(dataset.events), dtype=np.int64), (UNLABELLED,)
    return dataset.labels.label, scenario.target.classes


def _fields(scenario: Scenario, dataset: Dataset, health: Health, prefix: str) -> None:
    event = scenario.event
    drawable = [f.name for f in event.fields if f.kind != "text" and f.name not in (event.id, _moment(scenario))]
    ranked = drawable if health.auc is None else [name for name in health.auc["field"] if name in drawable]
    shown = ranked
    if len(drawable) > FIELDS_SHOWN:
        shown = st.multiselect(
            f"Fields ({len(drawable)})",
            ranked,
            default=ranked[:FIELDS_SHOWN],
            key=f"{prefix}_fields_{scenario.key}",
            help="Those that tell the classes apart best come first." if health.auc is not None else None,
        )
    label, names = _classes(scenario, dataset)
    if len(names) > 1:
        draw(fields.class_legend(names))
    with st.container(horizontal=True, gap="small"):
        for name in shown:
            found = profiling.histogram(event[name], dataset.events[name], label, names)
            draw(fields.by_class(found.field, found.bins, names, found.log, said=found.said), FIELD_WIDTH)
    if len(names) > 1:
        st.caption("Heights are shares of a class's rows, so that rare classes show; the outermost bins hold the rest.")
    else:
        st.caption("Heights are shares of the rows; the outermost bins hold what lies beyond.")


def _moment(scenario: Scenario) -> str | None:
    """The field that says when an event was, where it is a date: it has a view of its own."""
    time = scenario.event.time
    return time if time and scenario.event[time].kind == "time" else None


def _rows(scenario: Scenario, dataset: Dataset) -> None:
    frame = dataset.events.head(ROWS_SHOWN)
    if dataset.labels is not None:
        frame = label_frame(dataset.labels, scenario.target.classes).head(ROWS_SHOWN).join(frame)
    st.dataframe(frame, height=420, alt=f"The first {len(frame)} of {len(dataset.events):,} rows.")
    st.caption(f"The first {len(frame)} of {len(dataset.events):,} rows.")


def _mix(scenario: Scenario, dataset: Dataset, health: Health) -> None:
    if not scenario.target.labelled:
        st.caption("Nothing learns from these labels: they say which events were planted, to judge by.")
    draw(charts.class_mix(health.class_counts or {}))
    kinds = profiling.attack_mix(dataset.labels) if dataset.labels else None
    if kinds is not None:
        draw(rhythm_charts.attack_bars(kinds, scenario.target.classes[-1]))


def _leaks(health: Health) -> None:
    if health.auc is None:
        st.info("Only one class has rows, so nothing can be told apart.")
        return
    draw(charts.single_field_bars(health.auc, LEAK_AUC))
    st.caption(
        "Best class against the rest, with 95 % intervals; 0.5 is chance. Categories are ranked by their rates among "
        "other rows; texts and identifiers are not ranked. A field beyond the line was probably written after the "
        "label."
    )

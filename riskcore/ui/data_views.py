"""Views of a data set: its health and its charts, for previews, uploads and saved sets alike."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from riskcore.charts import data as charts
from riskcore.core.scenario import Scenario
from riskcore.services import profiling
from riskcore.services.health import LEAK_AUC, Health, examine
from riskcore.stores.datasets import Dataset, label_frame
from riskcore.ui.context import workspace

ROWS_SHOWN = 100
FIELDS_SHOWN = 9  # small multiples drawn at first; the others can be chosen
FIELD_WIDTH = 200  # px; three beside the recipe on a laptop, one on a phone
UNLABELLED = "all rows"


@st.cache_resource(max_entries=24, show_spinner=False)
def _examined(key: str, fingerprint: str, _dataset: Dataset) -> Health:
    return examine(workspace().scenario(key), _dataset.events, _dataset.labels)


def examined(dataset: Dataset) -> Health:
    """The health of a set, looked at once per content."""
    return _examined(dataset.scenario, str(dataset.origin["fingerprint"]), dataset)


def health_card(dataset: Dataset) -> None:
    """What to know before training, good or not, each with a mark and a sentence."""
    findings = examined(dataset).findings()
    bad = sum(not finding.good for finding in findings)
    with st.container(border=True):
        st.subheader("Health", help="Looked at before training; none of it is repaired silently.")
        st.caption("Nothing to worry about." if not bad else f"{bad} of {len(findings)} points need a look.")
        columns = st.columns(3)
        for i, finding in enumerate(findings):
            with columns[i % 3]:
                if finding.good:
                    st.badge(finding.title, icon=":material/check:", color="green")
                else:
                    st.badge(finding.title, icon=":material/warning:", color="orange")
                st.text(finding.said)


def data_charts(scenario: Scenario, dataset: Dataset, prefix: str) -> None:
    """Rows, classes, fields by class, leaks, difficulty, time and correlation, each in a tab."""
    health = examined(dataset)
    names = ["Fields by class" if health.labelled else "Fields", "Rows"]
    names += ["Classes", "Leaks"] if health.labelled else []
    hard = profiling.difficulty(dataset.labels) if dataset.labels else None
    names += ["How hard"] if hard else []
    names += ["Time"] if scenario.event.time else []
    names += ["Correlation"]
    # Only the open tab is computed and drawn.
    tabs = dict(zip(names, st.tabs(names, key=f"{prefix}_tab", on_change="rerun"), strict=True))
    if tabs[names[0]].open:
        with tabs[names[0]]:
            _fields(scenario, dataset, health, prefix)
    if tabs["Rows"].open:
        with tabs["Rows"]:
            _rows(scenario, dataset)
    if "Classes" in tabs and tabs["Classes"].open:
        with tabs["Classes"]:
            draw(charts.class_mix(health.class_counts or {}))
    if "Leaks" in tabs and tabs["Leaks"].open:
        with tabs["Leaks"]:
            _leaks(health)
    if hard and tabs["How hard"].open:
        with tabs["How hard"]:
            _difficulty(scenario, hard)
    if "Time" in tabs and tabs["Time"].open:
        with tabs["Time"]:
            _time(scenario, dataset)
    if tabs["Correlation"].open:
        with tabs["Correlation"]:
            draw(charts.correlation_map(profiling.correlations(scenario, dataset.events, dataset.labels)))


def draw(chart: charts.Drawing, width: int | None = None) -> None:
    """A chart in the page's theme; its description is what those hear who cannot see it."""
    st.altair_chart(chart, width=width or "stretch")


def _classes(scenario: Scenario, dataset: Dataset) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if dataset.labels is None:
        return np.zeros(len(dataset.events), dtype=np.int64), (UNLABELLED,)
    return dataset.labels.label, scenario.target.classes


def _fields(scenario: Scenario, dataset: Dataset, health: Health, prefix: str) -> None:
    drawable = [f.name for f in scenario.event.fields if f.kind not in ("text", "time") and f.name != scenario.event.id]
    ranked = drawable if health.auc is None else [name for name in health.auc["field"] if name in drawable]
    shown = ranked
    if len(drawable) > FIELDS_SHOWN:
        shown = st.multiselect(
            f"Fields ({len(drawable)})",
            ranked,
            default=ranked[:FIELDS_SHOWN],
            key=f"{prefix}_fields_{scenario.key}",
            help="Those that tell the classes apart best come first.",
        )
    label, names = _classes(scenario, dataset)
    if len(names) > 1:
        draw(charts.class_legend(names))
    with st.container(horizontal=True, gap="small"):
        for name in shown:
            found = profiling.histogram(scenario.event[name], dataset.events[name], label, names)
            draw(charts.by_class(found.field, found.bins, names, found.log), FIELD_WIDTH)
    st.caption(
        "Heights are shares of a class's rows, so that rare classes show; the outermost bins hold what lies beyond."
    )


def _rows(scenario: Scenario, dataset: Dataset) -> None:
    frame = dataset.events.head(ROWS_SHOWN)
    if dataset.labels is not None:
        frame = frame.join(label_frame(dataset.labels, scenario.target.classes).head(ROWS_SHOWN))
    st.dataframe(frame, height=420, alt=f"The first {len(frame)} of {len(dataset.events):,} rows.")
    st.caption(f"The first {len(frame)} of {len(dataset.events):,} rows.")


def _leaks(health: Health) -> None:
    if health.auc is None:
        st.info("Only one class has rows, so nothing can be told apart.")
        return
    draw(charts.single_field_bars(health.auc, LEAK_AUC))
    st.caption(
        "Best class against the rest; 0.5 is chance. A field beyond the line was probably written after the label."
    )


def _difficulty(scenario: Scenario, hard: profiling.Difficulty) -> None:
    left, middle, right = st.columns(3)
    worst = scenario.target.classes[-1]
    left.metric(
        "Best accuracy possible", f"{hard.accuracy.value:.1%}", help="Of always choosing the most probable class."
    )
    left.caption(f"95 % interval {hard.accuracy.low:.1%} to {hard.accuracy.high:.1%}")
    middle.metric("Uncertain rows", f"{hard.unsure.value:.1%}", help="No class has a true probability of 0.9 or more.")
    middle.caption(f"95 % interval {hard.unsure.low:.1%} to {hard.unsure.high:.1%}")
    right.metric(f"Best AUC for {worst}", "none" if hard.auc is None else f"{hard.auc.value:.3f}")
    if hard.auc is not None and hard.roc is not None:
        right.caption(f"95 % interval {hard.auc.low:.3f} to {hard.auc.high:.3f}")
    curve, certainty = st.columns(2)
    if hard.auc is not None and hard.roc is not None:
        with curve:
            draw(charts.bayes_curve(hard.roc, hard.auc.to_mapping(), worst))
    with certainty:
        draw(charts.certainty_bars(hard.certainty, hard.unsure.value, profiling.SURE))
    st.caption("From the probabilities the data was drawn with: no model that sees only the event can do better.")


def _time(scenario: Scenario, dataset: Dataset) -> None:
    label, names = _classes(scenario, dataset)
    found = profiling.when(scenario, dataset.events, label, names)
    if found is None:
        return
    if len(names) > 1:
        draw(charts.class_legend(names))
    draw(charts.by_class(found.field, found.bins, names, found.log, height=320))
    if scenario.event.origin:
        st.caption(f"Counted from {scenario.event.origin}.")

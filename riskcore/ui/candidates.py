"""Models trained in this session: one table beside champion, baselines and limit, their curves, and promotion."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from riskcore.charts import evaluation as charts
from riskcore.core.errors import ConflictError, RiskcoreError
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard, Trained
from riskcore.services.comparing import (
    Candidate,
    Standing,
    groups,
    headline,
    positives,
    standings,
    suggested,
    too_few,
)
from riskcore.services.curves import reliability, roc_and_pr
from riskcore.services.evaluation import FEW_POSITIVES, Metric, rank_key
from riskcore.ui.context import show_error, trained, workspace

KEPT = "candidates"  # session: scenario key -> candidates, oldest first
TOLD = "promotion"  # session: what became of a promotion
Lead = tuple[Standing, Metric] | None  # who beats the champion, and by how much
CHART_WIDTH = 300  # three beside each other in the usual window
SPLITS = {"time": "by time", "entity": "by entity", "random": "at random"}
MOST_KEPT = 12  # each holds the rows it was judged on
TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "recall_at_1pct_fpr": "Recall at 1 % FPR",
    "recall_at_5pct_fpr": "Recall at 5 % FPR",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
}
ROLES = {"champion": "Champion", "candidate": "Candidate", "baseline": "Baseline", "limit": "Best possible"}


def session_candidates(scenario: Scenario) -> list[Candidate]:
    """Models of a scenario trained in this session, oldest first."""
    found: dict[str, list[Candidate]] = st.session_state.setdefault(KEPT, {})
    return found.setdefault(scenario.key, [])


def keep_candidate(scenario: Scenario, one: Candidate) -> None:
    """Add a candidate; the oldest goes where there are too many."""
    kept = session_candidates(scenario)
    kept.append(one)
    del kept[:-MOST_KEPT]


def comparison(scenario: Scenario, champion: Trained | None) -> None:
    """Every group of candidates that can be compared: its table, curves and what to promote."""
    found = groups(session_candidates(scenario))
    if len(found) > 1:
        st.caption("Models that were judged on different rows cannot be compared; they stand in tables of their own.")
    for place, group in enumerate(found):
        with st.container(border=True):
            _group(scenario, champion, group, f"{scenario.key} {place}")


def _group(scenario: Scenario, champion: Trained | None, group: list[Candidate], key: str) -> None:
    first, worst = group[0], scenario.target.classes[-1]
    card = first.trained.card
    if first.output is None:
        st.subheader("Trained on all rows")
        st.write("Nothing was held out, so there is nothing to judge these by.")
        _versions(scenario, champion, group, key)
        return
    st.subheader(f"Judged on {len(first.y):,} rows, {positives(group):,} of them {worst}")
    st.text(f"{card.data.get('name', 'data')} · data {card.data['fingerprint']} · split {SPLITS[card.split['how']]}")
    lines, lead = _compared(
        first.rows, tuple(c.version for c in group), champion.version if champion else "", group, champion
    )
    if not lines[0].metrics and not any(line.metrics for line in lines):
        st.info("The held-out rows have one class only, so nothing can be ranked. Hold out more, or add rows.")
        _versions(scenario, champion, group, key)
        return
    table = results_table(lines, float((first.y == len(scenario.target.classes) - 1).mean()), scenario)
    picked = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"results {key} {len(lines)}",
        column_config={"Model": st.column_config.Column(pinned=True)},
        alt="Metrics of each model with 95 % intervals",
    )
    st.caption("Estimates with 95 % intervals. Select rows to draw only their curves.")
    if any(line.flattered for line in lines):
        st.caption("The champion learned from other rows of this data set: its figures may flatter.")
    _verdict(scenario, group, lines, lead)
    rows = [lines[i] for i in picked["selection"]["rows"] if i < len(lines)]
    _curves(
        [line for line in rows or lines if line.output is not None], first.y == len(scenario.target.classes) - 1, worst
    )
    _versions(scenario, champion, group, key)


def results_table(lines: Sequence[Standing], base_rate: float, scenario: Scenario) -> pd.DataFrame:
    """One row a model: its role, name, version, every metric with its interval, and its training time."""
    found = {name for line in lines for name in line.metrics}
    names = [*TITLES, *(f"recall_{c}" for c in scenario.target.classes)]
    titles = TITLES | {f"recall_{c}": f"Recall of {c}" for c in scenario.target.classes}
    titles["average_precision"] += f" (base rate {base_rate:.3g})"
    rows = []
    for line in lines:
        told = {titles[n]: with_interval(line.metrics.get(n)) for n in names if n in found}
        made = {"Training, s": line.seconds, "Version": line.version or "–"}
        rows.append({"Model": line.name, "Role": ROLES[line.role], **told, **made})
    return pd.DataFrame(rows)


def with_interval(metric: Metric | None) -> str:
    """An estimate and its interval.

    >>> with_interval(Metric(0.9533, 0.9489, 0.9571))
    '0.953 (0.949–0.957)'
    """
    return "–" if metric is None else f"{metric.value:.3f} ({metric.low:.3f}–{metric.high:.3f})"


@st.cache_resource(max_entries=64, show_spinner="Judging on the same rows")
def _compared(
    rows: str, versions: tuple[str, ...], now: str, _group: list[Candidate], _champion: Trained | None
) -> tuple[list[Standing], Lead]:
    """The table of a group and who beats the champion; the same for the same rows, versions and champion."""
    lines = standings(_group, _champion)
    classes = _group[0].trained.scenario.target.classes
    return lines, None if too_few(_group) else suggested(lines, _group[0].y, classes)


def _verdict(scenario: Scenario, group: list[Candidate], lines: list[Standing], lead: Lead) -> None:
    worst = scenario.target.classes[-1]
    if too_few(group):
        st.warning(
            f"Only {positives(group)} {worst} rows were held out, fewer than {FEW_POSITIVES}: the intervals are too "
            "wide to rank models by, so none is suggested.",
            icon=":material/warning:",
        )
        return
    if lead is None:
        if any(line.role == "champion" for line in lines):
            st.caption("No candidate beats the champion by more than chance.")
        return
    best, by = lead
    name = TITLES[headline(scenario.target.classes)].lower()
    st.success(
        f"{best.name} beats the champion: {name} is {by.value:.3f} higher "
        f"({by.low:.3f}–{by.high:.3f}, paired on the same rows).",
        icon=":material/trophy:",
    )


def _curves(lines: list[Standing], positive: NDArray[np.bool_], worst: str) -> None:
    if not lines or not positive.any():
        return
    curves, means, auc, average = {}, {}, {}, {}
    for line in lines:
        assert line.output is not None
        name = line.name
        said = line.output.probabilities
        score = rank_key(line.output) if said is None else said[:, -1]
        curves[name] = roc_and_pr(score, positive)
        means[name] = reliability(line.output.risk if said is None else said[:, -1], positive)
        auc[name] = line.metrics["roc_auc"].value
        average[name] = line.metrics["average_precision"].value
    drawn = (
        charts.roc(curves, auc, worst),
        charts.precision_recall(curves, average, float(positive.mean()), worst),
        charts.reliability(means, worst),
    )
    with st.container(horizontal=True):  # they wrap where the window is narrow
        for chart in drawn:
            st.altair_chart(chart, width=CHART_WIDTH)


def _versions(scenario: Scenario, champion: Trained | None, group: list[Candidate], key: str) -> None:
    """The card of a chosen candidate, and its promotion."""
    cards = {c.version: c.trained.card for c in group}
    now = champion.version if champion else ""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        version = st.selectbox("Model", list(reversed(cards)), key=f"version {key} {len(group)}")
    with right:
        # What is bound here is what the person sees: a champion promoted elsewhere since is a conflict.
        st.button(
            "Champion" if version == now else "Promote",
            disabled=version == now,
            icon=":material/trophy:",
            key=f"promote {key}",
            on_click=_promote,
            args=(scenario.key, version, now),
            width="stretch",
        )
    model_card(cards[version], key)


def _promote(scenario: str, version: str, seen: str) -> None:
    try:
        workspace().registry.promote(scenario, version, expected=seen)
        st.session_state[TOLD] = version
    except ConflictError as error:
        st.session_state[TOLD] = error


def tell_promotion(scenario: Scenario) -> None:
    """Once after a promotion: who is champion now, and what becomes of the thresholds."""
    told = st.session_state.pop(TOLD, None)
    if isinstance(told, RiskcoreError):
        show_error(told)
    elif told is not None:
        st.success(f"{told} is the champion.", icon=":material/trophy:")
        applied = workspace().applied(scenario)
        if not applied.suits(told):
            st.warning(
                f"The thresholds in force were chosen on {applied.model}. Risks of the new champion may lie elsewhere.",
                icon=":material/sync_problem:",
            )
            st.page_link("pages/thresholds.py", label="Look at the thresholds", icon=":material/tune:")


def champion_of(scenario: Scenario) -> Trained | None:
    """The champion, where there is one; none is trained for the sake of comparing."""
    version = workspace().registry.champion(scenario.key)
    return None if version is None else trained(scenario, version)


def model_card(card: ModelCard, key: str) -> None:
    """What the model learned from and how it was made, and the whole card to keep."""
    with st.expander("Model card", icon=":material/badge:"):
        told = {
            "Family": card.model,
            "Created": card.created,
            "Data": card.data.get("name") or card.data.get("file", ""),
            "Data fingerprint": card.data.get("fingerprint", ""),
            "Rows learned from": f"{card.rows:,}",
            "By class": ", ".join(f"{n:,}" for n in card.class_counts),
            "Split": ", ".join(f"{k} {v}" for k, v in card.split.items()),
            "Seed": card.seed,
            "Settings": ", ".join(f"{k} {v}" for k, v in card.settings.items()) or "defaults",
            "Calibration": card.calibration,
            "Training time": f"{card.seconds:.1f} s",
            "Libraries": ", ".join(f"{k} {v}" for k, v in card.libraries.items()),
        }
        frame = pd.DataFrame({"Of": list(told), "Is": [str(v) for v in told.values()]})
        st.dataframe(frame, hide_index=True, height="content", alt="Model card")
        content = json.dumps(card.to_mapping(), indent=1, default=str)
        st.download_button(
            "Download as JSON",
            content,
            f"{card.version}.json",
            "application/json",
            key=f"card {key}",
            on_click="ignore",
        )

"""What to look at closer in a comparison: curves, kinds of attack, the learning curve, and a model's card."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from riskcore.charts import attacks as charts_of_attacks
from riskcore.charts import evaluation as charts
from riskcore.charts import learning as learning_charts
from riskcore.core.scenario import Scenario
from riskcore.services.comparing import Candidate, Standing
from riskcore.services.judging.attacks import OfAttack, attack_table, by_attack
from riskcore.services.judging.curves import is_rare, reliability, roc_and_pr
from riskcore.services.judging.judged import units_of
from riskcore.services.judging.learning import LearningCurve, learning_curve
from riskcore.services.judging.model_card_words import METRICS
from riskcore.services.judging.ranking import about_worst
from riskcore.ui.metric_words import with_interval
from riskcore.ui.progress import progress_bar
from riskcore.ui.training.candidate_card import model_card

CHART_WIDTH = 300  # px; three beside each other in the usual window
CURVES, ATTACKS, LEARNING, CARD = "Curves", "By attack", "Learning curve", "Model card"
LEARNED = "learned"  # session: version -> learning curve
LEARNING_METRICS = ("average_precision", "roc_auc", "accuracy", "log_loss", "recall_at_1pct_fpr")


def views(
    scenario: Scenario,
    lines: Sequence[Standing],
    every: Sequence[Standing],
    group: Sequence[Candidate],
    chosen: Candidate,
) -> None:
    """Tabs over some lines of a comparison and over the chosen candidate; only the open one is made."""
    names = [CURVES, ATTACKS, LEARNING, CARD] if lines else [CARD]
    tabs = dict(zip(names, st.tabs(names, key=f"views {scenario.key} {len(names)}", on_change="rerun"), strict=True))
    shown = {CURVES: _curves, ATTACKS: _attacks}
    for name, tab in tabs.items():
        if not tab.open:
            continue
        with tab:
            if name in shown:
                shown[name](scenario, lines, group[0], [line.name for line in every if line.role != "baseline"])
            elif name == LEARNING:
                _learning(scenario, chosen)
            else:
                model_card(scenario, chosen.trained.card)


def _curves(scenario: Scenario, lines: Sequence[Standing], judged: Candidate, names: list[str]) -> None:
    worst = scenario.target.classes[-1]
    positive = judged.y == len(scenario.target.classes) - 1
    if not positive.any():
        return
    curves, means = {}, {}
    for line in lines:
        assert line.output is not None
        score, p = about_worst(line.output)
        curves[line.name] = roc_and_pr(score, positive)
        if line.output.likelihood:
            means[line.name] = reliability(p, positive)
    rivals = [line for line in lines if line.role != "limit"] or lines
    auc, average = (
        {line.name: line.metrics[metric].value for line in rivals} for metric in ("roc_auc", "average_precision")
    )
    compared = [line.name for line in rivals if line.name in means] or list(means)
    drawn = [
        charts.roc(curves, auc, worst, names),
        charts.precision_recall(curves, average, float(positive.mean()), worst, names),
        *([charts.reliability(means, compared, worst, is_rare(positive), names)] if means else []),
    ]
    with st.container(horizontal=True):  # they wrap where the window is narrow
        for chart in drawn:
            st.altair_chart(chart, width=CHART_WIDTH)
    if len(means) < len(lines):
        st.caption("Anomaly models say a percentile and no probability, so reliability is not defined for them.")


def _attacks(scenario: Scenario, lines: Sequence[Standing], judged: Candidate, names: list[str]) -> None:
    found = {line.name: _by_attack(judged.rows, line.version or line.name, line, judged) for line in lines}
    found = {name: told for name, told in found.items() if told}
    if not found:
        st.info("Nothing is known of kinds of attack among the judged rows.")
        return
    table = attack_table(found)
    st.altair_chart(charts_of_attacks.by_attack(table[table["metric"] == "recall_at_1pct_fpr"], names))
    st.caption(
        "Of each kind, with the number of its events, the share among the alarms when 1 % of the benign events "
        "alarm, with 95 % intervals. Only benign events stand against them; other kinds and other classes are left out."
    )
    with st.expander("As a table", icon=":material/table:"):
        st.dataframe(_told(found), hide_index=True, height="content", alt="Metrics by kind of attack")


def _told(found: dict[str, tuple[OfAttack, ...]]) -> pd.DataFrame:
    """One row for each kind and model, metrics with their intervals."""
    rows = []
    for model, kinds in found.items():
        for one in kinds:
            counts = {"Kind": one.kind, "Model": model, "Events": one.events}
            counts |= {} if one.attacks is None else {"Attacks": one.attacks}
            rows.append(counts | {METRICS[name]: with_interval(m) for name, m in one.metrics.items()})
    return pd.DataFrame(rows).sort_values(["Kind"], kind="stable")


@st.cache_resource(max_entries=128, show_spinner="Judging by kind of attack")
def _by_attack(rows: str, version: str, _line: Standing, _judged: Candidate) -> tuple[OfAttack, ...]:
    labels = _judged.labels
    if _line.output is None or labels is None:
        return ()
    return by_attack(_line.output, labels, units_of(_judged.trained.scenario, _judged.events, labels))


def _learning(scenario: Scenario, chosen: Candidate) -> None:
    kept: dict[str, LearningCurve] = st.session_state.setdefault(LEARNED, {})
    if chosen.version not in kept:
        st.write(
            f"Would more rows help {chosen.version}? Its family is trained again on nested parts of its rows, each "
            "twice the one before, and judged on the same rows."
        )
        if not st.button("Draw the learning curve", icon=":material/show_chart:", key=f"learn {scenario.key}"):
            return
        with progress_bar("Learning curve") as progress:
            kept[chosen.version] = learning_curve(scenario, chosen.dataset, chosen.trained.card, chosen.split, progress)
        st.rerun()  # the button has done its work
    curve = kept[chosen.version]
    offered = [name for name in LEARNING_METRICS if not curve.table(name).empty]
    metric = st.segmented_control(
        "Metric", offered, default=offered[0], required=True, format_func=METRICS.__getitem__, key=f"by {scenario.key}"
    )
    table, gain = curve.table(metric), curve.gain[metric]
    st.altair_chart(learning_charts.learning(table, METRICS[metric], curve.still_learning(metric)))
    st.caption(
        f"The last doubling changed {METRICS[metric].lower()} by {gain.value:+.3f} ({gain.low:+.3f} to "
        f"{gain.high:+.3f}, paired). Bars are 95 % intervals of the judged rows, not of the draw of training rows."
    )

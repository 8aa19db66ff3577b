"""Deeper views of a data set: how hard it is, when its events were, whose they are, and what goes together."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from riskcore.charts import data as charts
from riskcore.charts import fields, hardness, rhythm
from riskcore.charts.theme import class_colors
from riskcore.core.scenario import Scenario
from riskcore.services.data import profiling
from riskcore.services.data.difficulty import SURE, Certainty, Curve, Difficulty, difficulty
from riskcore.services.data.recipes import COMPLETE_LIMIT, limit_name
from riskcore.services.data.rhythm import crowds, hours, strip
from riskcore.services.judging.estimates import Metric
from riskcore.stores.datasets import Dataset
from riskcore.ui.context import edition, workspace
from riskcore.ui.drawing import draw
from riskcore.ui.investigating.decision import plain

HALF_WIDTH = 460  # px of a chart beside another
ALONE_WIDTH = 620  # px; a curve of shares wider than that looks flat


@st.cache_resource(max_entries=24, show_spinner="Measuring how hard it is")
def _measured(key: str, edition: str, fingerprint: str, _dataset: Dataset) -> Difficulty:
    assert _dataset.labels is not None
    scenario = workspace().scenario(key)
    return difficulty(scenario, _dataset.events, _dataset.labels, _dataset.synthetic, limit_name(_dataset))


def difficulty_view(scenario: Scenario, dataset: Dataset) -> None:
    """The Bayes limit beside the best single field, and how certain the truth is."""
    hard = _measured(scenario.key, edition(scenario), str(dataset.origin["fingerprint"]), dataset)
    worst = scenario.target.classes[-1]
    if hard.why:
        st.info(hard.why, icon=":material/info:")
    figures = {f"{hard.limit.name}: AUC for {worst}": hard.limit.auc} if hard.limit else {}
    figures |= {f"{hard.single.name} alone: AUC for {worst}": hard.single.auc} if hard.single else {}
    for column, (label, metric) in zip(st.columns(2), figures.items(), strict=False):
        with column:
            _figure(label, f"{metric.value:.3f}", f"{metric.low:.3f} to {metric.high:.3f}")
    _curves(hard, worst)
    if limit_name(dataset) == COMPLETE_LIMIT:
        st.caption(
            "From the probabilities of the complete events: with cells missing, even the best model falls short."
        )
    elif hard.certainty:
        st.caption("From the probabilities the data was drawn with: no model that sees only the event can do better.")


def _figure(label: str, value: str, interval: str) -> None:
    st.metric(plain(label), value)
    st.caption(f"95 % interval {interval}")


def _curves(hard: Difficulty, worst: str) -> None:
    shown = hard.limit or hard.single
    if shown and hard.certainty:
        across = st.container(horizontal=True)  # one below the other in a narrow window
        left, right = across.container(width=HALF_WIDTH), across.container(width=HALF_WIDTH)
        with left:
            draw(hardness.bayes_curve(_ranked(hard.limit), _ranked(hard.single), worst))
        with right:
            _certain(hard.certainty)
    elif shown:
        draw(hardness.bayes_curve(_ranked(hard.limit), _ranked(hard.single), worst), ALONE_WIDTH)
    elif hard.certainty:
        _certain(hard.certainty)


def _ranked(curve: Curve | None) -> hardness.Ranked | None:
    return None if curve is None else (curve.name, curve.roc, curve.auc.to_mapping())


def _certain(certainty: Certainty) -> None:
    draw(hardness.certainty_bars(certainty.bins, certainty.unsure.value, SURE))
    best = certainty.accuracy
    st.caption(
        f"Best accuracy possible: {best.value:.1%} (95 % interval {_between(best)}). Rows in which no class has a true "
        f"probability of {SURE}: {certainty.unsure.value:.1%} ({_between(certainty.unsure)})."
    )


def _between(metric: Metric) -> str:
    return f"{metric.low:.1%} to {metric.high:.1%}"


def time_view(scenario: Scenario, dataset: Dataset, label: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """Events per hour or day of each class, and the hours of the day."""
    found = strip(scenario, dataset.events, label, names)
    if found is None:
        st.info("No event of this set has a time.")
        return
    if found.drift:
        st.markdown(f"**{plain(found.drift[:1].upper() + found.drift[1:])}.**")
    for name, color in zip(names, class_colors(len(names)), strict=True):
        of_class = found.counts[found.counts["class"] == name]
        if of_class["n"].sum():
            offset = bool(scenario.event.origin)
            draw(rhythm.time_strip(of_class, found.step, found.seconds, name, color, offset))
    if found.untimed:
        st.caption(f"{found.untimed:,} of {len(dataset.events):,} events have no time and are left out.")
    if scenario.event.origin:
        st.caption(f"Counted from {scenario.event.origin}.")
    clock = hours(scenario, dataset.events, label, names)
    if clock is not None:
        if len(names) > 1:
            draw(fields.class_legend(names))
        draw(fields.by_class(clock.field, clock.bins, names, clock.log, said=clock.said))


def entity_view(scenario: Scenario, dataset: Dataset) -> None:
    """How many entities there are, and how many events each has."""
    for crowd in crowds(scenario, dataset.events):
        draw(rhythm.crowd_bars(crowd.bins, crowd.column, crowd.count, crowd.median, crowd.most))
        if crowd.nobody:
            st.caption(f"{crowd.nobody:,} events name no {crowd.column}.")


def correlation_view(scenario: Scenario, dataset: Dataset) -> None:
    """Rank correlations of all pairs of numeric fields."""
    pairs = profiling.correlations(scenario, dataset.events, dataset.labels)
    if not len(pairs):
        st.info("No two fields hold numbers that vary.")
        return
    draw(charts.correlation_map(pairs))

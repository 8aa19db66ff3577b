"""The views of Explain: what the model goes by, one field, one tree, one event."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from riskcore.charts import drivers as charts
from riskcore.charts.beeswarm import beeswarm
from riskcore.charts.tree import tree_figure
from riskcore.core.explanation import Explanation
from riskcore.core.trained import Trained
from riskcore.services import drivers, explaining, scoring
from riskcore.services.deciding.segments import rows_of
from riskcore.services.drivers import Sample
from riskcore.stores.datasets import Dataset
from riskcore.ui import context
from riskcore.ui.investigating import decision

DECISION = 400  # px of a decision beside its reasons
SECONDS = 1.0  # what explaining may take without being asked for
SWARM_FIELDS, SWARM_ROWS = 12, 500
LISTED = 200  # events of highest risk offered to be picked


def sample_size(trained: Trained, dataset: Dataset) -> int:
    """How many rows to explain; by default what takes about a second here, and the time is said beside each."""
    each = _pace(trained.version, trained, dataset)
    sizes = [n for n in drivers.SIZES if n < len(dataset.events)] + [len(dataset.events)]
    sizes = [n for n in sizes if n <= drivers.SIZES[-1]] or [drivers.SIZES[-1]]
    usual = max((n for n in sizes if n <= drivers.size_for(SECONDS, each)), default=sizes[0])
    return st.selectbox(
        "Rows explained",
        sizes,
        index=sizes.index(usual),
        format_func=lambda n: f"{n:,} rows (about {max(0.1, n * each):.1f} s)",
        key=f"explain.rows.{trained.version}.{dataset.name}",
        help="Spread evenly over the data set. What was explained once is kept.",
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _pace(version: str, _trained: Trained, _dataset: Dataset) -> float:
    return drivers.pace(_trained, _dataset.events)


def explained(trained: Trained, dataset: Dataset, n: int) -> Sample:
    """The explanation of n rows, made once for a model and a data set's content."""
    return _explained(trained.version, str(dataset.origin["fingerprint"]), n, trained, dataset)


@st.cache_resource(max_entries=16, show_spinner="Explaining the sample")
def _explained(version: str, fingerprint: str, n: int, _trained: Trained, _dataset: Dataset) -> Sample:
    return drivers.explain_sample(_trained, _dataset.events, n, _dataset.before)


@st.cache_resource(max_entries=16, show_spinner="Shuffling one field after the other")
def _shuffled(version: str, fingerprint: str, n: int, _trained: Trained, _sample: Sample) -> dict[str, float]:
    return drivers.shuffled(_trained, _sample, np.random.default_rng(0))


def unit(sample: Explanation, output: int) -> str:
    """The axis of contributions to one output."""
    outputs = sample.outputs
    space = decision.SPACES[sample.link].partition(" (")[0].lower()  # an axis has no room for the rest
    return f"Contribution to {space}" + (f" of '{outputs[output]}'" if len(outputs) > 1 else "")


def drivers_view(trained: Trained, dataset: Dataset, sample: Sample, output: int) -> None:
    """Importance by three measures, and the beeswarm of the most important fields."""
    labels, n = sample.labels, len(sample.rows)
    signals = bool(trained.scenario.signals)
    by_contribution = sample.importance(output)
    moved = _shuffled(trained.version, str(dataset.origin["fingerprint"]), n, trained, sample)
    measures = {"Contributions (SHAP)": drivers.shares(by_contribution)}
    measures |= {} if signals else {"Use in training": dict(trained.card.importance)}
    measures["Risk moved by shuffling"] = drivers.shares(moved)
    decision.chart(charts.importance(measures, labels))
    st.caption(
        f"Mean absolute contribution over n = {n:,} events of {decision.plain(dataset.name)}, as a share of the whole. "
        f"Beside it{'' if signals else ' how much training used a field, and'} how far the risk moves when "
        f"{'what a signal measured' if signals else 'it'} is shuffled among the events."
    )
    fields, parts = sample.parts(output)
    some = drivers.spread(SWARM_ROWS, n)
    swarms = {
        labels[name]: (parts[some, fields.index(name)], sample.standing(name)[some])
        for name in list(by_contribution)[:SWARM_FIELDS]
    }
    st.subheader("What high and low values do", anchor=False)
    st.altair_chart(beeswarm(swarms, unit(sample.explanation, output)), width="stretch")
    st.caption(
        f"Each point is one of {len(some):,} events; to the right it raises the output, to the left it lowers it."
    )


def field_view(trained: Trained, dataset: Dataset, sample: Sample, output: int) -> None:
    """One field's values against its contributions."""
    ordered = list(sample.importance(output))
    what = "Signal" if trained.scenario.signals else "Field"
    name = st.selectbox(what, ordered, format_func=sample.labels.__getitem__, key="field", bind="query-params")
    fields, parts = sample.parts(output)
    truth = None if dataset.labels is None else dataset.labels.label[sample.rows]
    figure = charts.dependence(
        sample.values(name).to_numpy(),
        parts[:, fields.index(name)],
        sample.labels[name],
        unit(sample.explanation, output),
        trained.scenario.target.classes,
        truth,
    )
    st.altair_chart(figure, width="stretch")
    unlabelled = "" if truth is not None else " The data set has no labels, so points are not coloured by them."
    st.caption(f"n = {len(sample.rows):,} events. Spread at one value comes from the other fields.{unlabelled}")


def tree_view(trained: Trained, output: int) -> None:
    """One decision tree, to be panned and zoomed."""
    count = drivers.tree_count(trained)
    if not count:
        st.caption(f"`{trained.version}` is not made of trees. Choose a model that is in the sidebar, or train one.")
        st.page_link("pages/train.py", label="Train & compare", icon=":material/model_training:")
        return
    left, right = st.columns(2)
    number = left.number_input(f"Tree (1 to {count})", 1, count, 1, key="tree", bind="query-params")
    depth = right.slider("Levels shown", 1, 8, 4, key="levels", bind="query-params")
    drawn = drivers.tree(trained, int(number) - 1, output)
    assert drawn is not None
    source = {**trained.scenario.source, **trained.model.source}
    labels = {f.name: f.label for f in trained.scenario.event.fields}
    labels |= {signal.name: signal.label for signal in trained.scenario.signals}
    names = [_feature_name(name, source.get(name, name), labels) for name in trained.card.features]
    st.plotly_chart(
        tree_figure(drawn, names, depth),
        key=f"tree.{trained.version}.{number}.{depth}.{output}",
        config={"scrollZoom": True, "displaylogo": False},
        alt=f"Decision tree {number} of {count}, {len(drawn.feature)} nodes, the first {depth} levels.",
    )
    said = "the share of the class among its training rows" if drawn.inclusive else "what it adds to the score"
    st.caption(
        f"Tree {number} of {count}: {len(drawn.feature):,} nodes. Yes goes left. A leaf (square) shows {said}; "
        "red is above the tree's average, teal below. Drag to move, scroll to zoom, point at a node for more."
    )


def _feature_name(feature: str, field: str, labels: Mapping[str, str]) -> str:
    if feature in labels:
        return labels[feature]
    return f"{labels[field]} ({feature})" if field in labels else feature


def event_view(trained: Trained, dataset: Dataset, output: int) -> None:
    """The events of highest risk, and why the picked one got its risk."""
    scored = context.scored_dataset(trained, dataset)
    riskiest = np.argsort(-scored.risk, kind="stable")[:LISTED]
    table = scored.events.iloc[riskiest].reset_index(drop=True)
    table.insert(0, "risk", scored.risk[riskiest].astype(float))
    table.insert(0, "row", riskiest + 1)
    if dataset.labels is not None:
        classes = np.array(trained.scenario.target.classes, dtype=object)
        table.insert(2, "label", classes[dataset.labels.label[riskiest]])
    st.caption(f"The {len(table)} events of highest risk among {len(scored.risk):,}. Pick one to see why.")
    risk = st.column_config.ProgressColumn("risk", min_value=0, max_value=1, format="%.3f")
    picked = st.dataframe(
        table,
        column_config={"risk": risk},
        hide_index=True,
        height=260,
        on_select="rerun",
        selection_mode="single-row",
        key=f"explain.pick.{trained.version}.{dataset.name}",
    )
    rows = picked["selection"]["rows"]
    row = int(riskiest[rows[0] if rows else 0])
    with context.user_errors():
        policy = context.applied_policy(trained.scenario).policy
        event = explaining.event_at(scored.events, row)
        history = scoring.related(trained.scenario, scored.events.iloc[[row]], dataset.pool)
        one = scoring.score(trained, scored.events.iloc[[row]], history)
        across = st.container(horizontal=True, gap="large")  # one below the other in a narrow window
        left, right = across.container(width=DECISION), across.container(width="stretch")
        with left:
            st.subheader(f"Row {row + 1:,}", anchor=False)
            decision.decision_card(scoring.decide(rows_of(scored, np.array([row])), policy))
        with right:
            explanation = explaining.explain_scored(trained, one)
            decision.reasons_card(trained, event, one, explanation, output, history)

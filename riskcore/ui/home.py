"""The parts of the first page: what the app is, a card for each scenario, the pipeline, and the last activity."""

import pandas as pd
import streamlit as st

from riskcore.charts.data import risk_strip, share
from riskcore.services.overview import Standing, recent
from riskcore.ui.context import OPEN, SAMPLE, dataset_names, workspace
from riskcore.ui.drawing import draw

METRIC_WIDTH = 190  # px
WAYS = (
    ("science", "Make or bring data", "Synthetic events with known truth, or your own CSV and Parquet."),
    ("model_training", "Train and judge", "Models beside baselines and the best possible, each with its interval."),
    ("tune", "Decide", "Move a threshold and see money, workload and errors move together."),
    ("insights", "Explain", "Every score adds up, part by part, to the reasons behind it."),
)


def opening() -> None:
    """What this is in half a minute."""
    st.title("From risk data to a decision with its reasons")
    st.markdown(
        "**riskcore** scores events for fraud and stolen identity. One event through a form or a million through a "
        "file: each gets a risk from 0 to 1, an action by your policy, and the reasons in plain numbers."
    )
    across = st.container(horizontal=True)
    for icon, title, said in WAYS:
        with across.container(border=True, height="stretch", width="stretch"):
            st.markdown(f":material/{icon}: **{title}**")
            st.caption(said)


def scenario_card(stands: Standing) -> None:
    """What a scenario decides, how its champion does, and the way in."""
    scenario = stands.scenario
    with st.container(border=True, height="stretch", width="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(f"{scenario.icon} {scenario.title}")
            if stands.problems:
                st.badge("needs a look", icon=":material/error:", color="red")
            elif stands.stale:
                st.badge("thresholds of another model", icon=":material/sync_problem:", color="orange")
            elif stands.trained:
                st.badge("in service", icon=":material/check:", color="green")
            else:
                st.badge("not trained yet", icon=":material/hourglass_empty:", color="gray")
        st.markdown(scenario.summary)
        for problem in stands.problems:
            st.error("This cannot be used as it is.", icon=":material/error:")
            st.text(problem)
        if stands.trained:
            _champion(stands)
        elif not stands.problems:
            st.caption(
                f"Decides between {', '.join(a.label.lower() for a in scenario.policy.actions)}. Opening it trains its "
                f"first model on {scenario.training_rows:,} synthetic events, within seconds."
            )
        # A link, not a button: `st.switch_page` may not touch an address that widgets are bound to.
        st.page_link(
            "pages/score_one.py",
            label=f"Open {scenario.title}",
            icon=":material/arrow_forward:",
            query_params={OPEN: scenario.key},
        )


def own_card() -> None:
    """The place beside an odd last card: how a table becomes a scenario."""
    with st.container(border=True, height="stretch", width="stretch"):
        with st.container(horizontal=True):  # as tall as the line of a title and its badge
            st.subheader(":material/add_box: A question of your own")
        st.markdown("Bring a table of events, with labels or without.")
        st.caption("Fields, rules, features and first thresholds are inferred; every page serves it from then on.")
        st.page_link(
            "pages/data_lab.py",
            label="Upload a table in the Data lab",
            icon=":material/arrow_forward:",
            query_params={"lab": "Upload"},
        )


def _champion(stands: Standing) -> None:
    card = stands.card
    assert card is not None
    across = st.container(horizontal=True)
    left, right = across.container(width=METRIC_WIDTH), across.container(width="stretch")
    with left:
        if stands.headline:
            name, metric = stands.headline
            title = name.replace("_", " ").replace("roc auc", "ROC AUC").capitalize().replace("Roc auc", "ROC AUC")
            st.metric(title, f"{metric['value']:.3f}")
            st.caption(f"95 % interval {metric['low']:.3f}–{metric['high']:.3f}")
            st.caption(f"on {card.split.get('judge', 0):,} unseen rows")
        if stands.worst:
            worst, rate = stands.worst
            st.caption(f"Base rate: {share(rate)} {worst} of {card.rows:,}")
    with right:
        if sum(card.risk_histogram):
            draw(risk_strip(card.risk_histogram))
    kind = "synthetic data" if "recipe" in card.data else "your data"
    st.caption(f"`{card.version}` · {card.created[:16].replace('T', ' ')} UTC · {kind}")


def pipeline(stands: Standing) -> None:
    """The five steps of the chosen scenario, where each one stands, and the way to it."""
    sets = [name for name in dataset_names(stands.scenario) if name != SAMPLE]
    model = stands.card.model if stands.card else None
    policy = "unreadable" if stands.applied is None else "default" if stands.applied.model is None else "yours"
    waiting = "trains a model first"
    steps = (
        ("data_lab", "Data", "science", f"sample and {len(sets)} more" if sets else "sample", True),
        (
            "train",
            "Train",
            "model_training",
            f"{model}, {stands.versions} in all" if model else "not trained yet",
            bool(model),
        ),
        (
            "thresholds",
            "Thresholds",
            "tune",
            "chosen on another model" if stands.stale else policy,
            not stands.stale and policy != "unreadable",
        ),
        ("score_one", "Score", "person_search", "ready" if model else waiting, bool(model)),
        ("explain", "Explain", "insights", "ready" if model else waiting, bool(model)),
    )
    across = st.container(horizontal=True)
    for page, title, icon, state, ready in steps:
        with across.container(border=True, height="stretch", width="stretch"):
            st.page_link(
                f"pages/{page}.py",
                label=title,
                icon=f":material/{icon}:",
            )
            st.caption(f":material/{'check_circle' if ready else 'pending'}: {state}")


def activity_table() -> None:
    """What was done last, by anyone who uses this installation."""
    done = recent(workspace())
    if not done:
        st.caption("Nothing yet. Open a scenario, and its first model will be here.")
        return
    rows = pd.DataFrame(
        [(a.when, a.what, a.scenario, a.name) for a in done], columns=["when", "what", "scenario", "name"]
    )
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "when": st.column_config.DatetimeColumn("When (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"),
            "what": "What",
            "scenario": "Scenario",
            "name": "Name",
        },
        alt=f"The last {len(rows)} things done, newest first.",
    )

"""Thresholds by the share of events that may alarm: for models without labels, and those that know each user."""

import pandas as pd
import streamlit as st

from riskcore.services.deciding.adaptive import Spread, spread
from riskcore.services.deciding.percentiles import Contamination, percentile
from riskcore.services.thresholds import movable
from riskcore.ui.context import newest_first, scored_dataset, trained, workspace
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.rival import proposal, with_threshold
from riskcore.ui.number_words import amount, percent, ranged

ADAPTIVE = "entity_ecdf"  # the last step of a model that knows each user's own past


def alert_rate_view(case: Case, band: int | None) -> None:
    """A rate asked for, its threshold, what a share of anomalies would mean, and user-adaptive thresholds."""
    left, right = st.columns(2, gap="large")
    with left:
        asked = (
            st.slider("Share of events that may alarm, %", 0.0, 20.0, 2.0, 0.1, key="may", bind="query-params") / 100
        )
        chosen = movable(case.policy)[0] if band is None else band
        found = percentile(case.scored, asked, case.policy.bands[chosen].measure)
        boxes = st.container(horizontal=True)
        boxes.metric("Threshold", f"{found.threshold:.6g}")
        boxes.metric("Alert rate", percent(found.alert_rate.value))
        boxes.metric("Alerts a day", amount(found.alerts_per_day))
        tied = f" {found.tied:,} events tie at the threshold: they alarm together." if found.tied > 1 else ""
        st.caption(f"Alert rate {ranged(found.alert_rate)} on {len(case.scored.events):,} events.{tied}")
        if 0 < found.threshold <= 1:
            proposal(
                case,
                with_threshold(case, chosen, found.threshold),
                f"{percent(asked)} alarm",
                f"rate {case.scenario.key}",
            )
    with right:
        share = (
            st.slider("Share of events that are anomalies, %", 0.1, 20.0, 1.0, 0.1, key="odd", bind="query-params")
            / 100
        )
        told = Contamination(share, found.alert_rate.value)
        boxes = st.container(horizontal=True)
        boxes.metric("Precision at best", percent(told.best_precision))
        boxes.metric("Recall at best", percent(told.best_recall))
        st.text(told.sentence)
        st.caption(
            "Contamination is a guess about the data, not a finding of the model: without labels nobody knows it. "
            "No model can do better than this; how much worse it does only labels tell."
        )
    if case.scenario.entities:
        _adaptive(case, asked)


def _adaptive(case: Case, asked: float) -> None:
    """Before and after: the newest model with one threshold for all, beside the newest that knows each user."""
    entity = case.scenario.entities[0]
    st.subheader("Thresholds that know each user", anchor=False)
    st.text(
        f"As its last step a model can rank an event among its own {entity}'s past as well, shrunk to everybody's "
        "where that past is short. A new one falls back to everybody's. Bands stay the same for all."
    )
    found = _pair(case)
    if len(found) < 2:
        missing = "one that knows each user" if ADAPTIVE not in found else "one that ranks among all"
        st.text(f"To compare, a second model is needed: {missing}. Choose it under Calibration when you train.")
        st.page_link("pages/train.py", label="Train it", icon=":material/model_training:")
        return
    columns = {
        ("Before: one rank for all" if how != ADAPTIVE else "After: the user's own rank too"): _said(
            spread(scored_dataset(trained(case.scenario, version), case.dataset), asked, case.labels), version
        )
        for how, version in found.items()
    }
    st.table(pd.DataFrame(columns))
    st.caption(f"Each at its own threshold for {percent(asked)} of the events. New: at most 10 events here.")


def _pair(case: Case) -> dict[str, str]:
    """The newest version that ranks among all, and the newest that is user-adaptive, as far as there are."""
    kept: dict[str, str] = {}
    for version in newest_first(workspace().registry.versions(case.scenario.key)):
        how = trained(case.scenario, version).card.calibration
        if how in ("ecdf", ADAPTIVE):
            kept.setdefault(how, version)
    return dict(sorted(kept.items()))


def _said(found: Spread, version: str) -> dict[str, str]:
    rows = {
        "Model": version,
        "Threshold": f"{found.threshold:.6g}",
        "Alert rate": ranged(found.alert_rate),
        "Users with an alert": f"{ranged(found.alarmed)} of {found.entities:,}",
        "Alerts on the 5 % of users with most": percent(found.top_share),
        "Alert rate of new users": ranged(found.new_rate),
    }
    if found.recall is not None:
        rows |= {"Recall": ranged(found.recall), "Precision": ranged(found.precision)}
    return rows

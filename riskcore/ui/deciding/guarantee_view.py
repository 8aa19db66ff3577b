"""A threshold that keeps a promise about recall, or how many more attacks it would take."""

import numpy as np
import streamlit as st

from riskcore.core.policy import measure_in_words
from riskcore.services.deciding.guarantee import guarantee
from riskcore.services.deciding.prior import event_weights
from riskcore.services.thresholds import movable
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.rival import proposal, with_threshold
from riskcore.ui.deciding.workforce import prior
from riskcore.ui.number_words import percent, ranged


def guarantee_view(case: Case) -> None:
    """Ask for a recall and a confidence; the highest threshold that keeps both."""
    assert case.labels is not None
    boxes = st.columns(3)
    wanted = boxes[0].slider("Recall of at least, %", 50.0, 99.9, 90.0, 0.5, key="promise", bind="query-params")
    sure = boxes[1].slider("With confidence, %", 80.0, 99.9, 95.0, 0.5, key="sure", bind="query-params")
    band = boxes[2].selectbox(
        "Band that begins there",
        movable(case.policy),
        format_func=lambda i: _band(case, i),
        key=f"guarantee band {case.scenario.key}",
    )
    groups = _groups(case)
    by = (
        st.toggle("Promise whole attacks, found by any of their events", key="by attack")
        if groups is not None
        else False
    )
    measure = case.policy.bands[band].measure
    worst = case.scenario.target.classes.index(measure) if measure in case.scenario.target.classes else 1
    found = guarantee(
        case.scored.measures[measure],
        case.labels >= worst,
        wanted / 100,
        sure / 100,
        groups if by else None,
        event_weights(case.labels, prior(case)),
    )
    st.text(found.sentence)
    if found.threshold is None:
        st.progress(
            found.attacks / (found.attacks + found.more), text=f"{found.attacks:,} known, {found.more:,} missing"
        )
        return
    tiles = st.container(horizontal=True)
    tiles.metric("Threshold", f"{found.threshold:.4g}")
    tiles.metric("Recall here", percent(found.recall.value if found.recall else None))
    tiles.metric("False alarms", percent(found.false_alarm_rate.value if found.false_alarm_rate else None))
    tiles.metric("Events that alarm", percent(found.alert_rate))
    st.caption(
        f"Exact binomial (Clopper and Pearson), whatever the scores' shape: recall {ranged(found.recall)}, false-alarm "
        f"rate {ranged(found.false_alarm_rate)}. It holds for attacks like these; drift breaks it."
    )
    proposal(case, with_threshold(case, band, found.threshold), "the guarantee", f"guarantee {case.scenario.key}")


def _band(case: Case, place: int) -> str:
    band = case.policy.bands[place]
    return f"{case.policy.action(band.action).label} ({measure_in_words(band.measure)})"


def _groups(case: Case) -> np.ndarray | None:
    """The attack that each event belongs to, where it is known."""
    known = None if case.dataset.labels is None else case.dataset.labels.attack_id
    return None if known is None else known[case.scored.kept]

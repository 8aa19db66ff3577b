"""A rule over minutes: alarm when k events of one user are risky within a stretch of time."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from riskcore.services.deciding.windows import Window, WindowOutcome, judge_window
from riskcore.ui.deciding.case import Case
from riskcore.ui.number_words import ranged
from riskcore.ui.results import on_request, shown


def timed(case: Case) -> bool:
    """Whether all events tell when they were."""
    time = case.scenario.event.time
    return time is not None and time in case.scored.events and not case.scored.events[time].isna().any()


def _groupable(case: Case) -> tuple[str, ...]:
    """Fields that events can be counted by: entities, or else names, or all events together."""
    event = case.scenario.event
    names = case.scenario.entities or tuple(f.name for f in event.fields if f.kind in ("text", "category"))
    return (*(name for name in names if name != event.id and name in case.scored.events), "")


def windows_view(case: Case) -> None:
    """The rule, and what it does beside the cut on single events."""
    boxes = st.columns(4)
    k = boxes[0].number_input("Events, k", 1, 100, 3, key="k", bind="query-params")
    minutes = boxes[1].number_input("Within minutes", 1, 10_080, 30, key="within", bind="query-params")
    edge = boxes[2].number_input(
        "At risk of at least", 0.0, 1.0, _edge(case), 0.01, format="%.4g", key=f"window edge {case.scenario.key}"
    )
    by = boxes[3].selectbox(
        "Of one",
        _groupable(case),
        format_func=lambda name: name or "all together",
        key=f"window by {case.scenario.key}",
    )
    rule = Window(int(k), timedelta(minutes=int(minutes)), float(edge), by)
    now = {name: said for name, said in case.seen.items() if name != "costs"} | {"rule": rule.name}
    key = f"window {case.scenario.key}"
    kept = on_request(
        key, "Judge this rule", now, lambda: judge_window(case.scored, rule, case.labels), ":material/schedule:"
    )
    if kept is None:
        st.caption("All events are scored first; the rule then sees past risks as of each event, never later ones.")
        return
    with shown(key, kept, now):
        found: WindowOutcome = kept.value
        rows = {
            "Alert rate": (ranged(found.alone_rate), ranged(found.alert_rate)),
            "Recall": (ranged(found.alone_recall), ranged(found.recall)),
            "Precision": (ranged(found.alone_precision), ranged(found.precision)),
        }
        alone = f"Each event alone at risk >= {found.rule.edge:g}"
        told = {name: pair for name, pair in rows.items() if found.recall is not None or name == "Alert rate"}
        st.table(pd.DataFrame.from_dict(told, orient="index", columns=[alone, found.rule.name]))


def _edge(case: Case) -> float:
    """The mildest edge of risk in force, or a half where bands are on classes."""
    return next((b.edge for b in case.policy.bands if b.edge > 0 and b.measure == "risk"), 0.5)

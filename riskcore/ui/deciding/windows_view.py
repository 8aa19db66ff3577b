"""A rule over minutes: alarm when k events of one user are risky within a stretch of time."""

import pandas as pd
import streamlit as st

from riskcore.core.repeats import Repeated
from riskcore.services.deciding.windows import WindowOutcome, judge_window, with_rule
from riskcore.services.judging.estimates import Metric
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.policy_editor import begin, groupable, start_of
from riskcore.ui.deciding.workforce import capacity, prior, terms
from riskcore.ui.number_words import amount, ranged
from riskcore.ui.results import on_request, shown


def timed(case: Case) -> bool:
    """Whether events tell when they were."""
    time = case.scenario.event.time
    return time is not None and time in case.scored.events and bool(case.scored.events[time].notna().any())


def windows_view(case: Case) -> None:
    """The rule, and what it does beside the cut on single events."""
    rule = _asked(case)
    now = {name: said for name, said in case.seen.items() if name != "costs"}
    now |= {"rule": rule.words, "real rate": terms(case)["real rate"]}
    key = f"window {case.scenario.key}"
    kept = on_request(
        key,
        "Judge this rule",
        now,
        lambda: judge_window(case.scored, rule, case.labels, prior(case)),
        ":material/schedule:",
    )
    if kept is None:
        st.caption("All events are scored first; the rule then sees past risks as of each event, never later ones.")
        return
    with shown(key, kept, now):
        _outcome(case, kept.value)
        _propose(case, kept.value.rule)


def _asked(case: Case) -> Repeated:
    """The rule as the form says it."""
    boxes = st.columns(5)
    k = boxes[0].number_input("Events, k", 1, 100, 3, key="k", bind="query-params")
    among = boxes[1].number_input(
        "Of the last, n",
        1,
        1_000,
        None,
        key="among",
        placeholder="all of them",
        help="Only the last n events are looked at, whatever their risk; empty: all within the minutes.",
    )
    minutes = boxes[2].number_input("Within minutes", 1, 10_080, 30, key="within", bind="query-params")
    edge = boxes[3].number_input(
        "At risk of at least", 0.0, 1.0, _edge(case), 0.01, format="%.4g", key=f"window edge {case.scenario.key}"
    )
    by = boxes[4].selectbox(
        "Of one",
        [*groupable(case), ""],
        format_func=lambda name: name or "all together",
        key=f"window by {case.scenario.key}",
    )
    return Repeated(
        events=int(k), risk=float(edge), minutes=int(minutes), of=by, among=among and max(int(k), int(among))
    )


def _outcome(case: Case, found: WindowOutcome) -> None:
    """Alerts, and with labels recall and precision, of single events beside those of the rule."""
    rows = {
        "Alert rate": (ranged(found.alone_rate), ranged(found.alert_rate)),
        "Alerts a day": (_alerts(found, found.alone_rate), _alerts(found, found.alert_rate)),
    }
    if found.recall is not None:
        rows |= {
            "Recall": (ranged(found.alone_recall), ranged(found.recall)),
            "Precision": (ranged(found.alone_precision), ranged(found.precision)),
        }
    alone = f"Each event alone at risk >= {found.rule.risk:g}"
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=[alone, found.rule.words]))
    limit = capacity(case)
    if limit is not None:
        st.caption(f"{limit:,.4g} alerts a day can be worked, those of the bands and of other overrides among them.")


def _alerts(found: WindowOutcome, rate: Metric) -> str:
    each = found.alerts_per_day(rate)
    return f"{amount(each.value)} ({amount(each.low)} to {amount(each.high)})"


def _propose(case: Case, rule: Repeated) -> None:
    """Add the judged rule to the draft on Policy, as an override."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    actions = case.policy.actions
    reviews = [i for i, a in enumerate(actions) if a.effect == "review"]
    action = bar.selectbox(
        "Action where it is met",
        actions,
        index=(reviews or range(len(actions)))[-1],
        format_func=lambda a: a.label,
        key=f"window action {case.scenario.key}",
        width=240,
    )
    st.caption("An override decides before the bands do, also about events that they would stop: see lint on Policy.")
    if bar.button("Propose in Policy", icon=":material/edit:"):
        start = start_of(case)
        begin(case, with_rule(start.policy, rule, action.key), start.model, start.seen)
        st.toast("It is an override of the draft on Policy.")


def _edge(case: Case) -> float:
    """The mildest edge of risk in force, or a half where bands are on classes."""
    return next((b.edge for b in case.policy.bands if b.edge > 0 and b.measure == "risk"), 0.5)

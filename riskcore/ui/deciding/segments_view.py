"""The same thresholds for different people: gaps between segments, thresholds of their own, the price of parity."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from riskcore.charts.deciding import by_segment
from riskcore.core.errors import DataError
from riskcore.services.deciding.segments import (
    RATES,
    Own,
    Parity,
    Rate,
    Segment,
    own_thresholds,
    parity,
    segments,
    split_by,
)
from riskcore.services.scoring import decide
from riskcore.services.thresholds import joint
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.two_ways import effect_in_words
from riskcore.ui.deciding.workforce import capacity, prior, terms
from riskcore.ui.number_words import percent, ranged, signed
from riskcore.ui.results import on_request, shown

TITLES: dict[Rate, str] = {"recall": "Recall", "false_alarm_rate": "False-alarm rate"}


def segments_view(case: Case, band: int | None) -> None:
    """Gaps between the segments of a column, live; thresholds by segment and parity when asked for."""
    columns = _columns(case)
    if not columns:
        st.text("No field of these events has few enough values to make segments of.")
        return
    boxes = st.columns(2)
    column = boxes[0].selectbox("Segments by", columns, key=f"segments {case.scenario.key}")
    rate: Rate = boxes[1].segmented_control(
        "Show", RATES, format_func=TITLES.__getitem__, default="false_alarm_rate", required=True, key="segment rate"
    )
    _gaps(case, column, rate)
    now = case.seen | {"column": column, "rate": TITLES[rate], "edge": str(band)}
    left, right = st.columns(2, gap="large")
    with left:
        _own(case, column, band, now)
    with right:
        _parity(case, column, rate, band, now)


@st.cache_resource(max_entries=8, show_spinner=False)
def _known_columns(key: str, fingerprint: str, _case: Case) -> tuple[str, ...]:
    """Fields that can be split by; a field that takes a single value makes no segments."""
    found = []
    for field in _case.scenario.event.fields:
        if field.name == _case.scenario.event.id or field.name not in _case.scored.events:
            continue
        try:
            _, names = split_by(_case.scored, field.name)
        except DataError:
            continue
        if len(names) > 1:
            found.append(field.name)
    return tuple(found)


def _columns(case: Case) -> tuple[str, ...]:
    """Categories first: they are what people ask about."""
    found = _known_columns(case.scenario.key, case.fingerprint, case)
    return tuple(sorted(found, key=lambda name: case.scenario.event[name].numeric))


def _gaps(case: Case, column: str, rate: Rate) -> None:
    assert case.labels is not None
    found = _judged((case.scenario.key, *case.seen.values()), column, case)
    rows = [(s.name, m, s.n) for s in found if (m := s.rates[rate]) is not None]
    refused = [s for s in found if s.rates[rate] is None]
    if rows:
        table = pd.DataFrame(
            [{"segment": name, "value": m.value, "low": m.low, "high": m.high, "n": n} for name, m, n in rows]
        )
        st.altair_chart(by_segment(table, TITLES[rate], None), width="stretch")
    st.dataframe(_table(found), hide_index=True)
    if refused:
        st.caption(f"Refused as too small: {', '.join(s.name for s in refused)}. {refused[0].refused}")


@st.cache_resource(max_entries=8, show_spinner="Judging segments")
def _judged(made_of: tuple[str, ...], column: str, _case: Case) -> tuple[Segment, ...]:
    assert _case.labels is not None
    return segments(decide(_case.scored, _case.policy), _case.labels, column)


def _table(found: Sequence[Segment]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Segment": s.name,
                "Events": s.n,
                "Attacks": s.attacks,
                "Recall": ranged(s.rates["recall"]),
                "Gap of recall": signed(s.gaps["recall"], percent),
                "False-alarm rate": ranged(s.rates["false_alarm_rate"]),
                "Gap of false alarms": signed(s.gaps["false_alarm_rate"], percent),
            }
            for s in found
        ]
    )


def _own(case: Case, column: str, band: int | None, now: dict[str, str]) -> None:
    """The cheapest threshold of each segment."""
    assert case.labels is not None
    labels, key = case.labels, f"own {case.scenario.key}"
    now = now | {"real rate": terms(case)["real rate"]}

    def make() -> tuple[Own, ...]:
        return own_thresholds(case.scored, case.policy, case.costs, labels, column, band, prior=prior(case))

    kept = on_request(key, "Find each segment's cheapest threshold", now, make, ":material/tune:")
    if kept is None:
        return
    with shown(key, kept, now):
        words = "{:.4g}".format
        told = [
            {
                "Segment": own.name,
                "Attacks": own.attacks,
                "Threshold": "refused: too few attacks"
                if own.threshold is None
                else f"{words(own.threshold.value)} ({words(own.threshold.low)} to {words(own.threshold.high)})",
            }
            for own in kept.value
        ]
        st.dataframe(pd.DataFrame(told), hide_index=True)
        if capacity(case) is not None:
            st.caption("Found without the capacity: people work for all segments together.")


def _parity(case: Case, column: str, rate: Rate, band: int | None, now: dict[str, str]) -> None:
    """Thresholds that give all segments the same rate, and what that costs."""
    assert case.labels is not None
    labels, key = case.labels, f"parity {case.scenario.key}"
    chosen = None if joint(case.policy) else band
    now = now | terms(case)

    def make() -> Parity | DataError:
        try:
            return parity(
                case.scored,
                case.policy,
                case.costs,
                labels,
                column,
                rate,
                chosen,
                capacity=capacity(case),
                prior=prior(case),
            )
        except DataError as error:
            return error

    kept = on_request(key, f"What would an equal {TITLES[rate].lower()} cost?", now, make, ":material/balance:")
    if kept is None:
        return
    with shown(key, kept, now):
        if isinstance(kept.value, DataError):
            st.text(str(kept.value))
            return
        found = kept.value
        st.text(effect_in_words(case, found.movement, ("the common threshold", "equal rates")))
        after = {s.name: s for s in found.after}
        told = [
            {
                "Segment": name,
                "Threshold": f"{threshold:.4g}",
                "Before": ranged(before.rates[found.rate]),
                "After": ranged(after[name].rates[found.rate]),
                "Note": "too few: common threshold"
                if name in found.kept
                else "held by a neighbour"
                if name in found.held
                else "",
            }
            for before in found.before
            for name, threshold in [(before.name, found.thresholds[before.name])]
        ]
        st.dataframe(pd.DataFrame(told), hide_index=True)

"""Conditions over time, against counting one event at a time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError, PolicyError
from riskcore.core.repeats import RISK_SCORE, Repeated, met
from riskcore.core.schema import EventSchema, number, text, timestamp

EVENT = EventSchema(
    fields=(text("id", "Id"), number("at", "At", unit="s"), text("user", "User", optional=True)), id="id", time="at"
)
NAMELESS = EventSchema(fields=EVENT.fields[1:], time="at")
RULE = Repeated(events=2, risk=0.5, minutes=30, of="user")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", None)),
        st.sampled_from((0.0, 600.0, 1_800.0, 2_400.0)),
        st.sampled_from((0.2, 0.5, 0.9)),
    ),
    min_size=1,
    max_size=25,
)


def table(events) -> pd.DataFrame:
    made = pd.DataFrame(list(events), columns=["user", "at", RISK_SCORE])
    return made.assign(id=[f"e{i:03d}" for i in range(len(made))], user=made["user"].astype("str"))


def found(rows: pd.DataFrame, rule: Repeated = RULE, past: pd.DataFrame | None = None, event: EventSchema = EVENT):
    return met(rule, event, rows, rows[RISK_SCORE].to_numpy(), past).tolist()


def by_rows(rows: pd.DataFrame, rule: Repeated) -> list[bool]:
    """The definition, one event at a time."""
    events = rows.to_dict("records")

    def counts(one, other) -> bool:
        ours = one is other or (not rule.of or (one["user"] == other["user"] and isinstance(one["user"], str)))
        earlier = (other["at"], other["id"]) <= (one["at"], one["id"]) and other["at"] > one["at"] - rule.minutes * 60
        return ours and earlier and other[RISK_SCORE] >= rule.risk

    def last(one) -> list:
        mine = [
            e for e in events if e is one or not rule.of or (e["user"] == one["user"] and isinstance(e["user"], str))
        ]
        before = sorted(
            (e for e in mine if (e["at"], e["id"]) <= (one["at"], one["id"])), key=lambda e: (e["at"], e["id"])
        )
        return before[-rule.among :] if rule.among else before

    return [
        one[RISK_SCORE] >= rule.risk and sum(counts(one, other) for other in last(one)) >= rule.events for one in events
    ]


@given(EVENTS, st.integers(1, 4), st.sampled_from(("user", "")), st.sampled_from((None, 0, 2)))
def test_it_counts_exactly_the_events_before_it_in_its_window(events, k: int, of: str, spare: int | None) -> None:
    among = None if spare is None else k + spare
    rows, rule = table(events), Repeated(events=k, risk=0.5, minutes=30, of=of, among=among)
    assert found(rows, rule) == by_rows(rows, rule)


@given(EVENTS, st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing(events, seed: int) -> None:
    rows, order = table(events), np.random.default_rng(seed).permutation(len(events))
    assert found(rows.iloc[order]) == [found(rows)[i] for i in order]


@given(EVENTS, st.integers(0, 25), st.sampled_from((EVENT, NAMELESS)))
def test_a_past_in_history_counts_as_a_past_in_the_table(events, cut: int, event: EventSchema) -> None:
    rows = table(events).sort_values(["at", "id"], ignore_index=True)
    assert found(rows.iloc[cut:], past=rows.iloc[:cut], event=event) == found(rows, event=event)[cut:]


@given(EVENTS)
def test_an_event_that_is_sent_again_counts_once_with_the_risk_it_has_now(events) -> None:
    rows = table(events)
    rated_otherwise = rows.assign(**{RISK_SCORE: 0.9})
    assert found(rows, past=rated_otherwise) == found(rows)
    assert found(pd.concat([rows, rows], ignore_index=True)) == found(rows) * 2


def test_a_harmless_event_after_risky_ones_does_not_meet_it() -> None:
    assert found(table([("a", 0.0, 0.9), ("a", 1.0, 0.9), ("a", 2.0, 0.1)])) == [False, True, False]


def test_of_the_last_n_only_those_count() -> None:
    rule = Repeated(events=2, risk=0.5, minutes=30, of="user", among=2)
    assert found(table([("a", 0.0, 0.9), ("a", 1.0, 0.1), ("a", 2.0, 0.9), ("a", 3.0, 0.9)]), rule) == [
        *(False, False, False),
        True,
    ]


def test_an_event_as_old_as_the_window_no_longer_counts() -> None:
    assert found(table([("a", 0.0, 0.9), ("a", 1_800.0, 0.9)])) == [False, False]
    assert found(table([("a", 0.0, 0.9), ("a", 1_799.9, 0.9)])) == [False, True]


def test_a_window_ends_at_the_microsecond() -> None:
    event = EventSchema(fields=(text("id", "Id"), timestamp("at", "At"), text("user", "User")), id="id", time="at")
    first = pd.Timestamp("2031-07-09T11:22:33.123457Z")
    for late, wanted in ((0, False), (-1, True)):
        second = first + pd.Timedelta(minutes=30) + pd.Timedelta(microseconds=late)
        rows = table([("a", 0, 0.9), ("a", 0, 0.9)]).assign(at=pd.Series([first, second]).dt.as_unit("us"))
        assert found(rows, event=event) == [False, wanted]


def test_events_of_nobody_are_counted_alone_and_those_without_a_time_not_at_all() -> None:
    assert found(table([(None, 0.0, 0.9), (None, 1.0, 0.9)])) == [False, False]
    timeless = table([("a", np.nan, 0.9), ("a", 1.0, 0.9), ("a", 2.0, 0.9)])
    assert found(timeless) == [False, False, True]
    assert found(timeless, Repeated(events=1, risk=0.5, minutes=30)) == [False, True, True]


def test_a_past_event_without_a_risk_does_not_count() -> None:
    past = table([("a", 0.0, 0.9)]).assign(**{RISK_SCORE: np.nan})
    assert found(table([("a", 1.0, 0.9)]).assign(id="z"), past=past) == [False]


def test_a_float32_risk_reaches_its_own_edge_now_and_in_the_past() -> None:
    rows = table([("a", 0.0, 0.7), ("a", 1.0, 0.7)])
    risk = rows[RISK_SCORE].to_numpy(dtype=np.float32)
    rule = Repeated(events=2, risk=0.7, minutes=30, of="user")
    assert met(rule, EVENT, rows, risk).tolist() == [False, True]
    logged = rows.iloc[:1].assign(**{RISK_SCORE: [float(risk[0])]})  # as the log of decisions holds it
    assert met(rule, EVENT, rows.iloc[1:], risk[1:], logged).tolist() == [True]


def test_a_condition_that_cannot_be_met_is_refused_with_every_problem() -> None:
    with pytest.raises(PolicyError) as caught:
        Repeated(events=0, risk=1.5, minutes=-1)
    assert len(caught.value.problems) == 3
    with pytest.raises(PolicyError, match="among is 2; it must be a whole number of at least 3"):
        Repeated(events=3, risk=0.5, minutes=30, among=2)
    wrong = Repeated(events=1, risk=0.5, minutes=30, of="users")
    timeless = EventSchema(fields=EVENT.fields)
    assert list(wrong.problems(timeless, "overrides[0]")) == [
        "overrides[0]: repeated counts events within minutes, but these events carry no time.",
        "overrides[0]: repeated.of is 'users', which is no field. Did you mean 'user'?",
    ]
    with pytest.raises(DataError, match="no time"):
        found(table([("a", 0.0, 0.9)]), event=timeless)
    with pytest.raises(DataError, match="no column 'risk_score'"):
        found(table([("a", 0.0, 0.9)]), past=table([("a", 0.0, 0.9)]).drop(columns=RISK_SCORE))


@given(EVENTS, st.data())
def test_what_implies_another_condition_is_met_by_no_event_that_does_not_meet_the_other(events, data) -> None:
    drawn = st.builds(
        Repeated,
        events=st.integers(1, 3),
        risk=st.sampled_from((0.1, 0.5, 0.9)),
        minutes=st.sampled_from((5, 30, 60)),
        of=st.sampled_from(("", "user")),
        among=st.sampled_from((None, 3, 4)),
    )
    one, other = data.draw(drawn), data.draw(drawn)
    if one.implies(other):
        rows = table(events)
        assert not any(np.array(found(rows, one)) & ~np.array(found(rows, other)))

"""The timeline's windows: what is shown of an entity's time, and that it is never empty."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from riskcore.charts.timeline import ALL, SPANS, Drawn, opening_span, said, timeline_figure, window
from riskcore.core.policy import Action, Band, Policy

POLICY = Policy(actions=(Action("go", "Go", "pass"), Action("stop", "Stop", "stop")), bands=(Band(0.0, "go"),))
NOW = pd.Timestamp("2026-04-20 09:30", tz="UTC")


def drawn(*ages: timedelta, counted: int = 0, after: int = 0) -> Drawn:
    """Events so long before the one on the form, the latest of them counted; and some a day later each."""
    time = [NOW - age for age in sorted(ages, reverse=True)] + [NOW]
    time += [NOW + timedelta(days=i + 1) for i in range(after)]
    n, new = len(time), len(ages)
    return Drawn(
        time=pd.Series(time),
        risk=[0.1] * n,
        actions=[0] * n,
        origin=["new" if i == new else "past" for i in range(n)],
        columns={"Kind": ["login"] * n},
        counted=[new - counted <= i < new for i in range(n)],
    )


@pytest.mark.parametrize("span", [*SPANS, ALL])
@pytest.mark.parametrize("after", [0, 3])
def test_every_window_holds_the_event_on_the_form_and_a_span_ends_just_after_it(span: str, after: int) -> None:
    told = drawn(timedelta(minutes=5), timedelta(days=60), after=after)
    begin, end = window(told, span)
    assert begin < NOW < end
    if span != ALL:
        assert end - NOW < SPANS[span] / 10
        assert begin <= NOW - SPANS[span]
    shown = timeline_figure(told, POLICY, span=span).layout.xaxis.range
    assert (pd.Timestamp(shown[0]), pd.Timestamp(shown[1])) == (begin, end)


@pytest.mark.parametrize(
    ("age", "counted", "span"),
    [
        (timedelta(seconds=40), 1, "10 min"),
        (timedelta(minutes=15), 1, "1 hour"),
        (timedelta(hours=20), 1, "1 day"),
        (timedelta(days=6), 1, "7 days"),
        (timedelta(days=80), 1, ALL),
        (timedelta(minutes=15), 0, ALL),
    ],
)
def test_it_opens_on_what_a_reason_counts(age: timedelta, counted: int, span: str) -> None:
    assert opening_span(drawn(age, timedelta(days=85), counted=counted)) == span


def test_it_opens_on_an_attack_that_was_added_where_no_reason_counts_it() -> None:
    told = drawn(timedelta(minutes=15), timedelta(days=85))
    assert opening_span(replace(told, origin=["past", "added", "new"])) == "1 hour"


def test_a_single_event_is_shown_within_minutes_not_within_a_thousandth_of_a_second() -> None:
    begin, end = window(drawn(), ALL)
    assert end - begin >= timedelta(minutes=5)
    assert begin < NOW < end


def test_one_event_is_told_in_the_singular() -> None:
    assert said(drawn(), POLICY).startswith("1 event,")
    assert said(drawn(timedelta(hours=1)), POLICY).startswith("2 events,")

"""Columns over the past of declared scenarios: what they measure, and what may not be declared."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import ScenarioError
from riskcore.core.scenario import Scenario
from riskcore.scenarios.declared import from_spec
from riskcore.services.explaining import explain, reasons
from riskcore.services.scoring import score
from riskcore.services.telling import span
from riskcore.services.training import Plan, train

DAY, HOUR = 86_400, 3_600


def spec(*past: Mapping[str, Any], seconds: bool = False, **rest: Any) -> dict[str, Any]:
    """Payments of cards at shops, with columns over the past."""
    when = {"name": "at", "kind": "number" if seconds else "time"}
    amount = {"cells": [[0, 40], [40, 60], [60, 500]], "shares": [[0.4, 0.4, 0.2, 0], [0.2, 0.2, 0.6, 0]]}
    cells = {
        "at": {"cells": [[0, 20 * DAY]], "shares": [[1, 0], [1, 0]]},
        "card": {"distinct": 50},
        "shop": {"distinct": 20},
        "amount": amount,
        "kind": {"shares": [[0.5, 0.3, 0.2, 0], [0.5, 0.3, 0.2, 0]]},
    }
    kind = {"name": "kind", "kind": "category", "choices": ["buy", "refund", "other"], "optional": True}
    return {
        "key": "pay",
        "title": "Pay",
        "fields": [
            when,
            {"name": "card", "kind": "text", "optional": True},
            {"name": "shop", "kind": "text"},
            {"name": "amount", "kind": "number", "optional": True},
            kind,
        ],
        "roles": {"time": "at", "amount": "amount"},
        "entities": ["card", "shop"],
        "lookback": "10d",
        "as_of": list(past),
        "target": {"name": "fraud", "classes": ["no", "yes"]},
        "twin": {"shares": [0.9, 0.1], "rows": 1_000, "fields": cells},
    } | rest


def events(scenario: Scenario, *rows: tuple[float, str | None, str, float | None, str | None]) -> pd.DataFrame:
    """Typed events from (day, card, shop, amount, kind)."""
    table = pd.DataFrame(rows, columns=["at", "card", "shop", "amount", "kind"])
    table["at"] *= DAY
    if scenario.event["at"].kind == "time":
        table["at"] = pd.to_datetime(table["at"], unit="s", utc=True)
    return scenario.event.accept(table)


ROWS = (
    (1.0, "a", "x", 10.0, "buy"),
    (2.0, "a", "y", 30.0, "refund"),
    (2.0, "b", "x", 7.0, "buy"),
    (4.0, "a", "x", None, "buy"),
    (5.0, "a", "x", 20.0, None),
    (5.5, None, "x", 20.0, "buy"),
    (13.0, "a", "x", 50.0, "buy"),
)


@pytest.mark.parametrize("seconds", [False, True])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"measure": "count", "by": "card", "within": "3d"}, [0, 1, 0, 2, 2, np.nan, 0]),
        ({"measure": "count", "by": "card"}, [0, 1, 0, 2, 3, np.nan, 2]),
        ({"measure": "count", "by": "card", "where": {"kind": "buy"}}, [0, 1, 0, 1, 2, np.nan, 1]),
        ({"measure": "count", "by": ["card", "shop"]}, [0, 0, 0, 1, 2, np.nan, 2]),
        ({"measure": "distinct", "of": "shop", "by": "card"}, [0, 1, 0, 2, 2, np.nan, 1]),
        ({"measure": "mean", "of": "amount", "by": "card"}, [np.nan, 10, np.nan, 20, 20, np.nan, 20]),
        ({"measure": "since", "by": "card", "within": "3d"}, [np.nan, DAY, np.nan, 2 * DAY, DAY, np.nan, np.nan]),
    ],
    ids=lambda value: value["measure"] if isinstance(value, dict) else "",
)
def test_a_column_measures_strictly_earlier_events_of_its_window(
    said: Mapping[str, Any], expected: list[float], seconds: bool
) -> None:
    scenario = from_spec(spec(said, seconds=seconds))
    X = scenario.features(events(scenario, *ROWS))
    assert X.iloc[:, -1].dtype == np.float32
    np.testing.assert_array_equal(X.iloc[:, -1], np.array(expected, dtype=np.float32))


def test_a_deviation_is_small_after_a_short_past_and_grows_with_what_is_known() -> None:
    scenario = from_spec(spec({"measure": "deviation", "of": "amount", "by": "card"}))
    habit = [(d / 4, "a", "x", 10.0 + d % 2, "buy") for d in range(30)]
    after = [scenario.features(events(scenario, *habit[:n], (8.0, "a", "x", 30.0, "buy"))) for n in (0, 1, 5, 30)]
    said = [float(X.iloc[-1, -1]) for X in after]
    assert np.isnan(said[0])
    assert 0 < said[1] < said[2] < said[3]
    assert said[3] > 2 * said[1]


def test_a_value_that_never_varied_deviates_by_nothing_when_it_comes_again() -> None:
    said = spec({"measure": "deviation", "of": "amount", "by": "card"})
    said["twin"]["fields"]["amount"] = {"cells": [[0, 0]], "shares": [[1, 0], [1, 0]]}
    scenario = from_spec(said)
    X = scenario.features(events(scenario, (1, "a", "x", 0, "buy"), (2, "a", "x", 0, "buy"), (3, "a", "x", 9, "buy")))
    np.testing.assert_array_equal(X.iloc[:, -1], [np.nan, 0, np.nan])


def test_history_counts_as_the_batch_would_and_nothing_counts_twice() -> None:
    scenario = from_spec(spec({"measure": "count", "by": "card"}, {"measure": "mean", "of": "amount", "by": "shop"}))
    whole = events(scenario, *ROWS)
    together = scenario.features(whole)
    for split in range(1, len(whole)):
        late = whole.iloc[split:].reset_index(drop=True)
        for history in (whole.iloc[:split], whole):  # the second repeats every event
            pd.testing.assert_frame_equal(
                scenario.features(late, history), together.iloc[split:].reset_index(drop=True), check_categorical=False
            )


PAST = (
    {"measure": "count", "by": "card", "within": "3d"},
    {"measure": "count", "by": ["card", "shop"], "where": {"kind": "buy"}},
    {"measure": "distinct", "of": "shop", "by": "card"},
    {"measure": "mean", "of": "amount", "by": "card"},
    {"measure": "deviation", "of": "amount", "by": "card"},
    {"measure": "since", "by": "card"},
)


@pytest.mark.parametrize("seconds", [False, True])
@pytest.mark.parametrize("split", [0, 3, 6])
def test_evidence_is_what_each_column_measured(seconds: bool, split: int) -> None:
    scenario = from_spec(spec(*PAST, seconds=seconds))
    whole = events(scenario, *ROWS)
    now, history = whole.iloc[split:].reset_index(drop=True), whole.iloc[:split]
    X = scenario.features(now, history)
    count, bought, distinct, mean, deviation, since = X.columns[-len(PAST) :]
    moments = scenario.event.seconds(now)
    for row in range(len(now)):
        found = {name: scenario.evidence(now, history, row, name) for name in X.columns[-len(PAST) :]}
        assert [len(found[name]) for name in (count, bought, distinct)] == [
            0 if np.isnan(X[name][row]) else X[name][row] for name in (count, bought, distinct)
        ]
        assert found[distinct]["shop"].is_unique
        assert found[mean]["amount"].mean() == pytest.approx(X[mean][row], nan_ok=True)
        pd.testing.assert_frame_equal(found[deviation], found[mean])
        ago = moments[row] - scenario.event.seconds(found[since])
        assert ago.tolist() == ([] if np.isnan(X[since][row]) else [X[since][row]])
        assert all(
            scenario.event.seconds(one).tolist() == sorted(scenario.event.seconds(one)) for one in found.values()
        )


def test_a_feature_of_the_event_itself_has_no_evidence() -> None:
    scenario = from_spec(spec({"measure": "count", "by": "card"}))
    assert scenario.evidence(events(scenario, *ROWS), None, 4, "amount").empty
    assert from_spec(spec()).evidence is None


def test_without_columns_over_the_past_a_lookback_makes_nothing_stateful() -> None:
    assert not from_spec(spec()).stateful
    made = from_spec(spec({"measure": "count", "by": "card", "within": "3d"}, lookback=None))
    assert made.lookback is not None
    assert made.lookback.days == 3


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"measure": "cout", "by": "card"}, "as_of[0].measure is 'cout'; it must be 'count'"),
        ({"measure": "cout", "by": "card"}, "Did you mean 'count'?"),
        ({"measure": "count", "by": "crad"}, "as_of[0].by is 'crad', which is no entity. Did you mean 'card'?"),
        ({"measure": "count", "by": "amount"}, "as_of[0].by is 'amount', which is no entity."),
        ({"measure": "count", "by": ["card", "sop"]}, "as_of[0].by is 'sop', which is no field. Did you mean 'shop'?"),
        ({"measure": "count", "by": ["card", "card"]}, "as_of[0].by names 'card' twice."),
        ({"measure": "count", "by": "card", "of": "amount"}, "as_of[0].of is 'amount', but count is of no field."),
        ({"measure": "mean", "by": "card"}, "as_of[0].of is missing; mean must say of which field."),
        ({"measure": "mean", "by": "card", "of": "kind"}, "'kind', a category; mean must be of a number."),
        ({"measure": "mean", "by": "card", "of": "amout"}, "as_of[0].of is 'amout', which is no field."),
        ({"measure": "count", "by": "card", "within": "7"}, "as_of[0].within is '7'; it must be a number and d"),
        ({"measure": "count", "by": "card", "within": "11d"}, "as_of[0].within is 11d; it must not be longer than"),
        ({"measure": "count", "by": "card", "wihtin": "1d"}, "wihtin is an unknown key. Did you mean 'within'?"),
        ({"measure": "count", "by": "card", "where": {"kind": "bye"}}, "'bye', which it never is. Did you mean 'buy'?"),
        ({"measure": "count", "by": "card", "where": {"knd": "buy"}}, "as_of[0].where.knd is no field."),
        ({"measure": "count", "by": "card", "where": {"amount": 1}}, "is neither a category nor a flag"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_place_value_and_remedy(said: Mapping[str, Any], problem: str) -> None:
    with pytest.raises(ScenarioError) as error:
        from_spec(spec(said))
    assert problem in str(error.value)


def test_a_past_needs_a_time_that_is_always_given_and_a_reach() -> None:
    count = {"measure": "count", "by": "card"}
    for changes, problem in (
        ({"roles": {}}, "no field is the time"),
        ({"lookback": None}, "does not say how far back. Add lookback"),
        ({"as_of": [count, count]}, "as_of[1] says the same as an earlier one."),
    ):
        with pytest.raises(ScenarioError) as error:
            from_spec(spec(count, **changes))
        assert problem in str(error.value)


def test_synthetic_events_come_in_order_and_each_entity_as_often_as_in_the_data() -> None:
    scenario = from_spec(spec({"measure": "count", "by": "card"}))
    for rows, cards in ((200, 10), (1_000, 50), (4_000, 200)):
        made = scenario.synthesize(rows, 0).events
        assert made["at"].is_monotonic_increasing
        assert made["card"].nunique() == pytest.approx(cards, rel=0.05)


def test_ids_of_synthetic_events_are_all_different() -> None:
    said = spec({"measure": "count", "by": "card"})
    said["fields"].append({"name": "no", "kind": "text"})
    said["twin"]["fields"]["no"] = {"distinct": 1_000}
    scenario = from_spec(said | {"roles": {"id": "no", "time": "at"}})
    assert scenario.synthesize(3_000, 0).events["no"].is_unique
    assert "no" not in scenario.features(scenario.event.accept(scenario.synthesize(50, 0).events))


@pytest.mark.parametrize(("seconds", "end"), [(False, "UTC"), (True, "before")])
def test_reasons_say_what_was_measured_of_the_past_and_when(seconds: bool, end: str) -> None:
    scenario = from_spec(spec({"measure": "count", "by": "card", "within": "7d"}, seconds=seconds))
    made = scenario.synthesize(3_000, 0)
    table = scenario.event.accept(made.events)
    busy = scenario.features(table)["count by card in 7d"].to_numpy()
    labels = type(made.labels)(label=(busy > 4).astype(np.int64))
    learned = train(scenario, table, labels, Plan(), {}, datetime(2026, 1, 1, tzinfo=UTC)).trained
    row = int(np.argmax(busy))
    event = {str(k): v for k, v in table.iloc[row].items()}
    found = reasons(learned, event, explain(learned, table.iloc[[row]], table))
    assert found[0].sentence == f"Events of this card in 7 days: {busy[row]:.0f} raises the risk."
    listed = reasons(learned, event, explain(learned, table.iloc[[row]], table), history=table)[0].sentence
    assert listed.startswith(f"Events of this card in 7 days: {busy[row]:.0f} ({busy[row]:.0f} within ")
    assert listed.endswith(f" {end}) raises the risk.")
    mine = table[(table["card"] == event["card"]) & (table["at"] < event["at"])]["at"].sort_values()
    first = mine.iloc[-int(busy[row])]
    assert (span(timedelta(seconds=event["at"] - first)) if seconds else f"{first:%H:%M}") in listed.split(",")[0]
    assert found[0].field == "card"
    assert score(learned, table.iloc[[row]], table).risk[0] > 0.5

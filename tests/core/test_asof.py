"""`AsOf` says what a plain loop over earlier events says, however events are cut, ordered or repeated."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.asof import AsOf, Key
from riskcore.core.errors import DataError, UnknownKeyError

HOUR = timedelta(hours=1)
START = pd.Timestamp("2026-01-01", tz="UTC")
COUNTRIES = pd.CategoricalDtype(["DE", "FR", "US"])
Row = dict[str, Any]


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows with `hour` (since START) as a table of the kinds that a schema makes; what a row lacks is missing."""
    frame = pd.DataFrame(rows, columns=["event_id", "hour", "user", "device", "country", "ok", "amount"])
    times = START + pd.to_timedelta(frame.pop("hour").to_numpy(dtype=float), unit="h")
    texts = {name: frame[name].astype("str") for name in ("event_id", "user", "device")}
    return frame.assign(
        timestamp=pd.Series(times).dt.as_unit("us"),
        country=frame["country"].astype(COUNTRIES),
        ok=frame["ok"].fillna(0).astype(np.int64),
        amount=frame["amount"].astype(np.float64),
        **texts,
    )


def row(event_id: str, hour: float, user: str | None = "ann", **rest: Any) -> Row:
    return {"event_id": event_id, "hour": hour, "user": user} | rest


def answers(asof: AsOf) -> dict[str, Any]:
    """One answer of each kind."""
    ok = asof["ok"] == 1
    both, day = ("user", "device"), 3 * HOUR
    return {
        "count": asof.count("user"),
        "count_all": asof.count((), day),
        "count_both": asof.count(both, day, ok),
        "nunique": asof.nunique("device", "user"),
        "nunique_day": asof.nunique("country", "user", day, ok),
        "last": np.asarray(asof.last("amount", "user", where=ok)),
        "last_text": pd.array(asof.last("device", "user"), dtype="str").to_numpy(object, na_value=None),
        "last_choice": np.asarray(pd.array(asof.last("country", "user", day)).astype(object)),
        "changed": asof.changed("country", "user"),
        "since": asof.seconds_since("device", ok),
        "since_first": asof.seconds_since_first("device", ok, day),
        "seen": asof.seen(both, ok),
        "familiar": asof.seen("device", ok, at_least=2, older_than=2 * HOUR),
        "rate": asof.rate(ok, "user", day),
        "rate_among": asof.rate(ok, "user", among=asof.among("country", "DE", "US")),
        "mean": asof.mean("amount", "user", day),
        "spread": asof.spread("amount", "user", day, ok),
    }


def reference(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The same answers for all rows by plain loops."""

    def earlier(
        now: Row, by: Key, within: timedelta | None = None, where: Callable[[Row], bool] = lambda r: True
    ) -> Any:
        names = (by,) if isinstance(by, str) else by
        past = [r for r in rows if (r["hour"], r["event_id"]) < (now["hour"], now["event_id"])]
        past = [r for r in past if all(r[name] is not None and r[name] == now[name] for name in names)]
        past = [r for r in past if within is None or now["hour"] - r["hour"] <= within / HOUR]
        return sorted(filter(where, past), key=lambda r: (r["hour"], r["event_id"]))

    def ok(r: Row) -> bool:
        return bool(r["ok"])

    def different(past: list[Row], name: str) -> int:
        return len({r[name] for r in past} - {None})

    def last(past: list[Row], name: str, none: Any = None) -> Any:
        return past[-1][name] if past else none

    def share(past: list[Row]) -> float:
        return sum(map(ok, past)) / len(past) if past else np.nan

    def said(now: Row) -> dict[str, Any]:
        both, day = ("user", "device"), 3 * HOUR
        user, device, good = earlier(now, "user"), earlier(now, "device", None, ok), earlier(now, "user", None, ok)
        recent = earlier(now, "device", day, ok)
        amounts = [r["amount"] for r in earlier(now, "user", day) if r["amount"] is not None]
        good_amounts = [r["amount"] for r in earlier(now, "user", day, ok) if r["amount"] is not None]
        before = last(user, "country")
        return {
            "count": len(user),
            "count_all": len(earlier(now, (), day)),
            "count_both": len(earlier(now, both, day, ok)),
            "nunique": different(user, "device"),
            "nunique_day": different(earlier(now, "user", day, ok), "country"),
            "last": np.nan if last(good, "amount") is None else last(good, "amount"),
            "last_text": last(user, "device"),
            "last_choice": np.nan if (c := last(earlier(now, "user", day), "country")) is None else c,
            "changed": None not in (before, now["country"]) and before != now["country"],
            "since": (now["hour"] - device[-1]["hour"]) * 3600 if device else np.nan,
            "since_first": (now["hour"] - recent[0]["hour"]) * 3600 if recent else np.nan,
            "seen": len(earlier(now, both, None, ok)) >= 1,
            "familiar": len(device) >= 2 and now["hour"] - device[0]["hour"] >= 2,
            "rate": share(earlier(now, "user", day)),
            "rate_among": share([r for r in user if r["country"] in ("DE", "US")]),
            "mean": np.mean(amounts) if amounts else np.nan,
            "spread": np.std(good_amounts, ddof=1) if len(good_amounts) > 1 else np.nan,
        }

    each = [said(now) for now in rows]
    return {name: [one[name] for one in each] for name in answers_of_nobody()}


def answers_of_nobody() -> dict[str, Any]:
    return answers(AsOf(table([])))


def assert_same(found: dict[str, Any], expected: dict[str, Any], rows: Sequence[int] | slice = slice(None)) -> None:
    for name, values in found.items():
        wanted = np.asarray(expected[name], dtype=values.dtype)[rows]
        if values.dtype == object:
            assert pd.Series(values).equals(pd.Series(wanted)), name
        else:
            np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-9, err_msg=name)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Events of few entities at few moments, so that ties and windows' edges abound; rows in any order."""
    drawn = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "hour": st.integers(0, 9),
                    "user": st.sampled_from(["ann", "ben", None]),
                    "device": st.sampled_from(["d1", "d2", "d3", None]),
                    "country": st.sampled_from(["DE", "FR", "US", None]),
                    "ok": st.integers(0, 1),
                    "amount": st.none() | st.integers(-100, 100),
                }
            ),
            max_size=25,
        )
    )
    names = draw(st.permutations([f"e{i}" for i in range(len(drawn))]))
    return [{"event_id": name} | one for name, one in zip(names, drawn, strict=True)]


@given(histories(), st.data())
def test_every_answer_is_that_of_a_plain_loop(rows: list[Row], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    found = answers(AsOf(table(rows[cut:]), table(rows[:cut])))
    assert_same(found, reference(rows), slice(cut, None))


@given(histories(), st.data())
def test_chunks_with_the_chunks_before_as_history_say_what_bulk_says(rows: list[Row], data: st.DataObject) -> None:
    whole = table(sorted(rows, key=lambda r: (r["hour"], r["event_id"])))
    bulk = answers(AsOf(whole))
    edges = sorted({0, len(rows), *data.draw(st.lists(st.integers(0, len(rows)), max_size=4))})
    for low, high in pairwise(edges):
        assert_same(answers(AsOf(whole.iloc[low:high], whole.iloc[:low])), bulk, slice(low, high))


@given(histories())
def test_one_by_one_is_the_same_as_all_at_once_and_later_events_in_history_change_nothing(rows: list[Row]) -> None:
    whole = table(rows)
    bulk = answers(AsOf(whole))
    for i in range(len(rows)):
        assert_same(answers(AsOf(whole.iloc[[i]], whole.drop(index=i))), bulk, [i])


@given(histories(), st.data())
def test_events_that_history_holds_already_are_counted_once(rows: list[Row], data: st.DataObject) -> None:
    whole = table(rows)
    again = data.draw(st.lists(st.integers(0, max(len(rows) - 1, 0)), max_size=len(rows)))
    repeated = pd.concat([whole, whole.iloc[again]], ignore_index=True)
    assert_same(answers(AsOf(whole, repeated)), answers(AsOf(whole)))
    assert_same(answers(AsOf(repeated)), answers(AsOf(whole)), [*range(len(rows)), *again])


@given(histories(), st.data())
def test_a_counted_event_is_listed_and_no_other(rows: list[Row], data: st.DataObject) -> None:
    asof = AsOf(table(rows))
    ok = asof["ok"] == 1
    counts = asof.count(("user", "device"), 3 * HOUR, ok)
    for event, n in enumerate(counts):
        listed = asof.counted(event, ("user", "device"), 3 * HOUR, ok)
        assert len(listed) == n
        assert ok[listed].all()
        assert (asof.times[listed] <= asof.times[event]).all()
        assert (np.diff(asof.times[listed]) >= np.timedelta64(0)).all()


def test_history_from_another_user_changes_nothing() -> None:
    events = table([row("b1", 5), row("b2", 6, country="DE", amount=3)])
    history = table([row(f"a{i}", i, "ben", country="US", amount=i, device="d1", ok=1) for i in range(9)])
    of_user = [name for name in answers_of_nobody() if name not in ("count_all", "since", "since_first", "familiar")]
    found, expected = answers(AsOf(events, history)), answers(AsOf(events))
    assert_same({name: found[name] for name in of_user}, expected)


def test_a_window_holds_an_event_exactly_as_old_and_none_a_microsecond_older() -> None:
    hour = 1 + 1e-6 / 3600
    events = table([row("a", 0), row("b", 1), row("c", hour)])
    assert AsOf(events).count("user", within=HOUR).tolist() == [0, 1, 1]


def test_the_lookback_caps_every_window() -> None:
    events = table([row("a", 0, amount=1), row("b", 1, amount=3), row("c", 3, amount=5)])
    asof = AsOf(events, lookback=2 * HOUR)
    assert asof.count("user").tolist() == [0, 1, 1]
    assert asof.count("user", within=9 * HOUR).tolist() == [0, 1, 1]
    assert asof.mean("amount", "user").tolist()[2] == 3
    assert asof.seconds_since_first("user").tolist()[2] == 7200
    assert asof.nunique("event_id", "user").tolist() == [0, 1, 1]


def test_events_of_one_moment_follow_their_identifiers_and_without_any_do_not_see_each_other() -> None:
    events = table([row("b", 0), row("a", 0), row("c", 0), row("d", 1)])
    assert AsOf(events).count("user").tolist() == [1, 0, 2, 3]
    assert AsOf(events, id=None).count("user").tolist() == [0, 0, 0, 3]


def test_a_late_event_sees_only_what_was_before_it() -> None:
    history = table([row("a", 0), row("b", 8)])
    assert AsOf(table([row("late", 4)]), history).count("user").tolist() == [1]


def test_the_events_row_stands_where_history_tells_it_otherwise() -> None:
    history = table([row("a", 0, device="d1"), row("b", 1, device="d2")])
    events = table([row("b", 1, device="d3"), row("c", 2)])
    before = AsOf(events, history).last("device", "user")
    assert list(before) == ["d1", "d3"]
    assert before.dtype == events["device"].dtype


def test_a_great_amount_leaves_nothing_behind_when_it_leaves_the_window() -> None:
    events = table([row("a", 0, amount=1e16), row("b", 5, amount=1), row("c", 6, amount=2), row("d", 7)])
    asof = AsOf(events)
    assert asof.mean("amount", "user", within=2 * HOUR).tolist()[2:] == [1.0, 1.5]
    assert asof.spread("amount", "user", within=2 * HOUR)[3] == pytest.approx(np.sqrt(0.5), abs=1e-15)


def test_what_is_said_of_every_row_can_be_named_and_asked_about() -> None:
    history = table([row("a", 0), row("b", 1), row("c", 3)])
    asof = AsOf(table([row("d", 9)]), history)
    asof.define("gap", asof.everywhere.seconds_since("user"))
    assert asof["gap"].tolist()[1:] == [3600, 7200, 21600]
    assert asof.mean("gap", "user").tolist() == [5400]
    with pytest.raises(ValueError, match="There is a column 'gap' already"):
        asof.define("gap", asof["gap"])
    with pytest.raises(ValueError, match="Column 'short' has 1 values for 4 rows"):
        asof.define("short", np.zeros(1))


def test_masks_cover_history_and_events() -> None:
    history = table([row("a", 0, country="DE", amount=1)])
    asof = AsOf(table([row("b", 1, country="US"), row("c", 2)]), history)
    assert asof.among("country", "DE", "US").tolist() == [True, True, False]
    assert asof.among("event_id", "c", "nobody").tolist() == [False, False, True]
    assert asof.given("country", "amount").tolist() == [True, False, False]
    assert asof.of_events(asof.given("country")).tolist() == [True, False]
    assert len(asof) == 2
    with pytest.raises(UnknownKeyError, match="No choice of country 'UK'"):
        asof.among("country", "UK")
    with pytest.raises(ValueError, match=r"A mask has shape \(2,\) for 3 rows"):
        asof.count("user", where=np.ones(2, bool))


def test_no_events_have_no_answers() -> None:
    history = table([row("a", 0)])
    for asof in (AsOf(table([])), AsOf(table([]), history)):
        assert {len(values) for values in answers(asof).values()} == {0}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("a", 0), row("a", 1)], r"names 1 events more than once with different content \(a\)"),
        ([row("a", 0), row("a", 0, device="d1")], "keep one row of each"),
        ([row("a", 0), row(None, 1)], "Column 'event_id' is empty in 1 rows"),  # type: ignore[arg-type]
        ([row("a", np.nan)], "Column 'timestamp' is empty in some rows"),
    ],
)
def test_events_that_cannot_be_put_in_order_are_refused(rows: list[Row], said: str) -> None:
    with pytest.raises(DataError, match=said):
        AsOf(table(rows))


def test_tables_of_different_schemas_are_refused() -> None:
    events = table([row("b", 1, country="DE")])
    history = table([row("a", 0)]).assign(country=pd.Series(["DE"], dtype="str"))
    with pytest.raises(DataError, match="Column 'country' is str in the history and category in the events"):
        AsOf(events, history).last("country", "user")
    with pytest.raises(UnknownKeyError, match="No column 'town'"):
        AsOf(events).count("town")
    with pytest.raises(ValueError, match="lies in the future"):
        AsOf(events).count("user", within=-HOUR)


def test_rows_may_be_labelled_and_ordered_in_any_way() -> None:
    whole = table([row(f"e{i}", i % 5, device=f"d{i % 3}", ok=1, amount=i) for i in range(20)])
    shuffled = whole.sample(frac=1, random_state=1)
    assert_same(answers(AsOf(shuffled)), answers(AsOf(whole)), list(shuffled.index))

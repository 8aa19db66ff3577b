"""Validation tells every problem, casts once, and loses nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError, ScenarioError
from riskcore.core.schema import EventSchema, category, flag, integer, number, text, timestamp

SCHEMA = EventSchema(
    fields=(
        text("event_id", "Event", optional=True),
        timestamp("at", "When", optional=True),
        integer("hour", "Hour", low=0, high=23),
        number("amount", "Amount", low=0, unit="EUR"),
        category("device", "Device", ("desktop", "mobile")),
        flag("revoked", "Revoked"),
        flag(
            "night",
            "Night",
            derive=lambda e: ((e["hour"].to_numpy() < 6) | (e["hour"].to_numpy() >= 22)).astype(np.int64),
            derive_rule="the hour: 1 from 22 to 5 o'clock",
        ),
    ),
    id="event_id",
    time="at",
    amount="amount",
)
TIME_RULE = "must be a date and time from 1970 to 2199, such as 2026-01-31T12:00:00Z"
GOOD = {"hour": 3, "amount": 12.5, "device": "mobile", "revoked": 0}


def table(**changes: object) -> pd.DataFrame:
    return SCHEMA.frame(GOOD | changes)


def problems(**changes: object) -> list[tuple[str, str]]:
    return [(v.field, v.rule) for v in SCHEMA.validate(table(**changes)).violations]


def test_a_good_event_is_cast_and_completed() -> None:
    events = SCHEMA.accept(table())
    assert list(events.columns) == list(SCHEMA.names)
    assert events["night"].tolist() == [1]
    assert events["hour"].dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"hour": 24}, "hour", "must be a whole number from 0 to 23"),
        ({"hour": 3.5}, "hour", "must be a whole number from 0 to 23"),
        ({"hour": "three"}, "hour", "must be a whole number from 0 to 23, not text"),
        ({"hour": ""}, "hour", "must be given: a whole number from 0 to 23"),
        ({"amount": np.nan}, "amount", "must be given: a number of at least 0 EUR"),
        ({"amount": np.inf}, "amount", "must be a number of at least 0 EUR"),
        ({"amount": -np.inf}, "amount", "must be a number of at least 0 EUR"),
        ({"amount": -0.01}, "amount", "must be a number of at least 0 EUR"),
        ({"amount": "1_000"}, "amount", "must be a number of at least 0 EUR, not text"),
        ({"amount": "0x1F"}, "amount", "must be a number of at least 0 EUR, not text"),
        ({"device": "Mobile"}, "device", "must be one of desktop, mobile. Did you mean 'mobile'?"),
        ({"device": None}, "device", "must be given: one of desktop, mobile"),
        ({"revoked": 2}, "revoked", "must be 0 or 1"),
        ({"night": 0}, "night", "must agree with the hour: 1 from 22 to 5 o'clock"),
        ({"at": "yesterday"}, "at", TIME_RULE),
    ],
)
def test_each_rule_has_its_sentence(changes: dict[str, object], field: str, rule: str) -> None:
    assert problems(**changes) == [(field, rule.rstrip("."))]


def test_every_problem_of_a_row_is_told_at_once() -> None:
    assert {name for name, _ in problems(hour=99, amount="x", device="watch", revoked=7)} == {
        "hour",
        "amount",
        "device",
        "revoked",
    }


def test_good_rows_are_kept_beside_bad_ones_in_their_order() -> None:
    rows = pd.concat([table(amount=1.0), table(amount=-1.0), table(amount=3.0)], ignore_index=True)
    found = SCHEMA.validate(rows)
    assert found.events["amount"].tolist() == [1.0, 3.0]
    assert found.kept.tolist() == [True, False, True]
    assert found.rejects().to_dict("records") == [
        {"row": 1, "field": "amount", "value": "-1", "rule": "must be a number of at least 0 EUR"}
    ]


def test_missing_and_repeated_columns_are_refused_together() -> None:
    rows = pd.DataFrame([[1, 2, 3]], columns=["hour", "hour", "amount"])
    with pytest.raises(DataError) as caught:
        SCHEMA.validate(rows)
    assert len(caught.value.problems) == 3
    assert "'hour' appears 2 times" in caught.value.problems[0]


def test_text_is_read_as_the_number_it_spells() -> None:
    events = SCHEMA.accept(table(hour=" 7 ", amount="1e2", revoked="TRUE"))
    assert events[["hour", "amount", "revoked"]].to_numpy().tolist() == [[7, 100.0, 1]]


def test_undeclared_columns_are_left_out() -> None:
    assert "label" not in SCHEMA.accept(table(label=1)).columns


def test_time_is_cast_to_microseconds_in_utc() -> None:
    events = SCHEMA.accept(table(at="2026-03-01T12:00:00+02:00"))
    assert str(events["at"].dtype) == "datetime64[us, UTC]"
    assert SCHEMA.seconds(events).tolist() == [pd.Timestamp("2026-03-01T10:00:00Z").timestamp()]


@pytest.mark.parametrize("rows", [1, 600])
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_time_that_no_clock_holds_is_rejected_by_name(moment: str, rows: int) -> None:
    cells = [moment] + ["2199-12-31T23:59:59Z", "1970-01-01T00:00:00Z"] * rows
    for column in (cells, pd.to_datetime(pd.Series(cells, dtype="object"), utc=True, format="ISO8601")):
        found = SCHEMA.validate(pd.DataFrame([GOOD] * len(cells)).assign(at=column))
        assert [(v.field, v.rule, v.rows.tolist()) for v in found.violations] == [("at", TIME_RULE, [0])]
        assert found.events["at"].notna().all()


def test_an_empty_table_with_the_columns_is_valid() -> None:
    assert len(SCHEMA.accept(table().iloc[:0])) == 0


def test_the_input_is_not_changed() -> None:
    rows = table(amount="5")
    before = rows.copy()
    SCHEMA.validate(rows)
    pd.testing.assert_frame_equal(rows, before)


def test_a_role_must_name_a_field() -> None:
    with pytest.raises(ScenarioError, match="Role time"):
        EventSchema(fields=(number("x", "X"),), time="when")


def test_the_fingerprint_changes_with_a_rule() -> None:
    fields = tuple(replace(field, high=24) if field.name == "hour" else field for field in SCHEMA.fields)
    assert SCHEMA.fingerprint() != replace(SCHEMA, fields=fields).fingerprint()


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    with pytest.raises(DataError, match="15 more problems"):
        SCHEMA.accept(pd.concat([table(hour=99)] * 25, ignore_index=True))


cells = st.one_of(st.text(max_size=8), st.floats(), st.integers(), st.none(), st.booleans())


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(GOOD, cells)), min_size=1, max_size=5))
def test_whatever_the_cells_hold_each_row_is_kept_or_told(rows: list[dict[str, object]]) -> None:
    given_rows = pd.DataFrame(rows, dtype=object)
    found = SCHEMA.validate(given_rows)
    told = {int(row) for violation in found.violations for row in violation.rows}
    assert set(np.flatnonzero(~found.kept)) == told
    assert len(found.events) + found.rejected == len(rows)
    numbers = found.events[["hour", "amount", "revoked"]].to_numpy(dtype=np.float64)
    assert np.isfinite(numbers).all()


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e12))
def test_a_number_means_the_same_as_text(value: float) -> None:
    assert SCHEMA.accept(table(amount=repr(value)))["amount"][0] == SCHEMA.accept(table(amount=value))["amount"][0]


def test_an_open_category_counts_unknown_values_as_other_and_keeps_missing_ones() -> None:
    schema = EventSchema(fields=(category("place", "Place", ("Bonn", "Ulm", "other"), open=True, optional=True),))
    validated = schema.validate(pd.DataFrame({"place": [" Ulm", "Rome", "", None, " ", "other"]}))
    assert not validated.violations
    assert validated.events["place"].astype("str").tolist()[:2] == ["Ulm", "other"]
    assert validated.events["place"].isna().tolist() == [False, False, True, True, True, False]


def test_a_required_open_category_must_be_given() -> None:
    schema = EventSchema(fields=(category("place", "Place", ("Ulm", "other"), open=True),))
    (violation,) = schema.validate(pd.DataFrame({"place": ["Rome", ""]})).violations
    assert violation.rows.tolist() == [1]
    assert violation.rule == "must be given: text such as Ulm; unknown values count as 'other'"


def test_an_open_category_without_other_is_refused() -> None:
    with pytest.raises(ScenarioError, match="open category without a choice 'other'"):
        category("place", "Place", ("Bonn", "Ulm"), open=True)


def test_choices_of_an_open_category_are_part_of_the_fingerprint() -> None:
    kept, more = (
        EventSchema(fields=(category("place", "Place", choices, open=True),)).fingerprint()
        for choices in (("Bonn", "other"), ("Bonn", "Ulm", "other"))
    )
    assert kept != more


def test_a_value_outside_the_usual_range_warns_and_is_accepted() -> None:
    schema = EventSchema(fields=(number("amount", "Amount", usual=(0, 100), optional=True), integer("n", "N")))
    events = schema.accept(pd.DataFrame({"amount": [50, 101, np.nan, -1], "n": [1, 2, 3, 4]}))
    (warning,) = schema.unusual(events)
    assert (warning.field, warning.rule) == ("amount", "is usually from 0 to 100")
    assert warning.rows.tolist() == [1, 3]
    assert warning.values.tolist() == [101, -1]
    assert schema.warnings(events) == (
        "Amount is usually from 0 to 100; it is 101 in row 2, and unusual in 2 of 4 rows.",
    )
    assert schema.warnings(events.iloc[[3]]) == ("Amount is usually from 0 to 100; it is -1.",)


def test_a_usual_range_changes_no_fingerprint() -> None:
    narrow, wide = (EventSchema(fields=(number("a", "A", usual=(0, high)),)) for high in (1, 9))
    assert narrow.fingerprint() == wide.fingerprint()
    assert narrow.fields[0].describe() != wide.fields[0].describe()


def test_times_are_read_as_declared_formats_where_they_are_not_iso() -> None:
    schema = EventSchema(fields=(timestamp("at", "When", formats=("%d.%m.%Y", "%d/%m/%Y %H:%M"), optional=True),))
    cells = ["2024-05-01T10:00:00Z", "01.05.2024", " 02/05/2024 07:30 ", "", "05/31/2024 07:30"]
    validated = schema.validate(pd.DataFrame({"at": cells}))
    assert [v.rows.tolist() for v in validated.violations] == [[4]]
    said = validated.events["at"].dt.strftime("%d %H:%M").tolist()
    assert said[:3] == ["01 10:00", "01 00:00", "02 07:30"]
    assert pd.isna(said[3])


def test_rows_of_one_id_that_differ_are_all_bad_and_exact_copies_stay() -> None:
    schema = EventSchema(fields=(text("key", "Key"), integer("count", "Count", low=0, high=9)), id="key")
    rows = [("a", 1), ("b", 2), ("b", 3), ("c", 4), ("c", 4), ("d", 5), ("d", 50)]
    validated = schema.validate(pd.DataFrame(rows, columns=["key", "count"]))
    assert validated.events["key"].tolist() == ["a", "c", "c", "d"]
    assert list(validated.sentences()) == [
        "Row 7: count is 50; it must be a whole number from 0 to 9.",
        "Row 2: key is b; it must name one event; here it names several that differ.",
        "Row 3: key is b; it must name one event; here it names several that differ.",
    ]


def test_a_rule_of_very_many_choices_names_a_few_and_the_fingerprint_knows_all() -> None:
    places = tuple(f"P{i:03}" for i in range(200))
    schema = EventSchema(fields=(category("place", "Place", places),))
    told = [v.rule for v in schema.validate(pd.DataFrame({"place": ["P1999", "nowhere"]})).violations]
    few = "must be one of P000, P001, P002, P003, P004, P005, P006, P007, … (200 in all)"
    assert told == [f"{few}. Did you mean 'P199'?", few]
    other = EventSchema(fields=(category("place", "Place", (*places[:-1], "Q")),))
    assert other.fingerprint() != schema.fingerprint()

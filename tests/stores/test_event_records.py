"""Stored events come back typed as validation had made them, or are judged again where the declaration changed."""

import json

import numpy as np
import pandas as pd
import pytest

from riskcore import scenarios
from riskcore.core.schema import EventSchema, category, flag, integer, number, text, timestamp
from riskcore.stores.event_records import from_lines, from_records, to_records

EVENT = EventSchema(
    fields=(
        text("id", "Event"),
        timestamp("at", "When", optional=True),
        category("kind", "Kind", ("login", "logout"), optional=True),
        number("share", "Share", low=0, high=1, optional=True),
        integer("tries", "Tries", low=0, optional=True),
        flag("ok", "Succeeded"),
    ),
    id="id",
    time="at",
)
RECORDS = [
    {"id": "a", "at": "2026-01-01T00:00:00.000001+00:00", "kind": "login", "share": 0.1, "tries": 3, "ok": 1},
    {"id": "b", "ok": 0},
]


def test_records_become_what_validation_makes_of_them() -> None:
    accepted = EVENT.accept(pd.DataFrame(RECORDS, columns=list(EVENT.names)))
    pd.testing.assert_frame_equal(from_records(EVENT, RECORDS), accepted)
    assert to_records(accepted) == RECORDS


@pytest.mark.parametrize("key", [k for k, s in scenarios.coded().items() if s.event.id])
def test_events_of_every_scenario_survive_json(key: str) -> None:
    schema = scenarios.coded()[key].event
    events = schema.accept(scenarios.coded()[key].synthesize(300, 1).events)
    records = to_records(events)
    pd.testing.assert_frame_equal(from_records(schema, json.loads(json.dumps(records))), events)
    pd.testing.assert_frame_equal(from_lines(schema, [json.dumps(record) for record in records]), events)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "teleport"},
        {"share": 1.5},
        {"share": "half"},
        {"ok": None},
        {"id": 7},
    ],
)
def test_what_does_not_fit_the_declaration_is_left_to_validation(change: dict[str, object]) -> None:
    record = {k: v for k, v in (RECORDS[0] | change).items() if v is not None}
    assert from_records(EVENT, [record]) is None
    assert from_lines(EVENT, [json.dumps(RECORDS[0]), json.dumps(record)]) is None


def test_many_lines_are_read_as_the_records_that_they_hold() -> None:
    odd = {"id": "\u00e9 \U0001f600 \n", "ok": 1, "tries": 2, "share": 0.1 + 0.2, "gone": [1]}
    records = [*RECORDS, odd]
    lines = [json.dumps(record) for record in records]
    pd.testing.assert_frame_equal(from_lines(EVENT, lines), from_records(EVENT, records))


def test_no_records_are_a_table_of_the_right_types() -> None:
    found = from_records(EVENT, [])
    assert found is not None
    assert [str(dtype) for dtype in found.dtypes[:2]] == ["str", "datetime64[us, UTC]"]
    assert found.empty
    assert tuple(found.columns) == EVENT.names


def test_missing_values_are_left_out_of_records() -> None:
    table = EVENT.accept(pd.DataFrame({"id": ["a"], "share": [np.nan], "ok": [1]}))
    assert to_records(table) == [{"id": "a", "ok": 1}]

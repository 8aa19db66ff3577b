"""Dates as people write them: offered where they can be read for sure, and told where they cannot."""

import pandas as pd
import pytest

from riskcore.core.schema import EventSchema, number, timestamp
from riskcore.services.files.date_repairs import DateRepair, date_repairs
from riskcore.services.files.mapping import ColumnMap, propose_repairs, unclear_dates, with_repairs

WHEN = timestamp("when", "When")
SCHEMA = EventSchema(fields=(WHEN, number("x", "X")), time="when")
FIVE = ["2026-01-31T12:00:00Z", "31.01.2026 12:00", "2026/01/31", "Jan 31, 2026", "31 Jan 2026 12:00:00"]


def table(*cells: str) -> pd.DataFrame:
    return pd.DataFrame({"when": list(cells), "x": 1.0})


def test_dates_in_five_forms_are_offered_as_one_repair_and_read_whole() -> None:
    mapping = ColumnMap({"when": "when", "x": "x"})
    assert SCHEMA.validate(mapping.apply(table(*FIVE))).rejected == 3  # 2026/01/31 is read as it is
    (proposal,) = propose_repairs(table(*FIVE), mapping, SCHEMA)
    (repair,) = proposal.repairs
    assert "day.month.year" in repair.label
    read = with_repairs(mapping, {"when": repair}).apply(table(*FIVE))
    events = SCHEMA.accept(read).sort_values("when")
    assert set(events["when"].dt.strftime("%Y-%m-%d")) == {"2026-01-31"}


def test_dates_that_may_be_either_are_told_and_offered_both_ways() -> None:
    either = table("03/04/2026", "05/06/2026")
    repairs, why = date_repairs(either["when"], WHEN)
    assert [r.formats[0] for r in repairs] == ["%d/%m/%Y", "%m/%d/%Y"]
    assert "day/month or month/day" in why
    assert unclear_dates(either, ColumnMap({"when": "when"}), SCHEMA) == [why]


def test_a_repair_leaves_what_is_written_otherwise_as_it_is() -> None:
    cells = pd.Series(["31.01.2026", "soon", "", "2026-01-31"])
    assert list(DateRepair(("%d.%m.%Y",)).apply(cells)) == ["2026-01-31T00:00:00", "soon", "", "2026-01-31"]


@pytest.mark.parametrize("cells", [["2026-01-31", "2026-02-01"], ["red", "blue"], ["", ""]])
def test_nothing_is_offered_where_nothing_can_be_gained(cells: list[str]) -> None:
    assert date_repairs(pd.Series(cells), WHEN) == ((), "")


def test_a_repair_of_dates_is_remembered_as_plain_data() -> None:
    repair = DateRepair(("%d.%m.%Y",))
    assert DateRepair.from_mapping(repair.to_mapping()) == repair

"""Uploads: every row of the file is either an event of the data set or told with its reason."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.scenarios import coded
from riskcore.services.files.intake import Checked, check
from riskcore.services.files.mapping import suggest
from riskcore.stores.tables import open_table, to_bytes


@pytest.fixture(params=sorted(coded()))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return coded()[request.param]


def table_of(scenario: Scenario, rows: int = 60) -> pd.DataFrame:
    made = scenario.synthesize(rows, seed=8, knobs=scenario.recipes["balanced"])
    return made.events.assign(truth=made.labels.label).astype(object)


def checked(scenario: Scenario, content: bytes) -> Checked:
    source = open_table(content, name="file.csv")
    return check(scenario, source.read(), suggest(source.columns, scenario.event, scenario.target))


def test_accepted_and_rejected_rows_add_up_to_the_file(scenario: Scenario) -> None:
    table = table_of(scenario)
    table.iloc[4, 1] = "many"
    content = to_bytes(table, "csv") + b"too,short\n"
    found = checked(scenario, content)
    assert (found.accepted, found.rejected) == (59, 2)
    assert found.rejects()["line"].tolist() == [6, 62]


def test_rejects_name_the_column_of_the_file_not_the_field(scenario: Scenario) -> None:
    table = table_of(scenario)
    field = scenario.event.names[1]
    table.loc[0, field] = "many"
    content = to_bytes(table.rename(columns={field: field.upper() + " "}), "csv")
    (line,) = checked(scenario, content).rejects().to_dict("records")
    assert line["column"].strip() == field.upper()
    assert (line["line"], line["value"]) == (2, "many")


def test_reasons_count_the_rows_that_break_each_rule(scenario: Scenario) -> None:
    table = table_of(scenario)
    table.iloc[[2, 5, 9], 1] = "many"
    (reason,) = checked(scenario, to_bytes(table, "csv")).reasons().to_dict("records")
    assert (reason["rows"], reason["first line"], reason["value"]) == (3, 4, "many")


def test_labels_stay_beside_their_events_when_rows_are_left_out(scenario: Scenario) -> None:
    table = table_of(scenario)
    table.iloc[4, 1] = "many"
    found = checked(scenario, to_bytes(table, "csv"))
    labels = found.labels("truth")
    assert labels is not None
    np.testing.assert_array_equal(labels.label, np.delete(table["truth"].to_numpy(dtype=np.int64), 4))
    assert len(found.dataset("mine", "file.csv", labels).events) == len(labels.label)


def test_a_label_column_of_one_class_is_refused(scenario: Scenario) -> None:
    found = checked(scenario, to_bytes(table_of(scenario).assign(truth=0), "csv"))
    with pytest.raises(DataError, match="holds one class only"):
        found.labels("truth")


def test_a_file_without_a_good_row_is_refused(scenario: Scenario) -> None:
    table = table_of(scenario)
    table[scenario.event.names[1]] = "many"
    with pytest.raises(DataError, match=r"No row of file\.csv can be used"):
        checked(scenario, to_bytes(table, "csv")).dataset("mine", "file.csv", None)


def test_a_file_without_the_columns_is_refused_with_all_that_are_missing(scenario: Scenario) -> None:
    with pytest.raises(DataError) as refused:
        checked(scenario, b"colour\nred\n")
    assert len(refused.value.problems) == len(scenario.event.required)


def test_rows_without_a_label_are_left_out_and_counted_where_a_label_is_chosen(scenario: Scenario) -> None:
    table = table_of(scenario)
    table.loc[[1, 8], "truth"] = ""
    found = _with_label(scenario, to_bytes(table, "csv"))
    assert (found.accepted, found.rejected, found.unlabelled) == (58, 0, 2)
    labels = found.labels("truth")
    assert labels is not None
    expected = np.delete(table["truth"].to_numpy(), [1, 8]).astype(np.int64)
    np.testing.assert_array_equal(labels.label, expected)


def _with_label(scenario: Scenario, content: bytes) -> Checked:
    source = open_table(content, name="file.csv")
    mapping = replace(suggest(source.columns, scenario.event, scenario.target), label="truth")
    return check(scenario, source.read(), mapping)

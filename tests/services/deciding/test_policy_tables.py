"""Bands and overrides read back from their tables as they were written, and every bad cell is told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.policy import Override, Policy, policy_from_mapping
from riskcore.scenarios import coded
from riskcore.services.deciding.policy_tables import (
    ACTION,
    ANY_OF,
    AT_LEAST,
    FIELD,
    FROM,
    NAME,
    ORDER,
    band_table,
    mapping_from,
    override_table,
)
from tests.deciding import EVENT, POLICY

RULES = (
    Override(name="French", when={"country": "FR", "Amount": {"at_least": 10.0, "below": 99.5}}, action="review"),
    Override(name="Some users", when={"user": ["u1", "u, 2"]}, action="stop"),
    Override(name="Everybody", when={}, action="allow"),
)


def read(policy: Policy, bands: pd.DataFrame, overrides: pd.DataFrame) -> tuple[Policy, list[str]]:
    said, problems = mapping_from(policy, EVENT, bands, overrides)
    return policy_from_mapping(said), problems


def test_tables_read_back_as_the_policy_that_they_show() -> None:
    policy = replace(POLICY, overrides=RULES)
    assert read(policy, band_table(policy), override_table(policy)) == (policy, [])


@pytest.mark.parametrize("key", sorted(coded()))
def test_the_default_policy_of_every_scenario_reads_back(key: str) -> None:
    scenario = coded()[key]
    tables = band_table(scenario.policy), override_table(scenario.policy)
    said, problems = mapping_from(scenario.policy, scenario.event, *tables)
    assert (policy_from_mapping(said), problems) == (scenario.policy, [])


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))).filter(bool), min_size=1, max_size=5)
)
def test_any_values_read_back_from_their_cell(values: list[str]) -> None:
    wanted = values if len(values) > 1 else values[0]
    policy = replace(POLICY, overrides=(Override(name="x", when={"user": wanted}, action="stop"),))
    assert read(policy, band_table(policy), override_table(policy))[0] == policy


def test_rows_may_be_in_any_order() -> None:
    policy = replace(POLICY, overrides=RULES)
    bands, overrides = band_table(policy).iloc[::-1], override_table(policy).iloc[::-1]
    again = read(policy, bands, overrides)[0]
    assert again.bands == policy.bands
    assert [o.name for o in again.overrides] == [o.name for o in policy.overrides]


def test_empty_rows_are_left_out_and_a_new_row_without_an_order_comes_last() -> None:
    policy = replace(POLICY, overrides=RULES[:1])
    bands = pd.concat([band_table(policy), pd.DataFrame([{FROM: np.nan, ACTION: None}])], ignore_index=True)
    new = {ORDER: np.nan, NAME: "New", FIELD: "Amount", ANY_OF: None, AT_LEAST: 5.0, ACTION: "Stop"}
    overrides = pd.concat([override_table(policy), pd.DataFrame([{ORDER: 0.0}, new])], ignore_index=True)
    again, problems = read(policy, bands, overrides)
    assert problems == []
    assert again.bands == policy.bands
    assert again.overrides[-1] == Override(name="New", when={"Amount": {"at_least": 5.0}}, action="stop")


def test_numbers_are_read_as_numbers_and_bad_ones_told() -> None:
    row = {ORDER: 1.0, NAME: "Round", FIELD: "Amount", ANY_OF: "100, 250.5", ACTION: "Stop"}
    said, problems = mapping_from(POLICY, EVENT, band_table(POLICY), _rows(row))
    assert (said["overrides"][0]["when"], problems) == ({"Amount": [100, 250.5]}, [])
    _, problems = mapping_from(POLICY, EVENT, band_table(POLICY), _rows(row | {ANY_OF: "much"}))
    assert problems == ["Override 'Round' asks for Amount much; it must be a number."]


def test_every_bad_row_is_told_at_once() -> None:
    bands = pd.concat([band_table(POLICY), pd.DataFrame([{FROM: 0.9}])], ignore_index=True)
    overrides = _rows(
        {NAME: "A", FIELD: "contry", ANY_OF: "FR", ACTION: "Stop"},
        {NAME: "B", FIELD: "country", ACTION: "Stop"},
        {NAME: "C", FIELD: "Amount", ANY_OF: "1", AT_LEAST: 2.0, ACTION: "Stop"},
        {NAME: "D", FIELD: "country", ANY_OF: "FR"},
    )
    _, problems = mapping_from(POLICY, EVENT, bands, overrides)
    assert problems == [
        "Band 4 lacks an action.",
        "Override 'A' looks at 'contry', which is no field. Did you mean 'country'?",
        "Override 'B' must ask for values of country, or for a range of numbers: one of the two.",
        "Override 'C' must ask for values of Amount, or for a range of numbers: one of the two.",
        "An override lacks an action: D.",
    ]


def _rows(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.concat([override_table(POLICY), pd.DataFrame(rows)], ignore_index=True)

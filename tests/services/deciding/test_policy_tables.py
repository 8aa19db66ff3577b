"""Bands and overrides read back from their tables as they were written, and every bad cell is told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import PolicyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy, policy_from_mapping
from riskcore.core.repeats import Repeated
from riskcore.scenarios import coded
from riskcore.services.deciding.policy_tables import (
    ACTION,
    ANY_OF,
    AT_LEAST,
    AT_RISK,
    EVENTS,
    FIELD,
    FROM,
    MINUTES,
    NAME,
    OF_ONE,
    ORDER,
    band_table,
    mapping_from,
    override_table,
)
from tests.deciding import EVENT, POLICY

RULES = (
    Override(name="French", when={"country": "FR", "Amount": {"at_least": 10.0, "below": 99.5}}, action="review"),
    Override(name="Some users", when={"user": ["u1", "u, 2"]}, action="stop"),
    Override(
        name="Twice",
        when={"country": "FR", "user": "u1"},
        action="review",
        repeated=Repeated(events=2, risk=0.5, minutes=30, of="user"),
    ),
    Override(name="Thrice", when={}, action="stop", repeated=Repeated(events=3, risk=0.25, minutes=0.5)),
    Override(name="Everybody", when={}, action="allow"),
)


def read(policy: Policy, bands: pd.DataFrame, overrides: pd.DataFrame) -> tuple[Policy, list[str]]:
    said, problems = mapping_from(policy, EVENT, bands, overrides)
    return policy_from_mapping(said), problems


def test_tables_read_back_as_the_policy_that_they_show() -> None:
    bands = (POLICY.bands[0], replace(POLICY.bands[1], note="Looked at, by day"), POLICY.bands[2])
    policy = replace(POLICY, bands=bands, overrides=RULES)
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


def test_a_rule_over_time_may_stand_in_any_row_of_its_override_and_only_once() -> None:
    when = {NAME: "A", ACTION: "Stop", FIELD: "country", ANY_OF: "FR"}
    rule = {NAME: "A", ACTION: "Stop", EVENTS: 2.0, AT_RISK: 0.5, MINUTES: 30.0}
    said, problems = mapping_from(POLICY, EVENT, band_table(POLICY), _rows(when, rule))
    wanted = Repeated(events=2, risk=0.5, minutes=30)
    assert policy_from_mapping(said).overrides == (
        Override(name="A", when={"country": "FR"}, action="stop", repeated=wanted),
    )
    assert problems == []
    _, problems = mapping_from(POLICY, EVENT, band_table(POLICY), _rows(rule, rule | {EVENTS: 3.0}))
    assert problems == ["Override 'A' has two conditions over time; it can ask for one."]


def test_half_a_rule_over_time_is_told_by_what_it_lacks() -> None:
    said, problems = mapping_from(
        POLICY, EVENT, band_table(POLICY), _rows({NAME: "A", ACTION: "Stop", EVENTS: 2.5, OF_ONE: "user"})
    )
    assert problems == []
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "draft")
    assert caught.value.problems == (
        "draft: overrides[0]: repeated: risk is missing.",
        "draft: overrides[0]: repeated: minutes is missing.",
        "draft: overrides[0]: repeated.events is 2.5; it must be a whole number of at least 1.",
    )


def _rows(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.concat([override_table(POLICY), pd.DataFrame(rows)], ignore_index=True)

"""Costs as tables that a person edits, and back."""

import pytest

from riskcore.core.errors import DataError
from riskcore.services.deciding.costing import DROP_OUT, FRICTION, costs_from, effect_table, loss_table
from tests.deciding import COSTS, POLICY

CLASSES = ("genuine", "fraud")


def test_tables_that_nobody_edited_give_the_same_costs() -> None:
    tables = loss_table(COSTS, CLASSES), effect_table(COSTS, POLICY)
    again = costs_from(COSTS, POLICY, *tables, COSTS.share_lost, COSTS.minute)
    assert again.losses == COSTS.losses
    assert all(again.effect(e) == COSTS.effect(e) for e in ("pass", "review", "stop"))


def test_every_value_that_cannot_be_is_told() -> None:
    losses, effects = loss_table(COSTS, CLASSES), effect_table(COSTS, POLICY)
    effects.loc["stop", FRICTION] = -1
    effects.loc["stop", DROP_OUT] = 1.5
    losses.iloc[1] = None
    with pytest.raises(DataError) as caught:
        costs_from(COSTS, POLICY, losses, effects, 2, float("inf"))
    assert caught.value.problems == (
        "Loss of fraud is empty; it must be 0 or more.",
        "Friction of stop is -1; it must be 0 or more.",
        "Share that gives up at stop is 1.5; it must be from 0 to 1.",
        "Share of the amount lost is 2; it must be from 0 to 1.",
        "Cost of a minute is inf; it must be 0 or more.",
    )

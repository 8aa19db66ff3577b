"""What outcomes cost, and costs as plain data."""

import numpy as np
import pytest
import yaml

from riskcore.core.costs import Costs, EffectCost, costs_from_mapping
from riskcore.core.errors import DataError
from riskcore.scenarios import card_fraud, session_risk

COSTS = Costs(
    currency="EUR",
    losses=(0.0, 10.0),
    share_lost=0.5,
    minute=2.0,
    effects={"challenge": EffectCost(friction=8.0, drop_out=0.25, catch_rate=0.8)},
)


@pytest.mark.parametrize("costs", [COSTS, card_fraud.SCENARIO.costs, session_risk.SCENARIO.costs])
def test_costs_round_trip_through_yaml(costs: Costs) -> None:
    said = yaml.safe_load(yaml.safe_dump(costs.to_mapping()))
    assert costs_from_mapping(said, len(costs.losses)) == costs


def test_friction_is_lost_by_those_who_drop_out() -> None:
    labels = np.array([0, 1])
    assert COSTS.of(labels, np.array([100.0, 100.0]), "challenge").tolist() == pytest.approx([2.0, 12.0])


def test_an_hour_may_be_priced_instead_of_a_minute() -> None:
    found = costs_from_mapping({"currency": "EUR", "losses": [0, 5], "hour": 90}, 2)
    assert (found.minute, found.hour) == (1.5, 90)
    with pytest.raises(DataError, match="one price"):
        costs_from_mapping({"currency": "EUR", "losses": [0, 5], "hour": 90, "minute": 1}, 2)


def test_costs_are_free_only_if_nothing_costs_anything() -> None:
    assert Costs(currency="EUR", losses=(0.0, 0.0)).free
    assert Costs(currency="EUR", losses=(0.0, 0.0), effects={"review": EffectCost(catch_rate=1.0)}).free
    assert not Costs(currency="EUR", losses=(0.0, 0.0), effects={"review": EffectCost(review_minutes=1)}).free
    assert not COSTS.free


def test_every_problem_is_told_with_its_path() -> None:
    said = {
        "currency": "",
        "losses": [0, -1],
        "share_lost": 2,
        "minutes": 1,
        "effects": {"reveiw": {}, "stop": {"catch_rate": "all", "friktion": 1}, "challenge": 3},
    }
    with pytest.raises(DataError) as caught:
        costs_from_mapping(said, 2, "costs.yaml")
    told = caught.value.problems
    assert all(problem.startswith("costs.yaml: ") for problem in told)
    for part in (
        "currency is ''",
        "losses[1] is -1; it must be a number of 0 or more.",
        "share_lost is 2; it must be a number from 0 to 1.",
        "unknown key 'minutes'. Did you mean 'minute'?",
        "unknown effect 'reveiw'. Did you mean 'review'?",
        "effects.stop.catch_rate is 'all'",
        "unknown key 'friktion'. Did you mean 'friction'?",
        "effects.challenge must be a mapping",
    ):
        assert any(part in problem for problem in told), part


@pytest.mark.parametrize("said", [[], "EUR", None, {"losses": [0, 1]}, {"currency": "EUR", "losses": [1]}])
def test_what_are_no_costs_is_refused(said: object) -> None:
    with pytest.raises(DataError, match="costs"):
        costs_from_mapping(said, 2)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), True, "1", None])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(DataError, match="it must be a number"):
        costs_from_mapping({"currency": "EUR", "losses": [0, wrong]}, 2)

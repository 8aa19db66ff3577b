"""One threshold judged whole, and the receipt that repeats it."""

import json

import numpy as np
import pytest

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.settings import Settings
from riskcore.services.deciding import answering
from riskcore.services.deciding.answering import Question, answer, at_threshold, caveats
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.receipt import Receipt, changes, receipt, receipt_from_mapping
from riskcore.services.scoring import score
from riskcore.services.thresholds import exact, sweep
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace, open_workspace
from tests.deciding import COSTS, FREE, POLICY, drawn, scored, three_class

KEYS = [
    "threshold",
    "n",
    "positives",
    "recall",
    "precision",
    "false_alarm_rate",
    "alerts_per_day",
    "cost",
    "optimum",
    "capacity",
    "prior",
    "policy_hash",
    "model_version",
]


def test_the_numbers_are_those_of_the_policy_at_the_threshold() -> None:
    rows, labels = drawn(2_000, rate=0.1)
    found = answer(rows, POLICY, COSTS, labels, Question(threshold=0.42, capacity=5, prior=0.02))
    moved = POLICY.with_edges({1: 0.42})
    load = workload(exact(rows, moved, COSTS, labels), rows, labels, 5, 0.02)
    assert list(found.numbers) == KEYS
    for name in ("recall", "precision", "false_alarm_rate", "cost"):
        told = found.numbers[name]
        assert told["value"] == pytest.approx(load.swept.figures[name][0])
        assert told["low"] <= told["value"] <= told["high"]
    assert found.numbers["capacity"] == load.at(0)
    assert found.numbers["policy_hash"] == moved.fingerprint()
    assert (found.numbers["threshold"], found.numbers["prior"], found.numbers["n"]) == (0.42, 0.02, 2_000)


def test_without_a_threshold_the_one_in_force_is_judged() -> None:
    rows, labels = drawn(500, rate=0.1)
    found = answer(rows, POLICY, COSTS, labels, Question())
    swept = sweep(rows, POLICY, COSTS, labels)
    assert found.numbers["threshold"] == 0.3
    assert found.numbers["cost"]["value"] == pytest.approx(swept.figures["cost"][swept.applied()])
    assert found.numbers["capacity"] is None
    best = swept.optimum()
    assert best is not None
    assert found.numbers["optimum"]["threshold"] == swept.axes[0].thresholds[best]


def test_a_threshold_beyond_the_next_band_pushes_it_along() -> None:
    rows, _ = drawn(100)
    moved = at_threshold(rows, POLICY, Question(threshold=0.85))
    assert moved.bands[1].edge == 0.85 < moved.bands[2].edge < 0.850001


@pytest.mark.parametrize("wrong", [0, -1, 1.01, 1])
def test_a_threshold_without_room_is_refused(wrong: float) -> None:
    rows, _ = drawn(100)
    with pytest.raises(DataError, match=r"threshold|no room"):
        at_threshold(rows, POLICY, Question(threshold=wrong))
    with pytest.raises(DataError, match="Band 7 cannot be moved"):
        at_threshold(rows, POLICY, Question(threshold=0.4, band=7))


def test_thresholds_on_two_measures_are_told_by_measure() -> None:
    rows, labels = three_class(500)
    found = answer(rows, rows.scenario.policy, rows.scenario.costs, labels, Question(replicates=50))
    assert set(found.numbers["threshold"]) == {"medium", "high"}
    assert set(found.numbers["optimum"]["low"]) == {"medium", "high"}


def test_one_class_only_leaves_what_is_not_defined_as_none_and_says_so() -> None:
    rows, _ = drawn(200)
    honest = np.zeros(200, dtype=np.int64)
    found = answer(rows, POLICY, COSTS, honest, Question())
    assert (found.numbers["recall"], found.numbers["positives"]) == (None, 0)
    assert found.numbers["false_alarm_rate"]["value"] > 0
    assert "All 200 events are genuine" in caveats(found, honest)[0]
    assert "no threshold is cheapest" in caveats(found, honest)[0]
    assert found.numbers["optimum"] is None
    attacks = answer(rows, POLICY, COSTS, honest + 1, Question())
    assert (attacks.numbers["optimum"], attacks.swept.optimum()) == (None, None)


def test_costs_of_zero_have_no_optimum_and_it_is_said() -> None:
    rows, labels = drawn(2_000, rate=0.1)
    found = answer(rows, POLICY, FREE, labels, Question())
    assert found.numbers["optimum"] is None
    assert "no threshold is cheapest" in caveats(found, labels)[0]


def test_few_attacks_are_said_to_be_few() -> None:
    labels = np.array([1] * 20 + [0] * 300)
    rows = scored(np.where(labels == 1, 0.9, 0.1))
    found = answer(rows, POLICY, COSTS, labels, Question())
    assert any("Only 20 attacks" in said for said in caveats(found, labels))
    assert found.numbers["recall"]["low"] < 0.85 < 1 == found.numbers["recall"]["value"]


def test_without_labels_only_alerts_are_told() -> None:
    rows, _ = drawn(200)
    found = answer(rows, POLICY, COSTS, None, Question(capacity=3))
    assert found.numbers["alerts_per_day"] > 0
    assert found.numbers["capacity"]["hour_worth"] is None
    assert all(found.numbers[name] is None for name in ("recall", "precision", "cost", "optimum", "positives"))
    assert "no labels" in caveats(found, None)[0]


def test_negative_amounts_of_attacks_are_refused_and_of_honest_events_are_not_looked_at() -> None:
    rows = scored([0.5, 0.5], {"Amount": [-5.0, 10.0]})
    with pytest.raises(DataError, match="Amount of 1 attacks is negative or missing"):
        sweep(rows, POLICY, COSTS, np.array([1, 0]))
    assert sweep(rows, POLICY, COSTS, np.array([0, 1])).n == 2
    missing = scored([0.5, 0.5], {"Amount": [np.nan, 10.0]})
    with pytest.raises(DataError, match="event 1: missing"):
        sweep(missing, POLICY, COSTS, np.array([1, 0]))
    flat = Costs(currency="EUR", losses=(0.0, 5.0))
    assert sweep(rows, POLICY, flat, np.array([1, 0])).n == 2


@pytest.fixture(scope="module")
def made(house: Workspace) -> tuple[Receipt, Receipt]:
    """A receipt of a small model on generated payments, and what came of it when it was repeated from its text."""
    kind = house.scenario("card_fraud")
    trained = house.keep(house.train(kind, house.generate(kind, 3_000, 0), Plan(model="boosted")), True, None)
    question = Question(capacity=50, prior=0.005, seed=3)

    def judged(rows: int, seed: int, recipe: object, asked: Question, policy, costs) -> Receipt:
        data = house.generate(kind, rows, seed, recipe)
        rated = score(trained, data.events)
        numbers = answer(rated, policy, costs, data.labels.label, asked).numbers
        return receipt(trained, data, policy, costs, asked, numbers)

    first = judged(2_000, 5, {"fraud_rate": 0.05}, question, kind.policy, kind.costs)
    read = receipt_from_mapping(json.loads(json.dumps(first.to_mapping())), kind)
    again = judged(read.data["rows"], read.data["seed"], read.data["recipe"], read.question, read.policy, read.costs)
    return read, again


def test_a_receipt_repeats_its_numbers_from_its_text_alone(made) -> None:
    read, again = made
    assert changes(read, again) == []
    assert read.numbers["cost"]["value"] == again.numbers["cost"]["value"]


def test_a_number_that_differs_is_told_with_its_place(made) -> None:
    read, again = made
    moved = json.loads(json.dumps(again.to_mapping()))
    moved["numbers"]["cost"]["value"] *= 1 + 1e-10
    moved["libraries"]["numpy"] = "0.1"
    other = receipt_from_mapping(moved, open_workspace(Settings()).scenario("card_fraud"))
    told = changes(read, other)
    assert any(said.startswith("cost.value: ") for said in told)
    assert any(said.startswith("numpy is 0.1 now") for said in told)


def test_a_receipt_says_the_line_that_repeats_it(made) -> None:
    read, _ = made
    assert read.to_mapping()["command"] == "riskcore thresholds card_fraud --receipt receipt.json --json"
    filed = Receipt(**{**read.__dict__, "data": {"file": "my cards.csv", "label": "Class", "where": ["Amount>5"]}})
    assert filed.command("r.json") == (
        "riskcore thresholds card_fraud --receipt r.json --data 'my cards.csv' --label Class --where 'Amount>5' --json"
    )


@pytest.mark.parametrize("said", [[], {}, {"kind": "riskcore receipt"}])
def test_what_is_no_receipt_is_refused(said: object) -> None:
    with pytest.raises(DataError, match="receipt"):
        receipt_from_mapping(said, open_workspace(Settings()).scenario("card_fraud"))


def test_a_receipt_of_another_scenario_is_refused(made) -> None:
    with pytest.raises(DataError, match="is of card_fraud; this is session_risk"):
        receipt_from_mapping(made[0].to_mapping(), open_workspace(Settings()).scenario("session_risk"))


def test_what_is_asked_is_plain_data() -> None:
    asked = answering.Question(capacity=4)
    assert answering.Question(**json.loads(json.dumps(asked.to_mapping()))) == asked

"""What goes to the browser is the sweep itself: every number can be read back."""

from base64 import b64decode

import numpy as np
import pytest

from riskcore.core.costs import Costs
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.resampling import intervals
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import sweep
from riskcore.ui.deciding.cockpit_data import payload
from riskcore.ui.deciding.sweeping import Swept
from tests.deciding import COSTS, FREE, POLICY, drawn, three_class


def made(
    scored: Scored, labels: np.ndarray | None, costs: Costs = COSTS, capacity: float | None = None, policy=POLICY
) -> Swept:
    raw = sweep(scored, policy, costs, labels)
    load = workload(raw, scored, labels, np.inf if capacity is None else capacity)
    served = None if capacity is None else load.served
    return Swept(load.swept, intervals(raw, scored, labels, served=served, replicates=20), load, capacity)


def unpacked(text: str, kind: str = "<f8") -> np.ndarray:
    return np.frombuffer(b64decode(text), dtype=kind)


def test_counts_values_and_intervals_read_back_as_they_are() -> None:
    scored, labels = drawn(3_000)
    found = made(scored, labels)
    sent = payload(found, scored, labels, {"policy": "p"})
    assert unpacked(sent["confusion"]).tolist() == found.sweep.confusion.ravel().tolist()
    for name in ("cost", "saved", "lost", "alerts_per_day", "recall", "precision", "share_review"):
        value, low, high = sent["values"][name]
        assert np.array_equal(unpacked(value), found.sweep.figures[name], equal_nan=True)
        assert np.array_equal(unpacked(low, "<f4"), found.spread.low[name].astype("<f4"), equal_nan=True)
        assert np.array_equal(unpacked(high, "<f4"), found.spread.high[name].astype("<f4"), equal_nan=True)
    assert (sent["optimum"], sent["n"], sent["seen"]) == (found.sweep.optimum(), 3_000, {"policy": "p"})


def test_the_prices_of_all_cells_add_up_to_the_cost() -> None:
    scored, labels = drawn(3_000)
    found = made(scored, labels)
    money = payload(found, scored, labels, {})["money"]
    cells = len(POLICY.actions) * 2
    amounts = unpacked(money["amounts"]).reshape(-1, cells)
    counts = found.sweep.confusion.reshape(-1, cells)
    assert counts @ money["event"] + amounts @ money["amount"] == pytest.approx(found.sweep.cost)


def test_alerts_of_each_day_and_the_capacity_are_sent() -> None:
    scored, labels = drawn(3_000)
    found = made(scored, labels, capacity=20.0)
    days = payload(found, scored, labels, {})["days"]
    assert days["capacity"] == 20.0
    assert len(days["names"]) == len(days["length"]) == len(found.load.days.number)
    assert unpacked(days["worked"], "<f4").tolist() == found.load.per_24h.astype("<f4").ravel().tolist()


def test_two_cut_offs_send_a_point_for_every_pair() -> None:
    scored, labels = three_class(2_000)
    found = made(scored, labels, scored.scenario.costs, policy=scored.scenario.policy)
    sent = payload(found, scored, labels, {})
    sizes = [len(axis["thresholds"]) for axis in sent["axes"]]
    assert len(unpacked(sent["values"]["cost"][0])) == sizes[0] * sizes[1]
    assert len(sent["optimumRange"]) == 2


def test_without_labels_no_money_is_sent_and_one_class_hides_curves() -> None:
    scored, labels = drawn(500)
    quiet = payload(made(scored, None), scored, None, {})
    assert (quiet["money"], quiet["curves"], len(quiet["classes"])) == (None, False, 1)
    assert "cost" not in quiet["values"]
    assert payload(made(scored, labels * 0), scored, labels * 0, {})["curves"] is False


def test_events_of_one_class_have_no_optimum_in_the_browser_either() -> None:
    scored, labels = drawn(500)
    for alike in (labels * 0, labels * 0 + 1):
        sent = payload(made(scored, alike), scored, alike, {})
        assert (sent["optimum"], sent["optimumRange"]) == (None, None)
        assert sent["undefinedAs"] == "all events are of one kind"


def test_free_outcomes_leave_the_optimum_undefined_in_the_browser_too() -> None:
    scored, labels = drawn(500)
    sent = payload(made(scored, labels, FREE), scored, labels, {})
    assert (sent["optimum"], sent["optimumRange"]) == (None, None)

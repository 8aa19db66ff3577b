"""A rule over time beside the single event, and as part of a policy."""

import numpy as np
import pytest

from riskcore.core.errors import DataError
from riskcore.core.repeats import Repeated
from riskcore.services.deciding.windows import judge_window, with_rule
from tests.deciding import POLICY, drawn, scored

RULE = Repeated(events=2, risk=0.5, minutes=30, of="user")


def test_a_rule_is_judged_beside_the_single_event() -> None:
    rows = scored([0.9, 0.9, 0.9], {"user": ["a", "a", "b"], "Time": [0.0, 60.0, 60.0]})
    found = judge_window(rows, RULE, np.array([1, 1, 0]))
    assert (found.alert_rate.value, found.alone_rate.value) == (pytest.approx(1 / 3), 1)
    assert found.recall is not None
    assert found.precision is not None
    assert (found.recall.value, found.precision.value) == (0.5, 1)
    assert judge_window(rows, RULE).recall is None


def test_a_real_rate_moves_precision_and_alerts_by_bayes_rule_and_not_recall() -> None:
    rows, labels = drawn(2_000, rate=0.1, users=50)
    plain, own = (judge_window(rows, RULE, labels, prior) for prior in (None, float(labels.mean())))
    rare = judge_window(rows, RULE, labels, 0.01)
    assert plain.precision is not None
    assert own.precision is not None
    assert rare.precision is not None
    assert own.precision.value == pytest.approx(plain.precision.value)
    assert own.alert_rate.value == pytest.approx(plain.alert_rate.value)
    found = rows.met(RULE)
    recall, false = found[labels == 1].mean(), found[labels == 0].mean()
    rate = 0.01 * recall + 0.99 * false
    assert rare.alert_rate.value == pytest.approx(rate)
    assert rare.alert_rate.low < rate < rare.alert_rate.high
    assert rare.precision.value == pytest.approx(0.01 * recall / rate)
    assert rare.recall == plain.recall
    assert rare.alerts_per_day(rare.alert_rate).value == pytest.approx(200 * rate, rel=0.01)  # 2,000 events in ten days


def test_a_real_rate_without_labels_is_refused() -> None:
    with pytest.raises(DataError, match="Without labels"):
        judge_window(scored([0.1, 0.9]), RULE, None, 0.01)


def test_alone_a_float32_risk_reaches_the_edge_of_its_own_type() -> None:
    rows = scored(np.array([0.7], dtype=np.float32))
    assert judge_window(rows, Repeated(events=1, risk=0.7, minutes=30)).alone_rate.value == 1


def test_a_proposed_rule_is_tried_after_the_overrides_that_are_there() -> None:
    policy = with_rule(with_rule(POLICY, RULE, "review"), Repeated(events=5, risk=0.9, minutes=5, among=9), "stop")
    assert [(o.name, o.action) for o in policy.overrides] == [
        ("2 of one user in 30 min", "review"),
        ("5 of 9 together in 5 min", "stop"),
    ]

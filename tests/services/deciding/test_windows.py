"""A rule over time beside the single event, and as part of a policy."""

import numpy as np
import pytest

from riskcore.core.repeats import Repeated
from riskcore.services.deciding.windows import judge_window, with_rule
from tests.deciding import POLICY, scored

RULE = Repeated(events=2, risk=0.5, minutes=30, of="user")


def test_a_rule_is_judged_beside_the_single_event() -> None:
    rows = scored([0.9, 0.9, 0.9], {"user": ["a", "a", "b"], "Time": [0.0, 60.0, 60.0]})
    found = judge_window(rows, RULE, np.array([1, 1, 0]))
    assert (found.alert_rate.value, found.alone_rate.value) == (pytest.approx(1 / 3), 1)
    assert found.recall is not None
    assert found.precision is not None
    assert (found.recall.value, found.precision.value) == (0.5, 1)
    assert judge_window(rows, RULE).recall is None


def test_alone_a_float32_risk_reaches_the_edge_of_its_own_type() -> None:
    rows = scored(np.array([0.7], dtype=np.float32))
    assert judge_window(rows, Repeated(events=1, risk=0.7, minutes=30)).alone_rate.value == 1


def test_a_proposed_rule_is_tried_after_the_overrides_that_are_there() -> None:
    policy = with_rule(with_rule(POLICY, RULE, "review"), Repeated(events=5, risk=0.9, minutes=5, among=9), "stop")
    assert [(o.name, o.action) for o in policy.overrides] == [
        ("2 of one user in 30 min", "review"),
        ("5 of 9 together in 5 min", "stop"),
    ]

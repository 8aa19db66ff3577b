"""How alerts are spread over users, at the same number of alerts."""

import numpy as np
import pytest

from riskcore.core.errors import DataError
from riskcore.services.deciding.adaptive import spread
from tests.deciding import scored


def test_alerts_of_one_loud_user_are_told_as_such() -> None:
    risk = np.concatenate([np.linspace(0.9, 0.99, 20), np.linspace(0.1, 0.2, 180)])
    users = np.array(["loud"] * 20 + [f"u{i % 18}" for i in range(180)], dtype=object)
    found = spread(scored(risk, {"user": users}, ("user",)), 0.1)
    assert (found.entities, found.top_share) == (19, 1.0)
    assert found.alarmed.value == pytest.approx(1 / 19)
    assert found.alert_rate.value == pytest.approx(0.1)
    assert found.recall is None


def test_new_users_are_those_with_few_events() -> None:
    risk = np.concatenate([[0.9, 0.95], np.linspace(0.1, 0.5, 98)])
    users = np.array(["new", "new"] + ["old"] * 98, dtype=object)
    found = spread(scored(risk, {"user": users}, ("user",)), 0.02, np.arange(100) < 1)
    assert found.new_rate is not None
    assert found.recall is not None
    assert (found.new_rate.value, found.recall.value) == (1.0, 1.0)


def test_events_of_nobody_have_no_users_to_spread_over() -> None:
    with pytest.raises(DataError, match="no threshold can adapt"):
        spread(scored([0.5]), 0.1)

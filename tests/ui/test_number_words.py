"""Numbers as a person reads them."""

import pytest

from riskcore.services.judging.estimates import Metric
from riskcore.ui.number_words import change, percent, signed


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (Metric(-9.54e-16, -0.872, 0.592), "0 (-0.872 to +0.592)"),
        (Metric(2.0, -3e-14, 4.0), "+2 (0 to +4)"),
        (Metric(3e-7, 1e-7, 5e-7), "+3.00e-07 (+1.00e-07 to +5.00e-07)"),
        (Metric(-0.0, -0.0, 0.0), "0 (0 to 0)"),
        (Metric(5.0, 5.0, 5.0), "+5 (+5 to +5)"),
        (Metric(-1_500.0, -2_000.0, 10.0), "-1,500 (-2,000 to +10)"),
    ],
)
def test_a_difference_that_is_nothing_beside_its_interval_is_0(metric: Metric, said: str) -> None:
    assert signed(metric) == said
    assert change(metric) == said.split(" ")[0]


def test_a_difference_of_shares_has_signs_too() -> None:
    assert signed(Metric(1e-18, -0.1, 0.2), percent) == "0 % (-10 % to +20 %)"

"""Presets change one assumption, and only that one."""

import pytest

from riskcore.services.deciding.cost_presets import OWN, PRESETS, preset
from tests.deciding import COSTS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_keeps_the_currency_and_never_makes_a_cost_negative(name: str) -> None:
    made = preset(COSTS, name)
    assert made.currency == COSTS.currency
    assert (made == COSTS) == (name == OWN)
    assert min(*made.losses, made.minute, made.share_lost) >= 0


def test_losses_only_leaves_nothing_but_losses() -> None:
    made = preset(COSTS, "Losses only")
    assert made.losses == COSTS.losses
    assert made.hour == 0
    assert all(effect.friction == 0 for effect in made.effects.values())


def test_half_as_good_reviews_leave_stops_as_they_are() -> None:
    made = preset(COSTS, "Reviews find half as much")
    assert made.effect("review").catch_rate == COSTS.effect("review").catch_rate / 2
    assert made.effect("stop") == COSTS.effect("stop")

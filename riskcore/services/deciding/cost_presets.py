"""Other costs to start from: the scenario's own with one assumption changed, to see whether a decision hangs on it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from riskcore.core.costs import Costs, EffectCost

OWN = "The scenario's"


def preset(costs: Costs, name: str) -> Costs:
    """The costs of a scenario under one of `PRESETS`."""
    return PRESETS[name](costs)


def _effects(costs: Costs, change: Callable[[EffectCost], EffectCost]) -> Costs:
    return replace(costs, effects={name: change(effect) for name, effect in costs.effects.items()})


PRESETS: Mapping[str, Callable[[Costs], Costs]] = {
    OWN: lambda costs: costs,
    "Losses only": lambda costs: _effects(replace(costs, minute=0.0), lambda e: replace(e, friction=0.0)),
    "Customers easily lost": lambda costs: _effects(costs, lambda e: replace(e, friction=3 * e.friction)),
    "Analysts twice as dear": lambda costs: replace(costs, minute=2 * costs.minute),
    "Reviews find half as much": lambda costs: _effects(
        costs, lambda e: replace(e, catch_rate=e.catch_rate / 2) if e.review_minutes else e
    ),
    "Half of the loss comes back": lambda costs: replace(
        costs, share_lost=costs.share_lost / 2, losses=(costs.losses[0], *(loss / 2 for loss in costs.losses[1:]))
    ),
}

"""What outcomes cost, as tables that a person can edit and as the value that the sweep works with."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import Costs, Effect, EffectCost
from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.core.policy import Policy

LOSS = "Loss"
FRICTION, DROP_OUT, MINUTES, CAUGHT = "Friction", "Share that gives up", "Review minutes", "Share caught"


def expected_loss(costs: Costs, output: Output, amounts: NDArray[np.floating] | None) -> NDArray[np.float64] | None:
    """Money (n,) that each of n events loses on average if nothing stops it, by the model's probabilities.

    None where the risk is a percentile and says no probability, or where nothing costs anything.  An event without an
    amount counts by its class only.
    """
    if not output.likelihood or costs.free:
        return None
    p = np.column_stack([1 - output.risk, output.risk]) if output.probabilities is None else output.probabilities
    known = None if amounts is None else np.nan_to_num(amounts)
    stakes = [costs.stakes(np.full(len(p), c), known) for c in range(p.shape[1])]
    return np.asarray((p * np.column_stack(stakes)).sum(axis=1), dtype=np.float64)


def loss_table(costs: Costs, classes: Sequence[str]) -> pd.DataFrame:
    """Money lost on one event of each class that nothing stops; one row each, in order of severity."""
    return pd.DataFrame({LOSS: [float(loss) for loss in costs.losses]}, index=pd.Index(classes, name="Class"))


def effect_table(costs: Costs, policy: Policy) -> pd.DataFrame:
    """What each effect that the policy uses costs and prevents; one row each, in order of severity."""
    effects = _effects(policy)
    found = [costs.effects.get(effect, EffectCost()) for effect in effects]
    columns = {
        FRICTION: [float(c.friction) for c in found],
        DROP_OUT: [float(c.drop_out) for c in found],
        MINUTES: [float(c.review_minutes) for c in found],
        CAUGHT: [float(c.catch_rate) for c in found],
    }
    return pd.DataFrame(columns, index=pd.Index(effects, name="Effect"))


def costs_from(
    costs: Costs, policy: Policy, losses: pd.DataFrame, effects: pd.DataFrame, share_lost: object, minute: object
) -> Costs:
    """These costs with the edited tables and numbers; a `DataError` tells every value that cannot be."""
    problems: list[str] = []
    table = {name: _number(f"Loss of {name}", losses.loc[name, LOSS], None, problems) for name in losses.index}
    found: dict[Effect, EffectCost] = dict(costs.effects)
    for effect in _effects(policy):
        row: Any = effects.loc[effect]
        found[effect] = EffectCost(
            friction=_number(f"Friction of {effect}", row[FRICTION], None, problems),
            drop_out=_number(f"Share that gives up at {effect}", row[DROP_OUT], 1.0, problems),
            review_minutes=_number(f"Review minutes of {effect}", row[MINUTES], None, problems),
            catch_rate=_number(f"Share caught by {effect}", row[CAUGHT], 1.0, problems),
        )
    share = _number("Share of the amount lost", share_lost, 1.0, problems)
    pay = _number("Cost of a minute", minute, None, problems)
    if problems:
        raise DataError(problems)
    return replace(costs, losses=tuple(table.values()), share_lost=share, minute=pay, effects=found)


def _effects(policy: Policy) -> list[Effect]:
    return list(dict.fromkeys(action.effect for action in policy.actions))


def _number(what: str, value: Any, most: float | None, problems: list[str]) -> float:
    rule = "0 or more" if most is None else f"from 0 to {most:g}"
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number) or number < 0 or (most is not None and number > most):
        told = "empty" if value is None or number != number else f"{number:g}"
        problems.append(f"{what} is {told}; it must be {rule}.")
    return number

"""What a table of outcomes means: errors, workload and money, the same formulas for one table and for thousands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.scoring import Scored

Floats = NDArray[np.float64]
SHARE = "share_"  # of the events that get an action: "share_review"


def figures(
    policy: Policy, costs: Costs, events: NDArray[Any], amounts: NDArray[Any] | None, n: float, days: float
) -> dict[str, Floats]:
    """Named numbers (...) of outcome tables `events` (..., actions, classes), and the `amounts` that attacks carried.

    An alert is any event whose action is not the mildest.  `recall`: share of attacks that are alerts; `precision`:
    share of alerts that are attacks; `false_alarm_rate`: share of honest events that are alerts.  Money, over all n
    events: `cost = lost + friction + review`; `saved` is the loss that actions prevent.  NaN where nothing is divided.
    Without labels (`amounts` None) there is one class, and only counts are known.
    """
    known = formulas(policy, costs, events.shape[-1], amounts is not None)
    sums = _sums(known.of_events, events)
    if amounts is not None:
        sums = _added(sums, _sums(known.of_amounts, amounts))
    found = {
        name: sums[over] if under is None else _ratio(sums[over], sums[under])
        for name, (over, under) in known.numbers.items()
    }
    return found | {name: found[of] * factor for name, (of, factor) in scales(n, days).items() if of in found}


@dataclass(frozen=True)
class Formulas:
    """How numbers follow from outcome tables: each is a weighted sum of cells, or such a sum divided by another."""

    of_events: Mapping[str, Floats]  # weights (actions, classes) of each sum
    of_amounts: Mapping[str, Floats]  # and those of the amounts that attacks carry, where they have a part in it
    numbers: Mapping[str, tuple[str, str | None]]  # by name: a sum, and the one that it is divided by


def formulas(policy: Policy, costs: Costs, classes: int, labelled: bool) -> Formulas:
    """The formulas of `figures`, as data."""
    sums, of_amounts = _counts((len(policy.actions), classes)), dict[str, Floats]()
    numbers: dict[str, tuple[str, str | None]] = {"alerts": ("alerts", None)}
    numbers |= {f"{SHARE}{action.key}": (f"action {i}", "total") for i, action in enumerate(policy.actions)}
    if labelled:
        numbers |= {
            "precision": ("caught", "alerts"),
            "recall": ("caught", "attacks"),
            "false_alarm_rate": ("false", "honest"),
        }
        prices, of_amounts = _prices(policy, costs, classes)
        sums |= prices
        numbers |= {name: (name, None) for name in prices}
    return Formulas(sums, of_amounts, numbers)


def scales(n: float, days: float) -> dict[str, tuple[str, float]]:
    """Numbers that are another one times a factor: alerts and cost per 100,000 events and per day."""
    factors = {"per_100k": 1e5 / n if n else np.nan, "per_day": 1 / days if days else np.nan}
    return {f"{of}_{per}": (of, factor) for of in ("alerts", "cost") for per, factor in factors.items()}


def money(policy: Policy, costs: Costs, events: NDArray[Any], amounts: NDArray[Any]) -> dict[str, Floats]:
    """`cost` and its parts `lost`, `friction` and `review`, and what is `saved`, each (...), of outcome tables."""
    of_events, of_amounts = _prices(policy, costs, events.shape[-1])
    return _added(_sums(of_events, events), _sums(of_amounts, amounts))


def _counts(shape: tuple[int, ...]) -> dict[str, Floats]:
    """Which cells (actions, classes) of an outcome table are counted, by name."""
    action, klass = np.indices(shape)
    alert, attack = action > 0, klass > 0
    found = {"alerts": alert, "caught": alert & attack, "false": alert & ~attack, "attacks": attack, "honest": ~attack}
    found |= {"total": action >= 0} | {f"action {i}": action == i for i in range(shape[0])}
    return {name: cells.astype(np.float64) for name, cells in found.items()}


def _prices(policy: Policy, costs: Costs, classes: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Money by cell (actions, classes): for one event, and for one unit of the amount that attacks carry."""
    effects = [costs.effect(a.effect) for a in policy.actions]
    caught = np.array([e.catch_rate for e in effects])[:, None]
    losses = np.asarray(costs.losses, dtype=np.float64)[:classes]
    honest, attacks = np.eye(classes)[0], 1 - np.eye(classes)[0]
    friction = np.array([e.annoyance for e in effects])[:, None] * honest
    review = np.array([e.review_minutes * costs.minute for e in effects])[:, None] * np.ones(classes)
    lost, saved = (1 - caught) * losses, caught * losses
    of_events = {"cost": lost + friction + review, "saved": saved, "lost": lost}
    of_events |= {"friction": friction, "review": review}
    shares = costs.share_lost * attacks
    lost, saved = (1 - caught) * shares, caught * shares
    return of_events, {"cost": lost, "saved": saved, "lost": lost}


def _sums(weights: Mapping[str, Floats], tables: NDArray[Any]) -> dict[str, Floats]:
    """Weighted sums (...) over the cells of tables (..., actions, classes), all in one product of matrices."""
    flat = tables.reshape(*tables.shape[:-2], -1).astype(np.float64, copy=False)
    found = flat @ np.stack([w.ravel() for w in weights.values()], axis=1)
    return {name: found[..., i] for i, name in enumerate(weights)}


def _added(sums: Mapping[str, Floats], more: Mapping[str, Floats]) -> dict[str, Floats]:
    return {name: found + more[name] if name in more else found for name, found in sums.items()}


def attack_amounts(scored: Scored, costs: Costs, labels: NDArray[np.integer]) -> Floats | None:
    """What each event carries (n,), 0 for honest ones; None where amounts play no part in the costs.

    Raises `DataError` where an attack's amount is negative or missing: such money can be neither lost nor saved.
    """
    name = scored.scenario.event.amount
    if name is None or not costs.share_lost:
        return None
    amounts = scored.events[name].to_numpy(dtype=np.float64)
    attacks = np.flatnonzero(labels > 0)
    wrong = attacks[~(amounts[attacks] >= 0)]
    if len(wrong):
        value = amounts[wrong[0]]
        told = "missing" if np.isnan(value) else f"{value:g}"
        raise DataError(
            f"{name} of {len(wrong):,} attacks is negative or missing (event {wrong[0] + 1}: {told}); it must be 0 or "
            "more, as a share of it is lost. Leave these rows out, or set the share lost to 0."
        )
    return np.where(labels > 0, amounts, 0.0)


def plain(found: Mapping[str, Floats], point: int) -> dict[str, float | None]:
    """The numbers at one point; None where they are not defined."""
    return {name: None if np.isnan(values[point]) else float(values[point]) for name, values in found.items()}


def _ratio(part: Any, whole: Any) -> Floats:
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)

"""What people can work on, judged on each day: overflow, what it costs, and what one more analyst-hour is worth.

An alert is worked if its action takes an analyst's minutes, or, where none does, if its action is not the mildest.
Alerts are worked in the order they come: on a day with more than fit, each has the same chance to be reached, and one
that is not reached is let through with the mildest action.  It takes no time and prevents nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import HOUR_MIN, Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.deciding.days import Days, days_of
from riskcore.services.deciding.figures import attack_amounts, money
from riskcore.services.deciding.grids import Grid, joint, joint_axis
from riskcore.services.deciding.prior import class_weights
from riskcore.services.scoring import Decided, Scored
from riskcore.services.thresholds import Sweep, class_of, movable, outcomes

Floats = NDArray[np.float64]


def capacity_of(analysts: float, hours: float, minutes: float) -> float:
    """Alerts a day that so many analysts can work, each so many hours a day at so many minutes an alert.

    >>> capacity_of(analysts=3, hours=6, minutes=8)
    135.0
    """
    if min(analysts, hours) < 0 or minutes <= 0:
        raise DataError(f"{analysts:g} analysts, {hours:g} hours, {minutes:g} minutes: all must be above 0.")
    return analysts * hours * HOUR_MIN / minutes


@dataclass(frozen=True)
class Workload:
    """Alerts of each day at every point of a sweep, and what the capacity makes of the outcomes.

    `swept`: the outcomes with overflow let through.  Counts are per 24 h where a day is partial (`days.length`).
    `hour` is net: the losses that its alerts prevent, less their friction and the pay of the minutes that they take.
    Minutes for which nothing is left to work cost nothing here, so that an hour that nobody needs is worth 0.
    """

    swept: Sweep
    days: Days
    capacity: float  # alerts a day
    worked: Floats  # (days, p) alerts that people should work, in the part of each day that the events cover
    served: Floats  # (p, actions, classes) share of outcomes that people get to; 1 for actions they have no part in
    hour: Floats | None  # (p,) money that one more analyst-hour a day saves; None where not defined

    @property
    def per_24h(self) -> Floats:
        """Alerts per 24 h on each day (days, p)."""
        return np.asarray(self.worked / self.days.length[:, None])

    @property
    def overflow(self) -> Floats:
        """Alerts that nobody gets to on each day (days, p)."""
        return np.asarray(np.maximum(self.worked - self.capacity * self.days.length[:, None], 0))

    @property
    def over(self) -> NDArray[np.int64]:
        """Days on which there are more alerts than fit, (p,)."""
        return np.asarray((self.overflow > 1e-9).sum(axis=0))

    def at(self, point: int) -> dict[str, Any]:
        """The workload at one point as plain numbers."""
        whole = self.worked[:, point].sum()
        return {
            "alerts_per_day": self.capacity,
            "worked_per_day": float(whole / self.days.total) if self.days.total else None,
            "busiest_day": float(self.per_24h[:, point].max()) if len(self.worked) else None,
            "days": len(self.worked) + self.days.empty,
            "days_without_events": self.days.empty,
            "partial_days": int(self.days.partial.sum()),
            "days_over": int(self.over[point]),
            "overflow": float(self.overflow[:, point].sum()),
            "hour_worth": None if self.hour is None else float(self.hour[point]),
        }


def workload(
    swept: Sweep,
    scored: Scored,
    labels: NDArray[np.integer] | None,
    capacity: float,
    prior: float | None = None,
) -> Workload:
    """The alerts of each day at every point of a sweep of these events, under a capacity of so many alerts a day.

    `prior` re-weights as `prior.reweighted` does; the sweep is given as it was made, before that.  Capacity 0 is
    allowed: nothing is worked.  A negative one raises `DataError`.
    """
    _check(capacity)
    mask, minutes = worked_actions(swept.policy, swept.costs)
    weights = class_weights(swept.confusion[0].sum(axis=0), prior)
    days = days_of(scored)
    worked = np.zeros((len(days.number), len(swept.confusion)))
    total, lost, gained = np.zeros(swept.confusion.shape), np.zeros(swept.confusion.shape), np.zeros(len(worked.T))
    carried = None if swept.amounts is None else np.zeros(swept.confusion.shape)
    for day, (events, amounts) in enumerate(_by_day(swept, scored, labels, days, weights)):
        alerts = events[:, mask].sum(axis=(1, 2))
        worked[day] = alerts
        fits = capacity * days.length[day]
        share = _share(fits, alerts)
        dropped = np.where(mask[:, None], 1 - share[:, None, None], 0.0)
        total += events
        lost += events * dropped
        if amounts is not None and carried is not None:
            carried += amounts * (1 - dropped)
            carried[:, 0] += (amounts * dropped).sum(axis=1)
            taken = _ratio((events.sum(axis=2) * minutes).sum(axis=1), alerts)
            more = _share(fits + days.length[day] * _ratio(np.full(len(alerts), HOUR_MIN), taken), alerts)
            gained += (more - share) * _benefit(swept, mask, events, amounts)
    kept = total - lost
    served = np.where(total > 0, _ratio(kept, total), 1.0)
    kept[:, 0] += lost.sum(axis=1)
    hour = gained / days.total if carried is not None and minutes.any() and days.total else None
    return Workload(replace(swept, confusion=kept, amounts=carried), days, capacity, worked, served, hour)


def worked_actions(policy: Policy, costs: Costs) -> tuple[NDArray[np.bool_], Floats]:
    """Which actions people work on, and the minutes that each takes (actions,)."""
    minutes = np.array([costs.effect(a.effect).review_minutes for a in policy.actions])
    return (minutes > 0 if minutes.any() else np.arange(len(minutes)) > 0), minutes


def reached(decided: Decided, costs: Costs, capacity: float | None, weight: Floats) -> Floats:
    """The chance (n,) that each event gets what was decided, and not the mildest action, as `workload` has it.

    `weight` (n,): how much each event counts, see `prior.class_weights`.  1 where nobody has to work on it.
    """
    found = np.ones(len(weight))
    if capacity is None:
        return found
    _check(capacity)
    mask, _ = worked_actions(decided.policy, costs)
    rows = np.flatnonzero(mask[decided.decisions.actions])
    days = days_of(decided.scored)
    alerts = np.asarray(
        np.bincount(days.code[rows], weights=weight[rows], minlength=len(days.number)), dtype=np.float64
    )
    found[rows] = _share(capacity * days.length, alerts)[days.code[rows]]
    return found


def _check(capacity: float) -> None:
    if not capacity >= 0:
        raise DataError(f"Capacity is {capacity:g} alerts a day; it must be 0 or more.")


def _by_day(
    swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None, days: Days, weights: Floats
) -> Iterator[tuple[Floats, Floats | None]]:
    """Events and amounts (p, actions, classes) of each day, re-weighted by class."""
    grid = swept.grid
    classes, y = class_of(scored, labels)
    key = (days.code * len(classes) + y) * grid.cells + grid.cell
    shape = (len(days.number), len(classes), grid.cells)
    size = int(np.prod(shape))
    counts = np.bincount(key, minlength=size).reshape(shape)
    carried = None if labels is None else attack_amounts(scored, swept.costs, labels)
    amounts = np.zeros(shape) if labels is not None else None
    if carried is not None and labels is not None:
        rows = np.flatnonzero(labels > 0)
        summed = np.bincount(key[rows], weights=carried[rows], minlength=size)
        amounts = np.asarray(summed, dtype=np.float64).reshape(shape)
    for day, count in enumerate(counts):
        money = None if amounts is None else _tables(grid, amounts[day] * weights[:, None])
        yield _tables(grid, count * weights[:, None]), money


def _tables(grid: Grid, totals: Floats) -> Floats:
    return np.moveaxis(grid.by_action(totals), 0, -1)


def _benefit(swept: Sweep, mask: NDArray[np.bool_], events: Floats, amounts: Floats) -> Floats:
    """Money (p,) that working every alert of a day saves against letting all of them through."""
    let_through = [np.where(mask[:, None], 0.0, t) for t in (events, amounts)]
    for table, whole in zip(let_through, (events, amounts), strict=True):
        table[:, 0] += whole[:, mask].sum(axis=1)
    worked, passed = (money(swept.policy, swept.costs, *t)["cost"] for t in ((events, amounts), tuple(let_through)))
    return np.asarray(passed - worked)


@dataclass(frozen=True)
class Pair:
    """Two cut-offs of least cost under a capacity."""

    edges: dict[int, float]  # by band position
    workload: Workload
    point: int


def best_pair(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer],
    capacity: float,
    prior: float | None = None,
) -> Pair:
    """The first and the last movable edge at which least money is lost while people work so many alerts a day.

    81 × 81 positions are tried; the other bands stay.  Raises `DataError` where the policy has fewer than two movable
    edges, or every position costs the same.
    """
    bands = movable(policy)
    if len(bands) < 2:
        raise DataError("A pair of cut-offs needs a policy with two bands above the first.")
    ends = (bands[0], bands[-1])
    axes = (joint_axis(scored, policy, ends[0], ends), joint_axis(scored, policy, ends[1], ends))
    swept = outcomes(joint(scored, policy, axes), scored, costs, labels)
    found = workload(swept, scored, labels, capacity, prior)
    cost = found.swept.cost
    assert cost is not None
    possible = np.where(_rising(swept), cost, np.inf)
    if not np.isfinite(possible).any() or np.ptp(possible[np.isfinite(possible)]) == 0:
        raise DataError("Every pair of cut-offs costs the same, so none is best. Enter what outcomes cost.")
    point = int(possible.argmin())
    return Pair(found.swept.edges(*found.swept.places(point)), found, point)


def _rising(swept: Sweep) -> NDArray[np.bool_]:
    """Points (p,) whose edges rise from band to band on each measure, as a policy's must."""
    rises = np.ones(len(swept.band_edges), dtype=bool)
    bands = swept.policy.bands
    for measure in {b.measure for b in bands}:
        places = [i for i, b in enumerate(bands) if b.measure == measure]
        rises &= (np.diff(swept.band_edges[:, places], axis=1) > 0).all(axis=1)
    return rises


def _share(fits: Any, alerts: Floats) -> Floats:
    """Share (p,) of the alerts that is reached."""
    return np.minimum(1.0, _ratio(np.broadcast_to(np.asarray(fits, dtype=np.float64), alerts.shape), alerts, 1.0))


def _ratio(part: Floats, whole: Floats, otherwise: float = 0.0) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, otherwise), where=whole > 0))

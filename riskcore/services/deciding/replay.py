"""Two ways of deciding about the same events: who moves where, what it costs, and what it may not do.

The two may differ in threshold, in policy, or in the model whose risks they decide on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.services.deciding.capacity import reached
from riskcore.services.deciding.cell_draws import entity_of, total
from riskcore.services.deciding.figures import Floats, attack_amounts
from riskcore.services.deciding.prior import UNKNOWN, class_weights
from riskcore.services.judging.estimates import Metric
from riskcore.services.scoring import Decided, Scored, decide
from riskcore.services.thresholds import class_of


@dataclass(frozen=True)
class Movement:
    """n events under decisions A and B.  Differences are B − A over all events, paired: below 0, B costs less.

    `counts[a, b, c]`: events of class c that get action a under A and b under B, as they are in the data; without
    labels there is one class.  `money[a, b]`: by how much more these events cost under B.  Differences of money and of
    alerts are re-weighted to `prior`, and those that the `capacity` does not reach are let through, on each side by
    itself; they are then those of the two sides judged alone (`answering.answer`).  Under a capacity events that keep
    their action make a difference too: more or fewer of them are reached.
    """

    before: Decided
    after: Decided
    classes: tuple[str, ...]
    counts: NDArray[np.int64]  # (actions, actions, classes)
    money: NDArray[np.float64] | None  # (actions, actions)
    cost: Metric | None
    alerts: Metric
    unit: str  # what the intervals draw: "event", or the entity's column
    capacity: float | None = None  # alerts a day that people can work; None: all are worked
    prior: float | None = None  # share of attacks in production; None: as in the data

    @property
    def actions(self) -> tuple[str, ...]:
        """Keys of the actions, in order of severity."""
        return tuple(a.key for a in self.before.policy.actions)

    @property
    def moved(self) -> int:
        """Events that get another action."""
        return int(self.counts.sum() - np.trace(self.counts).sum())

    @property
    def loosened(self) -> int:
        """Events that get a milder one."""
        return int(np.tril(self.counts.sum(axis=-1), -1).sum())

    def rows(self, action: str, becomes: str) -> NDArray[np.intp]:
        """Positions of the events that go from one action to another, in the table's order."""
        codes = []
        for key in (action, becomes):
            if key not in self.actions:
                raise UnknownKeyError("action", key, self.actions)
            codes.append(self.actions.index(key))
        a, b = (d.decisions.actions for d in (self.before, self.after))
        return np.flatnonzero((a == codes[0]) & (b == codes[1]))


def replay(
    scored: Scored,
    applied: Policy,
    draft: Policy,
    costs: Costs,
    labels: NDArray[np.integer] | None = None,
    *,
    capacity: float | None = None,
    prior: float | None = None,
) -> Movement:
    """A draft beside the policy in force, on the same risks; nothing is scored again."""
    before, after = (decide(scored, policy) for policy in (applied, draft))
    return compare(before, after, costs, labels, capacity=capacity, prior=prior)


def compare(
    before: Decided,
    after: Decided,
    costs: Costs,
    labels: NDArray[np.integer] | None = None,
    *,
    capacity: float | None = None,
    prior: float | None = None,
    seed: int = 0,
) -> Movement:
    """Decisions A and B about the same n events, in the same order; labels are class numbers (n,).

    In the draws of the intervals, the chance that an alert is reached stays as it is on the events at hand.  Raises
    `DataError` where the events are not as many, the actions are not the same in the same order, or labels are missing
    for the prior.
    """
    a, b = before.decisions.actions, after.decisions.actions
    if len(a) != len(b):
        raise DataError(f"A decides about {len(a):,} events and B about {len(b):,}; they must be the same.")
    if before.policy.actions != after.policy.actions:
        raise DataError("A and B know other actions, so no event can be said to move. Give both the same actions.")
    if prior is not None and labels is None:
        raise DataError(UNKNOWN)
    size = len(before.policy.actions)
    classes, _ = class_of(before.scored, labels)
    y = np.zeros(len(a), dtype=np.int64) if labels is None else labels
    code = a.astype(np.int64) * size + b
    counts = np.bincount(code * len(classes) + y, minlength=size * size * len(classes))
    counts = counts.reshape(size, size, len(classes))
    weight = class_weights(counts.sum(axis=(0, 1)), prior)[y]
    done = [reached(way, costs, capacity, weight) for way in (before, after)]
    unit, name = entity_of(before.scored)
    alerts = total(done[1] * (b > 0) - done[0] * (a > 0), unit, y, prior, seed=seed)
    money, cost = None, None
    if labels is not None:
        difference = _difference(before, after, costs, labels, *done)
        summed = np.bincount(code, weights=weight * difference, minlength=size * size)
        money = np.asarray(summed, dtype=np.float64).reshape(size, size)
        cost = total(difference, unit, y, prior, seed=seed)
    return Movement(before, after, classes, counts, money, cost, alerts, name, capacity, prior)


def _difference(
    before: Decided, after: Decided, costs: Costs, labels: NDArray[np.integer], done: Floats, done_after: Floats
) -> Floats:
    """By how much more each event (n,) costs under B; what is not done on a side has the cost of the mildest action."""
    a, b = before.decisions.actions, after.decisions.actions
    rows = np.flatnonzero((a != b) | (done != done_after))
    amounts = attack_amounts(before.scored, costs, labels)
    amounts = None if amounts is None else amounts[rows]
    mildest, *harsher = (costs.of(labels[rows], amounts, action.effect) for action in before.policy.actions)
    above = np.stack([np.zeros(len(rows)), *(cost - mildest for cost in harsher)])
    each = np.arange(len(rows))
    found = np.zeros(len(labels))
    found[rows] = done_after[rows] * above[b[rows], each] - done[rows] * above[a[rows], each]
    return found


def differences(applied: Policy, draft: Policy) -> list[str]:
    """What a draft says otherwise than the policy in force, as sentences; bands by place, overrides by name."""
    said = []
    for i in range(max(len(applied.bands), len(draft.bands))):
        old, new = (_band(policy, i) for policy in (applied, draft))
        if old != new:
            said.append(f"bands[{i}]: {new or 'gone'}, was {old or 'not there'}.")
    before, after = ({o.name: (o.conditions, o.action) for o in policy.overrides} for policy in (applied, draft))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            old, new = (" to ".join(side.get(name, ())) for side in (before, after))
            said.append(f"override '{name}': {new or 'gone'}, was {old or 'not there'}.")
    if before == after and list(before) != list(after):
        said.append(f"overrides: tried in the order {', '.join(after)}, was {', '.join(before)}.")
    if applied.actions != draft.actions:
        old, new = (", ".join(f"{a.key} ({a.effect})" for a in policy.actions) for policy in (applied, draft))
        said.append(f"actions: {new}, was {old}.")
    return said


def _band(policy: Policy, place: int) -> str:
    if place >= len(policy.bands):
        return ""
    band = policy.bands[place]
    return f"{band.action} from {policy.rules[place]}" + (f" ({band.note})" if band.note else "")


@dataclass(frozen=True, kw_only=True)
class GuardRail:
    """What a change may not do: treat any of these events more mildly than before.

    `attack`: a kind of attack.  `when`: conditions on fields, as in an override.  An event must meet both.
    """

    name: str
    attack: str | None = None
    when: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Breach:
    """A guard-rail and the events (positions) that a change loosens all the same."""

    rail: GuardRail
    rows: NDArray[np.intp]
    of: int  # events that the guard-rail is about

    @property
    def sentence(self) -> str:
        return f"{self.rail.name}: {len(self.rows):,} of {self.of:,} events would be treated more mildly."


def breaches(
    movement: Movement, rails: Sequence[GuardRail], attack: NDArray[np.object_] | None = None
) -> tuple[Breach, ...]:
    """The guard-rails that a change breaks; `attack` (n,) is the kind of attack of each event, "" for none.

    Raises `DataError` where a guard-rail is about a kind of attack that no event is of, or kinds are not known: it
    could not be broken, and would be trusted all the same.
    """
    events = movement.before.scored.events
    milder = movement.after.decisions.actions < movement.before.decisions.actions
    found = []
    for rail in rails:
        about = _about(rail, events, attack)
        rows = np.flatnonzero(about & milder)
        if len(rows):
            found.append(Breach(rail, rows, int(about.sum())))
    return tuple(found)


def _about(rail: GuardRail, events: pd.DataFrame, attack: NDArray[np.object_] | None) -> NDArray[np.bool_]:
    about = np.ones(len(events), dtype=bool)
    if rail.when:
        about &= Override(name=rail.name, when=rail.when, action="").matches(events)
    if rail.attack is not None:
        if attack is None:
            raise DataError(f"{rail.name}: the kind of attack is not known of these events.")
        known = sorted({str(kind) for kind in attack if kind})
        if rail.attack not in known:
            raise UnknownKeyError("kind of attack", rail.attack, known)
        about &= attack == rail.attack
    return about

"""What would happen at every threshold: one pass over the events, then any cut-off is a look-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.policy import RISK, Costs, Effect, Policy
from riskcore.services.scoring import Scored

POINTS = 1_001  # of a single cut-off
CLOSER = 100  # of them are kept for the neighbourhood of the optimum
JOINT_POINTS = 81  # of each of two cut-offs; their grid has 81 × 81 points
TINY = 1e-6  # risks are drawn no closer to 0 and 1 than this
DAY_S = 86_400


@dataclass(frozen=True)
class Axis:
    """One cut-off that can be moved: the edge of a band, at ascending thresholds (`measure >= threshold`)."""

    band: int  # position in `policy.bands`
    measure: str
    action: str
    thresholds: NDArray[np.float64]
    applied: int  # index of the threshold in force

    def nearest(self, edge: float) -> int:
        """Index of the threshold closest to an edge."""
        return _index(self.thresholds, edge)


@dataclass(frozen=True)
class Sweep:
    """Outcomes of n events at every combination of cut-offs; grid points are flattened with the last axis fastest.

    `confusion[p, a, c]`: events of class c that get action a at point p, actions and classes in order of severity.
    Without labels there is one class, "all", and no cost.  `cost[p]`: money lost over all n events.
    `band_edges[p]`: the edge of every band at point p, those that were pushed along included; with overrides aside,
    `policy.decide` under these edges gives exactly these counts.
    """

    policy: Policy
    axes: tuple[Axis, ...]
    band_edges: NDArray[np.float64]  # (p, bands)
    classes: tuple[str, ...]
    confusion: NDArray[np.int64]  # (p, actions, classes)
    cost: NDArray[np.float64] | None  # (p,)
    n: int
    currency: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Thresholds of each axis."""
        return tuple(len(axis.thresholds) for axis in self.axes)

    def point(self, *places: int) -> int:
        """Flat index of a grid point from one index per axis."""
        return int(np.ravel_multi_index(places, self.shape))

    def places(self, point: int) -> tuple[int, ...]:
        """One index per axis of a flat grid point."""
        return tuple(int(i) for i in np.unravel_index(point, self.shape))

    def edges(self, *places: int) -> dict[int, float]:
        """Edges at a grid point by band position: the moved bands, and the others that they push along."""
        found = self.band_edges[self.point(*places)]
        moved = {axis.band for axis in self.axes}
        return {i: float(e) for i, e in enumerate(found) if i in moved or e != self.policy.bands[i].edge}

    def applied(self) -> int:
        """The grid point in force."""
        return self.point(*(axis.applied for axis in self.axes))

    def optimum(self) -> int | None:
        """Grid point of least cost; None without labels or where cost is the same everywhere."""
        if self.cost is None or np.ptp(self.cost) == 0:
            return None
        return int(self.cost.argmin())

    def metrics(self, point: int) -> dict[str, float | None]:
        """Numbers at a grid point: an alert is any event whose action is not the mildest; shares are None where
        nothing is divided.  Precision and recall need labels."""
        table = self.confusion[point]
        alerts = int(table[1:].sum())
        said: dict[str, float | None] = {"alerts": alerts, "alerts_per_100k": 1e5 * alerts / self.n if self.n else None}
        if self.cost is None:
            return said
        caught, honest = int(table[1:, 1:].sum()), int(table[1:, 0].sum())
        attacks, genuine = int(table[:, 1:].sum()), int(table[:, 0].sum())
        said["precision"] = caught / alerts if alerts else None
        said["recall"] = caught / attacks if attacks else None
        said["false_alarm_rate"] = honest / genuine if genuine else None
        said["cost"] = float(self.cost[point])
        said["cost_per_100k"] = 1e5 * float(self.cost[point]) / self.n if self.n else None
        return said


def movable(policy: Policy) -> tuple[int, ...]:
    """Positions of the bands whose edge can be moved; a band at 0 is where everything starts."""
    return tuple(i for i, b in enumerate(policy.bands) if b.edge > 0)


def joint(policy: Policy) -> bool:
    """Whether the edges act on more than one measure, so that two of them are moved together."""
    return len({policy.bands[i].measure for i in movable(policy)}) > 1


def sweep(
    scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None = None, band: int | None = None
) -> Sweep:
    """Outcomes at every position of the movable cut-offs.

    Bands on one measure: the edge of one band moves (`band`, by default the mildest above the first), and pushes
    the others along where they would cross: harsher ones start just above it, milder ones just below.  Bands on two
    measures (classes): one of each moves, on a joint grid.  Labels are class numbers (k,) of the accepted rows.
    Overrides are not looked at.
    """
    if labels is not None and len(labels) != len(scored.events):
        raise DataError(f"There are {len(labels)} labels for {len(scored.events)} scored events.")
    bands = movable(policy)
    if not bands:
        raise DataError("The policy has one band only, so there is no threshold to move.")
    if band is not None and band not in bands:
        raise DataError(f"Band {band} cannot be moved; these can: {', '.join(map(str, bands))}.")
    if joint(policy):
        return _joint(scored, policy, costs, labels, bands)
    chosen = bands[0] if band is None else band
    ranked = np.sort(scored.measures[policy.bands[chosen].measure])[::-1]
    top = 1.0  # the highest edge that leaves room for the harsher bands above it
    for _ in policy.bands[chosen + 1 :]:
        top = float(_next(np.asarray([top]), ranked.dtype, 0.0)[0])
    thresholds = grid(ranked, [*(policy.bands[i].edge for i in bands), top], POINTS - CLOSER)
    found = _single(scored, policy, costs, labels, chosen, thresholds)
    best = found.optimum()
    if best is None:
        return found
    closer = _closer(ranked, found.axes[0].thresholds, best)
    return _single(scored, policy, costs, labels, chosen, np.union1d(thresholds, closer))


def _closer(ranked: NDArray[np.floating], thresholds: NDArray[np.float64], best: int) -> NDArray[np.float64]:
    """At most CLOSER measures between the neighbours of the best threshold."""
    low, high = thresholds[max(best - 1, 0)], thresholds[min(best + 1, len(thresholds) - 1)]
    between = np.unique(ranked[(ranked > low) & (ranked < high)])
    picks = np.linspace(0, len(between) - 1, min(CLOSER, len(between))).astype(np.int64)
    return between[picks].astype(np.float64)


def _single(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer] | None,
    band: int,
    thresholds: NDArray[np.float64],
) -> Sweep:
    measure = policy.bands[band].measure
    value = np.asarray(scored.measures[measure])
    thresholds, edges = _pushed(policy, band, thresholds, value.dtype)
    # Compared in the measures' own type, as `policy.decide` does: a float32 risk of 0.7 reaches an edge of 0.7.
    cuts = np.unique(edges[:, 1:].astype(value.dtype))
    reached = np.searchsorted(cuts, value, side="right")  # how many cuts each event reaches
    needed = np.searchsorted(cuts, edges.astype(value.dtype)) + 1  # how many it must reach for each band
    needed[:, 0] = 0
    classes, y = _classes(scored, labels)
    counts = np.bincount(reached * len(classes) + y, minlength=(len(cuts) + 1) * len(classes))
    in_bands = _between(counts.reshape(-1, len(classes)), needed)
    confusion = np.zeros((len(edges), len(policy.actions), len(classes)), dtype=np.int64)
    for i, b in enumerate(policy.bands):
        confusion[:, policy.code(b.action)] += in_bands[:, i]
    money = None
    if labels is not None:
        money = np.zeros(len(edges))
        for effect, lost in _money(scored, policy, costs, labels).items():
            spent = np.bincount(reached, weights=lost, minlength=len(cuts) + 1)
            of_effect = [i for i, b in enumerate(policy.bands) if policy.action(b.action).effect == effect]
            money += _between(spent[:, None], needed)[:, of_effect, 0].sum(axis=1)
    axis = Axis(band, measure, policy.bands[band].action, thresholds, _index(thresholds, policy.bands[band].edge))
    return Sweep(policy, (axis,), edges, classes, confusion, money, len(value), costs.currency)


def _between(totals: NDArray[Any], needed: NDArray[np.intp]) -> NDArray[Any]:
    """Totals (p, bands, c) in each band from totals (r, c) by how many cuts are reached."""
    above = np.zeros((len(totals) + 1, totals.shape[1]), dtype=totals.dtype)
    above[:-1] = totals[::-1].cumsum(axis=0)[::-1]
    reach = above[needed]
    reach[:, :-1] -= reach[:, 1:].copy()
    return reach


def _pushed(
    policy: Policy, band: int, thresholds: NDArray[np.float64], dtype: np.dtype[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thresholds (p,) and the edges of all bands (p, bands) while one of them moves; edges rise strictly."""
    edges = np.tile([b.edge for b in policy.bands], (len(thresholds), 1)).astype(np.float64)
    edges[:, band] = thresholds
    for i in range(band + 1, len(policy.bands)):
        edges[:, i] = np.maximum(edges[:, i], _next(edges[:, i - 1], dtype, 2.0))
    for i in range(band - 1, 0, -1):
        edges[:, i] = np.minimum(edges[:, i], _next(edges[:, i + 1], dtype, 0.0))
    possible = (edges[:, -1] <= 1) & (edges[:, min(1, band)] > 0)
    return thresholds[possible], edges[possible]


def _next(edges: NDArray[np.float64], dtype: np.dtype[Any], towards: float) -> NDArray[np.float64]:
    """The neighbouring numbers of the measures' type."""
    return np.asarray(np.nextafter(edges.astype(dtype), dtype.type(towards)), dtype=np.float64)


def _joint(
    scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None, bands: Sequence[int]
) -> Sweep:
    milder = bands[0]
    harsher = [i for i in bands if policy.bands[i].measure != policy.bands[milder].measure][-1]
    milder, harsher = min(milder, harsher), max(milder, harsher)
    axes = tuple(_axis(scored, policy, i) for i in (milder, harsher))
    # Bands that stay put are reached or not, whatever the sliders say: the harshest of them counts.
    fixed = [0, *(i for i in bands if i not in (milder, harsher))]
    level = np.zeros(len(scored.events), dtype=np.intp)
    for place, i in enumerate(fixed[1:], 1):
        level[scored.measures[policy.bands[i].measure] >= policy.bands[i].edge] = place
    classes, y = _classes(scored, labels)
    shape = (len(fixed), *(len(axis.thresholds) + 1 for axis in axes))
    cell = level
    for axis, size in zip(axes, shape[1:], strict=True):
        value = np.asarray(scored.measures[axis.measure])
        cell = cell * size + np.searchsorted(axis.thresholds.astype(value.dtype), value, side="right")
    counts = np.bincount(cell * len(classes) + y, minlength=int(np.prod(shape)) * len(classes))
    confusion = np.zeros((shape[1] - 1, shape[2] - 1, len(policy.actions), len(classes)), dtype=np.int64)
    for place, c in np.ndindex(len(fixed), len(classes)):
        parts = _parts(counts.reshape(*shape, len(classes))[place, :, :, c])
        for i, part in zip((0, milder, harsher), parts, strict=True):
            confusion[:, :, policy.code(policy.bands[max(i, fixed[place])].action), c] += part
    money = None if labels is None else np.zeros(confusion.shape[:2])
    if labels is not None and money is not None:
        for effect, lost in _money(scored, policy, costs, labels).items():
            spent = np.bincount(cell, weights=lost, minlength=int(np.prod(shape))).reshape(shape)
            for place in range(len(fixed)):
                for i, part in zip((0, milder, harsher), _parts(spent[place]), strict=True):
                    if policy.action(policy.bands[max(i, fixed[place])].action).effect == effect:
                        money += part
    edges = np.tile([b.edge for b in policy.bands], (shape[1] - 1, shape[2] - 1, 1)).astype(np.float64)
    edges[:, :, milder] = axes[0].thresholds[:, None]
    edges[:, :, harsher] = axes[1].thresholds[None, :]
    flat = confusion.reshape(-1, len(policy.actions), len(classes))
    flat_money = None if money is None else money.ravel()
    return Sweep(policy, axes, edges.reshape(len(flat), -1), classes, flat, flat_money, len(cell), costs.currency)


def _axis(scored: Scored, policy: Policy, band: int) -> Axis:
    """A cut-off of the joint grid; it stays between the edges of its neighbours on the same measure."""
    b = policy.bands[band]
    value = np.asarray(scored.measures[b.measure])
    thresholds = grid(np.sort(value)[::-1], [b.edge, 1.0], JOINT_POINTS)
    low = max((o.edge for o in policy.bands[:band] if o.measure == b.measure), default=0.0)
    high = min((o.edge for o in policy.bands[band + 1 :] if o.measure == b.measure), default=2.0)
    thresholds = thresholds[(thresholds > low) & (thresholds < high)]
    return Axis(band, b.measure, b.action, thresholds, _index(thresholds, b.edge))


def _parts(table: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Totals (I, J) of cells that reach neither cut-off, the milder only, and the harsher one, at every pair."""
    above = table[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    harsher = np.broadcast_to(above[0, 1:], (table.shape[0] - 1, table.shape[1] - 1))
    milder_only = above[1:, :1] - above[1:, 1:]
    return above[0, 0] - harsher - milder_only, milder_only, harsher


def _classes(scored: Scored, labels: NDArray[np.integer] | None) -> tuple[tuple[str, ...], NDArray[np.integer] | int]:
    """Names of the classes, and the class of each event (0 for all of them without labels)."""
    if labels is None:
        return ("all",), 0
    return scored.scenario.target.classes, np.asarray(labels)


def _money(
    scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer]
) -> dict[Effect, NDArray[np.float64]]:
    """Money lost (n,) on each event under each effect that the policy uses."""
    amount = scored.scenario.event.amount
    amounts = None if amount is None else scored.events[amount].to_numpy(dtype=np.float64)
    return {effect: costs.of(labels, amounts, effect) for effect in {a.effect for a in policy.actions}}


def grid(ranked: NDArray[np.floating], edges: Sequence[float], points: int) -> NDArray[np.float64]:
    """At most `points` ascending thresholds for descending measures: half by alert rate, log-spaced, half evenly,
    plus the given edges.

    A uniform grid wastes the slider: 97 % of card risks lie under 0.001.
    """
    n = len(ranked)
    if not n:
        return np.unique(np.asarray(edges, dtype=np.float64))
    free = points - len(edges)
    ranks = np.concatenate([np.geomspace(1, n, free // 2), np.linspace(1, n, free - free // 2)])
    sampled = ranked[np.unique(ranks.astype(np.int64)) - 1].astype(np.float64)
    found = np.unique(np.concatenate([sampled, np.asarray(edges, dtype=np.float64)]))
    return found[found > 0]


def _index(thresholds: NDArray[np.float64], edge: float) -> int:
    return int(np.abs(thresholds - edge).argmin())


@dataclass(frozen=True)
class Histogram:
    """Counts (classes, bins) of a measure; `edges` (bins + 1,) are evenly spaced in log-odds, which shows both ends."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def histogram(scored: Scored, measure: str, labels: NDArray[np.integer] | None, bins: int = 48) -> Histogram:
    """How a measure is spread in each class; values beyond the outer edges are counted in the outer bins."""
    value = np.clip(np.asarray(scored.measures[measure], dtype=np.float64), TINY, 1 - TINY)
    spread = np.log(value / (1 - value))
    low, high = (spread.min(), spread.max()) if len(spread) else (-1.0, 1.0)
    cuts = np.linspace(min(low, -1.0), max(high, 1.0), bins + 1)
    classes, y = _classes(scored, labels)
    place = np.clip(((spread - cuts[0]) / (cuts[1] - cuts[0])).astype(np.int64), 0, bins - 1)
    counts = np.bincount(y * bins + place, minlength=len(classes) * bins).reshape(len(classes), bins)
    return Histogram(1 / (1 + np.exp(-cuts)), counts)


def events_per_day(scored: Scored) -> tuple[float, str]:
    """How many events come in a day, and where that number is from."""
    scenario = scored.scenario
    if scenario.event.time is not None and len(scored.events) > 1:
        days = float(np.ptp(scenario.event.seconds(scored.events))) / DAY_S
        if days > 0:
            return len(scored.events) / days, f"these events span {days:,.1f} days"
    return scenario.per_day, "assumed, as these events carry no time"


def exact(scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None) -> Sweep:
    """The outcome of one policy, overrides included, as a sweep of a single point; nothing is approximated."""
    decisions = policy.decide(scored.measures, scored.events)
    classes, y = _classes(scored, labels)
    cells = np.bincount(
        decisions.actions.astype(np.int64) * len(classes) + y, minlength=len(policy.actions) * len(classes)
    )
    money = None
    if labels is not None:
        lost = _money(scored, policy, costs, labels)
        per_action = np.stack([lost[a.effect] for a in policy.actions])
        money = np.asarray([per_action[decisions.actions, np.arange(len(labels))].sum()])
    axes = tuple(
        Axis(i, b.measure, b.action, np.asarray([b.edge]), 0)
        for i, b in enumerate(policy.bands)
        if b.edge > 0 or b.measure != RISK
    )
    confusion = cells.reshape(1, len(policy.actions), len(classes))
    edges = np.asarray([[b.edge for b in policy.bands]], dtype=np.float64)
    return Sweep(policy, axes, edges, classes, confusion, money, len(scored.events), costs.currency)

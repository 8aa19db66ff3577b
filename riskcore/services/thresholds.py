"""What would happen at every threshold: one pass over the events, then any cut-off is a look-up.

A threshold is inclusive: an event gets a band's action from its edge upwards (`measure >= edge`), ties together.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.deciding.days import events_per_day as events_per_day
from riskcore.services.deciding.figures import attack_amounts, figures, plain
from riskcore.services.deciding.grids import JOINT_POINTS as JOINT_POINTS
from riskcore.services.deciding.grids import (
    POINTS,
    Axis,
    Grid,
    axis_of,
    joint_axis,
    next_edge,
    roundest,
    settled,
    single,
    thresholds,
)
from riskcore.services.deciding.grids import joint as joint_grid
from riskcore.services.scoring import Scored

CLOSER = 100  # of the points are kept for the neighbourhood of the optimum
TINY = 1e-6  # risks are drawn no closer to 0 and 1 than this


@dataclass(frozen=True)
class Sweep:
    """Outcomes of n events at every combination of cut-offs; grid points are flattened with the last axis fastest.

    `confusion[p, a, c]`: events of class c that get action a at point p, actions and classes in order of severity, and
    `amounts[p, a, c]` the money that attacks among them carried.  Without labels there is one class, "all", and no
    money.  Overrides are counted: at point p, `policy.decide` under the edges `band_edges[p]` gives exactly these
    counts.  Re-weighted or under a capacity, counts are expectations and no whole numbers.
    """

    grid: Grid
    classes: tuple[str, ...]
    confusion: NDArray[Any]  # (p, actions, classes)
    amounts: NDArray[np.float64] | None  # (p, actions, classes)
    n: int
    days: float  # how long n events take to come
    costs: Costs

    @property
    def policy(self) -> Policy:
        return self.grid.policy

    @property
    def axes(self) -> tuple[Axis, ...]:
        return self.grid.axes

    @property
    def band_edges(self) -> NDArray[np.float64]:
        """The edge of every band at every point (p, bands), those that were pushed along included."""
        return self.grid.band_edges

    @property
    def currency(self) -> str:
        return self.costs.currency

    @property
    def shape(self) -> tuple[int, ...]:
        """Thresholds of each axis."""
        return tuple(len(axis.thresholds) for axis in self.axes)

    @cached_property
    def figures(self) -> dict[str, NDArray[np.float64]]:
        """Every number at every point (p,), by the names of `services.figures`."""
        return figures(self.policy, self.costs, self.confusion, self.amounts, self.n, self.days)

    @property
    def cost(self) -> NDArray[np.float64] | None:
        """Money lost over all n events (p,); None without labels."""
        return self.figures.get("cost")

    @property
    def one_sided(self) -> bool:
        """Whether labels are there, but tell of honest events only, or of attacks only."""
        honest, *attacks = self.confusion[0].sum(axis=0)
        return len(self.classes) > 1 and not (honest and sum(attacks))

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

    def under(self, policy: Policy) -> "Sweep | None":
        """These outcomes where other thresholds are in force, which they do not depend on.

        None where those are not among the points, or the policy differs in anything else.
        """
        if policy == self.policy:
            return self
        moved = {axis.band for axis in self.axes}
        if _staying(policy, moved) != _staying(self.policy, moved):
            return None
        axes = tuple(axis_of(policy, axis.band, axis.thresholds) for axis in self.axes)
        if any(axis.thresholds[axis.applied] != policy.bands[axis.band].edge for axis in axes):
            return None
        return replace(self, grid=replace(self.grid, policy=policy, axes=axes))

    def applied(self) -> int:
        """The grid point in force."""
        return self.point(*(axis.applied for axis in self.axes))

    def optimum(self) -> int | None:
        """Grid point of least cost; None without labels, with honest events or attacks only, or where cost is the same.

        Of one class alone the extreme threshold is always cheapest: that tells nothing of a cut-off.
        """
        if self.cost is None or self.one_sided or np.ptp(self.cost) == 0:
            return None
        return int(self.cost.argmin())

    def metrics(self, point: int) -> dict[str, float | None]:
        """Numbers at a grid point, None where nothing is divided; precision, recall and money need labels."""
        return plain(self.figures, point)


def movable(policy: Policy) -> tuple[int, ...]:
    """Positions of the bands whose edge can be moved; a band at 0 is where everything starts."""
    return tuple(i for i, b in enumerate(policy.bands) if b.edge > 0)


def joint(policy: Policy) -> bool:
    """Whether the edges act on more than one measure, so that two of them are moved together."""
    return len({policy.bands[i].measure for i in movable(policy)}) > 1


def sweep(
    scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None = None, band: int | None = None
) -> Sweep:
    """Outcomes at every position of the movable cut-offs, overrides included.

    Bands on one measure: the edge of one band moves (`band`, by default the mildest above the first), and pushes
    the others along where they would cross: harsher ones start just above it, milder ones just below.  Bands on two
    measures (classes): one of each moves, on a joint grid.  Labels are class numbers (k,) of the accepted rows.
    """
    if labels is not None and len(labels) != len(scored.events):
        raise DataError(f"There are {len(labels)} labels for {len(scored.events)} scored events.")
    bands = movable(policy)
    if not bands:
        raise DataError("The policy has one band only, so there is no threshold to move.")
    if band is not None and band not in bands:
        raise DataError(f"Band {band} cannot be moved; these can: {', '.join(map(str, bands))}.")
    if joint(policy):
        milder, harsher = _two_measures(policy, bands)
        axes = (joint_axis(scored, policy, milder, ()), joint_axis(scored, policy, harsher, ()))
        return outcomes(joint_grid(scored, policy, axes), scored, costs, labels)
    chosen = bands[0] if band is None else band
    ranked = np.sort(scored.measures[policy.bands[chosen].measure])[::-1]
    top = 1.0  # the highest edge that leaves room for the harsher bands above it
    for _ in policy.bands[chosen + 1 :]:
        top = float(next_edge(np.asarray([top]), ranked.dtype, 0.0)[0])
    cuts = thresholds(ranked, [*(policy.bands[i].edge for i in bands), top], POINTS - CLOSER)
    found = outcomes(single(scored, policy, chosen, cuts), scored, costs, labels)
    best = found.optimum()
    if best is None:
        return found
    closer = _closer(ranked, found.axes[0].thresholds, best)
    return outcomes(single(scored, policy, chosen, np.union1d(cuts, closer)), scored, costs, labels)


def outcomes(grid: Grid, scored: Scored, costs: Costs, labels: NDArray[np.integer] | None) -> Sweep:
    """The outcomes of a grid of cut-offs."""
    classes, y = class_of(scored, labels)
    counts = grid.count(y, len(classes))
    carried = None
    if labels is not None:
        carried = np.moveaxis(grid.by_action(amounts_by_cell(grid, scored, costs, labels)), 0, -1)
    per_day, _ = events_per_day(scored)
    confusion = np.moveaxis(grid.by_action(counts), 0, -1)
    return Sweep(grid, classes, confusion, carried, len(scored.events), len(scored.events) / per_day, costs)


def amounts_by_cell(grid: Grid, scored: Scored, costs: Costs, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Money that attacks carried, by class and cell (classes, cells); zeros where amounts play no part."""
    amounts = attack_amounts(scored, costs, labels)
    size = len(scored.scenario.target.classes) * grid.cells
    if amounts is None:
        return np.zeros((size // grid.cells, grid.cells))
    rows = np.flatnonzero(labels > 0)
    key = labels[rows] * grid.cells + grid.cell[rows]
    summed = np.bincount(key, weights=amounts[rows], minlength=size)
    return np.asarray(summed, dtype=np.float64).reshape(-1, grid.cells)


def exact(scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None) -> Sweep:
    """The outcome of one policy, as a sweep of a single point; nothing is approximated."""
    return outcomes(settled(scored, policy), scored, costs, labels)


def _two_measures(policy: Policy, bands: tuple[int, ...]) -> tuple[int, int]:
    """The first band that can be moved, and the harshest on another measure, the milder first."""
    milder = bands[0]
    harsher = [i for i in bands if policy.bands[i].measure != policy.bands[milder].measure][-1]
    return min(milder, harsher), max(milder, harsher)


def _staying(policy: Policy, moved: Collection[int]) -> tuple[object, ...]:
    """What a policy says but for the edges of some bands."""
    bands = [(b.action, b.measure, None if i in moved else b.edge) for i, b in enumerate(policy.bands)]
    return policy.actions, policy.overrides, bands


def _closer(ranked: NDArray[np.floating], thresholds: NDArray[np.float64], best: int) -> NDArray[np.float64]:
    """At most CLOSER measures between the neighbours of the best threshold, each as round as it decides the same."""
    low, high = thresholds[max(best - 1, 0)], thresholds[min(best + 1, len(thresholds) - 1)]
    between = np.unique(ranked[(ranked > low) & (ranked < high)])
    picks = np.linspace(0, len(between) - 1, min(CLOSER, len(between))).astype(np.int64)
    below = np.concatenate([np.full(1, low, between.dtype), between[:-1]])
    return roundest(below[picks], between[picks])


def class_of(scored: Scored, labels: NDArray[np.integer] | None) -> tuple[tuple[str, ...], NDArray[np.integer] | int]:
    """Names of the classes, and the class of each event (0 for all of them without labels)."""
    if labels is None:
        return ("all",), 0
    return scored.scenario.target.classes, np.asarray(labels)


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
    classes, y = class_of(scored, labels)
    place = np.clip(((spread - cuts[0]) / (cuts[1] - cuts[0])).astype(np.int64), 0, bins - 1)
    counts = np.bincount(y * bins + place, minlength=len(classes) * bins).reshape(len(classes), bins)
    return Histogram(1 / (1 + np.exp(-cuts)), counts)

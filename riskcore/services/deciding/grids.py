"""Positions of the cut-offs, and cells of events that no position tells apart: what sweeps are made of.

Whatever is added up over events, counts, money, bootstrap draws or one day's alerts, is added up by cell once; a
`Grid` then tells the sum for every action at every position without looking at an event again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.policy import RISK, Policy
from riskcore.services.scoring import Scored, decide

POINTS = 1_001  # of a single cut-off
DECIMALS = 17  # no number that is told apart near 1 needs more
# Thresholds that a person would type, the likeliest first.
_STEPS = (*(np.arange(1, k) / k for k in (10, 20, 100, 1_000)), *(np.arange(1, 100) / k for k in (10_000, 100_000)))
ROUND = np.array(list(dict.fromkeys(np.concatenate(_STEPS).tolist())))
JOINT_POINTS = 81  # of each of two cut-offs; their grid has 81 × 81 points


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
        return int(np.abs(self.thresholds - edge).argmin())


@dataclass(frozen=True)
class Grid:
    """Every position of the cut-offs (p points, the last axis fastest) and the cell of each event.

    The last cells are of events that an override decides, one for each action: no cut-off moves them.
    """

    policy: Policy
    axes: tuple[Axis, ...]
    band_edges: NDArray[np.float64]  # (p, bands)
    cell: NDArray[np.intp]  # (n,)
    inner: int  # cells of events that bands decide
    in_bands: Callable[[NDArray[Any]], NDArray[Any]]  # (..., inner) -> (..., p, bands)

    @property
    def cells(self) -> int:
        return self.inner + len(self.policy.actions)

    def by_action(self, totals: NDArray[Any]) -> NDArray[Any]:
        """Totals by action at each point, (..., p, actions), of totals by cell (..., cells)."""
        banded = self.in_bands(totals[..., : self.inner])
        found = np.empty((*banded.shape[:-1], len(self.policy.actions)), dtype=totals.dtype)
        found[...] = totals[..., None, self.inner :]
        for i, band in enumerate(self.policy.bands):
            found[..., self.policy.code(band.action)] += banded[..., i]
        return found

    def count(self, y: NDArray[np.integer] | int, classes: int, weights: NDArray[np.floating] | None = None) -> Any:
        """Events, or the sum of their weights, by class and cell (classes, cells)."""
        key = self.cell if isinstance(y, int) else y * self.cells + self.cell
        return np.bincount(key, weights=weights, minlength=classes * self.cells).reshape(classes, -1)


def single(scored: Scored, policy: Policy, band: int, thresholds: NDArray[np.float64]) -> Grid:
    """One edge moves and pushes the others along where they would cross; all bands are on its measure."""
    measure = policy.bands[band].measure
    value = np.asarray(scored.measures[measure])
    thresholds, edges = pushed(policy, band, thresholds, value.dtype)
    # Compared in the measures' own type, as `policy.decide` does: a float32 risk of 0.7 reaches an edge of 0.7.
    cuts = np.unique(edges[:, 1:].astype(value.dtype))
    needed = np.searchsorted(cuts, edges.astype(value.dtype)) + 1  # how many cuts an event must reach for each band
    needed[:, 0] = 0

    def in_bands(totals: NDArray[Any]) -> NDArray[Any]:
        above = np.zeros((*totals.shape[:-1], totals.shape[-1] + 1), dtype=totals.dtype)
        above[..., :-1] = totals[..., ::-1].cumsum(axis=-1)[..., ::-1]
        reached = above[..., needed]
        reached[..., :-1] -= reached[..., 1:].copy()
        return reached

    axis = axis_of(policy, band, thresholds)
    inner = len(cuts) + 1
    cell = _overridden(np.searchsorted(cuts, value, side="right"), scored, policy, inner)
    return Grid(policy, (axis,), edges, cell, inner, in_bands)


def joint(scored: Scored, policy: Policy, axes: tuple[Axis, Axis]) -> Grid:
    """Two edges move, the milder one first; bands that stay put are reached or not, whatever the edges are."""
    milder, harsher = (axis.band for axis in axes)
    moved = {milder, harsher}
    fixed = [0, *(i for i, b in enumerate(policy.bands) if i and i not in moved)]
    level = np.zeros(len(scored.events), dtype=np.intp)
    for place, i in enumerate(fixed[1:], 1):
        level[scored.measures[policy.bands[i].measure] >= policy.bands[i].edge] = place
    rows, columns = (len(axis.thresholds) for axis in axes)
    cell = level
    for axis, size in zip(axes, (rows + 1, columns + 1), strict=True):
        value = np.asarray(scored.measures[axis.measure])
        cell = cell * size + np.searchsorted(axis.thresholds.astype(value.dtype), value, side="right")

    def in_bands(totals: NDArray[Any]) -> NDArray[Any]:
        lead = totals.shape[:-1]
        table = totals.reshape(*lead, len(fixed), rows + 1, columns + 1)
        found = np.zeros((*lead, rows, columns, len(policy.bands)), dtype=totals.dtype)
        for place, stays in enumerate(fixed):
            for i, part in zip((0, milder, harsher), _parts(table[..., place, :, :]), strict=True):
                found[..., max(i, stays)] += part
        return found.reshape(*lead, rows * columns, len(policy.bands))

    edges = np.tile([b.edge for b in policy.bands], (rows, columns, 1)).astype(np.float64)
    edges[:, :, milder] = axes[0].thresholds[:, None]
    edges[:, :, harsher] = axes[1].thresholds[None, :]
    inner = len(fixed) * (rows + 1) * (columns + 1)
    return Grid(
        policy, axes, edges.reshape(rows * columns, -1), _overridden(cell, scored, policy, inner), inner, in_bands
    )


def settled(scored: Scored, policy: Policy) -> Grid:
    """A policy as it is, as a grid of one point: every event is in the cell of its action."""
    cell = decide(scored, policy).decisions.actions.astype(np.intp)
    moved = [i for i, b in enumerate(policy.bands) if b.edge > 0 or b.measure != RISK]
    axes = tuple(axis_of(policy, i, np.asarray([policy.bands[i].edge])) for i in moved)

    def in_bands(none: NDArray[Any]) -> NDArray[Any]:
        return np.zeros((*none.shape[:-1], 1, len(policy.bands)), dtype=none.dtype)

    return Grid(policy, axes, np.asarray([[b.edge for b in policy.bands]]), cell, 0, in_bands)


def axis_of(policy: Policy, band: int, thresholds: NDArray[np.float64]) -> Axis:
    """The axis of a band's edge."""
    b = policy.bands[band]
    return Axis(band, b.measure, b.action, thresholds, int(np.abs(thresholds - b.edge).argmin()))


def joint_axis(scored: Scored, policy: Policy, band: int, among: Sequence[int]) -> Axis:
    """A cut-off of a joint grid; it stays between the edges of its neighbours on the same measure, but for `among`,
    which move as well."""
    b = policy.bands[band]
    value = np.asarray(scored.measures[b.measure])
    found = thresholds(np.sort(value)[::-1], [b.edge, 1.0], JOINT_POINTS)
    others = [(i, o.edge) for i, o in enumerate(policy.bands) if o.measure == b.measure and i not in among]
    low = max((edge for i, edge in others if i < band), default=0.0)
    high = min((edge for i, edge in others if i > band), default=2.0)
    return axis_of(policy, band, found[(found > low) & (found < high)])


def thresholds(ranked: NDArray[np.floating], edges: Sequence[float], points: int) -> NDArray[np.float64]:
    """At most `points` ascending thresholds for descending measures: half by alert rate, log-spaced, a quarter evenly,
    the rest round ones, plus the given edges.

    A uniform grid wastes the slider: 97 % of card risks lie under 0.001.  Where a threshold may lie anywhere down to
    the one before, it has as few digits as that allows.
    """
    n = len(ranked)
    if not n:
        return np.unique(np.asarray(edges, dtype=np.float64))
    free = points - len(edges)
    ranks = np.concatenate([np.geomspace(1, n, free // 2), np.linspace(1, n, free // 4)])
    sampled = np.unique(ranked[np.unique(ranks.astype(np.int64)) - 1])
    sampled = sampled[sampled > 0]
    found = roundest(np.concatenate([np.zeros(1, sampled.dtype), sampled])[:-1], sampled)
    typed = ROUND[(ranked[-1] < ROUND) & (ranked[0] > ROUND) & ~np.isin(ROUND, found)]
    found = np.concatenate([found, typed[: free - len(found)]])
    return np.unique(np.concatenate([found, np.asarray(edges, dtype=np.float64)]))


def roundest(low: NDArray[np.floating], high: NDArray[np.floating]) -> NDArray[np.float64]:
    """The number of fewest decimals above `low` and at most at `high`, for each pair; compared in their own type.

    Where the two are neighbours among the measures, it decides as the higher one does.
    """
    found = high.astype(np.float64)
    for places in range(DECIMALS, 0, -1):
        shorter = np.floor(high.astype(np.float64) * 10.0**places) / 10.0**places
        fits = (shorter.astype(high.dtype) > low) & (shorter <= high)
        found[fits] = shorter[fits]
    return found


def next_edge(edges: NDArray[np.float64], dtype: np.dtype[Any], towards: float) -> NDArray[np.float64]:
    """The neighbouring numbers of the measures' type."""
    return np.asarray(np.nextafter(edges.astype(dtype), dtype.type(towards)), dtype=np.float64)


def _overridden(cell: NDArray[np.intp], scored: Scored, policy: Policy, inner: int) -> NDArray[np.intp]:
    """Cells, those of events that an override decides replaced by the cell of its action; the first match wins."""
    for override in reversed(policy.overrides):
        cell[override.matches(scored.events, scored.met)] = inner + policy.code(override.action)
    return cell


def pushed(
    policy: Policy, band: int, thresholds: NDArray[np.float64], dtype: np.dtype[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thresholds (p,) and the edges of all bands (p, bands) while one of them moves; edges rise strictly."""
    edges = np.tile([b.edge for b in policy.bands], (len(thresholds), 1)).astype(np.float64)
    edges[:, band] = thresholds
    for i in range(band + 1, len(policy.bands)):
        edges[:, i] = np.maximum(edges[:, i], next_edge(edges[:, i - 1], dtype, 2.0))
    for i in range(band - 1, 0, -1):
        edges[:, i] = np.minimum(edges[:, i], next_edge(edges[:, i + 1], dtype, 0.0))
    possible = (edges[:, -1] <= 1) & (edges[:, min(1, band)] > 0)
    return thresholds[possible], edges[possible]


def _parts(table: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Totals (..., I, J) of cells that reach neither cut-off, the milder only, and the harsher one, at every pair."""
    above = table[..., ::-1, ::-1].cumsum(axis=-2).cumsum(axis=-1)[..., ::-1, ::-1]
    harsher = above[..., :1, 1:]
    milder_only = above[..., 1:, :1] - above[..., 1:, 1:]
    return above[..., :1, :1] - harsher - milder_only, milder_only, np.broadcast_to(harsher, milder_only.shape)

"""Intervals of everything a sweep says: its numbers at every threshold, and the thresholds of least cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.services.deciding.cell_draws import HELD, REPLICATES, Floats, by_event, by_unit, units_of
from riskcore.services.deciding.figures import figures, scales
from riskcore.services.deciding.prior import class_weights
from riskcore.services.evaluation import Metric, Z
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, amounts_by_cell

JOINT_REPLICATES = 200  # of two cut-offs: thousands of points


@dataclass(frozen=True)
class Intervals:
    """95 % intervals (p,) of each number of a sweep by its name, and of the thresholds of least cost, by axis."""

    low: Mapping[str, Floats]
    high: Mapping[str, Floats]
    optimum: tuple[Metric, ...] | None  # the threshold of least cost on each axis; None where it is not defined
    replicates: int
    unit: str  # what is drawn: "event", or the entity's column

    def at(self, swept: Sweep, point: int) -> dict[str, Metric | None]:
        """Every number at one point with its interval; None where it is not defined."""
        told: dict[str, Metric | None] = {}
        for name, value in swept.metrics(point).items():
            low, high = float(self.low[name][point]), float(self.high[name][point])
            told[name] = None if value is None else Metric(value, min(low, value), max(high, value))
        return told


def intervals(
    swept: Sweep,
    scored: Scored,
    labels: NDArray[np.integer] | None,
    prior: float | None = None,
    served: NDArray[np.float64] | None = None,
    replicates: int | None = None,
    seed: int = 0,
) -> Intervals:
    """Intervals of a sweep of these events, before or after re-weighting to `prior` or letting overflow through.

    `served` (p, actions, classes): the share of outcomes that people get to, see `capacity`; the same in every draw.
    Intervals of recall,
    precision, false-alarm rate and alerts are never narrower than Wilson's, for where all of ten are caught no draw
    could tell that the eleventh may not be.
    """
    count = replicates or (REPLICATES if len(swept.axes) == 1 or len(swept.confusion) == 1 else JOINT_REPLICATES)
    unit, name = units_of(scored)
    rng = np.random.default_rng(seed)
    draw = by_event(swept, scored, labels, rng) if unit is None else by_unit(swept, scored, labels, unit, rng)
    per_point = swept.confusion[0].size * len(swept.confusion)
    block = max(1, HELD // per_point)
    scaled = scales(swept.n, swept.days)
    drawn: dict[str, list[NDArray[np.float32]]] = {}
    best: list[NDArray[np.intp]] = []
    for start in range(0, count, block):
        found = _figures(swept, *draw(min(block, count - start)), prior=prior, served=served)
        for key, values in found.items():
            if key not in scaled:
                drawn.setdefault(key, []).append(values.astype(np.float32))
        if "cost" in found:
            best.append(found["cost"].argmin(axis=1))
    low, high = {}, {}
    for key, parts in drawn.items():
        low[key], high[key] = _central(np.concatenate(parts))
    for key, (of, factor) in scaled.items():
        if of in drawn:
            low[key], high[key] = low[of] * factor, high[of] * factor
    if labels is not None:
        _widen(low, high, swept, labels, prior, served)
    return Intervals(low, high, _optimum(swept, best, _cheapest(swept, scored, labels, prior, served)), count, name)


def _figures(
    swept: Sweep, events: Floats, amounts: Floats | None, prior: float | None, served: Floats | None
) -> dict[str, Floats]:
    """Numbers (b, p) of draws of totals by cell (b, classes, cells)."""
    if prior is not None:
        weights = class_weights(events.sum(axis=-1), prior)[..., None]
        events, amounts = events * weights, None if amounts is None else amounts * weights
    tables = [None if t is None else np.moveaxis(swept.grid.by_action(t), 1, -1) for t in (events, amounts)]
    if served is not None:
        tables = [None if t is None else _serve(t, served) for t in tables]
    counted, carried = tables
    assert counted is not None
    return figures(swept.policy, swept.costs, counted, carried, swept.n, swept.days)


def _serve(table: Floats, served: Floats) -> Floats:
    """Outcomes (..., p, actions, classes) once overflow is let through: what is not reached gets the mildest action."""
    kept = table * served
    kept[..., 0, :] += (table - kept).sum(axis=-2)
    return kept


def _central(drawn: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """The middle 95 % of draws (b, p) at each point; draws in which a number is not defined are left out."""
    columns = np.ascontiguousarray(drawn.T)
    places = np.array([0.025, 0.975]) * (len(drawn) - 1)
    columns.partition([*np.floor(places).astype(int), *np.ceil(places).astype(int)], axis=1)
    told = _between(columns, np.broadcast_to(places, (len(columns), 2)))
    gaps = np.isnan(drawn).any(axis=0)
    if gaps.any():
        ranked = np.sort(columns[gaps], axis=1)  # what is not defined comes last
        known = (~np.isnan(ranked)).sum(axis=1)
        told[gaps] = _between(ranked, np.array([0.025, 0.975]) * np.maximum(known - 1, 0)[:, None])
    return told[:, 0], told[:, 1]


def _between(ranked: NDArray[np.float32], places: Floats) -> Floats:
    """Values (p, 2) at places (p, 2) of ranked columns (p, b), in between where a place is."""
    below = np.floor(places).astype(np.intp)
    low, high = (np.take_along_axis(ranked, at, axis=1) for at in (below, np.ceil(places).astype(np.intp)))
    return np.asarray(low + (high - low) * (places - below), dtype=np.float64)


def _widen(
    low: dict[str, Floats],
    high: dict[str, Floats],
    swept: Sweep,
    labels: NDArray[np.integer],
    prior: float | None,
    served: Floats | None,
) -> None:
    """Shares get at least the Wilson interval of the events that they were counted on."""
    table = np.moveaxis(swept.grid.by_action(swept.grid.count(labels, len(swept.classes))), 0, -1)
    table = table.astype(np.float64) if served is None else _serve(table.astype(np.float64), served)
    caught, false = table[:, 1:, 1:].sum(axis=(1, 2)), table[:, 1:, 0].sum(axis=1)
    attacks, honest = table[:, :, 1:].sum(axis=(1, 2)), table[:, :, 0].sum(axis=1)
    odds = 1.0
    if prior is not None:
        weights = class_weights(table[0].sum(axis=0), prior)
        odds = float(weights[-1] / weights[0])
    for name, hits, n, factor in (
        ("recall", caught, attacks, 1.0),
        ("false_alarm_rate", false, honest, 1.0),
        ("precision", caught, caught + false, odds),
    ):
        least, most = wilson(hits, n)
        # Odds of two classes, one of them re-weighted.
        least, most = (factor * s / (factor * s + 1 - s) for s in (least, most))
        low[name], high[name] = np.fmin(low[name], least), np.fmax(high[name], most)


def wilson(hits: NDArray[np.number], n: NDArray[np.number]) -> tuple[Floats, Floats]:
    """Wilson score intervals (Wilson 1927) of shares, element by element; the whole range where n is 0."""
    n = np.asarray(n, dtype=np.float64)
    safe = np.where(n > 0, n, 1.0)
    share, slack = hits / safe, Z * Z / safe
    centre = (share + slack / 2) / (1 + slack)
    half = Z * np.sqrt(share * (1 - share) / safe + slack / safe / 4) / (1 + slack)
    low = np.where(n > 0, np.clip(centre - half, 0, 1), 0.0)
    return low, np.where(n > 0, np.clip(centre + half, 0, 1), 1.0)


def _cheapest(
    swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None, prior: float | None, served: Floats | None
) -> int | None:
    """The point of least cost of the events as they are; None where cost is the same everywhere."""
    if labels is None:
        return None
    counts = swept.grid.count(labels, len(swept.classes)).astype(np.float64)
    amounts = amounts_by_cell(swept.grid, scored, swept.costs, labels)
    cost = _figures(swept, counts[None], amounts[None], prior, served)["cost"][0]
    return None if np.ptp(cost) == 0 else int(cost.argmin())


def _optimum(swept: Sweep, best: list[NDArray[np.intp]], middle: int | None) -> tuple[Metric, ...] | None:
    if middle is None or not best:
        return None
    places = np.unravel_index(np.concatenate(best), swept.shape)
    found = []
    for axis, place, own in zip(swept.axes, places, swept.places(middle), strict=True):
        low, high = np.quantile(axis.thresholds[place], [0.025, 0.975])
        value = float(axis.thresholds[own])
        found.append(Metric(value, min(value, float(low)), max(value, float(high))))
    return tuple(found)

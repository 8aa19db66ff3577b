"""Intervals of everything a sweep says: its numbers at every threshold, and the thresholds of least cost."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from riskcore.core.settings import read_settings
from riskcore.services.deciding.cell_draws import HELD, REPLICATES, Draw, Floats, by_event, by_unit, entity_of
from riskcore.services.deciding.figures import formulas, money, scales
from riskcore.services.deciding.prior import class_weights
from riskcore.services.deciding.spread import Spread
from riskcore.services.judging.estimates import Metric, wilson
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, amounts_by_cell

JUDGED = 500_000  # numbers judged at a time: more do not fit where the processor works fast

Made = TypeVar("Made")


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
    Intervals of recall, precision and false-alarm rate are never narrower than Wilson's, for where all of ten are
    caught no draw could tell that the eleventh may not be.
    """
    count = replicates or REPLICATES
    unit, name = entity_of(scored)
    rng = np.random.default_rng(seed)
    draw = by_event(swept, scored, labels, rng) if unit is None else by_unit(swept, scored, labels, unit, rng)
    known = formulas(swept.policy, swept.costs, len(swept.classes), labels is not None)
    threads = read_settings().threads
    with ThreadPoolExecutor(threads) as pool:
        spread = Spread(known, len(swept.confusion), count, served, pool, threads)
        for events, amounts in _ahead(pool, _tables(swept, draw, count, prior)):
            spread.add(events, amounts)
    low, high = spread.middle()
    for key, (of, factor) in scales(swept.n, swept.days).items():
        if of in low:
            low[key], high[key] = low[of] * factor, high[of] * factor
    if labels is not None:
        _widen(low, high, swept, labels, prior, served)
    middle = _cheapest(swept, scored, labels, prior, served)
    return Intervals(low, high, _optimum(swept, spread.cheapest, middle), count, name)


def _tables(swept: Sweep, draw: Draw, count: int, prior: float | None) -> Iterator[tuple[Floats, Floats | None]]:
    """Outcome tables (b, classes, p, actions) of draws, and the amounts in them, a few draws at a time."""
    held = max(1, HELD // (len(swept.classes) * swept.grid.cells))
    block = max(1, JUDGED // swept.confusion.size)
    for start in range(0, count, held):
        events, amounts = _weighted(*draw(min(held, count - start)), prior=prior)
        for first in range(0, len(events), block):
            of = slice(first, first + block)
            yield swept.grid.by_action(events[of]), None if amounts is None else swept.grid.by_action(amounts[of])


def _ahead(pool: Executor, made: Iterator[Made]) -> Iterator[Made]:
    """The same things in the same order, each made while the one before it is looked at."""
    upcoming = pool.submit(next, made, None)
    while (found := upcoming.result()) is not None:
        upcoming = pool.submit(next, made, None)
        yield found


def _weighted(events: Floats, amounts: Floats | None, prior: float | None) -> tuple[Floats, Floats | None]:
    """Draws of totals by cell (b, classes, cells), each re-weighted by its own count of attacks."""
    if prior is None:
        return events, amounts
    weights = class_weights(events.sum(axis=-1), prior)[..., None]
    return events * weights, None if amounts is None else amounts * weights


def _serve(table: Floats, served: Floats) -> Floats:
    """Outcomes (p, actions, classes) once overflow is let through: what is not reached gets the mildest action."""
    kept = table * served
    kept[:, 0] += (table - kept).sum(axis=1)
    return kept


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


def _cheapest(
    swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None, prior: float | None, served: Floats | None
) -> int | None:
    """The point of least cost of the events as they are; None where `Sweep.optimum` is."""
    if labels is None or swept.one_sided:
        return None
    counts = swept.grid.count(labels, len(swept.classes)).astype(np.float64)
    amounts = amounts_by_cell(swept.grid, scored, swept.costs, labels)
    tables = [t for t in _weighted(counts[None], amounts[None], prior) if t is not None]
    events, carried = (np.moveaxis(swept.grid.by_action(t)[0], 0, -1) for t in tables)
    if served is not None:
        events, carried = _serve(events, served), _serve(carried, served)
    cost = money(swept.policy, swept.costs, events, carried)["cost"]
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

"""Bootstrap draws of scored events as sums by cell: what a thousand thresholds share.

Where rows are independent, a draw is multinomial over cells; attacks, whose amounts differ, are drawn one by one or, if
they are many, in small groups of nearly equal amounts.  Where rows belong to entities, whole entities are drawn, as
sums by cell; more of them than can be held are joined at random, which leaves the variance as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.services.deciding.figures import attack_amounts
from riskcore.services.deciding.prior import class_weights
from riskcore.services.judging.estimates import Metric
from riskcore.services.judging.intervals import numbered
from riskcore.services.judging.judged import units_of
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, class_of

REPLICATES = 500
ATOMS = 4_096  # groups of attacks with nearly equal amounts; up to so many attacks, each is its own
HELD = 4_000_000  # numbers held at a time
FEWEST, MOST_GROUPS = 50, 1_000  # groups that entities are joined to, where there are more

Floats = NDArray[np.float64]
Draw = Callable[[int], tuple[Floats, Floats | None]]  # so many draws: events, and amounts if any (b, classes, cells)


def entity_of(scored: Scored) -> tuple[NDArray[np.int64] | None, str]:
    """The entity of each event (n,) by number, and its column; None where events are independent of one another."""
    found = units_of(scored.scenario, scored.events)
    return (None, "event") if found is None else (numbered(found)[0], scored.scenario.entities[0])


def by_event(swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None, rng: np.random.Generator) -> Draw:
    grid = swept.grid
    classes, y = class_of(scored, labels)
    carried = None if labels is None else attack_amounts(scored, swept.costs, labels)
    key = (y * grid.cells + grid.cell) if labels is not None else grid.cell
    size = len(classes) * grid.cells
    rows = np.empty(0, dtype=np.intp) if carried is None or labels is None else np.flatnonzero(labels > 0)
    counts = np.bincount(key, minlength=size)
    if carried is not None:
        counts[grid.cells :] = 0  # attacks are drawn as atoms instead
    used = np.flatnonzero(counts)
    atoms = _atoms(key[rows], np.zeros(0) if carried is None else carried[rows])
    weights = np.concatenate([counts[used], atoms.count])
    n = len(grid.cell)

    def draw(b: int) -> tuple[Floats, Floats | None]:
        drawn = rng.multinomial(n, weights / n, size=b).astype(np.float64) if n else np.zeros((b, 0))
        events = np.zeros((b, size))
        events[:, used] = drawn[:, : len(used)]
        shape = (b, len(classes), grid.cells)
        if not len(atoms.starts):
            return events.reshape(shape), None
        ours, amounts = drawn[:, len(used) :], np.zeros((b, size))
        events[:, atoms.key] = np.add.reduceat(ours, atoms.starts, axis=1)
        amounts[:, atoms.key] = np.add.reduceat(ours * atoms.mean, atoms.starts, axis=1)
        return events.reshape(shape), amounts.reshape(shape)

    return draw


@dataclass(frozen=True)
class Atoms:
    """Groups of attacks of one class in one cell, with nearly equal amounts."""

    count: NDArray[np.int64]  # (atoms,)
    mean: Floats  # (atoms,)
    starts: NDArray[np.intp]  # where each cell's atoms begin
    key: NDArray[np.intp]  # (cells with attacks,) class and cell


def _atoms(key: NDArray[np.intp], amounts: Floats) -> Atoms:
    if not len(key):
        none = np.zeros(0, dtype=np.intp)
        return Atoms(np.zeros(0, dtype=np.int64), np.zeros(0), none, none)
    order = np.lexsort((amounts, key))
    key, amounts = key[order], np.asarray(amounts[order])
    cells, first = np.unique(key, return_index=True)
    within = np.arange(len(key)) - np.repeat(first, np.diff(np.append(first, len(key))))
    begins = np.flatnonzero(within % -(-len(key) // ATOMS) == 0)
    count = np.diff(np.append(begins, len(key))).astype(np.int64)
    starts = np.searchsorted(begins, first)
    return Atoms(count, np.add.reduceat(amounts, begins) / count, starts, cells)


def by_unit(
    swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None, unit: NDArray[np.int64], rng: np.random.Generator
) -> Draw:
    grid = swept.grid
    classes, y = class_of(scored, labels)
    size = len(classes) * grid.cells
    group, groups = joined(unit, int(np.clip(HELD // size, FEWEST, MOST_GROUPS)), rng)
    key = group * size + (y * grid.cells + grid.cell)
    events = np.bincount(key, minlength=groups * size).reshape(groups, size).astype(np.float64)
    carried = None if labels is None else attack_amounts(scored, swept.costs, labels)
    amounts = np.zeros((0, 0))
    if carried is not None:
        amounts = np.asarray(np.bincount(key, weights=carried, minlength=groups * size), dtype=np.float64)
        amounts = amounts.reshape(groups, size)
    used, paid = np.flatnonzero(events.any(axis=0)), np.flatnonzero(amounts.any(axis=0))
    events, amounts = events[:, used], amounts[:, paid]

    def draw(b: int) -> tuple[Floats, Floats | None]:
        often, shape = picked(groups, b, rng), (b, len(classes), grid.cells)
        told, money = np.zeros((b, size)), np.zeros((b, size))
        told[:, used] = often @ events
        if not len(paid):
            return told.reshape(shape), None
        money[:, paid] = often @ amounts
        return told.reshape(shape), money.reshape(shape)

    return draw


def total(
    values: Floats,
    unit: NDArray[np.int64] | None,
    y: NDArray[np.integer],
    prior: float | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Metric:
    """The sum of a paired difference (n,) over events of classes y (n,), with its interval.

    Draws are of events or of whole units; each is re-weighted to `prior` by its own count of attacks, as the sum is.
    """
    if not values.any():
        return Metric(0.0, 0.0, 0.0)
    rng = np.random.default_rng(seed)
    told = (np.bincount(y), np.bincount(y, weights=values))
    if unit is None:
        drawn = _events_drawn(values, y, replicates, rng)
    else:
        drawn = _units_drawn(values, y, unit, replicates, rng)
    value, spread = ((class_weights(n, prior) * of_class).sum(axis=-1) for n, of_class in (told, drawn))
    low, high = np.quantile(spread, [0.025, 0.975])
    return Metric(float(value), min(float(value), float(low)), max(float(value), float(high)))


def _events_drawn(
    values: Floats, y: NDArray[np.integer], replicates: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Events and sums of values (b, classes) of draws of single events."""
    moved = np.flatnonzero(values)
    atoms = _atoms(y[moved].astype(np.intp), values[moved])
    stay = np.bincount(y) - np.bincount(y[moved], minlength=int(y.max()) + 1)
    often = rng.multinomial(len(y), np.concatenate([stay, atoms.count]) / len(y), size=replicates)
    counts, ours = often[:, : len(stay)].astype(np.float64), often[:, len(stay) :]
    sums = np.zeros_like(counts)
    counts[:, atoms.key] += np.add.reduceat(ours, atoms.starts, axis=1)
    sums[:, atoms.key] = np.add.reduceat(ours * atoms.mean, atoms.starts, axis=1)
    return counts, sums


def _units_drawn(
    values: Floats, y: NDArray[np.integer], unit: NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Events and sums of values (b, classes) of draws of whole units."""
    group, groups = joined(unit, MOST_GROUPS, rng)
    classes = int(y.max()) + 1
    key, size = group * classes + y, groups * classes
    tables = (np.bincount(key, weights=w, minlength=size).reshape(groups, classes) for w in (None, values))
    often = picked(groups, replicates, rng)
    counts, sums = (often @ table for table in tables)
    return counts, sums


def picked(groups: int, size: int, rng: np.random.Generator) -> Floats:
    """How often each group is in each of so many draws of as many groups as there are (size, groups)."""
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=size).astype(np.float64)


def joined(unit: NDArray[np.int64], most: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], int]:
    """Units numbered from 0 (n,), joined at random to at most so many groups; and how many groups there are."""
    count = int(unit.max()) + 1 if len(unit) else 1
    if count <= most:
        return unit, count
    group = np.arange(count) % most
    rng.shuffle(group)
    return group[unit], most

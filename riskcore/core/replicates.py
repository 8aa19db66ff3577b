"""The loop over bootstrap replicates, compiled: thousands of points, and of each only what their interval needs.

A replicate is judged and forgotten; what is kept of each number are its most extreme values so far, for the ends of
the middle 95 % are found among them.  Import late, as `compiled` says.
"""

import numpy as np
from numba import types
from numpy.typing import NDArray

from riskcore.core.compiled import compiled, read_only

TABLES = read_only(types.float64, 4)
SHARES = read_only(types.float64, 3)
PLACES = read_only(types.int64)
WEIGHTS = read_only(types.float64)
NUMBERS = types.float64[:, ::1]
KEPT = types.float32[:, :, ::1]
KNOWN = types.int32[:, ::1]
FORMULAS = (PLACES, PLACES, WEIGHTS, WEIGHTS, PLACES, PLACES)  # starts, cell, of_event, of_amount, over, under


@compiled(types.int64, TABLES, NUMBERS)
def fetch(p: int, tables: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """One point of outcome tables (b, classes, p, actions), into `out` (actions × classes, b)."""
    replicates, classes, _, actions = tables.shape
    for a in range(actions):
        for c in range(classes):
            for r in range(replicates):
                out[a * classes + c, r] = tables[r, c, p, a]


@compiled(types.int64, SHARES, NUMBERS)
def serve(p: int, served: NDArray[np.float64], table: NDArray[np.float64]) -> None:
    """Let overflow through: of outcomes (actions × classes, b), those that nobody gets to get the mildest action."""
    _, actions, classes = served.shape
    for a in range(actions):
        for c in range(classes):
            for r in range(table.shape[1]):
                passed = table[a * classes + c, r] * (1.0 - served[p, a, c])
                table[a * classes + c, r] -= passed
                table[c, r] += passed


@compiled(PLACES, PLACES, WEIGHTS, NUMBERS, NUMBERS)
def add_up(
    starts: NDArray[np.int64],
    cell: NDArray[np.int64],
    weight: NDArray[np.float64],
    table: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Add to each of the sums (k, b) what its cells of a table (actions × classes, b) weigh."""
    for k in range(len(sums)):
        for t in range(starts[k], starts[k + 1]):
            for r in range(sums.shape[1]):
                sums[k, r] += weight[t] * table[cell[t], r]


@compiled(types.int64, NUMBERS, PLACES, PLACES, KEPT, KEPT, KNOWN)
def keep(
    p: int,
    sums: NDArray[np.float64],
    over: NDArray[np.int64],
    under: NDArray[np.int64],
    least: NDArray[np.float32],
    most: NDArray[np.float32],
    known: NDArray[np.int32],
) -> None:
    """Put each number among its least values so far, rising, and its greatest, falling, where it belongs."""
    last = least.shape[2] - 1
    for f in range(len(over)):
        for r in range(sums.shape[1]):
            value = sums[over[f], r]
            if under[f] >= 0:
                if not sums[under[f], r] > 0.0:
                    continue
                value /= sums[under[f], r]
            known[f, p] += 1
            v = np.float32(value)
            if v < least[f, p, last]:
                i = last
                while i > 0 and v < least[f, p, i - 1]:
                    least[f, p, i] = least[f, p, i - 1]
                    i -= 1
                least[f, p, i] = v
            if v > most[f, p, last]:
                i = last
                while i > 0 and v > most[f, p, i - 1]:
                    most[f, p, i] = most[f, p, i - 1]
                    i -= 1
                most[f, p, i] = v


@compiled(
    types.int64,
    types.int64,
    TABLES,
    TABLES,
    SHARES,
    *FORMULAS,
    types.int64,
    KEPT,
    KEPT,
    KNOWN,
    types.float64[::1],
    types.int64[::1],
)
def judge(
    first: int,
    end: int,
    events: NDArray[np.float64],
    amounts: NDArray[np.float64],
    served: NDArray[np.float64],
    starts: NDArray[np.int64],
    cell: NDArray[np.int64],
    of_event: NDArray[np.float64],
    of_amount: NDArray[np.float64],
    over: NDArray[np.int64],
    under: NDArray[np.int64],
    cost: int,
    least: NDArray[np.float32],
    most: NDArray[np.float32],
    known: NDArray[np.int32],
    lowest: NDArray[np.float64],
    cheapest: NDArray[np.int64],
) -> None:
    """Judge replicates of outcome tables `events` and `amounts` (b, classes, p, actions), from point `first` to `end`.

    `amounts` has no replicates where no money is carried, and `served` (p, actions, classes) no points where everything
    is.  Sum k adds up, for t from `starts[k]` to `starts[k + 1]`, `of_event[t]` and `of_amount[t]` for what is in
    `cell[t]` (action × classes + class).  Number f is sum `over[f]`, divided by sum `under[f]` unless that is -1; it is
    not known where nothing is divided.  What is kept: `least` and `most` (numbers, p, m) of them so far, how many are
    `known` (numbers, p), and of each replicate the `lowest` sum `cost` (b,) and the first point where it is found,
    `cheapest` (b,); a `cost` of -1 asks for none.
    """
    replicates, classes, _, actions = events.shape
    table = np.zeros((actions * classes, replicates))
    sums = np.zeros((len(starts) - 1, replicates))
    for p in range(first, end):
        sums[:] = 0.0
        fetch(p, events, table)
        if len(served):
            serve(p, served, table)
        add_up(starts, cell, of_event, table, sums)
        if len(amounts):
            fetch(p, amounts, table)
            if len(served):
                serve(p, served, table)
            add_up(starts, cell, of_amount, table, sums)
        keep(p, sums, over, under, least, most, known)
        if cost >= 0:
            for r in range(replicates):
                if sums[cost, r] < lowest[r]:
                    lowest[r] = sums[cost, r]
                    cheapest[r] = p

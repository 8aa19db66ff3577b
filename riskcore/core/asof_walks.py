"""The loops of `AsOf`, compiled: each walks every entity's events once, from the oldest to the newest.

Rows come grouped: `rows` are positions in the table, entity after entity and by time within one; `at` (µs) and `rank`
(place in the order of events, equal where neither precedes the other) belong to the same positions; entity g is
`starts[g]:starts[g + 1]`.  Three pointers move through an entity and never back, so a walk costs O(m): `i` is asked
about, rows before `add` are strictly earlier than it, rows before `low` are further back than `span` (µs).  What
counts is told by `where`, in table order; so are answers, written at `rows[i]`.  Import late, as `compiled` says.
"""

import numpy as np
from numba import types
from numpy.typing import NDArray

from riskcore.core.compiled import compiled, read_only

ROWS = read_only(types.int32)
TIMES = read_only(types.int64)
FLAGS = read_only(types.boolean)
NUMBERS = read_only(types.float64)
GROUPED = (ROWS, TIMES, ROWS, TIMES)  # rows, at, rank, starts


@compiled(ROWS, types.int64, ROWS, types.int32[::1], returns=types.int64)
def sort_by(codes: NDArray[np.int32], size: int, rows: NDArray[np.int32], out: NDArray[np.int32]) -> int:
    """Sort `rows` by their code in [0, size), stable, into `out`; rows with a negative code are left out.

    Returns how many are in."""
    place = np.zeros(size + 1, np.int64)
    for i in range(len(rows)):
        if codes[rows[i]] >= 0:
            place[codes[rows[i]] + 1] += 1
    for c in range(size):
        place[c + 1] += place[c]
    total = place[size]
    for i in range(len(rows)):
        c = codes[rows[i]]
        if c >= 0:
            out[place[c]] = rows[i]
            place[c] += 1
    return int(total)


@compiled(*GROUPED, FLAGS, types.int64, types.int64[::1])
def count(
    rows: NDArray[np.int32],
    at: NDArray[np.int64],
    rank: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.bool_],
    span: int,
    out: NDArray[np.int64],
) -> None:
    """How many earlier rows count."""
    for g in range(len(starts) - 1):
        low = add = starts[g]
        inside = 0
        for i in range(starts[g], starts[g + 1]):
            while rank[add] < rank[i]:
                inside += where[rows[add]]
                add += 1
            while at[low] < at[i] - span:
                inside -= where[rows[low]]
                low += 1
            out[rows[i]] = inside


@compiled(*GROUPED, FLAGS, ROWS, types.int64, types.int64, types.int64[::1])
def distinct(
    rows: NDArray[np.int32],
    at: NDArray[np.int64],
    rank: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.bool_],
    codes: NDArray[np.int32],
    size: int,
    span: int,
    out: NDArray[np.int64],
) -> None:
    """How many different codes in [0, size) earlier rows have; negative ones are missing."""
    tally = np.zeros(size, np.int32)
    for g in range(len(starts) - 1):
        low = add = starts[g]
        inside = 0
        for i in range(starts[g], starts[g + 1]):
            while rank[add] < rank[i]:
                c = codes[rows[add]]
                if c >= 0 and where[rows[add]]:
                    inside += tally[c] == 0
                    tally[c] += 1
                add += 1
            while at[low] < at[i] - span:
                c = codes[rows[low]]
                if c >= 0 and where[rows[low]]:
                    tally[c] -= 1
                    inside -= tally[c] == 0
                low += 1
            out[rows[i]] = inside
        for i in range(low, add):
            if codes[rows[i]] >= 0:
                tally[codes[rows[i]]] = 0


@compiled(*GROUPED, FLAGS, types.int64, types.int64[::1])
def latest(
    rows: NDArray[np.int32],
    at: NDArray[np.int64],
    rank: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.bool_],
    span: int,
    out: NDArray[np.int64],
) -> None:
    """The newest earlier row that counts, -1 where there is none."""
    for g in range(len(starts) - 1):
        add = starts[g]
        newest = -1
        for i in range(starts[g], starts[g + 1]):
            while rank[add] < rank[i]:
                if where[rows[add]]:
                    newest = add
                add += 1
            out[rows[i]] = rows[newest] if newest >= 0 and at[newest] >= at[i] - span else -1


@compiled(*GROUPED, FLAGS, types.int64, types.int64[::1])
def earliest(
    rows: NDArray[np.int32],
    at: NDArray[np.int64],
    rank: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.bool_],
    span: int,
    out: NDArray[np.int64],
) -> None:
    """The oldest row within the span that counts, -1 where there is none."""
    for g in range(len(starts) - 1):
        low = starts[g]
        for i in range(starts[g], starts[g + 1]):
            while rank[low] < rank[i] and (at[low] < at[i] - span or not where[rows[low]]):
                low += 1
            out[rows[i]] = rows[low] if rank[low] < rank[i] else -1


@compiled(*GROUPED, FLAGS, NUMBERS, types.int64, types.float64[:, ::1])
def moments(
    rows: NDArray[np.int32],
    at: NDArray[np.int64],
    rank: NDArray[np.int32],
    starts: NDArray[np.int64],
    where: NDArray[np.bool_],
    values: NDArray[np.float64],
    span: int,
    out: NDArray[np.float64],
) -> None:
    """Of earlier values that are not NaN, into `out` (3, m): how many, their mean, their squared deviations summed.

    Nothing is ever subtracted, so a great value leaves no rounding error behind when it leaves the window: rows from
    `middle` on are summed as they come, those before it were summed from the end backwards, and both are joined (Chan,
    Golub and LeVeque 1979).
    """
    longest = 0
    for g in range(len(starts) - 1):
        longest = max(longest, starts[g + 1] - starts[g])
    old = np.zeros((longest, 3), np.float64)
    for g in range(len(starts) - 1):
        first = low = middle = add = starts[g]
        n = mean = square = 0.0
        for i in range(first, starts[g + 1]):
            while rank[add] < rank[i]:
                x = values[rows[add]]
                if where[rows[add]] and x == x:
                    n += 1.0
                    away = x - mean
                    mean += away / n
                    square += away * (x - mean)
                add += 1
            while at[low] < at[i] - span:
                if low == middle:
                    n = mean = square = 0.0
                    for j in range(add - 1, low - 1, -1):
                        x = values[rows[j]]
                        if where[rows[j]] and x == x:
                            n += 1.0
                            away = x - mean
                            mean += away / n
                            square += away * (x - mean)
                        old[j - first, 0], old[j - first, 1], old[j - first, 2] = n, mean, square
                    middle = add
                    n = mean = square = 0.0
                low += 1
            before, m, s = 0.0, 0.0, 0.0
            if low < middle:
                before, m, s = old[low - first, 0], old[low - first, 1], old[low - first, 2]
            total = before + n
            row = rows[i]
            out[0, row] = total
            if total > 0.0:
                out[1, row] = m + (mean - m) * n / total
                out[2, row] = s + square + (mean - m) * (mean - m) * before * n / total

"""Where the numbers of most replicates lie: judged a few at a time, and forgotten but for the most extreme ones."""

from concurrent.futures import Executor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from riskcore.services.deciding.figures import Floats, Formulas

MIDDLE = 0.95
FEW = 64  # points below which handing them to another thread costs more than it saves


class Spread:
    """The middle 95 % of every number at p points, of `count` replicates that are added a few at a time.

    What is held does not grow with what is added: of each number at each point, as many of the least and of the
    greatest values as lie outside.  `served` (p, actions, classes): the share of outcomes that people get to.
    """

    def __init__(
        self, formulas: Formulas, points: int, count: int, served: Floats | None, pool: Executor, threads: int
    ) -> None:
        sums = list(formulas.of_events)
        over, under = zip(*formulas.numbers.values(), strict=True)
        self.names = tuple(formulas.numbers)
        self.over = np.array([sums.index(name) for name in over], np.int64)
        self.under = np.array([-1 if name is None else sums.index(name) for name in under], np.int64)
        self.cost = sums.index("cost") if "cost" in sums else -1
        self.starts, self.cell, self.of_event, self.of_amount = _nonzero(formulas)
        self.served = np.zeros((0, 0, 0)) if served is None else np.ascontiguousarray(served)
        shape = (len(self.names), points, int(np.ceil(_outside(count))) + 1)
        self.least, self.most = np.full(shape, np.inf, np.float32), np.full(shape, -np.inf, np.float32)
        self.known = np.zeros(shape[:2], np.int32)  # replicates in which a number is defined
        self.cheapest: list[NDArray[np.int64]] = []  # the point of least cost of each replicate, where there is one
        self.pool = pool
        parts = threads if points >= FEW else 1
        self.parts = list(pairwise(np.linspace(0, points, parts + 1).astype(int).tolist()))

    def add(self, events: Floats, amounts: Floats | None) -> None:
        """Judge outcome tables (b, classes, p, actions) and the amounts in them; None where they play no part."""
        from riskcore.core.replicates import judge  # late, as compiled code is

        carried = np.zeros((0, *events.shape[1:])) if amounts is None else amounts
        lowest = np.full((len(self.parts), len(events)), np.inf)
        cheapest = np.zeros(lowest.shape, np.int64)

        def part(i: int) -> None:
            judge(
                *self.parts[i],
                events,
                carried,
                self.served,
                self.starts,
                self.cell,
                self.of_event,
                self.of_amount,
                self.over,
                self.under,
                self.cost,
                self.least,
                self.most,
                self.known,
                lowest[i],
                cheapest[i],
            )

        list(self.pool.map(part, range(len(self.parts))))
        if self.cost >= 0:
            self.cheapest.append(cheapest[lowest.argmin(axis=0), np.arange(len(events))])

    def middle(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Both ends (p,) of each number by name, in between where they lie between two replicates.

        Replicates in which a number is not defined are left out; NaN where it is defined in none.
        """
        place = np.where(self.known, _outside(self.known), 0.0)[..., None]
        beyond, within = np.floor(place).astype(np.intp), np.ceil(place).astype(np.intp)
        ends = []
        for kept in (self.least, self.most):
            outer, inner = (np.take_along_axis(kept, at, axis=2).astype(np.float64) for at in (beyond, within))
            outer[self.known == 0] = inner[self.known == 0] = np.nan
            ends.append((outer + (inner - outer) * (place - beyond))[..., 0])
        low, high = (dict(zip(self.names, end, strict=True)) for end in ends)
        return low, high


def _outside(count: int | NDArray[np.int32]) -> Floats:
    """How many of so many sorted values lie beyond each end of the middle; no whole number where it is between two."""
    return np.asarray((count - 1) * ((1 - MIDDLE) / 2), dtype=np.float64)


def _nonzero(formulas: Formulas) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Where each sum starts, and the cells that have a part in it with their weights."""
    nothing = np.zeros(next(iter(formulas.of_events.values())).shape)
    both = np.stack([[of, formulas.of_amounts.get(name, nothing)] for name, of in formulas.of_events.items()])
    flat = both.reshape(len(both), 2, -1)
    row, cell = np.nonzero(flat.any(axis=1))
    starts = np.searchsorted(row, np.arange(len(both) + 1)).astype(np.int64)
    of_events, of_amounts = (np.ascontiguousarray(flat[row, i, cell]) for i in (0, 1))
    return starts, cell.astype(np.int64), of_events, of_amounts

"""Interleaved measurements, and the table whose rows they end in."""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

RUNS = 5


@dataclass(frozen=True)
class Row:
    """One measured target; `ok` is whether the value is within it."""

    name: str
    value: float
    unit: str
    target: str
    ok: bool

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def at_most(name: str, value: float, limit: float, unit: str) -> Row:
    return Row(name, round(value, 4), unit, f"<= {limit:g}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str) -> Row:
    return Row(name, round(value, 4), unit, f">= {limit:g}", value >= limit)


@dataclass(frozen=True)
class Cost:
    """Seconds of one run: of the wall clock, and of all cores of this process and its children."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """What one run costs."""
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


def interleaved(works: Mapping[str, Callable[[], object]], runs: int = RUNS) -> dict[str, Cost]:
    """Medians of several runs of each work, taken in turn, for the machine is shared and its noise drifts."""
    found: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            found[name].append(cost(work))
    return {name: Cost(median(c.wall for c in costs), median(c.cpu for c in costs)) for name, costs in found.items()}


def median_ms(work: Callable[[], object], runs: int = 300) -> float:
    """Median milliseconds of something short, once warm."""
    work()
    return median(cost(work).wall for _ in range(runs)) * 1e3


def print_rows(rows: Sequence[Row]) -> None:
    """The table: whether each target is met, what was measured, and the target."""
    width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{'ok  ' if row.ok else 'MISS'} {row.name:<{width}}  {row.value:>12,.4g} {row.unit:<7} {row.target}")


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

"""What making synthetic rows will cost, told before it is begun."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario

MOST_ROWS = 5_000_000  # of one recipe in the app; the command line takes more
PACE_ROWS = (2_000, 30_000)  # timed to tell what a row costs from what starting costs
PEAK = 5  # memory at the worst moment, in sizes of the finished events: draws, copies, likelihoods of all kinds
MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Pace:
    """What making rows of a scenario costs on this machine."""

    start: float  # s
    row: float  # s
    row_bytes: float  # of finished events


@dataclass(frozen=True)
class Estimate:
    """What a recipe is expected to take."""

    rows: int
    seconds: float
    peak_bytes: float

    def check(self, free: float) -> None:
        """Raise a `DataError` where making the rows would need more memory than is free (bytes)."""
        if self.peak_bytes > free:
            most = int(self.rows * free / self.peak_bytes)
            raise DataError(
                f"{self.rows:,} rows need about {size(self.peak_bytes)} of memory while they are made, and "
                f"{size(free)} are free. Ask for at most {max(1_000, most // 1_000 * 1_000):,} rows."
            )


def measure_pace(scenario: Scenario) -> Pace:
    """Time two small draws; takes a fraction of a second."""
    scenario.synthesize(PACE_ROWS[0], seed=0)  # the first draw pays for imports
    took, held = [], 0.0
    for rows in PACE_ROWS:
        began = perf_counter()
        events = scenario.synthesize(rows, seed=0).events
        took.append(perf_counter() - began)
        held = float(events.memory_usage(deep=True).sum()) / rows
    row = max(1e-8, (took[1] - took[0]) / (PACE_ROWS[1] - PACE_ROWS[0]))
    return Pace(max(0.0, took[0] - row * PACE_ROWS[0]), row, held)


def estimate(pace: Pace, rows: int) -> Estimate:
    """What `rows` rows will take at this pace."""
    return Estimate(rows, pace.start + pace.row * rows, pace.row_bytes * rows * PEAK)


def free_memory() -> float:
    """Bytes that can still be used; infinite where the system does not say."""
    try:
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return float("inf")
    said = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    return float(said["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in said else float("inf")


def size(n: float) -> str:
    """Bytes as a person says them.

    >>> size(16_000), size(2_400_000), size(1.3e9)
    ('16 kB', '2 MB', '1.3 GB')
    """
    if n >= 1e9:
        return f"{n / 1e9:.1f} GB"
    return f"{n / 1e6:.0f} MB" if n >= 1e6 else f"{max(1, n / 1e3):.0f} kB"


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(0.3), duration(12.4), duration(200)
    ('under a second', '12 s', '3 min')
    """
    if seconds < 1:
        return "under a second"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

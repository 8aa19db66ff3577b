"""What events are told of their past: a million at once, one at a time, and how the cost grows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measuring import Row, at_most, interleaved, median_ms
from riskcore.core.asof import AsOf

SIZES = (10_000, 100_000, 1_000_000)
EVENTS_OF_A_USER = 20
PAST_OF_ONE = 300  # rows that a store fetches for one event
ENTITIES: tuple[str | tuple[str, ...], ...] = ("user", "device", "ip", ("user", "device"), ("user", "country"), ())
DAY = timedelta(days=1)


def rows(seed: int = 5) -> list[Row]:
    """Time of each primitive by size, of sixty in a row, and of sixty for one event."""
    made = {n: _events(np.random.default_rng(seed), n) for n in SIZES}
    sixty(AsOf(made[SIZES[0]]))
    found = []
    for name in _primitives(AsOf(made[SIZES[0]])):
        found += _growth(name, {n: _primitives(AsOf(events))[name] for n, events in made.items()})
    bulk = interleaved({"sixty": lambda: sixty(AsOf(made[SIZES[-1]]))}, runs=3)["sixty"]
    past = _events(np.random.default_rng(seed), PAST_OF_ONE + 1, users=1)
    one = median_ms(lambda: sixty(AsOf(past.iloc[PAST_OF_ONE:], past.iloc[:PAST_OF_ONE])))
    return [
        *found,
        at_most("as of 1,000,000 events of 50,000 users: sort and 60 primitives, wall", bulk.wall, 4, "s"),
        at_most(f"as of one event and {PAST_OF_ONE} before it: sort and 60 primitives, median", one, 3, "ms"),
    ]


def sixty(asof: AsOf) -> None:
    """Ten answers for each of six entities, about what identity asks."""
    ok, failed = asof["ok"] == 1, asof.among("kind", "k1", "k2") & (asof["ok"] == 0)
    for by in ENTITIES:
        asof.count(by), asof.count(by, DAY), asof.count(by, DAY / 96, failed)
        asof.nunique("device", by, DAY), asof.nunique("user", by, DAY)
        asof.last("country", by), asof.seconds_since(by, ok)
        asof.seen(by, ok, at_least=2, older_than=DAY), asof.rate(ok, by), asof.mean("amount", by, DAY)


def _primitives(asof: AsOf) -> dict[str, Callable[[], Any]]:
    return {
        "count": lambda: asof.count("user", DAY),
        "nunique": lambda: asof.nunique("device", "user", DAY),
        "seconds_since": lambda: asof.seconds_since("user"),
    }


def _growth(name: str, works: dict[int, Callable[[], Any]]) -> list[Row]:
    """Wall time by size, and an event's cost at the greatest against the size before (1.2 where it is n log n)."""
    for work in works.values():
        work()  # columns are coded and entities grouped once, whatever is asked
    wall = {int(n): taken.wall for n, taken in interleaved({str(n): work for n, work in works.items()}).items()}
    ratio = wall[SIZES[-1]] / wall[SIZES[-2]] * SIZES[-2] / SIZES[-1]
    return [
        *(at_most(f"as-of {name} of {n:,} events: wall", wall[n] * 1e3, 80 * n / SIZES[-1], "ms") for n in SIZES),
        at_most(f"as-of {name}: an event among 1,000,000 against one among 100,000", ratio, 4, "ratio"),
    ]


def _events(rng: np.random.Generator, n: int, users: int | None = None) -> pd.DataFrame:
    """n events of 90 days in order of time; a user has three devices, and four addresses shared with a neighbour."""
    user = rng.integers(0, users or n // EVENTS_OF_A_USER, n)
    seconds = np.sort(rng.integers(0, 90 * 86_400, n))
    numbered = {"event_id": np.arange(n), "user": user, "device": user * 3 + rng.integers(0, 3, n)}
    numbered["ip"] = user // 2 * 4 + rng.integers(0, 4, n)
    texts = {name: pd.Series(values).astype("str") for name, values in numbered.items()}
    chosen = {"country": [f"c{i}" for i in range(30)], "kind": [f"k{i}" for i in range(22)]}
    choices = {name: pd.Categorical.from_codes(rng.integers(0, len(of), n), of) for name, of in chosen.items()}
    times = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    return pd.DataFrame(
        {
            **texts,
            **choices,
            "timestamp": times.as_unit("us"),
            "ok": rng.integers(0, 2, n),
            "amount": rng.exponential(50, n),
        }
    )

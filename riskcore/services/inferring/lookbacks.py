"""Which columns over the past a table suggests, where its events have a time and belong to somebody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from riskcore.scenarios.declared import span

WINDOWS = ("1m", "10m", "1h", "6h", "1d", "7d", "30d", "90d")
LONGEST = "30d"  # unless more is asked for
MOST_WINDOWS = 3
MOST_NUMBERS = 3  # whose means are taken where no field is the amount
MOST_CATEGORIES = 3  # whose values are counted for the first entity
FEWEST_SPANS = 2  # times that a window must fit into the recording


@dataclass(frozen=True)
class Subjects:
    """What there is to measure: fields by what can be measured of them."""

    entities: Sequence[str]
    numbers: Sequence[str]
    categories: Sequence[str]
    lookback: str | None
    recorded: timedelta

    @property
    def windows(self) -> tuple[str, ...]:
        """At most three windows, the last one as long as the lookback.

        Without a lookback the longest is a month, or fits twice into the recording.
        """
        reach = span(self.lookback or LONGEST)
        fit = [w for w in WINDOWS if span(w) <= reach]
        if self.lookback is not None:
            shorter = [w for w in fit if span(w) < reach]
            return (*shorter[len(shorter) - MOST_WINDOWS + 1 :], self.lookback)
        fit = [w for w in fit if FEWEST_SPANS * span(w) <= self.recorded] or [WINDOWS[0]]
        return tuple(fit[-MOST_WINDOWS:])


def propose_past(about: Subjects) -> list[dict[str, Any]]:
    """Columns over the past as a spec says them; none of them looks at a label.

    Of each entity: its events, the mean of the amount and how far the event's own lies from it, the other entities it
    was met with, and the time since it was there last.  Of pairs: whether they met before.  Of the first entity and
    each category: whether this value is its habit.
    """
    longest = about.windows[-1]
    found: list[dict[str, Any]] = []
    for entity in about.entities:
        for window in about.windows:
            found += _of_entity(entity, window, about)
        found.append({"measure": "since", "by": [entity]})
    for i, first in enumerate(about.entities):
        for second in about.entities[i + 1 :]:
            pair = [first, second]
            found += [{"measure": "count", "by": pair, "within": longest}, {"measure": "since", "by": pair}]
    for category in about.categories[:MOST_CATEGORIES]:
        found.append({"measure": "count", "by": [about.entities[0], category], "within": longest})
    return found


def _of_entity(entity: str, window: str, about: Subjects) -> Iterator[dict[str, Any]]:
    yield {"measure": "count", "by": [entity], "within": window}
    for other in about.entities:
        if other != entity:
            yield {"measure": "distinct", "of": other, "by": [entity], "within": window}
    for name in about.numbers[:MOST_NUMBERS]:
        yield {"measure": "mean", "of": name, "by": [entity], "within": window}
        yield {"measure": "deviation", "of": name, "by": [entity], "within": window}

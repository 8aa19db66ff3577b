"""Events that claim to lie in the future: a clock that is wrong, or a time zone that was left out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from riskcore.core.schema import EventSchema

LEEWAY = timedelta(days=1)  # more than time zones differ by


@dataclass(frozen=True)
class Ahead:
    """How many events lie in the future by more than a day, and when the furthest of them is; none to begin with."""

    count: int = 0
    furthest: pd.Timestamp | None = None

    def __add__(self, other: "Ahead") -> "Ahead":
        furthest = [moment for moment in (self.furthest, other.furthest) if moment is not None]
        return Ahead(self.count + other.count, max(furthest, default=None))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it: a sentence, or nothing."""
        if self.furthest is None:
            return ()
        if self.count == 1:
            lie = "1 event lies in the future by more than a day, at"
        else:
            lie = f"{self.count:,} events lie in the future by more than a day, the furthest at"
        return (f"{lie} {self.furthest:%Y-%m-%dT%H:%M:%SZ}: check the clock they come from.",)


def ahead(schema: EventSchema, events: pd.DataFrame, now: datetime) -> Ahead:
    """The validated events (n rows) that are more than a day later than `now`, a moment with its zone.

    None where the schema has no time, or one that counts from an origin which no clock knows.
    """
    if schema.time is None or schema[schema.time].kind != "time":
        return Ahead()
    moments = events[schema.time]
    late = moments[moments > now + LEEWAY]
    return Ahead(len(late), late.max()) if len(late) else Ahead()

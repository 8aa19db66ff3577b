"""From what columns seem to be to a spec as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.scenarios.declared import models_for
from riskcore.services.files.mapping import plain
from riskcore.services.inferring.guessing import Guess
from riskcore.services.inferring.lookbacks import Subjects, propose_past
from riskcore.services.inferring.looking import Asked, Look
from riskcore.services.inferring.outcomes import Classes
from riskcore.services.inferring.spreading import Rows, rows_of, spread_numbers, spread_words

DAY = 86_400.0  # s
HOUR_FROM, WEEKDAY_FROM = 1.0, 14.0  # days of data from which hour and weekday are more than a date
AMOUNTS = {"amount", "amt", "transactionamount", "paymentamount"}
ORIGIN = "the beginning of the recording"


@dataclass(frozen=True)
class Draft:
    """Everything that a spec is written from."""

    seen: Look
    asked: Asked
    classes: Classes | None
    used: Mapping[str, Guess]
    names: Mapping[str, str]  # column -> field
    id: str | None = None  # the column that names events

    @property
    def y(self) -> NDArray[np.int64]:
        """Class numbers (n,), -1 where there is no label; without labels all are of one class."""
        return np.zeros(len(self.seen.table), dtype=np.int64) if self.classes is None else self.classes.y

    def spec(self, ignored: Mapping[str, str]) -> dict[str, Any]:
        """The spec as plain data, without presets; overlap is 0."""
        asked, classes = self.asked, self.classes
        rows = rows_of(self.y, len(classes.names) if classes else 1)
        shares = classes.shares if classes else (1.0,)
        title = asked.title or asked.key.replace("_", " ").capitalize()
        said: dict[str, Any] = {
            "key": asked.key,
            "title": title,
            "summary": f"What is the risk of an event of {title}?"
            if classes
            else f"How unusual is an event of {title}?",
            "fields": [self._field(column, g) for column, g in self.used.items()],
        }
        roles = {"id": self.id, "time": asked.time, "amount": self._amount}
        if any(roles.values()):
            said["roles"] = {role: self.names[column] for role, column in roles.items() if column}
        if asked.time and self.used[asked.time].kind != "time":
            said["origin"] = ORIGIN
        said |= {"entities": [self.names[e] for e in asked.entities]} if asked.entities else {}
        said |= self._past()
        said |= {"remember": [{"by": self.names[e]} for e in asked.remember]} if asked.remember else {}
        if classes:
            said["target"] = {"name": asked.label, "classes": list(classes.names)}
            said["target"] |= {"delay": asked.label_delay} if asked.label_delay else {}
        said["models"] = models_for(classes is not None, len(shares), min(shares))
        said |= {"per_day": self._per_day} if asked.time else {}
        said["ignored"] = dict(ignored)
        spreads = {self.names[column]: self._spread(g, rows) for column, g in self.used.items()}
        said["twin"] = {"shares": [round(s, 8) for s in shares], "overlap": 0.0}
        said["twin"] |= ({"rows": len(self.seen.table)} if "as_of" in said else {}) | {"fields": spreads}
        return said

    def _past(self) -> dict[str, Any]:
        """How far back events are looked at, and what is measured there; nothing without a time and entities."""
        asked = self.asked
        if not (asked.time and asked.entities):
            return {"lookback": asked.lookback} if asked.lookback else {}
        numbers = [c for c, g in self.used.items() if g.kind in ("number", "integer") and c != asked.time]
        about = Subjects(
            entities=[self.names[e] for e in asked.entities],
            numbers=[self.names[c] for c in ([self._amount] if self._amount else numbers)],
            categories=[self.names[c] for c, g in self.used.items() if g.kind == "category"],
            lookback=asked.lookback,
            recorded=timedelta(seconds=float(np.ptp(self.used[asked.time].values))),
        )
        return {"lookback": about.windows[-1], "as_of": propose_past(about)}

    def _field(self, column: str, g: Guess) -> dict[str, Any]:
        """A field as declared; numbers with the range that was seen, times with the features made of them."""
        name = self.names[column]
        kind = "number" if column == self.asked.time and g.kind in ("integer", "flag") else g.kind
        said: dict[str, Any] = {"name": name, "kind": kind}
        if name != column:
            said["synonyms"] = [column]
        if g.kind in ("number", "integer") and column != self.asked.time:
            given = g.values[~np.isnan(g.values)]
            said["usual"] = [_short(given.min()), _short(given.max())]
        if g.choices:
            said["choices"] = list(g.choices)
        if g.formats:
            said["formats"] = list(g.formats)
        if g.missing.any() and column != self.asked.time:
            said["optional"] = True
        if parts := self._parts(column, g):
            said["parts"] = parts
        return said

    def _parts(self, column: str, g: Guess) -> list[str]:
        """What is made of a time: in a short recording a weekday would be just a date."""
        if g.kind != "time" and column != self.asked.time:
            return []
        days, clock = np.ptp(g.values[~np.isnan(g.values)]) / DAY, bool((g.values % DAY > 0).any())
        parts = ["hour"] if days >= HOUR_FROM and clock else []
        parts += ["weekday"] if days >= WEEKDAY_FROM else []
        timed = self.asked.time and self.used[self.asked.time].kind == "time"
        return parts + (["age"] if timed and column != self.asked.time else [])

    def _spread(self, g: Guess, rows: Rows) -> dict[str, Any]:
        if g.kind == "text":
            return {"distinct": len(pd.unique(g.values[~g.missing]))}
        if g.kind == "category":
            return spread_words(g.values, g.choices, rows)
        return spread_numbers(g.values, g.whole or g.kind == "time", rows)

    @property
    def _amount(self) -> str | None:
        numbers = [c for c, g in self.used.items() if g.kind in ("number", "integer")]
        if self.asked.amount and self.asked.amount not in numbers:
            raise DataError(f"Column '{self.asked.amount}' holds no numbers; it cannot be the amount.")
        return self.asked.amount or next((c for c in numbers if plain(c) in AMOUNTS), None)

    @property
    def _per_day(self) -> float:
        """Events a day, over the days of the recording."""
        assert self.asked.time is not None
        times = self.used[self.asked.time].values
        days = max(float(np.nanmax(times) - np.nanmin(times)) / DAY, 1.0)
        return max(1.0, float(_short(self.seen.total / days)))


def _short(value: float) -> float | int:
    """A number with six significant digits, whole where it is."""
    value = float(f"{value:.9g}")
    return int(value) if value == int(value) and abs(value) < 2**53 else value

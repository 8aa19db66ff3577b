"""Conditions over time: k events at some risk within a stretch of minutes, as of each event's own moment."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, PolicyError, did_you_mean
from riskcore.core.fields import finite
from riskcore.core.schema import EventSchema

RISK_SCORE = "risk_score"  # column of history: the risk that was given when the event was scored
NEEDED = ("events", "risk", "minutes")
KEYS = (*NEEDED, "of", "among")
MICROSECOND = timedelta(microseconds=1)
LONGEST = 366 * 24 * 60  # minutes; what is further away is a lookback of features, and no rule of a policy


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """At least `events` events of one `of` with `risk >= risk` within `minutes`, the event itself one of them.

    The window of an event at t is (t − minutes, t]: one that is exactly as old as the window no longer counts.  An
    event sees those that precede it in the order (time, id), and itself; never later ones.  With `among` only the last
    so many events are looked at, whatever their risk: k of n.  Raises `PolicyError`.
    """

    events: int
    risk: float
    minutes: float
    of: str = ""  # a field; empty: all events stand together, as readings of one system do
    among: int | None = None  # at least `events`; None: all of the window

    def __post_init__(self) -> None:
        if problems := unsound_repeated(self.to_mapping(), "repeated"):
            raise PolicyError(problems)

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def words(self) -> str:
        """The condition in words.

        >>> Repeated(events=3, risk=0.5, minutes=30, of="user_id").words
        '3 events of one user_id at risk >= 0.5 within 30 min'
        >>> Repeated(events=3, risk=0.5, minutes=30, among=5).words
        '3 of the last 5 events at risk >= 0.5 within 30 min'
        """
        of = f" of one {self.of}" if self.of else ""
        noun = "event" if max(self.events, self.among or 0) == 1 else "events"
        last = "" if self.among is None else f" of the last {self.among}"
        return f"{self.events}{last} {noun}{of} at risk >= {self.risk:g} within {self.minutes:g} min"

    def implies(self, other: "Repeated") -> bool:
        """Whether every event that meets this condition must meet the other."""
        harder = self.events >= other.events and self.risk >= other.risk and self.minutes <= other.minutes
        # Among fewer events of one entity lie more of all others in between.
        nearer = other.among is None or (other.of == self.of and self.among is not None and self.among <= other.among)
        return harder and nearer and other.of in ("", self.of)

    def problems(self, event: EventSchema, where: str) -> Iterator[str]:
        """What it asks of events that cannot be so: no time, no such field."""
        if event.time is None:
            yield f"{where}: repeated counts events within minutes, but these events carry no time."
        if self.of and self.of not in event.names:
            yield f"{where}: repeated.of is '{self.of}', which is no field. {did_you_mean(self.of, event.names)}"

    def to_mapping(self) -> dict[str, Any]:
        """Plain data that `Repeated(**said)` reads back."""
        said = {"events": self.events, "risk": float(self.risk), "minutes": self.minutes}
        return said | ({"of": self.of} if self.of else {}) | ({} if self.among is None else {"among": self.among})


Met = Callable[[Repeated], NDArray[np.bool_]]  # which of n events (n,) meet a condition over time


def not_given(condition: Repeated) -> NDArray[np.bool_]:
    """What meets a condition over time where nobody worked it out: a `PolicyError`, never a guess."""
    raise PolicyError(f"The policy asks for {condition.words}, and the risks of past events were not given.")


def unsound_repeated(said: object, where: str) -> list[str]:
    """What is wrong with a parsed condition over time, whatever the events, as sentences."""
    if not isinstance(said, Mapping):
        return [f"{where} is {said!r}; it must be a mapping with {', '.join(NEEDED)} and, if wanted, of and among."]
    problems = [f"{where}: unknown key '{k}'. {did_you_mean(k, KEYS)}" for k in said if k not in KEYS]
    problems += [f"{where}: {k} is missing." for k in NEEDED if k not in said]
    events, risk, minutes, of, among = (said.get(k, sound) for k, sound in zip(KEYS, (1, 0, 1, "", None), strict=True))
    counted = _count(events) and events >= 1
    if not counted:
        problems.append(f"{where}.events is {events!r}; it must be a whole number of at least 1.")
    if not finite(risk) or not 0 <= risk <= 1:
        problems.append(f"{where}.risk is {risk!r}; it must be a number from 0 to 1.")
    if not finite(minutes) or not 0 < minutes <= LONGEST:
        problems.append(f"{where}.minutes is {minutes!r}; it must be a number above 0, at most {LONGEST:,} (a year).")
    if not isinstance(of, str):
        problems.append(f"{where}.of is {of!r}; it must be the name of a field.")
    if among is not None and counted and not (_count(among) and among >= events):
        problems.append(
            f"{where}.among is {among!r}; it must be a whole number of at least {events}, the events asked for."
        )
    return problems


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def met(
    condition: Repeated,
    event: EventSchema,
    events: pd.DataFrame,
    risk: NDArray[np.floating],
    past: pd.DataFrame | None = None,
) -> NDArray[np.bool_]:
    """Which of n validated events (n,) complete the condition, as of each of them.

    `past`: earlier events with the columns `columns_read` and `risk_score`.  What counts is the order (time, id), in
    past and events alike, so that neither chunks nor the order of rows can be seen.  An event that is in both counts
    once, with the risk it has now.  One of nobody (a missing `of`) is counted alone, one without a time meets nothing
    and counts for none, and so does a past one without a risk.  Risks are compared in their own type, as bands are: a
    float32 risk of 0.7 reaches 0.7.  Raises `DataError` where the events have no time or the past no risks.
    """
    names = columns_read(event, [condition])
    if past is not None and RISK_SCORE not in past:
        raise DataError(f"History has no column '{RISK_SCORE}', and the policy asks for {condition.words}.")
    n, table, risks = len(events), events[names], np.asarray(risk)
    edge = np.float64(risks.dtype.type(condition.risk))
    if past is not None and len(past):
        table = pd.concat([table, past[names]], ignore_index=True)
        risks = np.concatenate([risks, past[RISK_SCORE].to_numpy(dtype=np.float64)])
    risky, entity = risks >= edge, _entities(table, condition.of)
    often = np.bincount(entity[risky], minlength=entity.max(initial=0) + 1) >= condition.events
    rows = np.flatnonzero(often[entity] & table[event.time].notna().to_numpy())  # all others meet it nowhere
    table, entity, risky = table.iloc[rows], entity[rows], risky[rows]
    at = np.rint(event.seconds(table) * 1e6).astype(np.int64)  # whole µs, so that widths subtract exactly
    place = _places(table, event.id, entity, at)
    # By ids, those of now stand before their copies in the past; without ids what is past comes first.
    order = np.lexsort(((rows >= n) == (event.id is not None), place, at, entity))
    entity, at, place, risky = entity[order], at[order], place[order], risky[order]
    first = np.ones(len(rows), dtype=bool) if event.id is None else ~_repeats(entity, at, place)
    opens = _opens(entity, at, condition.within // MICROSECOND)
    if condition.among is not None:
        nth = np.cumsum(first)
        opens = np.maximum(opens, np.searchsorted(nth, nth - condition.among, side="right"))
    total = np.concatenate([[0], np.cumsum(risky & first)])
    found = np.zeros(len(risks), dtype=bool)
    found[rows[order]] = risky & (total[1:] - total[opens] >= condition.events)
    return found[:n]


def columns_read(event: EventSchema, conditions: Iterable[Repeated]) -> list[str]:
    """The columns of events that these conditions read besides risks; `DataError` where there is no time."""
    if event.time is None:
        raise DataError("These events carry no time, so a rule over minutes cannot look at them.")
    return list(dict.fromkeys(name for name in (event.time, event.id, *(c.of for c in conditions)) if name))


def _entities(table: pd.DataFrame, of: str) -> NDArray[np.int64]:
    """Whom each row (m,) counts for; a row of nobody is somebody of its own."""
    m = len(table)
    if not of:
        return np.zeros(m, dtype=np.int64)
    code = pd.factorize(table[of])[0].astype(np.int64)
    nobody = code < 0
    code[nobody] = m + np.flatnonzero(nobody)
    return code


def _places(
    table: pd.DataFrame, name: str | None, entity: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The order of ids (m,) among rows of one entity and moment, -1 for a row that is alone there.

    Where events have no ids all rows of a moment are alike, and keep their order.
    """
    place = np.full(len(at), -1, dtype=np.int64)
    order = np.lexsort((at, entity))
    again = _repeats(entity[order], at[order])
    tied = order[again | np.append(again[1:], False)[: len(again)]]
    if name is not None and len(tied):
        place[tied] = pd.factorize(table[name].iloc[tied].astype(str), sort=True)[0]
    return place


def _repeats(*sorted_by: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of m sorted rows (m,) are like the one before."""
    same = np.logical_and.reduce([column[1:] == column[:-1] for column in sorted_by])
    return np.concatenate([np.zeros(min(1, len(sorted_by[0])), dtype=bool), same])


def _opens(entity: NDArray[np.int64], at: NDArray[np.int64], width: int) -> NDArray[np.intp]:
    """The first row (m,) in the window that ends at each event; rows are in order of entity, time and id."""
    moments, moment = np.unique(at, return_inverse=True)
    size = len(moments) + 1
    # The first row of the same entity that is younger than the window is old; entity and moment as one number.
    opens = np.searchsorted(moments, at - width, side="right")
    return np.asarray(np.searchsorted(entity * size + moment, entity * size + opens))

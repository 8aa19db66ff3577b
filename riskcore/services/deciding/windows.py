"""Decisions over time: alarm when k events of one entity are risky within a stretch of minutes.

All events are scored first; then the rule is applied as of each event, reading past risks and never later ones.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.services.evaluation import Metric, proportion
from riskcore.services.scoring import Scored

RISK_COLUMN = "risk_score"  # of history: the risk that was given when the event was scored


@dataclass(frozen=True)
class Window:
    """At least `k` events of one `by` with `risk >= edge` within `within`, the event itself counted if it is one.

    The window of an event at t is (t − within, t]: one that is exactly as old as the window no longer counts.
    """

    k: int
    within: timedelta
    edge: float
    by: str = ""  # a field; empty: all events stand together, as readings of one system do

    def __post_init__(self) -> None:
        if self.k < 1 or self.within <= timedelta(0) or not 0 <= self.edge <= 1:
            raise DataError(
                f"The rule asks for {self.k} events within {self.within} at risk {self.edge:g}; it needs at least 1 "
                "event, a time above 0 and a risk from 0 to 1."
            )

    @property
    def name(self) -> str:
        """The rule in words.

        >>> Window(3, timedelta(minutes=30), 0.5, "user_id").name
        '3 events of one user_id at risk >= 0.5 within 30 min'
        """
        minutes = self.within.total_seconds() / 60
        of = f" of one {self.by}" if self.by else ""
        return f"{self.k} events{of} at risk >= {self.edge:g} within {minutes:g} min"


def alarms(scored: Scored, rule: Window, history: pd.DataFrame | None = None) -> NDArray[np.bool_]:
    """Which of n scored events (n,) complete the rule, as of each of them.

    `history`: past events with the columns of the events and `risk_score`.  An event sees those that precede it in the
    order (time, id), in history and in its own table alike, so that neither chunks nor the order of rows can be seen.
    An event of nobody (a missing `by`) is counted alone.  Raises `DataError` where the events have no time.
    """
    event = scored.scenario.event
    if event.time is None:
        raise DataError("These events carry no time, so a rule over minutes cannot look at them.")
    if rule.by and rule.by not in event.names:
        raise UnknownKeyError("field", rule.by, event.names)
    past = scored.events.head(0) if history is None else history
    if history is not None and RISK_COLUMN not in history.columns:
        raise DataError(f"History has no column '{RISK_COLUMN}', and the rule reads past risks.")
    names = [*([rule.by] if rule.by else []), event.time, *([event.id] if event.id else [])]
    table = pd.concat([past[names], scored.events[names]], ignore_index=True) if len(past) else scored.events[names]
    risk = np.concatenate([past[RISK_COLUMN].to_numpy() if len(past) else np.empty(0), np.asarray(scored.risk)])
    # Compared in the risks' own type, as the policy does: a float32 risk of 0.7 reaches an edge of 0.7.
    risky = risk >= np.float64(np.asarray(scored.risk).dtype.type(rule.edge))
    count = len(table)
    entity = pd.factorize(table[rule.by])[0].astype(np.int64) if rule.by else np.zeros(count, dtype=np.int64)
    nobody = entity < 0
    entity[nobody] = count + np.flatnonzero(nobody)
    seconds = event.seconds(table)
    order = np.lexsort((_places(table, event.id), seconds, entity))
    reached = _within(entity[order], seconds[order], risky[order], rule.within.total_seconds()) >= rule.k
    found = np.empty(count, dtype=bool)
    found[order] = reached
    return found[len(past) :]


def _places(table: pd.DataFrame, name: str | None) -> NDArray[np.int64]:
    """The order of ids (n,); of rows where events have none."""
    if name is None:
        return np.arange(len(table))
    return np.asarray(pd.factorize(table[name].astype(str), sort=True)[0], dtype=np.int64)


def _within(
    entity: NDArray[np.int64], seconds: NDArray[np.float64], risky: NDArray[np.bool_], width: float
) -> NDArray[np.int64]:
    """Risky events (n,) in the window that ends at each event; rows are in order of entity, time and id."""
    n = len(entity)
    # The moments at which windows open, sorted in among the events: ties open after the events, so those drop out.
    merged = np.lexsort((np.repeat([0, 1], n), np.concatenate([seconds, seconds - width]), np.tile(entity, 2)))
    is_event = merged < n
    before = np.cumsum(is_event)
    opens = np.empty(n, dtype=np.int64)
    opens[merged[~is_event] - n] = before[~is_event]
    total = np.concatenate([[0], np.cumsum(risky)])
    return np.asarray(total[1:] - total[opens])


@dataclass(frozen=True)
class WindowOutcome:
    """A rule over minutes beside the single-event cut at the same edge: alerts, and what they find where known."""

    rule: Window
    alert_rate: Metric
    alone_rate: Metric  # alert rate of `risk >= edge` alone
    recall: Metric | None
    alone_recall: Metric | None
    precision: Metric | None
    alone_precision: Metric | None


def judge_window(
    scored: Scored, rule: Window, labels: NDArray[np.integer] | None = None, history: pd.DataFrame | None = None
) -> WindowOutcome:
    """What a rule over minutes does to these events, with Wilson intervals."""
    found = alarms(scored, rule, history)
    alone = np.asarray(scored.risk) >= rule.edge
    rate, alone_rate = (proportion(int(x.sum()), len(x)) for x in (found, alone))
    if labels is None:
        return WindowOutcome(rule, rate, alone_rate, None, None, None, None)
    attack = labels > 0
    recall, alone_recall = (proportion(int((x & attack).sum()), int(attack.sum())) for x in (found, alone))
    precision, alone_precision = (proportion(int((x & attack).sum()), int(x.sum())) for x in (found, alone))
    return WindowOutcome(rule, rate, alone_rate, recall, alone_recall, precision, alone_precision)

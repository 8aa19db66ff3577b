"""The events of a data set, found by the entities that they touch: what a store's history is to live events."""

from collections.abc import Iterable
from copy import copy
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.stores.event_records import event_ids

Rows = NDArray[np.int64]


class Past:
    """n validated events of a scenario with entities, indexed once in O(n log n).

    Rows are positions in `events`.  Rows without a time are in nobody's past.  Raises `DataError` where the scenario
    has no entities or its events no time.
    """

    def __init__(self, scenario: Scenario, events: pd.DataFrame) -> None:
        why = why_not(scenario, events)
        if why:
            raise DataError(why)
        self.scenario, self.events = scenario, events
        self.further = events.iloc[:0]  # events that count as well and have no row here
        self.seconds = _seconds(scenario, events)
        self._groups = {name: _Groups(events[name], self.seconds) for name in scenario.entities}

    @property
    def main(self) -> str:
        """The entity whose past is told."""
        return self.scenario.entities[0]

    @cached_property
    def counts(self) -> pd.Series:
        """Events of each value of the main entity, the busiest first."""
        groups = self._groups[self.main]
        return pd.Series(groups.sizes, index=groups.words).sort_values(ascending=False, kind="stable")

    @cached_property
    def _ids(self) -> pd.Index:
        return pd.Index(event_ids(self.scenario.event, self.events))

    def beside(self, events: pd.DataFrame) -> "Past":
        """The same rows, and validated events that count beside them: those that are not among them already."""
        found = copy(self)
        found.further = events[~pd.Index(event_ids(self.scenario.event, events)).isin(self._ids)]
        return found

    def of(self, value: object) -> Rows:
        """Rows of one value of the main entity, oldest first; none where it does not occur."""
        return self._groups[self.main].rows([value])

    def touching(self, events: pd.DataFrame, but: Iterable[int] = ()) -> Rows:
        """Rows, ascending, that share an entity with any of these events and lie within the lookback before one.

        Strictly more than what may count: the exact moment is for `AsOf` to judge.  `but` are rows to leave out.
        """
        found = np.concatenate([g.rows(events[name].dropna().unique()) for name, g in self._groups.items()])
        moments = self.scenario.event.seconds(events)
        lookback = (self.scenario.lookback or timedelta(0)).total_seconds()
        at = self.seconds[found]
        found = np.unique(found[(at >= moments.min() - lookback) & (at <= moments.max())])
        return np.setdiff1d(found, np.fromiter(but, np.int64))


class _Groups:
    """Rows value after value, by time within one; rows without a value or a time are left out."""

    def __init__(self, column: pd.Series, seconds: NDArray[np.float64]) -> None:
        codes, words = pd.factorize(column)
        self.words = pd.Index(words).astype("object")
        order = np.lexsort((np.arange(len(codes)), seconds, codes))
        self._rows = order[(codes[order] >= 0) & ~np.isnan(seconds[order])]
        self.sizes = np.bincount(codes[self._rows], minlength=len(words))
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)])

    def rows(self, values: Iterable[object]) -> Rows:
        codes = self.words.get_indexer(pd.Index(list(values), dtype="object"))
        parts = [self._rows[self._starts[c] : self._starts[c + 1]] for c in codes if c >= 0]
        return np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)


def why_not(scenario: Scenario, events: pd.DataFrame) -> str:
    """Why these events have no past to look at, as a sentence; empty where they have one."""
    if not scenario.entities:
        return f"{scenario.title} judges events that belong to nobody, so there is no past to look at."
    time = scenario.event.time
    if time is None or (len(events) and events[time].isna().all()):
        return "These events carry no time, so they have no order in which to show them."
    return ""


def _seconds(scenario: Scenario, events: pd.DataFrame) -> NDArray[np.float64]:
    moments = scenario.event.seconds(events)
    return np.where(events[scenario.event.time].isna().to_numpy(), np.nan, moments)

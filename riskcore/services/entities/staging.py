"""An attack from a data set, played again on another entity: what it touched stays, what was the victim's is exchanged.

What follows from an entity (the device's system, the address's place, the account's domain) is learned from the data,
never declared.  A device, address or session that the victim used before the attack becomes one of the new victim's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.schema import Event
from riskcore.services.entities.past import Past, Rows
from riskcore.services.entities.typical import SOON, moment, most_usual, moved, passes
from riskcore.services.explaining import event_at

MOST_STAGED = 60  # events of an attack that are played; of longer ones the last
LIKE = 0.99  # share of an entity's values with one value of a field that then follows from it


@dataclass(frozen=True)
class Staged:
    """The events before the last in order of time, and the last, for the form; `as_it_was` where nothing was moved."""

    lead: tuple[Event, ...]
    event: Event
    as_it_was: bool = False


class Stage:
    """The attacks of a labelled data set."""

    def __init__(self, past: Past, labels: Labels | None) -> None:
        self.past, self.labels = past, labels

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of attack, in the order of the alphabet; empty where they are not known."""
        if self.labels is None or self.labels.attack is None:
            return ()
        return tuple(sorted({str(kind) for kind in self.labels.attack if kind}))

    def victims(self, kind: str) -> list[str]:
        """Values of the main entity that an attack of this kind touched, those with most of its events first."""
        rows = self._rows(kind)
        return [str(v) for v in self.past.events[self.past.main].iloc[rows].value_counts().index]

    def play(self, kind: str, value: object) -> Staged:
        """The most usual attack of this kind, on this entity, as long after its last event as it was after the
        victim's.  On accounts that only attackers used it is shown as it was."""
        own = self.past.of(value)
        attack, victim = self._chosen(kind, own)
        before = self._before(victim, attack)
        if not len(before) or not len(own):
            return self._as_it_was(attack, victim)
        scenario, events = self.past.scenario, self.past.events
        gap = max(self.past.seconds[attack[0]] - self.past.seconds[before[-1]], SOON.total_seconds() / 10)
        shift = moment(scenario, events, int(own[-1])) + gap - self.past.seconds[attack[0]]
        theirs = _Belongings(self, value, victim, own, before)
        played = [
            moved(scenario, theirs.exchanged(event_at(events, int(row))), self.past.seconds[row] + shift, f"staged-{i}")
            for i, row in enumerate(attack)
        ]
        last = int(np.flatnonzero((events[self.past.main].iloc[attack] == victim).to_numpy())[-1])
        return Staged(tuple(played[:last]), played[last])

    def _as_it_was(self, attack: Rows, victim: str) -> Staged:
        mine = attack[(self.past.events[self.past.main].iloc[attack] == victim).to_numpy()]
        return Staged((), event_at(self.past.events, int(mine[-1])), as_it_was=True)

    def _rows(self, kind: str) -> Rows:
        if self.labels is None or self.labels.attack is None or kind not in self.kinds:
            raise DataError(f"The data set has no attack of kind '{kind}'.")
        return np.asarray(np.flatnonzero(self.labels.attack == kind))

    def _chosen(self, kind: str, own: Rows) -> tuple[Rows, str]:
        """Rows, oldest first, of one attack and its main victim: neither the smallest nor the largest attack, and where
        there are several of the kind, one from a place that would be as strange to the new victim."""
        assert self.labels is not None
        rows = self._rows(kind)
        ids = rows.astype(str) if self.labels.attack_id is None else self.labels.attack_id[rows]
        sizes = pd.Series(ids).value_counts(sort=False).sort_values(kind="stable")
        ranked = sorted(range(len(sizes)), key=lambda i: abs(i - len(sizes) // 2))
        found = [self._whole(rows[ids == sizes.index[i]]) for i in ranked]
        return next((each for each in found if self._strange(*each, own)), found[0])

    def _whole(self, rows: Rows) -> tuple[Rows, str]:
        rows = rows[np.argsort(self.past.seconds[rows], kind="stable")][-MOST_STAGED:]
        return rows, str(self.past.events[self.past.main].iloc[rows].mode().iloc[0])

    def _strange(self, attack: Rows, victim: str, own: Rows) -> bool:
        """Whether the places of an attack are no places of the new victim, unless they were the old one's."""
        place = self.past.scenario.event.place
        if not place:
            return True
        names = self.past.events[place[-1]]
        foreign = {*names.iloc[attack].dropna()} - {*names.iloc[self._before(victim, attack)].dropna()}
        return not foreign & {*names.iloc[own].dropna()}

    def _before(self, victim: str, attack: Rows) -> Rows:
        """The victim's own events before the attack."""
        assert self.labels is not None
        rows = self.past.of(victim)
        return np.asarray(
            rows[(self.past.seconds[rows] < self.past.seconds[attack[0]]) & (self.labels.label[rows] == 0)]
        )

    @cached_property
    def follows(self) -> dict[str, tuple[str, ...]]:
        """Which fields follow from each entity, the main one first; a field follows from one of them at most."""
        found: dict[str, tuple[str, ...]] = {}
        entities = self.past.scenario.entities
        free = [f.name for f in self.past.scenario.event.fields if f.optional and f.name not in entities]
        for entity in entities:
            of = pd.factorize(self.past.events[entity])[0]
            found[entity] = tuple(name for name in free if _follows(of, self.past.events[name]))
            free = [name for name in free if name not in found[entity]]
        return found


class _Belongings:
    """What was the victim's before the attack, and what of the new victim's stands in its place."""

    def __init__(self, stage: Stage, value: object, victim: str, own: Rows, before: Rows) -> None:
        self._stage, self._value, self._victim = stage, value, victim
        events = stage.past.events
        self._mine, self._theirs = events.iloc[own], events.iloc[before]
        self._usual = event_at(self._mine, most_usual(stage.past.scenario, self._mine))
        self._latest = event_at(self._mine, len(own) - 1)

    def exchanged(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event as it would be on the new victim's account; those on other accounts stay as they are."""
        main = self._stage.past.main
        if str(event[main]) != self._victim:
            return event
        changed = event | {main: self._value} | self._account
        for entity in self._stage.past.scenario.entities[1:]:
            if event[entity] is not None and (self._theirs[entity] == event[entity]).any():
                changed |= self._of(self._usual, (entity, *self._stage.follows[entity]))
        for name in self._passing:  # a session that was taken over
            if event[name] is not None and (self._theirs[name] == event[name]).any():
                changed[name] = self._latest[name]
        return changed

    @cached_property
    def _account(self) -> dict[str, Any]:
        """What belongs to the new victim whatever it does."""
        known = {name: self._mine[name].dropna() for name in self._stage.follows[self._stage.past.main]}
        return {name: event_at(column.to_frame(), 0)[name] for name, column in known.items() if len(column)}

    @cached_property
    def _passing(self) -> list[str]:
        fields = self._stage.past.scenario.event.fields
        taken = {*self._stage.follows, *(name for names in self._stage.follows.values() for name in names)}
        free = [f.name for f in fields if f.kind == "text" and f.optional and f.name not in taken]
        return [name for name in free if passes(self._theirs[name])]

    def _of(self, event: Event, names: Sequence[str]) -> dict[str, Any]:
        return {name: event[name] for name in names}


def _follows(of: NDArray[np.integer], column: pd.Series) -> bool:
    """Whether nearly every entity that occurs more than once has one value of a column only."""
    codes, _ = pd.factorize(column)
    given = (of >= 0) & (codes >= 0)
    pairs = pd.DataFrame({"entity": of[given], "value": codes[given]})
    often = pairs.groupby("entity")["value"].agg(["size", "nunique"])
    often = often[often["size"] > 1]
    return len(often) > 0 and bool((often["nunique"] == 1).mean() >= LIKE)

"""What Score one can start from where events belong to somebody: an entity's usual next event, and attacks on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from riskcore.core.errors import UnknownKeyError
from riskcore.core.schema import Event
from riskcore.services.entities.past import Past
from riskcore.services.entities.staging import Stage, Staged
from riskcore.services.entities.timelines import Edit
from riskcore.services.entities.typical import typical_next

USUAL = "Usual next event"
PLAYED = "Played: "


@dataclass(frozen=True)
class Openings:
    """The starts for one value of the main entity."""

    past: Past
    stage: Stage
    value: str

    def __post_init__(self) -> None:
        if not len(self.past.of(self.value)):
            raise UnknownKeyError(self.past.main, self.value, self.past.counts.index[:1_000])

    @cached_property
    def staged(self) -> Mapping[str, Staged]:
        """Every start by its name."""
        own = self.past.events.iloc[self.past.of(self.value)]
        usual = Staged((), typical_next(self.past.scenario, own))
        played = {PLAYED + spoken(kind): self.stage.play(kind, self.value) for kind in self._played}
        return {USUAL: usual, **played}

    @property
    def _played(self) -> tuple[str, ...]:
        """Attacks take a past that is looked at; where none is, they would say no more than their one event."""
        return self.stage.kinds if self.past.scenario.stateful else ()

    def lead(self, start: str | None) -> tuple[Edit, ...]:
        """What a start adds to the timeline before its event."""
        staged = self.staged.get(start or "")
        return tuple(Edit("add", event=event) for event in staged.lead) if staged else ()

    @property
    def events(self) -> Mapping[str, Event]:
        """The event of each start."""
        return {name: staged.event for name, staged in self.staged.items()}


def spoken(kind: str) -> str:
    """A kind of attack in words.

    >>> spoken("account_takeover")
    'account takeover'
    """
    return kind.replace("_", " ")


def own_past(past: Past, preset: str) -> Past:
    """The past that a preset of the scenario brings along; nothing where it says that nothing went before."""
    scenario = past.scenario
    before = scenario.past(preset)
    return Past(scenario, past.events.iloc[:0] if before is None else before)


def behind(past: Past, history: pd.DataFrame | None, events: pd.DataFrame, signal: str) -> set[str]:
    """Identifiers of the past events that a signal counted for the one event; empty where it counts none."""
    scenario = past.scenario
    if scenario.evidence is None or scenario.event.id is None:
        return set()
    return set(scenario.evidence(events, history, 0, signal)[scenario.event.id].astype("str"))

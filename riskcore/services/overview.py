"""How things stand: each scenario's champion and policy, and what was done last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from riskcore.core.errors import RiskcoreError
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard
from riskcore.services.workspace import Workspace
from riskcore.stores.policies import Applied

MOST_RECENT = 8  # things done last


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One scenario's champion and policy.  What cannot be read is None, and `problems` says why."""

    scenario: Scenario
    card: ModelCard | None
    versions: int
    applied: Applied | None
    problems: tuple[str, ...]

    @property
    def trained(self) -> bool:
        return self.card is not None

    @property
    def stale(self) -> bool:
        """Whether the thresholds in force were chosen on another model than the champion."""
        return bool(self.card and self.applied and not self.applied.suits(self.card.version))

    @property
    def headline(self) -> tuple[str, Mapping[str, float]] | None:
        """The metric this scenario is judged by first, and its value with interval; None where none was measured."""
        metrics = self.card.metrics if self.card else {}
        name = next((name for name in (*self.scenario.floors.metrics, *metrics) if name in metrics), None)
        return None if name is None else (name, metrics[name])

    @property
    def worst(self) -> tuple[str, float] | None:
        """The most severe class and its share of the training rows."""
        if self.card is None or not sum(self.card.class_counts):
            return None
        return self.scenario.target.classes[-1], self.card.class_counts[-1] / sum(self.card.class_counts)


def standing(house: Workspace, scenario: Scenario) -> Standing:
    """How a scenario stands.  Reads small files only, trains nothing, and never raises a `RiskcoreError`."""
    problems: list[str] = []
    card, versions, applied = None, 0, None
    try:
        cards = house.registry.cards(scenario.key)
        champion, versions = house.registry.champion(scenario.key), len(cards)
        card = next((c for c in cards if c.version == champion), None)
        if champion and card is None:
            problems.append(
                f"The champion of {scenario.title}, {champion}, is not among the stored models. Promote one."
            )
    except RiskcoreError as error:
        problems.append(str(error))
    try:
        applied = house.applied(scenario)
    except RiskcoreError as error:
        problems.append(str(error))
    return Standing(scenario=scenario, card=card, versions=versions, applied=applied, problems=tuple(problems))


@dataclass(frozen=True)
class Activity:
    """Something that was done."""

    when: datetime  # UTC
    scenario: str  # title
    what: str
    name: str


def recent(house: Workspace) -> list[Activity]:
    """Newest models, saved data sets and applied policies of all scenarios, newest first; unreadable ones left out."""
    found: list[Activity] = []
    for scenario in house.scenarios.values():
        try:
            cards = house.registry.cards(scenario.key)
        except RiskcoreError:  # `standing` tells it
            cards = []
        found += [
            Activity(datetime.fromisoformat(c.created), scenario.title, "Model trained", c.version) for c in cards
        ]
        found += [
            Activity(house.datasets.saved_at(name), scenario.title, "Data set saved", name)
            for name in house.datasets.names(scenario.key)
        ]
        applied = house.policies.applied_at(scenario.key)
        if applied:
            found.append(Activity(applied, scenario.title, "Policy applied", f"{scenario.key}.yaml"))
    return sorted(found, key=lambda activity: activity.when, reverse=True)[:MOST_RECENT]

"""The one abstraction: a scenario is a frozen value that declares events, generator, features, models and policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
import pandas as pd

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError, PolicyError, ScenarioError, UnknownKeyError, did_you_mean
from riskcore.core.knobs import Knob, Knobs, turn
from riskcore.core.labels import Generated, Target
from riskcore.core.model import MakeModel, RiskModel
from riskcore.core.policy import RISK, Policy
from riskcore.core.schema import Event, EventSchema
from riskcore.core.signal import Signal


class Generate(Protocol):
    """(rng, n, knobs) -> Generated.  The same generator state gives the same rows; zero duplicates where promised."""

    def __call__(self, rng: np.random.Generator, n: int, knobs: Knobs) -> Generated: ...


class Features(Protocol):
    """(events, history) -> frame of n rows.  Pure, one row per event, in the events' order.

    Columns are float32 (NaN for missing), categories of the schema's choices, or text: keys such as `user_id`, which
    only transformers and the last step may read.
    """

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame: ...


class Evidence(Protocol):
    """(events, history, row, feature) -> the past events that a signal counted for one event, oldest first.

    Columns are the schema's; no rows where the signal counts none.
    """

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None, row: int, feature: str) -> pd.DataFrame: ...


class Travel(Protocol):
    """(events) -> frame of n rows, of a user's events in any order: whether each one's place says where a person is.

    Columns: `own`, False where an event has no place or only its network's; `kmh`, the speed from the person's place
    before as the features count it, 0 where that is not counted as travel, NaN where nothing before is near enough.
    """

    def __call__(self, events: pd.DataFrame) -> pd.DataFrame: ...


@dataclass(frozen=True, kw_only=True)
class Floors:
    """Least acceptable quality of the default model on the default recipe, judged on held-out rows."""

    metrics: Mapping[str, float] = field(default_factory=dict)  # "roc_auc" -> least value
    single_field_auc: float = 0.98  # above it, one field gives the label away


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """How many people and sessions are asked for, as rows and knobs of the generator (`riskcore simulate`)."""

    rows_per_session: float  # events, on average
    users: str  # knob: how many people
    attack_share: str  # knob: share of attack events
    person: str  # column: whom an event is of
    session: str  # column: in which session it was


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One kind of event and everything there is to know about judging it."""

    key: str
    title: str
    summary: str
    icon: str
    event: EventSchema
    target: Target
    knobs: tuple[Knob, ...]
    generate: Generate
    features: Features
    models: Mapping[str, MakeModel]  # the first is the default
    policy: Policy
    costs: Costs
    presets: Mapping[str, Event]
    source: Mapping[str, str] = field(default_factory=dict)  # feature column -> event field, where names differ
    signals: tuple[Signal[Any], ...] = ()  # features that are told in their own words, and strengths made of them
    evidence: Evidence | None = None
    travel: Travel | None = None  # where not every place is a person's; None takes all places as they are
    phrases: Mapping[str, str] = field(default_factory=dict)  # feature told on its own -> its reason with `{value}`
    pasts: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)  # preset -> what happened before it
    recipes: Mapping[str, Knobs] = field(default_factory=dict)  # named settings of the knobs: balanced, nasty, …
    simulation: Simulation | None = None  # where what is generated are sessions of people
    lookback: timedelta | None = None  # how far `features` may look back; None = needs no history
    entities: tuple[str, ...] = ()
    training_rows: int = 20_000  # synthetic rows of the default training
    per_day: float = 100_000  # events a day in production, where events carry no time
    floors: Floors = Floors()
    exceptions: Mapping[str, str] = field(default_factory=dict)  # conformance check -> why it may fail

    def __post_init__(self) -> None:
        if not self.models:
            raise ScenarioError(f"Scenario {self.key} declares no model.")
        try:
            self.check_policy(self.policy)
        except PolicyError as error:
            raise ScenarioError(f"Scenario {self.key}: {error}") from None

    @property
    def stateful(self) -> bool:
        """Whether features look at past events."""
        return self.lookback is not None

    @property
    def multiclass(self) -> bool:
        return len(self.target.classes) > 2

    @property
    def default_model(self) -> str:
        return next(iter(self.models))

    def check_policy(self, policy: Policy) -> None:
        """Raise one `PolicyError` with every measure that is neither risk nor a class, and every condition that
        no event could meet."""
        measures = (RISK, *self.target.classes[1:]) if self.multiclass else (RISK,)
        problems = [
            f"bands[{i}] has measure '{b.measure}'. {did_you_mean(b.measure, measures)}"
            for i, b in enumerate(policy.bands)
            if b.measure not in measures
        ]
        for i, override in enumerate(policy.overrides):
            problems += override.problems(self.event, f"overrides[{i}]")
        if problems:
            raise PolicyError(problems)

    def make_model(self, name: str, seed: int = 0, settings: Mapping[str, Any] | None = None) -> RiskModel:
        """An unfitted model of a declared family."""
        if name not in self.models:
            raise UnknownKeyError("model", name, self.models)
        return self.models[name](seed, settings or {})

    def past(self, preset: str | None) -> pd.DataFrame | None:
        """The typed events before a preset, None where there are none."""
        before = self.pasts.get(preset or "")
        return self.event.accept(self.event.frame(*before)) if before else None

    def turn(self, knobs: Knobs | None = None) -> dict[str, Any]:
        """All knobs with their values, the given ones checked; every problem in one `DataError`."""
        return turn(self.knobs, knobs or {}, "knob")

    def synthesize(self, rows: int, seed: int, knobs: Knobs | None = None) -> Generated:
        """`rows` synthetic events with their truth; the same arguments give the same rows."""
        if rows < 1:
            raise DataError(f"Rows is {rows}; it must be at least 1.")
        return self.generate(np.random.default_rng(seed), rows, self.turn(knobs))

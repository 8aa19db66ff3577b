"""The composition root: scenarios, models, data sets and policies of one installation, opened from settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from riskcore.core.errors import RiskcoreError
from riskcore.core.knobs import Knobs
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.services.catalogue import Catalogue
from riskcore.services.generating import synthesize, turned
from riskcore.services.training import Plan, Training, train
from riskcore.stores.database import Database
from riskcore.stores.datasets import Dataset, Datasets, fingerprint
from riskcore.stores.history import History
from riskcore.stores.policies import Applied, Policies
from riskcore.stores.registry import Registry
from riskcore.stores.scenario_files import ScenarioFiles


@dataclass(frozen=True)
class Workspace:
    """Everything a surface works with."""

    settings: Settings

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(ScenarioFiles(self.settings.data / "scenarios"))

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """All scenarios by key: those in the code, then those declared in files, as they are now."""
        return self.catalogue.served().scenarios

    @property
    def broken(self) -> Mapping[str, RiskcoreError]:
        """Declared scenarios that cannot be used, with every reason; a surface tells them and serves the others."""
        return self.catalogue.served().broken

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.settings.models)

    @cached_property
    def datasets(self) -> Datasets:
        return Datasets(self.settings.data / "datasets")

    @cached_property
    def policies(self) -> Policies:
        return Policies(self.settings.data / "policies")

    @cached_property
    def database(self) -> Database:
        """Of events and decisions."""
        return Database(self.settings.database_url or f"sqlite:///{self.settings.data / 'riskcore.db'}")

    def history(self, scenario: Scenario) -> History:
        """The stored past of a scenario; `DataError` where its events have no id or time."""
        return History(self.database, scenario)

    def scenario(self, key: str) -> Scenario:
        """A scenario of the catalogue; an unknown key says which one was probably meant."""
        return self.catalogue.scenario(key)

    def applied(self, scenario: Scenario) -> Applied:
        """The policy in force; every problem of a bad file is in one `PolicyError`."""
        applied = self.policies.read(scenario.key, scenario.policy)
        scenario.check_policy(applied.policy)
        return applied

    def generate(self, scenario: Scenario, rows: int, seed: int, knobs: Knobs | None = None, name: str = "") -> Dataset:
        """A synthetic data set, not stored."""
        made = synthesize(scenario, rows, seed, knobs)
        events = scenario.event.accept(made.events)
        origin = {
            "recipe": {k: list(v) if isinstance(v, tuple) else v for k, v in turned(scenario, knobs).items()},
            "rows": rows,
            "seed": seed,
            "fingerprint": fingerprint(events, made.labels),
        }
        return Dataset(name or f"synthetic {rows:,} rows, seed {seed}", scenario.key, events, made.labels, origin)

    def trained(
        self, scenario: Scenario, version: str | None = None, progress: Progress = silent, now: datetime | None = None
    ) -> Trained:
        """A verified model, the champion unless a version is named; the default one is trained where there is none."""
        if version is None and self.registry.champion(scenario.key) is None:
            training = self.train_default(scenario, progress, now)
            self.keep(training, promote=True, expected=None)
        return self.registry.load(scenario, version)

    def train_default(self, scenario: Scenario, progress: Progress = silent, now: datetime | None = None) -> Training:
        """The default family on the default recipe, seed 0; not stored."""
        progress(0.0, "generating events")
        dataset = self.generate(scenario, scenario.training_rows, seed=0)
        return self.train(scenario, dataset, Plan(), progress, now)

    def train(
        self,
        scenario: Scenario,
        dataset: Dataset,
        plan: Plan,
        progress: Progress = silent,
        now: datetime | None = None,
    ) -> Training:
        """Train on a data set; not stored.  Without labels only unsupervised families can learn from it."""
        data = {"name": dataset.name, **dataset.origin}
        return train(scenario, dataset.events, dataset.labels, plan, data, now or datetime.now(UTC), progress)

    def keep(self, training: Training, promote: bool, expected: str | None) -> Trained:
        """Store a trained model and, if asked, make it the champion (see `Registry.promote` for `expected`)."""
        stored = self.registry.save(training.trained, training.probe)
        if promote:
            self.registry.promote(stored.scenario.key, stored.version, expected)
        return stored


def open_workspace(settings: Settings) -> Workspace:
    """The workspace of these settings; nothing is read or written yet."""
    return Workspace(settings)

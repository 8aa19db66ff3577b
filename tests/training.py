"""Small models of every scenario, for tests of what is done with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskcore.core.scenario import Scenario
from riskcore.core.settings import Settings
from riskcore.scenarios import coded
from riskcore.services.training import Plan, Training
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.datasets import Dataset

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCENARIOS = coded()
QUICK = {"trees": 20, "depth": 6, "rounds": 20}  # of the families that have them

every = pytest.mark.parametrize("key", SCENARIOS)


def house_in(folder: Path) -> Workspace:
    """The installation of a folder."""
    return open_workspace(Settings(data=folder / "data", models=folder / "models"))


def generated(house: Workspace, rows: int) -> dict[str, Dataset]:
    """So many rows of each scenario."""
    return {key: house.generate(scenario, rows, seed=3) for key, scenario in SCENARIOS.items()}


def trained(house: Workspace, dataset: Dataset, **plan) -> Training:
    """A model by this plan, a small one of the default family where it says nothing else."""
    scenario = SCENARIOS[dataset.scenario]
    model = plan.setdefault("model", scenario.default_model)
    plan.setdefault("settings", quick(scenario, model))
    return house.train(scenario, dataset, Plan(**plan), now=NOW)


def quick(scenario: Scenario, model: str) -> dict[str, int]:
    """Settings that make a small model."""
    tunable = {knob.key for knob in scenario.models[model].settings}
    return {name: value for name, value in QUICK.items() if name in tunable}

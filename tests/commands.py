"""What tests of the command line share: how a command ended, and small models to run it on."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from riskcore.core.settings import Settings
from riskcore.services.training import Plan
from riskcore.services.workspace import open_workspace


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]
SMALL = Plan(model="boosted", settings={"rounds": 20})


def small_models(folder: Path, *keys: str, rows: int = 3_000, plan: Plan = SMALL) -> Path:
    """The folder, with a champion of each of these scenarios that learned from so many synthetic rows."""
    house = open_workspace(Settings(data=folder / "data", models=folder))
    for key in keys:
        scenario = house.scenario(key)
        training = house.train(scenario, house.generate(scenario, rows, 0), plan)
        house.keep(training, promote=True, expected=None)
    return folder

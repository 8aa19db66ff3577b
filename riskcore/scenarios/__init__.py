"""The scenarios, one file each.  Putting a module with a `SCENARIO` in this folder is all it takes to add one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from riskcore.core.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from riskcore.core.scenario import Scenario


@cache
def coded() -> "Mapping[str, Scenario]":
    """Every scenario in this folder by key; one that cannot be imported stops the program with its file named."""
    found = {}
    for module in iter_modules(__path__):
        name = f"{__name__}.{module.name}"
        try:
            scenario = import_module(name).SCENARIO
        except Exception as error:
            raise ScenarioError(f"riskcore/scenarios/{module.name}.py cannot be used: {error!r}.") from error
        if scenario.key != module.name:
            raise ScenarioError(f"riskcore/scenarios/{module.name}.py declares key '{scenario.key}'; they must agree.")
        found[scenario.key] = scenario
    return MappingProxyType(found)

"""The scenarios, one file or folder each.  Putting one with a `SCENARIO` here is all it takes to add a scenario.

A folder may be named by the first words of its key: `identity` holds `identity_risk`.  `declared` is none: it makes
scenarios of data that people keep elsewhere.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from riskcore.core.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from riskcore.core.scenario import Scenario

BUILDER = "declared"


@cache
def coded() -> "Mapping[str, Scenario]":
    """Every scenario in this folder by key; one that cannot be imported stops the program with its file named."""
    found = {}
    for module in iter_modules(__path__):
        if module.name == BUILDER:
            continue
        name = f"{__name__}.{module.name}"
        place = f"riskcore/scenarios/{module.name}{'' if module.ispkg else '.py'}"
        try:
            scenario = import_module(name).SCENARIO
        except Exception as error:
            raise ScenarioError(f"{place} cannot be used: {error!r}.") from error
        if scenario.key != module.name and not (module.ispkg and scenario.key.startswith(f"{module.name}_")):
            raise ScenarioError(f"{place} declares key '{scenario.key}'; they must agree.")
        found[scenario.key] = scenario
    return MappingProxyType(found)

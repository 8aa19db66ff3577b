"""All scenarios of one installation: those in the code, and those that people declared in files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from riskcore import scenarios
from riskcore.core.errors import RiskcoreError, ScenarioError, UnknownKeyError
from riskcore.core.scenario import Scenario
from riskcore.scenarios.declared import from_spec, in_words
from riskcore.stores.scenario_files import ScenarioFile, ScenarioFiles

Stamps = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Served:
    """What can be used by key, and for each file that cannot, why."""

    scenarios: Mapping[str, Scenario]
    broken: Mapping[str, RiskcoreError]


@dataclass
class Catalogue:
    """Reads the folder anew when a file in it has changed, so that a server sees what the command line made."""

    files: ScenarioFiles
    _kept: dict[Path, tuple[tuple[int, int], Scenario | RiskcoreError]] = field(default_factory=dict)
    _stamps: Stamps | None = None
    _served: Served = Served(MappingProxyType({}), MappingProxyType({}))

    def served(self) -> Served:
        """The merged catalogue, coded scenarios first; a broken file takes no other one down."""
        files = self.files.all()
        stamps = tuple((file.key, *file.stamp) for file in files)
        if stamps != self._stamps:
            found = {file.key: self._read(file) for file in files}
            good = {key: s for key, s in found.items() if isinstance(s, Scenario)}
            broken = {key: s for key, s in found.items() if not isinstance(s, Scenario)}
            self._served = Served(MappingProxyType({**scenarios.coded(), **good}), MappingProxyType(broken))
            self._stamps = stamps
        return self._served

    def scenario(self, key: str) -> Scenario:
        """A scenario by key; a broken file says why, an unknown key which one was probably meant."""
        served = self.served()
        if key in served.broken and key not in served.scenarios:
            raise served.broken[key]
        if key not in served.scenarios:
            raise UnknownKeyError("scenario", key, served.scenarios)
        return served.scenarios[key]

    def edition(self, key: str) -> str:
        """What is another one as soon as a declared scenario's file is; empty for a scenario of the code.

        What is computed with a scenario is kept under its key and this: the same key may come to mean something else.
        """
        self.served()
        return next((f"{changed}-{size}" for name, changed, size in self._stamps or () if name == key), "")

    def declare(self, said: Mapping[str, Any], replace: bool = False) -> Scenario:
        """Check a spec, keep it as a file, and serve it.  Nothing is written where anything is wrong."""
        refuse_coded(str(said["key"]))
        made = from_spec(said)
        self.files.write(said, replace)
        return made

    def _read(self, file: ScenarioFile) -> Scenario | RiskcoreError:
        stamp = file.stamp
        if file.path not in self._kept or self._kept[file.path][0] != stamp:
            self._kept[file.path] = stamp, _made(file)
        return self._kept[file.path][1]


def _made(file: ScenarioFile) -> Scenario | RiskcoreError:
    def locate(path: tuple[str | int, ...]) -> str:
        return f"{file.path}, line {file.line(path)}: {in_words(path)}"

    try:
        refuse_coded(file.key)
        return from_spec(file.read(), locate)
    except RiskcoreError as error:
        said = str(error)
        return error if str(file.path) in said else ScenarioError(f"{file.path}: {said}")


def refuse_coded(key: str) -> None:
    """Raise `ScenarioError` for a key that the program itself has."""
    if key in scenarios.coded():
        raise ScenarioError(f"Key '{key}' belongs to a scenario of the program. Choose another one.")

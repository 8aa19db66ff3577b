"""Declared scenarios as YAML files: what they say, and on which line they say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from riskcore.core.errors import ConflictError, DataError, ScenarioError
from riskcore.stores.writing import locked, replace_file
from riskcore.stores.yaml_text import parsed, tree

try:
    from yaml import CSafeDumper as Dumper
except ImportError:  # PyYAML without libyaml: the same, ten times as slow
    from yaml import SafeDumper as Dumper  # type: ignore[assignment]

SUFFIX = ".yaml"
WIDTH = 120  # of a line in a written file


@dataclass(frozen=True)
class ScenarioFile:
    """One file of the folder."""

    path: Path

    @property
    def key(self) -> str:
        return self.path.stem

    @property
    def stamp(self) -> tuple[int, int]:
        """Changes whenever the file does."""
        stat = self.path.stat()
        return stat.st_mtime_ns, stat.st_size

    def read(self) -> dict[str, Any]:
        """The mapping it holds; a `ScenarioError` names file and line where it is not YAML, or says a key twice."""
        try:
            said = parsed(self.path.read_bytes(), str(self.path))
        except DataError as error:
            raise ScenarioError(str(error)) from None
        if not isinstance(said, dict):
            raise ScenarioError(f"{self.path} must hold a mapping with key, title, fields and twin.")
        if said.get("key") != self.key:
            raise ScenarioError(f"{self.path} declares key {said.get('key')!r}; it must be '{self.key}', as its name.")
        return said

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line, from 1, that a part stands on, or the nearest part around it that is there."""
        node = tree(self.path.read_bytes())
        line = 1
        for step in path:
            key, node = _inside(node, step)
            if node is None:
                break
            line = (key or node).start_mark.line + 1
        return line


class ScenarioFiles:
    """`folder/<key>.yaml`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[ScenarioFile]:
        """Every file, by key; hidden ones are drafts that a killed process left."""
        return [ScenarioFile(p) for p in sorted(self.folder.glob(f"*{SUFFIX}")) if not p.name.startswith(".")]

    def path(self, key: str) -> Path:
        """Where the scenario of a key is kept."""
        return self.folder / f"{Path(key).name}{SUFFIX}"

    def write(self, said: Mapping[str, Any], replace: bool = False) -> Path:
        """Write a spec under its key; a file that is there already raises `ConflictError` unless it is to go."""
        path = self.path(str(said["key"]))
        with locked(self.folder):
            if path.exists() and not replace:
                raise ConflictError(f"{path} exists already. Choose another key, or replace it.")
            replace_file(path, to_yaml(said).encode())
        return path


def to_yaml(said: Mapping[str, Any]) -> str:
    """A mapping as YAML: in its own order, short lists and innermost mappings on one line."""
    return yaml.dump(said, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None)


def _inside(node: Any, step: str | int) -> tuple[Any, Any]:
    """The node of a key or index, and that of the key itself; (None, None) where there is none."""
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(step)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None

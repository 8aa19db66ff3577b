"""Plain YAML and JSON files that people write and read: costs, policies, receipts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskcore.core.errors import DataError
from riskcore.stores import yaml_text
from riskcore.stores.writing import replace_file


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping that a YAML or JSON file holds; a `DataError` says why it holds none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is neither YAML nor JSON: {error}.") from None
    said = _parsed(text, str(path))
    if not isinstance(said, dict):
        raise DataError(f"{path} must hold a mapping of names to values.")
    return said


def _parsed(text: str, where: str) -> Any:
    """JSON before YAML, which would read JSON's 1e-05 as text; JSON that repeats a key is told of by YAML's reader."""
    try:
        return json.loads(text, object_pairs_hook=_each_once)
    except ValueError:
        return yaml_text.parsed(text, where, "neither YAML nor JSON")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("A key is given twice.")
    return said


def write_json(path: Path, said: Mapping[str, Any]) -> None:
    """Write a mapping whole or not at all; floats keep every digit."""
    replace_file(path, json_bytes(said))


def json_bytes(said: Mapping[str, Any]) -> bytes:
    """A mapping as JSON text."""
    return (json.dumps(said, indent=1, ensure_ascii=False, default=_told) + "\n").encode()


def _told(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)

"""Plain YAML and JSON files that people write and read: costs, policies, receipts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from riskcore.core.errors import DataError
from riskcore.stores.writing import replace_file


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping that a YAML or JSON file holds; a `DataError` says why it holds none."""
    try:
        said = _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}.") from None
    if not isinstance(said, dict):
        raise DataError(f"{path} must hold a mapping of names to values.")
    return said


def _parsed(text: str) -> Any:
    """JSON before YAML, which would read JSON's 1e-05 as text."""
    try:
        return json.loads(text)
    except ValueError:
        return yaml.safe_load(text)


def write_json(path: Path, said: Mapping[str, Any]) -> None:
    """Write a mapping whole or not at all; floats keep every digit."""
    replace_file(path, json_bytes(said))


def json_bytes(said: Mapping[str, Any]) -> bytes:
    """A mapping as JSON text."""
    return (json.dumps(said, indent=1, ensure_ascii=False, default=_told) + "\n").encode()


def _told(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)

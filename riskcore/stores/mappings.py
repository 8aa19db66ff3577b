"""How the columns of files were read before, remembered by the set of their names."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from riskcore.stores.writing import replace_file


class Mappings:
    """`folder/<scenario>/<fingerprint of the columns>.json`: one plain mapping for each kind of file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remember(self, scenario: str, columns: Sequence[str], said: Mapping[str, Any]) -> None:
        """Keep how a file with these columns was read; the latest counts."""
        replace_file(self._path(scenario, columns), json.dumps(said, indent=1, ensure_ascii=False).encode())

    def recall(self, scenario: str, columns: Sequence[str]) -> dict[str, Any] | None:
        """How such a file was read the last time, or None; a file that is not JSON counts as forgotten."""
        try:
            said = json.loads(self._path(scenario, columns).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def _path(self, scenario: str, columns: Sequence[str]) -> Path:
        return self.folder / Path(scenario).name / f"{fingerprint(columns)}.json"


def fingerprint(columns: Sequence[str]) -> str:
    """Short hash of a file's column names, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(columns)).encode()).hexdigest()[:16]

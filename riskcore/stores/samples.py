"""Small example files, one for each scenario: shipped with the project, replaced by those in the data folder."""

from collections.abc import Sequence
from pathlib import Path


class Samples:
    """`<folder>/<scenario>.csv`; the first folder that has it counts."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    def read(self, scenario: str) -> bytes | None:
        """The content of a scenario's sample, or None."""
        for folder in self.folders:
            path = folder / f"{Path(scenario).name}.csv"
            if path.is_file():
                return path.read_bytes()
        return None

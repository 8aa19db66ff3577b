"""What all tests share: a workspace of their own, the real data where there is some, and examples that repeat in CI."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from riskcore.core.settings import read_settings
from riskcore.services.workspace import Workspace
from tests.training import house_in

settings.register_profile("work", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "work")


class WorkspaceDirs(NamedTuple):
    """Folders of one test, empty at its start."""

    data: Path
    models: Path


@pytest.fixture
def workspace_dirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkspaceDirs:
    """Empty data and models folders that `read_settings()` answers with until the test ends."""
    dirs = WorkspaceDirs(tmp_path / "data", tmp_path / "models")
    for name, folder in dirs._asdict().items():
        folder.mkdir()
        monkeypatch.setenv(f"RISKCORE_{name.upper()}", str(folder))
    return dirs


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An installation that the tests of one file share, empty at its start."""
    return house_in(tmp_path_factory.mktemp("house"))


@pytest.fixture
def own_house(tmp_path: Path) -> Workspace:
    """An installation of one test, empty at its start; its folders are made when something is kept."""
    return house_in(tmp_path)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; skips with the reason where it is absent."""
    folder = read_settings().real_data
    if not folder.is_dir():
        pytest.skip(f"No real data in {folder}; set RISKCORE_REAL_DATA to a folder that has it.")
    return folder

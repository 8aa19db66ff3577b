"""Every command and example of the README works as it stands there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from riskcore.core.settings import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
REAL = "../shared/data/"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


LINES = [
    line for block in blocks("sh") if REAL not in block for line in block.splitlines() if line.startswith("riskcore ")
]
ON_REAL_DATA = {" ".join(block.split()[1:3]): block for block in blocks("sh") if REAL in block}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def environment(home: Path) -> dict[str, str]:
    folders = {"RISKCORE_DATA": str(home / "data"), "RISKCORE_MODELS": str(home / "models")}
    return os.environ | folders | {"PYTHONPATH": str(PROJECT)}


def run(home: Path, *words: str) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stderr}"
    return done.stdout


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize("line", LINES)
def test_the_command_works(home: Path, line: str) -> None:
    run(home, "-m", *shlex.split(line, comments=True))


@pytest.mark.real_data
@pytest.mark.parametrize("block", ON_REAL_DATA.values(), ids=ON_REAL_DATA)
def test_the_commands_on_real_data_work(tmp_path: Path, real_data: Path, block: str) -> None:
    command = f'riskcore() {{ {shlex.quote(sys.executable)} -m riskcore "$@"; }}\n'
    script = command + block.replace(REAL, f"{real_data}/")
    done = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize("code", blocks("python"))
def test_the_example_works(home: Path, code: str) -> None:
    assert "raises the risk" in run(home, "-c", code)


def test_every_picture_and_link_of_the_readme_exists() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (PROJECT / target).exists()] == []

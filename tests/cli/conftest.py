"""`riskcore` run with arguments; every module says with its fixture `models` which models there are."""

import sys
from pathlib import Path

import pytest

from riskcore.cli import main
from tests.commands import Command, Ended


@pytest.fixture
def run(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `riskcore` with arguments, in a folder of its own, on the models of the module."""
    monkeypatch.setenv("RISKCORE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RISKCORE_MODELS", str(models))
    monkeypatch.chdir(tmp_path)

    def command(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["riskcore", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return command

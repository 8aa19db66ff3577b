"""What docs/thresholds.md quotes is what its commands print, on the real payments that it was written on."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from riskcore.core.settings import PROJECT

TEXT = (PROJECT / "docs" / "thresholds.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^    .*\n)+", TEXT.split("## What the other scenarios show")[0], flags=re.MULTILINE)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
CARDS = "card_train.parquet"


def told(lines: str) -> list[str]:
    """Lines without what differs from run to run: the version of the model."""
    return [re.sub(r"boosted-[\w-]+", "MODEL", line).strip() for line in lines.splitlines()]


def run(home: Path, command: str) -> str:
    folders = {"RISKCORE_DATA": str(home / "data"), "RISKCORE_MODELS": str(home / "models"), "COLUMNS": "200"}
    words = [sys.executable, "-m", *shlex.split(command.replace("\\\n", " "))]
    environment = os.environ | folders | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.real_data
def test_the_walk_through_quotes_what_its_commands_print(tmp_path: Path, real_data: Path) -> None:
    """On the cards alone; the quarter takes minutes.  Numbers may differ in the last digits from machine to machine."""
    (tmp_path / CARDS).symlink_to(real_data / CARDS)
    printed: list[str] = []
    quoted = 0
    for block in BLOCKS:
        if block.startswith("    actions:"):
            (tmp_path / "cards.yaml").write_text(block)
        elif block.startswith("    riskcore "):
            if CARDS not in block and "card_fraud" not in block:
                break
            printed = told(run(tmp_path, block.strip()))
        else:
            for line in told(block):
                near = [p for p in printed if NUMBER.sub("#", p) == NUMBER.sub("#", line)]
                assert any(values(p) == pytest.approx(values(line), rel=0.01) for p in near), f"{line}\n{printed}"
                quoted += 1
    assert quoted == 7 + 7 + 8


def values(line: str) -> list[float]:
    return [float(number.replace(",", "").rstrip(".")) for number in NUMBER.findall(line)]

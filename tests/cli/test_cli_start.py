"""The command as a process of its own: it starts without the heavy libraries, and can be interrupted."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

HEAVY = ("pandas", "numpy", "pyarrow", "xgboost", "sklearn", "streamlit", "rich")


def test_help_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, riskcore.cli\nsys.argv = ['riskcore', '--help']\n"
        "try: riskcore.cli.main()\nexcept SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "score" in said
    assert "LOADED []" in said


def test_an_interrupted_training_leaves_nothing_behind(tmp_path: Path) -> None:
    env = os.environ | {"RISKCORE_DATA": str(tmp_path / "d"), "RISKCORE_MODELS": str(tmp_path / "m")}
    command = [sys.executable, "-m", "riskcore", "train", "card_fraud", "--rows", "400000", "--set", "trees=400"]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    # Tests that run in the background of a shell are told to ignore interrupts, and would hand that down.
    listens = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, env=env, preexec_fn=listens, **pipes) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # the first report: it is at work
        if "Training" not in first:
            pytest.fail(first + process.stderr.read())
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not (tmp_path / "m" / "card_fraud").exists()

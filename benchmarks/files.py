"""Files from the command line: CPU beyond the bare libraries, and peak memory of five million rows."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.measuring import Row, at_most
from riskcore.services.workspace import Workspace

MILLION = 1_000_000
PARTS = 5
RUNS = 3

BARE = """
import sys
import numpy as np, pandas as pd, pyarrow as pa, pyarrow.csv, xgboost
frame = pd.read_csv(sys.argv[1])
booster = xgboost.Booster(model_file=sys.argv[3])
p = booster.inplace_predict(np.ascontiguousarray(frame.to_numpy(), dtype=np.float32))
for c in range(p.shape[1]):
    frame[f"p_{c}"] = p[:, c]
pa.csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), sys.argv[2])
"""

BETWEEN = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


def rows(workspace: Workspace) -> list[Row]:
    """Targets of scoring from CSV to CSV; each side is a process of its own, its start-up on a small file taken off."""
    scenario = workspace.scenario("session_risk")
    trained = workspace.trained(scenario)
    booster = str(workspace.settings.models / scenario.key / trained.version / "boosted.ubj")
    columns = list(trained.card.features)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        events = scenario.event.accept(scenario.synthesize(MILLION, seed=9).events)[columns]
        _write(events, place / "large.csv", 1)
        _write(events.head(1_000), place / "small.csv", 1)
        _write(events, place / "huge.csv", PARTS)
        environment = os.environ | {
            "RISKCORE_MODELS": str(workspace.settings.models),
            "RISKCORE_DATA": str(workspace.settings.data),
            "OMP_NUM_THREADS": str(workspace.settings.threads),
        }
        ours = [sys.executable, "-m", "riskcore", "score", scenario.key, "--in", "IN", "--out", str(place / "out.csv")]
        bare = [sys.executable, "-c", BARE, "IN", str(place / "out.csv"), booster]
        beyond = []
        for _ in range(RUNS):
            spent = {
                (name, size): _run(
                    [str(place / f"{size}.csv") if word == "IN" else word for word in line], environment
                )[0]
                for name, line in (("ours", ours), ("bare", bare))
                for size in ("small", "large")
            }
            beyond.append(
                spent["ours", "large"] - spent["ours", "small"] - spent["bare", "large"] + spent["bare", "small"]
            )
        _, peak = _run([str(place / "huge.csv") if word == "IN" else word for word in ours], environment)
        lines = sum(1 for _ in (place / "out.csv").open("rb")) - 1
        assert lines == PARTS * MILLION, f"{lines} rows came out"
    return [
        at_most("CSV to CSV: CPU beyond pandas + booster + pyarrow", median(beyond) / MILLION * 1e6, 2.5, "µs/row"),
        at_most("scoring a 5,000,000-row CSV: peak memory", peak, 1.5, "GB"),
    ]


def _write(events: pd.DataFrame, path: Path, parts: int) -> None:
    with pa.csv.CSVWriter(path, pa.Schema.from_pandas(events, preserve_index=False)) as writer:
        for _ in range(parts):
            writer.write_table(pa.Table.from_pandas(events, preserve_index=False))


def _run(line: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and peak memory in GB of a process that must succeed.

    A small process stands between: a child's peak counts what its parent held when it was started.
    """
    words = [sys.executable, "-c", BETWEEN, *line]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cpu, kilobytes = done.stdout.split()[-2:]
    return float(cpu), int(kilobytes) * 1024 / 1e9

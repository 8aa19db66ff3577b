"""A custom scenario from a large file: its schema inferred, its past looked at, its default model trained."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from benchmarks.measuring import Row, at_most
from riskcore.services.files.labelled import read_labelled
from riskcore.services.files.mapping import suggest
from riskcore.services.inferring.declaring import declare, propose
from riskcore.services.inferring.looking import Asked, look
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace
from riskcore.stores.tables import open_table, to_bytes

HALF_MILLION, PAYMENTS = 500_000, 700_000
NUMBERS, WORDS = 28, 9  # beside them a time, a merchant of 100,000 names, and the label


def rows(workspace: Workspace) -> list[Row]:
    """Targets of inferring and training on a CSV of 500,000 rows and 40 columns."""
    path = workspace.settings.data / "wide.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path)
    began = perf_counter()
    scenario = declare(workspace, propose(look(open_table(str(path))), Asked(key="wide", label="y", time="at")))
    inferred = perf_counter() - began
    source = open_table(str(path))
    began = perf_counter()
    mapping = suggest(source.columns, scenario.event, scenario.target, guess=False)
    dataset = read_labelled(scenario, source, mapping).dataset
    workspace.train(scenario, dataset, Plan(), now=datetime.now(UTC))
    trained = perf_counter() - began
    path.unlink()
    workspace.catalogue.files.path("wide").unlink()
    return [
        at_most("28 columns over the past of 700,000 payments: wall", _past(), 8, "s"),
        at_most("schema of a 500,000-row, 40-column CSV: wall", inferred, 10, "s"),
        at_most("reading it and training the default model: wall", trained, 90, "s"),
    ]


def _past() -> float:
    """Seconds for the features that are proposed for payments of 5,000 customers at 10,000 terminals in 75 days."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "payment_id": np.arange(PAYMENTS),
            "at": np.sort(rng.integers(0, 75 * 86_400, PAYMENTS)),
            "customer": rng.integers(0, 5_000, PAYMENTS),
            "terminal": rng.integers(0, 10_000, PAYMENTS),
            "amount": rng.gamma(2, 30, PAYMENTS).round(2),
            "fraud": (rng.random(PAYMENTS) < 0.01).astype(np.int64),
        }
    )
    asked = Asked(key="past", label="fraud", time="at", entities=("customer", "terminal"))
    scenario = propose(look(open_table(to_bytes(table, "parquet"), name="past.parquet")), asked).scenario
    events = scenario.event.accept(table)
    scenario.features(events.head(100))  # loads what is compiled
    began = perf_counter()
    scenario.features(events)
    return perf_counter() - began


def _write(path: Path) -> None:
    """Half a per cent is positive, and tells by three numbers and a word; one cell in fifty is empty."""
    rng = np.random.default_rng(0)
    y = rng.random(HALF_MILLION) < 0.005
    columns: dict[str, object] = {"at": pd.date_range("2026-01-01", periods=HALF_MILLION, freq="10s")}
    for i in range(NUMBERS):
        values = rng.gamma(2, 50, HALF_MILLION).round(2) + (60 * y if i < 3 else 0)
        columns[f"n{i}"] = np.where(rng.random(HALF_MILLION) < 0.02, np.nan, values)
    for i in range(WORDS):
        codes = rng.integers(0, 5 + 30 * i, HALF_MILLION) * np.where(y & (i == 0), 0, 1)
        columns[f"w{i}"] = pd.Categorical.from_codes(codes, [f"value {c}" for c in range(5 + 30 * i)])
    columns["merchant"] = rng.integers(0, 100_000, HALF_MILLION)
    columns["merchant"] = pd.Series(columns["merchant"]).map("m{}".format)
    columns["y"] = y.astype(np.int64)
    pd.DataFrame(columns).to_csv(path, index=False)

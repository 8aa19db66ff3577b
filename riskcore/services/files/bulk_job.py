"""How one file is to be scored, and what became of it: plain values, in and out of `services.bulk`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.model import Output
from riskcore.core.scenario import Scenario
from riskcore.services.evaluation import evaluate
from riskcore.services.files.filters import Condition
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.judging.estimates import Metrics


@dataclass(frozen=True, kw_only=True)
class Job:
    """How to score one file."""

    mapping: ColumnMap
    label_guessed: bool = False  # the label was found by its name: it is passed over where it holds what is no class
    where: tuple[Condition, ...] = ()  # rows that do not meet all of these are no part of the job
    keep_rejected: bool = False  # bad rows stay in their place, with columns `status` and `problems`
    reasons: int = 0  # strongest reasons of every row, in a column `reasons`
    formula_safe: bool = False  # text that spreadsheets would run is neutralised in CSV
    top: int = 0  # riskiest rows to return
    costs: Costs | None = None  # with them, the riskiest rows are those with the highest expected loss
    chunk: int = 100_000  # records at a time
    now: datetime | None = None  # with it, events that lie in the future are told
    history: pd.DataFrame | None = None  # validated events before those of the file, where a past is looked at


@dataclass(frozen=True)
class Judged:
    """What the model said of the labelled rows, and their class numbers (k,)."""

    output: Output
    y: NDArray[np.int64]
    units: NDArray[np.generic] | None = None  # (k,) what stands or falls together, as `judging.judged.units_of`

    def metrics(self, scenario: Scenario) -> Metrics:
        """All metrics with intervals, drawn by entity where there are some; `DataError` where one class is present."""
        return evaluate(self.output, self.y, scenario.target.classes, units=self.units)


@dataclass(frozen=True)
class Top:
    """The riskiest rows, riskiest first: as they are written, and as typed events to explain.

    By risk, or by `expected_loss`, a column of its own, where money is known.
    """

    table: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What became of a file: `scored + rejected == n`, the records that met the conditions."""

    n: int
    scored: int
    rejected: int
    actions: Mapping[str, int]  # action -> rows, mildest first
    risk_histogram: tuple[int, ...]  # rows by risk, in equal bins of [0, 1]
    problems: Mapping[tuple[str, str], int]  # (column, rule) -> how often it was broken
    unusual: Mapping[tuple[str, str], int]  # (column, what is usual) -> scored rows that are not; they are only told
    notices: tuple[str, ...]
    seconds: float
    judged: Judged | None
    top: Top | None

"""What a file comes to while its chunks pass: counts, the labelled rows that judge the model, and the riskiest rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.clocks import Ahead, ahead
from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.services.deciding.costing import expected_loss
from riskcore.services.files import bulk_output as out
from riskcore.services.files.bulk_job import Job, Judged, Summary, Top
from riskcore.services.files.mapping import filled
from riskcore.services.files.row_findings import unusual
from riskcore.services.judging.card_facts import BINS, risk_histogram
from riskcore.services.judging.judged import units_of
from riskcore.services.scoring import Decided, Scored
from riskcore.stores.tables import Chunk

EXPECTED_LOSS = "expected_loss"


@dataclass
class Tally:
    """What is gathered of a job while chunks pass."""

    job: Job
    renames: Mapping[str, str]  # of the input's columns, as they are written
    n: int = 0
    scored: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    unusual: Counter[tuple[str, str]] = field(default_factory=Counter)
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    judged: list[Judged] = field(default_factory=list)
    ahead: Ahead = field(default_factory=Ahead)
    no_label: str = ""  # why the guessed label is none, as a sentence
    top: Top | None = None

    def add(self, chunk: Chunk, decided: Decided, results: pd.DataFrame, rejects: pd.DataFrame) -> None:
        """Count one more chunk: what was decided, the `results` as they are written, and its rejects."""
        scored, event = decided.scored, decided.scored.scenario.event
        self.n += len(chunk.table) + len(chunk.broken)
        self.scored += len(scored.risk)
        self.actions.update(decided.counts())
        self.problems.update(zip(rejects["column"], rejects["reason"], strict=True))
        odd = unusual(event, chunk, scored.validated, self.job.mapping)
        found = zip(odd["column"], odd["rule"], odd["rows"], strict=True)
        self.unusual.update({(column, rule): int(rows) for column, rule, rows in found})
        self.histogram += risk_histogram(scored.risk)
        if self.job.now is not None:
            self.ahead += ahead(event, scored.events, self.job.now)
        self._judge(chunk, scored)
        self._rank(chunk, scored, results)

    def summary(self, notices: Sequence[str], seconds: float) -> Summary:
        """The whole, with what is to be told of how the file was read."""
        return Summary(
            n=self.n,
            scored=self.scored,
            rejected=self.n - self.scored,
            actions=dict(self.actions),
            risk_histogram=tuple(int(c) for c in self.histogram),
            problems=dict(self.problems),
            unusual=dict(self.unusual),
            notices=(*notices, *([self.no_label] if self.no_label else []), *self.ahead.warnings),
            seconds=seconds,
            judged=_joined(self.judged),
            top=self.top,
        )

    def _judge(self, chunk: Chunk, scored: Scored) -> None:
        """Keep the labelled rows; a label that was guessed and is none is passed over from then on."""
        label = self.job.mapping.label
        if label is None or self.no_label:
            return
        try:
            self.judged.append(_judged(scored, chunk.table[label]))
        except DataError as error:
            if not self.job.label_guessed:
                raise
            self.judged, self.no_label = [], f"{error} It was found by its name alone and is passed over."

    def _rank(self, chunk: Chunk, scored: Scored, results: pd.DataFrame) -> None:
        """Keep the riskiest rows of this chunk and those before."""
        if not self.job.top or not len(scored.risk):
            return
        loss = _loss(scored, self.job.costs)
        rows = np.argsort(-(scored.risk if loss is None else loss), kind="stable")[: self.job.top]
        table = out.rows_out(chunk, scored.kept, results, self.renames, False, None).iloc[rows]
        table = table.assign(line=chunk.lines[scored.kept][rows])
        table = table if loss is None else table.assign(**{EXPECTED_LOSS: loss[rows]})
        self.top = _merged(self.top, Top(table, scored.events.iloc[rows]), self.job.top)


def _judged(scored: Scored, column: pd.Series) -> Judged:
    """The accepted rows that have a label; `DataError` where one of them is no class."""
    labels = column[scored.kept].reset_index(drop=True)
    given = filled(labels)
    y = scored.scenario.target.encode(labels[given])
    units = units_of(scored.scenario, scored.events[given], Labels(y))
    return Judged(out.output_rows(scored.output, given), y, units)


def _loss(scored: Scored, costs: Costs | None) -> NDArray[np.float64] | None:
    if costs is None:
        return None
    amount = scored.scenario.event.amount
    amounts = None if amount is None else scored.events[amount].to_numpy(dtype=np.float64)
    return expected_loss(costs, scored.output, amounts)


def _merged(top: Top | None, more: Top, most: int) -> Top:
    if top is not None:
        more = Top(pd.concat([top.table, more.table]), pd.concat([top.events, more.events]))
    by = EXPECTED_LOSS if EXPECTED_LOSS in more.table else out.RISK_SCORE
    order = np.argsort(-more.table[by].to_numpy(), kind="stable")[:most]
    return Top(more.table.iloc[order].reset_index(drop=True), more.events.iloc[order].reset_index(drop=True))


def _joined(parts: Sequence[Judged]) -> Judged | None:
    if not parts or not sum(len(part.y) for part in parts):
        return None
    units = [part.units for part in parts if part.units is not None]
    return Judged(
        out.joined([part.output for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate(units) if units else None,
    )

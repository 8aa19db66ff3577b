"""A file in, the same rows with risk and decision out: constant memory, whatever its size.

Command line and app share this path.  Every record of the input is either scored or told among the rejects.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.clocks import Ahead, ahead
from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.model import Output
from riskcore.core.policy import Policy
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services.deciding.costing import expected_loss
from riskcore.services.evaluation import evaluate
from riskcore.services.explaining import explain, explain_scored, reason_text
from riskcore.services.files import bulk_output as out
from riskcore.services.files.filters import Condition, keep
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.files.row_findings import unusual
from riskcore.services.judging.card_facts import BINS, risk_histogram
from riskcore.services.judging.estimates import Metrics
from riskcore.services.judging.judged import units_of
from riskcore.services.scoring import Decided, InTurn, Scored, score, score_stream, with_risks
from riskcore.stores.tables import Chunk, Source, neutralise, open_writer

EXPLAINED_AT_ONCE = 2_000  # rows; reasons take milliseconds a row, and progress should be seen
TRIED = 50  # rows explained to learn how long all would take
EXPECTED_LOSS = "expected_loss"

Recorder = Callable[[pd.DataFrame], Decided]  # scores, decides and remembers a table


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


@dataclass
class _Tally:
    """What is gathered while chunks pass."""

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

    def add(self, decided: Decided, rejects: pd.DataFrame, unusual: pd.DataFrame, records: int) -> None:
        self.n += records
        self.scored += len(decided.scored.risk)
        self.actions.update(decided.counts())
        self.problems.update(zip(rejects["column"], rejects["reason"], strict=True))
        odd = zip(unusual["column"], unusual["rule"], unusual["rows"], strict=True)
        self.unusual.update({(column, rule): int(rows) for column, rule, rows in odd})
        self.histogram += risk_histogram(decided.scored.risk)


def score_table(
    trained: Trained,
    policy: Policy,
    source: Source,
    job: Job,
    outputs: Sequence[Path] = (),
    rejects: Path | None = None,
    progress: Progress = silent,
    recorder: Recorder | None = None,
) -> Summary:
    """Score a file into each of `outputs` (.csv, .csv.gz, .parquet) and its bad rows into `rejects`.

    Output columns: the input's in their order and untouched, then those of `bulk_output.result_names`.  Files appear
    whole when all is done, or not at all.  `progress` hears the share of bytes done, and may raise `Cancelled`.
    A `recorder`, which gets all rows at once, decides in place of the pure path and remembers.  Raises `DataError`
    where the file as a whole cannot be scored.
    """
    began = perf_counter()
    job.mapping.check(source.columns, trained.scenario.event)
    if len({*outputs, rejects}) <= len(outputs):
        raise DataError("Output and rejects are the same file; give them different names.")
    renames = written_as(trained, source, job)
    tally = _Tally()
    with ExitStack() as stack:
        writers = [stack.enter_context(open_writer(path)) for path in outputs]
        told = stack.enter_context(open_writer(rejects)) if rejects else None
        parts = _decided(trained, policy, source, job) if recorder is None else _recorded(recorder, source, job)
        for chunk, decided in parts:
            found = out.reject_rows(chunk, decided.scored.validated, job.mapping)
            results = _results(trained, decided, job)
            for path, writer in zip(outputs, writers, strict=True):
                table = out.rows_out(chunk, decided.scored.kept, results, renames, job.keep_rejected, found)
                if len(table):
                    safe = job.formula_safe and path.suffix != ".parquet"
                    writer.write(neutralise(table) if safe else table)
            if told is not None and (len(found) or not told.rows):
                told.write(neutralise(found) if job.formula_safe else found)
            odd = unusual(trained.scenario.event, chunk, decided.scored.validated, job.mapping)
            tally.add(decided, found, odd, len(chunk.table) + len(chunk.broken))
            if job.now is not None:
                tally.ahead += ahead(trained.scenario.event, decided.scored.events, job.now)
            _gather(tally, chunk, decided, results, renames, job)
            progress(chunk.bytes_done / max(source.size, 1), f"{tally.n:,} rows")
    return Summary(
        n=tally.n,
        scored=tally.scored,
        rejected=tally.n - tally.scored,
        actions=dict(tally.actions),
        risk_histogram=tuple(int(c) for c in tally.histogram),
        problems=dict(tally.problems),
        unusual=dict(tally.unusual),
        notices=(
            *notices(source, job.mapping, renames),
            *([tally.no_label] if tally.no_label else []),
            *tally.ahead.warnings,
        ),
        seconds=perf_counter() - began,
        judged=_joined(tally.judged),
        top=tally.top,
    )


def written_as(trained: Trained, source: Source, job: Job) -> dict[str, str]:
    """New names of the input's columns that are named like one that scoring adds."""
    return out.renames(source.columns, out.result_names(trained, job.reasons, job.keep_rejected))


def notices(source: Source, mapping: ColumnMap, renames: Mapping[str, str]) -> tuple[str, ...]:
    """What a person may not expect of how the file was read and is written, as sentences."""
    said = [source.notice] if source.notice else []
    said += mapping.notices
    return (*said, *(f"Column '{old}' of the input is written as '{new}'." for old, new in renames.items()))


def _decided(trained: Trained, policy: Policy, source: Source, job: Job) -> Iterator[tuple[Chunk, Decided]]:
    """Chunks with their scores and decisions; the next one is read while one is being scored."""
    waiting: deque[Chunk] = deque()

    def tables() -> Iterator[pd.DataFrame]:
        # What looks at a past is scored with all of it each time: few chunks are better there.
        small = job.reasons and not trained.scenario.stateful
        for chunk in source.chunks(min(job.chunk, EXPLAINED_AT_ONCE) if small else job.chunk):
            kept = keep(chunk, job.where)
            waiting.append(kept)
            yield job.mapping.apply(kept.table)

    # History comes without risks; where the policy counts past ones, the same model gives them.
    risks = None if job.history is None or policy.reach is None else with_risks(trained, job.history)
    decide = InTurn(policy, risks)
    with ThreadPoolExecutor(1) as executor:
        for scored in score_stream(trained, tables(), executor, history=job.history):
            yield waiting.popleft(), decide(scored)


def _recorded(recorder: Recorder, source: Source, job: Job) -> Iterator[tuple[Chunk, Decided]]:
    """All rows at once: they are remembered together or not at all."""
    kept = keep(source.read(), job.where)
    yield kept, recorder(job.mapping.apply(kept.table))


def _results(trained: Trained, decided: Decided, job: Job) -> pd.DataFrame:
    results = out.results(decided)
    if not job.reasons:
        return results
    events = decided.scored.events
    said = reason_text(trained, events, explain_scored(trained, decided.scored), job.reasons) if len(events) else []
    return results.assign(reasons=pd.array(said, dtype="str"))


def _gather(
    tally: _Tally, chunk: Chunk, decided: Decided, results: pd.DataFrame, renames: Mapping[str, str], job: Job
) -> None:
    """Labelled and riskiest rows of one chunk, added to those of the chunks before."""
    scored = decided.scored
    if job.mapping.label is not None and not tally.no_label:
        try:
            tally.judged.append(_judged(scored, chunk.table[job.mapping.label]))
        except DataError as error:
            if not job.label_guessed:
                raise
            tally.judged, tally.no_label = [], f"{error} It was found by its name alone and is passed over."
    if job.top and len(scored.risk):
        loss = _loss(scored, job.costs)
        rows = np.argsort(-(scored.risk if loss is None else loss), kind="stable")[: job.top]
        table = out.rows_out(chunk, scored.kept, results, renames, False, None).iloc[rows]
        table = table.assign(line=chunk.lines[scored.kept][rows])
        table = table if loss is None else table.assign(**{EXPECTED_LOSS: loss[rows]})
        tally.top = _merged(tally.top, Top(table, scored.events.iloc[rows]), job.top)


def _judged(scored: Scored, column: pd.Series) -> Judged:
    """The accepted rows that have a label; `DataError` where one of them is no class."""
    labels = column[scored.kept].reset_index(drop=True)
    given = (labels.notna() & (labels.astype("str").str.strip() != "")).to_numpy(dtype=bool)
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


def reasons_cost(trained: Trained, source: Source, mapping: ColumnMap) -> tuple[int, float]:
    """About how many rows a file has, and how many seconds explaining all of them would take."""
    head = source.head(TRIED)
    events = score(trained, mapping.apply(head.table)).events
    if not len(events):
        return 0, 0.0
    explain(trained, events)  # the first call builds what the others share
    began = perf_counter()
    reason_text(trained, events, explain(trained, events), 3)
    each = (perf_counter() - began) / len(events)
    rows = round(source.size / _bytes_a_row(head))
    return rows, rows * each


def _bytes_a_row(head: Chunk) -> float:
    cells = head.table.astype("str")
    return float(sum(cells[c].str.len().fillna(0).sum() + len(cells) for c in cells.columns) / max(len(cells), 1))

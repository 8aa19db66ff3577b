"""A file in, the same rows with risk and decision out: constant memory, whatever its size.

Command line and app share this path.  Every record of the input is either scored or told among the rejects.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import pandas as pd

from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.core.progress import Progress, silent
from riskcore.core.trained import Trained
from riskcore.services.explaining import explain, explain_scored, reason_text
from riskcore.services.files import bulk_output as out
from riskcore.services.files.bulk_job import Job as Job
from riskcore.services.files.bulk_job import Summary as Summary
from riskcore.services.files.bulk_tally import EXPECTED_LOSS as EXPECTED_LOSS
from riskcore.services.files.bulk_tally import Tally
from riskcore.services.files.filters import keep
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.scoring import Decided, InTurn, score, score_stream, with_risks
from riskcore.stores.tables import Chunk, Source, neutralise, open_writer

EXPLAINED_AT_ONCE = 2_000  # rows; reasons take milliseconds a row, and progress should be seen
TRIED = 50  # rows explained to learn how long all would take

Recorder = Callable[[pd.DataFrame], Decided]  # scores, decides and remembers a table


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
    tally = Tally(job, renames)
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
            tally.add(chunk, decided, results, found)
            progress(chunk.bytes_done / max(source.size, 1), f"{tally.n:,} rows")
    return tally.summary(notices(source, job.mapping, renames), perf_counter() - began)


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

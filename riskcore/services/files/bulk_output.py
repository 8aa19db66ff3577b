"""The columns that scoring adds to a file, and the lines of its rejects."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.model import Output
from riskcore.core.schema import Validated
from riskcore.core.trained import Trained
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.files.row_findings import broken_rules
from riskcore.services.scoring import Decided
from riskcore.stores.tables import Chunk

RISK_SCORE, DECISION, ANOMALY_SCORE = "risk_score", "decision", "anomaly_score"
PREDICTION, CONFIDENCE = "prediction", "confidence"
REASONS, STATUS, PROBLEMS = "reasons", "status", "problems"
STATUSES = ("scored", "rejected", "unreadable")  # the last is a line that is not a row
DECIMALS = 9  # of risks: float32 knows seven digits, and the rarest fraud is not yet lost
REJECT_COLUMNS = ("line", "column", "value", "reason", "text")


def result_names(trained: Trained, reasons: int, keep_rejected: bool) -> tuple[str, ...]:
    """Names of the columns that follow the input's, in order."""
    names = [RISK_SCORE, DECISION]
    if not trained.model.supervised:
        names += [ANOMALY_SCORE]
    elif trained.scenario.multiclass:
        names += [PREDICTION, CONFIDENCE, *(f"p_{name}" for name in trained.scenario.target.classes)]
    names += [REASONS] if reasons else []
    return (*names, *((STATUS, PROBLEMS) if keep_rejected else ()))


def renames(columns: Sequence[str], added: Sequence[str]) -> dict[str, str]:
    """New names of the input columns that are named like an added one.

    >>> renames(["amount", "risk_score"], ["risk_score", "decision"])
    {'risk_score': 'risk_score_input'}
    """
    taken, found = {*columns, *added}, {}
    for column in columns:
        if column in added:
            new = f"{column}_input"
            while new in taken:
                new += "_input"
            taken.add(new)
            found[column] = new
    return found


def results(decided: Decided) -> pd.DataFrame:
    """What scoring adds to the accepted rows, (k, ·).  Numbers are rounded, so that float32 noise is not written."""
    scored = decided.scored
    columns: dict[str, Any] = {RISK_SCORE: _rounded(scored.risk), DECISION: decided.action_keys()}
    p = scored.output.probabilities
    if not scored.output.likelihood:  # beyond all reference scores risks tie at 1, and this ranks
        columns[ANOMALY_SCORE] = _rounded(scored.output.raw)
    if p is not None:
        classes = scored.scenario.target.classes
        columns[PREDICTION] = _category(scored.prediction(), classes)
        rounded = _rounded(p)
        columns[CONFIDENCE] = rounded.max(axis=1)
        columns |= {f"p_{name}": rounded[:, i] for i, name in enumerate(classes)}
    return pd.DataFrame(columns, copy=False)


def _rounded(values: NDArray[np.floating]) -> NDArray[np.float64]:
    wide: NDArray[np.float64] = values.astype(np.float64)
    return wide.round(DECIMALS)


def _category(codes: NDArray[np.signedinteger], names: Sequence[str]) -> pd.Categorical:
    dtype = pd.CategoricalDtype(list(names))
    return pd.Categorical.from_codes(codes.astype(np.int64), dtype=dtype)


def rows_out(
    chunk: Chunk,
    kept: NDArray[np.bool_],
    results: pd.DataFrame,
    renames: Mapping[str, str],
    keep_rejected: bool,
    rejects: pd.DataFrame | None,
) -> pd.DataFrame:
    """The rows of a chunk as they are written: the input's columns untouched, then the results.

    With `keep_rejected` all records are there in their order, those without a result with empty cells.
    """
    table = chunk.table.rename(columns=dict(renames)) if renames else chunk.table
    if not keep_rejected:
        table = table if kept.all() else table[kept].reset_index(drop=True)
        return _beside(table, results)
    if not kept.all():
        results = results.set_index(np.flatnonzero(kept)).reindex(range(len(table)))
    whole = _beside(table, results)
    whole[STATUS] = _category((~kept).astype(np.int8), STATUSES)
    whole[PROBLEMS] = _problems(chunk, rejects)
    return _with_broken(whole, chunk) if chunk.broken else whole


def _beside(table: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    columns = {name: table[name] for name in table.columns} | {name: results[name] for name in results.columns}
    return pd.DataFrame(columns, index=table.index, copy=False)


def _problems(chunk: Chunk, rejects: pd.DataFrame | None) -> Any:
    """Everything wrong with each row as one text, empty for good ones; (n,)."""
    if rejects is None or not len(rejects):
        return pd.array([""] * len(chunk.table), dtype="str")
    sentences = rejects["column"] + " is " + rejects["value"].where(rejects["value"] != "", "empty")
    by_line = (sentences + "; it " + rejects["reason"]).groupby(rejects["line"]).agg(". ".join)
    return by_line.reindex(chunk.lines, fill_value="").array


def _with_broken(table: pd.DataFrame, chunk: Chunk) -> pd.DataFrame:
    lines = pd.DataFrame(
        {
            STATUS: pd.Categorical([STATUSES[2]] * len(chunk.broken), categories=list(STATUSES)),
            PROBLEMS: [f"Line {b.line} {b.rule}: {b.text}" for b in chunk.broken],
        }
    ).reindex(columns=table.columns)
    for name in table.columns.drop([STATUS, PROBLEMS]):
        lines[name] = lines[name].astype(table[name].dtype if table[name].dtype.kind not in "iub" else "float64")
    rows = np.concatenate([chunk.rows, [b.row for b in chunk.broken]])
    return pd.concat([table, lines], ignore_index=True).iloc[np.argsort(rows, kind="stable")].reset_index(drop=True)


def reject_rows(chunk: Chunk, validated: Validated, mapping: ColumnMap) -> pd.DataFrame:
    """A line for each broken rule, by line: `line`, `column`, `value`, `reason`, and the whole row as `text`."""
    found = broken_rules(chunk, validated, mapping)
    texts = {row: as_line(chunk.table.iloc[row]) for row in found["row"].unique()}
    parts = found.drop(columns="row").assign(text=found["row"].map(texts).astype("str"))
    if not chunk.broken:
        return parts
    broken = pd.DataFrame([(b.line, "", "", b.rule, b.text) for b in chunk.broken], columns=pd.Index(REJECT_COLUMNS))
    return pd.concat([parts, broken]).sort_values("line", kind="stable", ignore_index=True)


def as_line(cells: Iterable[object]) -> str:
    """Cells as a line of CSV."""
    text = StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def output_rows(output: Output, rows: NDArray[np.bool_]) -> Output:
    """Some rows of what a model said."""
    if rows.all():
        return output
    p = output.probabilities
    return Output(output.raw[rows], output.risk[rows], None if p is None else p[rows], likelihood=output.likelihood)


def joined(parts: Sequence[Output]) -> Output:
    """What a model said of consecutive chunks, as one."""
    p = [part.probabilities for part in parts if part.probabilities is not None]
    return Output(
        np.concatenate([part.raw for part in parts]),
        np.concatenate([part.risk for part in parts]),
        np.concatenate(p) if p else None,
        likelihood=all(part.likelihood for part in parts),
    )

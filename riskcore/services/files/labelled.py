"""Data to learn from in a file: good rows as a data set, with their labels where there are any, the others counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.services.files.filters import Condition, keep
from riskcore.services.files.mapping import ColumnMap, filled
from riskcore.stores.datasets import Dataset, fingerprint
from riskcore.stores.tables import Source

CHUNK = 100_000  # records read at a time


@dataclass(frozen=True)
class Labelled:
    """A data set made of a file's good rows, and how many were left out: `len(events) + rejected + unlabelled == n`."""

    dataset: Dataset
    n: int
    rejected: int  # rows that break a rule of the schema, or are no rows at all
    unlabelled: int  # good rows without a label


def read_labelled(
    scenario: Scenario,
    source: Source,
    mapping: ColumnMap,
    where: Sequence[Condition] = (),
    progress: Progress = silent,
) -> Labelled:
    """Events and labels of a file, through the same mapping and validation as scoring; a scenario without labels reads
    none.

    Raises `DataError` where no column is the label, where it holds what is no class, or where no row is left.
    """
    if mapping.label is None and scenario.target.labelled:
        raise DataError(
            f"{source.name} has no label column that is known by name. Name it; columns: {', '.join(source.columns)}."
        )
    mapping.check(source.columns, scenario.event)
    events, labels, n, rejected, unlabelled = list[pd.DataFrame](), list[np.ndarray](), 0, 0, 0
    first = ""
    for chunk in source.chunks(CHUNK):
        kept = keep(chunk, where)
        validated = scenario.event.validate(mapping.apply(kept.table))
        given = np.ones(len(validated.events), dtype=bool)
        if mapping.label is not None:
            label = kept.table[mapping.label][validated.kept].reset_index(drop=True)
            given = filled(label)
            labels.append(scenario.target.encode(label[given]))
        events.append(validated.events[given])
        first = first or next(validated.sentences(), "")
        n += len(kept.table) + len(kept.broken)
        rejected += validated.rejected + len(kept.broken)
        unlabelled += int(len(given) - given.sum())
        progress(chunk.bytes_done / max(source.size, 1), f"{n:,} rows")
    if n == rejected + unlabelled:
        raise DataError(f"No row of {source.name} can be learned from: of {n}, {rejected} are bad. {first}".strip())
    table, y = pd.concat(events, ignore_index=True), Labels(np.concatenate(labels)) if labels else None
    origin = {"file": Path(source.name).name, "rows": n, "rejected": rejected, "label": mapping.label}
    origin |= {"where": [f"{c.column}{c.sign}{c.value}" for c in where], "fingerprint": fingerprint(table, y)}
    return Labelled(Dataset(Path(source.name).name, scenario.key, table, y, origin), n, rejected, unlabelled)

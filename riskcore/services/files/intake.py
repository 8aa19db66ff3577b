"""From an uploaded table to a data set: columns mapped, rows checked, labels read; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Validated
from riskcore.services.files.mapping import ColumnMap, filled
from riskcore.services.files.row_findings import broken_rules, counted, unusual
from riskcore.stores.datasets import Dataset, fingerprint
from riskcore.stores.tables import Chunk


@dataclass(frozen=True)
class Checked:
    """A dry check of an uploaded table: which rows are good, and why the others are not."""

    scenario: Scenario
    chunk: Chunk
    mapping: ColumnMap
    validated: Validated
    unlabelled: int = 0  # good rows that are left out because their label is empty

    @property
    def accepted(self) -> int:
        return len(self.validated.events)

    @property
    def rejected(self) -> int:
        """Rows that break a rule, and lines that are no rows."""
        return self.validated.rejected - self.unlabelled + len(self.chunk.broken)

    def rejects(self) -> pd.DataFrame:
        """One line for each broken rule, by line of the file: `line`, `column` (of the file), `value`, `reason`."""
        rows = broken_rules(self.chunk, self.validated, self.mapping).drop(columns="row")
        if not self.chunk.broken:
            return rows
        broken = pd.DataFrame([(b.line, "", b.text, b.rule) for b in self.chunk.broken], columns=rows.columns)
        return pd.concat([rows, broken], ignore_index=True).sort_values("line", kind="stable", ignore_index=True)

    def reasons(self) -> pd.DataFrame:
        """How often each rule was broken, as `row_findings.counted`."""
        return counted(self.rejects())

    def unusual(self) -> pd.DataFrame:
        """How often good rows are outside a field's usual range, as `row_findings.counted`."""
        return unusual(self.scenario.event, self.chunk, self.validated, self.mapping)

    def labels(self, column: str | None) -> Labels | None:
        """The truth of the accepted rows from a column of the file, or None for no column.

        Raises `DataError` where it holds anything but the scenario's classes, or one class only.  Rows whose label is
        empty were left out by `check`.
        """
        if column is None:
            return None
        label = self.scenario.target.encode(self.chunk.table.loc[self.validated.kept, column])
        _refuse_one_class(self.scenario, column, label)
        return Labels(label)

    def dataset(self, name: str, file: str, labels: Labels | None) -> Dataset:
        """The accepted rows as a data set that is not stored; a `DataError` where there are none."""
        if not self.accepted:
            raise DataError(f"No row of {file} can be used: each breaks a rule. The reasons are in the table.")
        events = self.validated.events
        origin: Mapping[str, object] = {
            "file": file,
            "rows": len(events),
            "rejected": self.rejected,
            "unlabelled": self.unlabelled,
            "fingerprint": fingerprint(events, labels),
        }
        return Dataset(name, self.scenario.key, events, labels, origin)


def check(scenario: Scenario, chunk: Chunk, mapping: ColumnMap) -> Checked:
    """Check every row of an uploaded table under a mapping; a `DataError` tells why it cannot be read at all."""
    mapping.check([str(c) for c in chunk.table.columns], scenario.event)
    validated = scenario.event.validate(mapping.apply(chunk.table))
    if mapping.label is None:
        return Checked(scenario, chunk, mapping, validated)
    label = chunk.table.loc[validated.kept, mapping.label]
    given = filled(label)
    if given.all() or not given.any():  # a column without any label is told by `labels`
        return Checked(scenario, chunk, mapping, validated)
    kept = validated.kept.copy()
    kept[kept] = given
    events = validated.events[given].reset_index(drop=True)
    return Checked(scenario, chunk, mapping, replace(validated, events=events, kept=kept), int((~given).sum()))


def _refuse_one_class(scenario: Scenario, column: str, label: NDArray[np.int64]) -> None:
    present = np.unique(label)
    if len(present) == 1:
        raise DataError(
            f"Label column '{column}' holds one class only, {scenario.target.classes[int(present[0])]}, in all "
            f"{len(label):,} good rows. Nothing can be learned or judged by it; choose another column or none."
        )

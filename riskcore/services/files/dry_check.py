"""How many of a file's first records can be scored, before anything is."""

from dataclasses import dataclass

import pandas as pd

from riskcore.core.scenario import Scenario
from riskcore.services.files.bulk_output import reject_rows
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.files.row_findings import counted, unusual
from riskcore.stores.tables import Source

CHECKED = 50_000  # records


@dataclass(frozen=True)
class Check:
    """What a dry check found in the first records: `good + bad == n`; `whole` where that was all of them."""

    n: int
    bad: int
    whole: bool
    problems: pd.DataFrame  # as `row_findings.counted`
    unusual: pd.DataFrame  # as `row_findings.unusual`

    @property
    def good(self) -> int:
        return self.n - self.bad


def check_table(scenario: Scenario, source: Source, mapping: ColumnMap, most: int = CHECKED) -> Check:
    """Validate the first `most` records; nothing is scored.  A `DataError` tells why the file cannot be read at all."""
    mapping.check(source.columns, scenario.event)
    chunks = source.chunks(most)
    chunk = next(chunks)
    validated = scenario.event.validate(mapping.apply(chunk.table))
    found = reject_rows(chunk, validated, mapping)
    bad = validated.rejected + len(chunk.broken)
    n = len(chunk.table) + len(chunk.broken)
    odd = unusual(scenario.event, chunk, validated, mapping)
    return Check(n, bad, next(chunks, None) is None, counted(found), odd)

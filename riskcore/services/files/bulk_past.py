"""What a file of events that look at a past needs besides itself: earlier events, and the rows seen by entity."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.services.files.bulk_output import DECISION, RISK_SCORE
from riskcore.services.files.mapping import ColumnMap, suggest
from riskcore.services.files.row_findings import first_problems
from riskcore.stores.tables import Source

TOLD = 3  # bad rows
WHOLE = 10_000_000  # rows of a chunk: with all rows in one, their order in the file does not matter


@dataclass(frozen=True)
class Read:
    """The good events of a file, typed, and how many others it has."""

    events: pd.DataFrame
    bad: int
    problems: tuple[str, ...]  # of the first bad rows, as sentences that name their lines


def read_events(scenario: Scenario, source: Source, mapping: ColumnMap | None = None) -> Read:
    """All good events of a file, in memory; without a mapping columns are matched by name and declared synonyms.

    Raises `DataError` where the file as a whole cannot be read, or where no row of it is good.
    """
    mapping = mapping or suggest(source.columns, scenario.event, scenario.target, guess=False)
    mapping.check(source.columns, scenario.event)
    read = source.read()
    validated = scenario.event.validate(mapping.apply(read.table))
    bad, told = validated.rejected + len(read.broken), first_problems(read, validated, mapping, TOLD)
    if not len(validated.events):
        raise DataError([f"No row of {source.name} can be used: all {bad:,} are bad.", *told])
    return Read(validated.events, bad, tuple(told))


def by_entity(scored: Path, entity: str, policy: Policy) -> pd.DataFrame:
    """Rows of a scored Parquet file by the values of one of its columns, the highest risk first.

    Columns: `entity`, `events`, `highest` and `mean` risk, and `harsh`, the events that are not let through.
    """
    table = pd.read_parquet(scored, columns=[entity, RISK_SCORE, DECISION]).dropna(subset=[entity, RISK_SCORE])
    passes = [action.key for action in policy.actions if action.effect == "pass"]
    risk = table[RISK_SCORE].astype("float64")
    grouped = pd.DataFrame(
        {"entity": table[entity].astype("str"), "risk": risk, "harsh": ~table[DECISION].isin(passes)}
    ).groupby("entity", sort=False)
    found = grouped.agg(events=("risk", "size"), highest=("risk", "max"), mean=("risk", "mean"), harsh=("harsh", "sum"))
    return found.sort_values("highest", ascending=False, kind="stable").reset_index()

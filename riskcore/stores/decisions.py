"""The log of decisions: appended to, never changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, insert, select

from riskcore.stores.database import DECISIONS, Database

NAMES = tuple(column.name for column in DECISIONS.columns)


class Decisions:
    """What was decided, by which model and policy."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(self, lines: Sequence[Mapping[str, Any]], connection: Connection) -> None:
        """Store lines with the columns of `DECISIONS` but the number, in one go."""
        if lines:
            connection.execute(insert(DECISIONS), list(lines))

    def of(self, scenario: str, ids: Sequence[str], connection: Connection) -> dict[str, dict[str, Any]]:
        """The first decision on each of these events, by id."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), 400):
            of_part = and_(DECISIONS.c.scenario == scenario, DECISIONS.c.event_id.in_(ids[start : start + 400]))
            for line in connection.execute(select(DECISIONS).where(of_part).order_by(DECISIONS.c.number)).mappings():
                found.setdefault(line["event_id"], dict(line))
        return found

    def table(self, scenario: str, most: int = 100_000) -> pd.DataFrame:
        """The latest decisions of a scenario, newest first."""
        query = select(DECISIONS).where(DECISIONS.c.scenario == scenario).order_by(DECISIONS.c.number.desc())
        with self.database.reading() as connection:
            lines = connection.execute(query.limit(most)).mappings().all()
        return pd.DataFrame([dict(line) for line in lines], columns=list(NAMES))

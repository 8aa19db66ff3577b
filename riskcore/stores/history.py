"""Past events of a scenario, found by the entities that they touch."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy import Connection, and_, select

from riskcore.core.errors import ConflictError, DataError
from riskcore.core.scenario import Scenario
from riskcore.stores.database import EVENTS, TOUCHED, Database, new_only
from riskcore.stores.event_records import event_ids, from_lines, from_records, to_records

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MANY = 400  # values in one query; SQLite takes at most 32,766 and plans short lists faster


class History:
    """The events of one scenario whose schema has a time.  An id is stored once, whatever is sent again.

    Where events have no id, equal ones are the same event.
    """

    def __init__(self, database: Database, scenario: Scenario) -> None:
        if scenario.event.time is None:
            raise DataError(f"{scenario.title} has no past: its events need a time.")
        self.database = database
        self.scenario = scenario

    def before(
        self,
        entities: Mapping[str, Sequence[str]] | None,
        until: datetime,
        lookback: timedelta,
        connection: Connection | None = None,
    ) -> pd.DataFrame:
        """Validated events, oldest first, that touch any of these values of entity columns and lie within `lookback`
        before `until`, both ends included; what is strictly earlier is for `AsOf` to judge.  None: of everybody."""
        if connection is None:
            with self.database.reading() as opened:
                return self.before(entities, until, lookback, opened)
        # In whole numbers, for a long lookback may begin before the first year that a `datetime` can hold.
        span = _us(until) - lookback // MICROSECOND, _us(until)
        found: dict[str, tuple[int, str]] = {}
        if entities is None:
            found = self._everybody(connection, span)
        for name, values in (entities or {}).items():
            for part in _parts(list(dict.fromkeys(values))):
                found |= self._touching(connection, name, part, span)
        bodies = [body for _, _, body in sorted((time, event_id, body) for event_id, (time, body) in found.items())]
        return self._events(bodies)

    def _touching(
        self, connection: Connection, name: str, values: Sequence[str], span: tuple[int, int]
    ) -> dict[str, tuple[int, str]]:
        touched, events = TOUCHED.c, EVENTS.c
        query = (
            select(events.event_id, events.time_us, events.body)
            .join(TOUCHED, and_(touched.scenario == events.scenario, touched.event_id == events.event_id))
            .where(touched.scenario == self.scenario.key, touched.entity == name, touched.value.in_(values))
            .where(touched.time_us.between(*span))
        )
        return {event_id: (time, body) for event_id, time, body in connection.execute(query).all()}

    def _everybody(self, connection: Connection, span: tuple[int, int]) -> dict[str, tuple[int, str]]:
        query = select(EVENTS.c.event_id, EVENTS.c.time_us, EVENTS.c.body).where(
            EVENTS.c.scenario == self.scenario.key, EVENTS.c.time_us.between(*span)
        )
        return {event_id: (time, body) for event_id, time, body in connection.execute(query).all()}

    def append(self, events: pd.DataFrame, connection: Connection | None = None) -> int:
        """Store validated events; how many were new.

        An id that is stored with the same content is passed over; with other content all is refused by a
        `ConflictError` that names it.
        """
        if connection is None:
            with self.database.writing() as opened:
                return self.append(events, opened)
        bodies = self.bodies(events)
        stored = self.stored(list(bodies), connection)
        if changed := self._changed(bodies, stored):
            told = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
            raise ConflictError(
                f"{self.scenario.event.id} {told} is stored with other content. An event is never rewritten: "
                "send it under an id of its own."
            )
        fresh = [event_id for event_id in bodies if event_id not in stored]
        if fresh:
            self._insert(connection, events, bodies, set(fresh))
        return len(fresh)

    def changed(self, events: pd.DataFrame, connection: Connection) -> list[str]:
        """Ids of validated events that are stored with other content."""
        ids = pd.Index(event_ids(self.scenario.event, events))
        stored = self.stored(ids.unique().tolist(), connection)
        return self._changed(self.bodies(events[ids.isin(list(stored))]), stored)

    def _changed(self, bodies: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
        if self.scenario.event.id is None:  # an id is the content
            return []
        return [event_id for event_id, body in stored.items() if bodies[event_id] != body]

    def stored(self, ids: Sequence[str], connection: Connection) -> dict[str, str]:
        """The content of those of these events that are stored, by id."""
        found: dict[str, str] = {}
        for part in _parts(ids):
            of_part = and_(EVENTS.c.scenario == self.scenario.key, EVENTS.c.event_id.in_(part))
            query = select(EVENTS.c.event_id, EVENTS.c.body).where(of_part)
            found |= {row.event_id: row.body for row in connection.execute(query)}
        return found

    def bodies(self, events: pd.DataFrame) -> dict[str, str]:
        """Each validated event as JSON, by id; an id that appears with two contents raises `DataError`."""
        found: dict[str, str] = {}
        clashing = []
        schema = self.scenario.event
        for event_id, event in zip(event_ids(schema, events), to_records(events), strict=True):
            body = json.dumps(event, sort_keys=True)
            if found.setdefault(event_id, body) != body and schema.id is not None:
                clashing.append(event_id)
        if clashing:
            raise DataError(
                [f"{self.scenario.event.id} {i} stands twice, with different content." for i in dict.fromkeys(clashing)]
            )
        return found

    def _insert(self, connection: Connection, events: pd.DataFrame, bodies: Mapping[str, str], fresh: set[str]) -> None:
        schema, key = self.scenario.event, self.scenario.key
        every = pd.Index(event_ids(schema, events))
        chosen = every.isin(list(fresh)) & ~every.duplicated()
        new, ids = events[chosen], every[chosen].tolist()
        times = (schema.seconds(new) * 1e6).round().astype("int64").tolist()
        lines = [{"scenario": key, "event_id": i, "time_us": t} for i, t in zip(ids, times, strict=True)]
        connection.execute(new_only(connection, EVENTS), [line | {"body": bodies[line["event_id"]]} for line in lines])
        touched = []
        for name in self.scenario.entities:
            values = new[name].astype("object").where(new[name].notna(), None).tolist()
            given = zip(lines, values, strict=True)
            touched += [line | {"entity": name, "value": str(value)} for line, value in given if value is not None]
        if touched:
            connection.execute(new_only(connection, TOUCHED), touched)

    def _events(self, bodies: Sequence[str]) -> pd.DataFrame:
        schema = self.scenario.event
        if len(bodies) > MANY and (many := from_lines(schema, bodies)) is not None:
            return many
        records = json.loads(f"[{','.join(bodies)}]")  # one text: a call for each costs as much as its parsing
        typed = from_records(schema, records)
        if typed is None:  # stored under another declaration
            return schema.accept(pd.DataFrame(records, columns=list(schema.names)))
        return typed


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + MANY] for start in range(0, len(values), MANY))


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND

"""Past events of a scenario, found by the entities that they touch."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy import Connection, and_, func, select

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

    def any(self) -> bool:
        """Whether an event is stored; as fast with millions of them."""
        query = select(EVENTS.c.event_id).where(EVENTS.c.scenario == self.scenario.key).limit(1)
        with self.database.reading() as connection:
            return connection.execute(query).first() is not None

    def count(self) -> int:
        """How many events are stored."""
        query = select(func.count()).select_from(EVENTS).where(EVENTS.c.scenario == self.scenario.key)
        with self.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def latest(self, most: int) -> pd.DataFrame:
        """The latest stored events, at most so many, oldest first."""
        query = select(EVENTS.c.body).where(EVENTS.c.scenario == self.scenario.key)
        query = query.order_by(EVENTS.c.time_us.desc(), EVENTS.c.event_id.desc()).limit(most)
        with self.database.reading() as connection:
            return self._events(list(connection.execute(query).scalars())[::-1])

    def append(self, events: pd.DataFrame, connection: Connection | None = None) -> int:
        """Store validated events; how many were new.

        An id that is stored with the same content is passed over; with other content all is refused by a
        `ConflictError` that names it.
        """
        if connection is None:
            with self.database.writing() as opened:
                return self.append(events, opened)
        ids = event_ids(self.scenario.event, events)
        bodies = self._bodies(ids, events)
        stored = self._stored(list(bodies), connection)
        if changed := self._changed(bodies, stored):
            told = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
            raise ConflictError(
                f"{self.scenario.event.id} {told} is stored with other content. An event is never rewritten: "
                "send it under an id of its own."
            )
        fresh = {event_id: body for event_id, body in bodies.items() if event_id not in stored}
        if fresh:
            self._insert(connection, ids, events, fresh)
        return len(fresh)

    def changed(self, events: pd.DataFrame, connection: Connection) -> list[str]:
        """Ids of validated events that are stored with other content."""
        ids = pd.Index(event_ids(self.scenario.event, events))
        stored = self._stored(ids.unique().tolist(), connection)
        known = ids.isin(list(stored))
        return self._changed(self._bodies(ids[known].tolist(), events[known]), stored)

    def _changed(self, bodies: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
        if self.scenario.event.id is None:  # an id is the content
            return []
        return [event_id for event_id, body in stored.items() if bodies[event_id] != body]

    def _stored(self, ids: Sequence[str], connection: Connection) -> dict[str, str]:
        """The content of those of these events that are stored, by id."""
        found: dict[str, str] = {}
        for part in _parts(ids):
            of_part = and_(EVENTS.c.scenario == self.scenario.key, EVENTS.c.event_id.in_(part))
            query = select(EVENTS.c.event_id, EVENTS.c.body).where(of_part)
            found |= {row.event_id: row.body for row in connection.execute(query)}
        return found

    def _bodies(self, ids: Sequence[str], events: pd.DataFrame) -> dict[str, str]:
        """Each validated event as JSON, by its id; an id that appears with two contents raises `DataError`."""
        found: dict[str, str] = {}
        clashing = []
        name = self.scenario.event.id
        for event_id, event in zip(ids, to_records(events), strict=True):
            body = json.dumps(event, sort_keys=True)
            if found.setdefault(event_id, body) != body and name is not None:
                clashing.append(event_id)
        if clashing:
            raise DataError([f"{name} {i} stands twice, with different content." for i in dict.fromkeys(clashing)])
        return found

    def _insert(
        self, connection: Connection, ids: Sequence[str], events: pd.DataFrame, fresh: Mapping[str, str]
    ) -> None:
        """Store the events (n rows) whose ids (n,) are fresh, each once, with their content."""
        every, key = pd.Index(ids), self.scenario.key
        chosen = every.isin(list(fresh)) & ~every.duplicated()
        new = events[chosen]
        times = (self.scenario.event.seconds(new) * 1e6).round().astype("int64").tolist()
        lines = [{"scenario": key, "event_id": i, "time_us": t} for i, t in zip(every[chosen], times, strict=True)]
        connection.execute(new_only(connection, EVENTS), [line | {"body": fresh[line["event_id"]]} for line in lines])
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

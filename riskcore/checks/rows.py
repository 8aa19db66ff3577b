"""What an event is scored as depends on it and its own past alone, whatever else is in the table."""

from ipaddress import IPv6Address

import numpy as np

from riskcore.checks.subject import FEW, SEED, Subject, promise, same
from riskcore.core.fields import Field
from riskcore.services import scoring


def batch_size_cannot_be_seen(subject: Subject) -> None:
    """Scored alone with its past, in chunks or together, an event gets the same risk."""
    events = subject.sample.events.head(10 * FEW)
    together = subject.risks(events)
    chunks = [events.iloc[i : i + 7] for i in range(0, len(events), 7)]
    cut = np.concatenate([part.risk for part in scoring.score_stream(subject.trained, chunks)])
    rows = np.linspace(0, len(events) - 1, FEW).astype(np.int64)
    past = subject.typed.head(len(events)) if subject.scenario.stateful else None
    alone = np.concatenate([subject.risks(events.iloc[[i]], past) for i in rows])
    same(together, cut, "chunks of 7 rows give other risks")
    same(together[rows], alone, "single events get other risks")


def only_its_own_past_is_seen(subject: Subject) -> None:
    """Later events, and those of other entities, change no risk."""
    scenario, typed = subject.scenario, subject.typed
    if not scenario.stateful:
        return
    events = typed.iloc[len(typed) // 2 :][: 10 * FEW]
    time = scenario.event.time
    before = typed[typed[time] <= events[time].max()]
    own = subject.risks(events, scoring.related(scenario, events, before))
    same(own, subject.risks(events, before), "events of other entities changed the risk")
    same(own, subject.risks(events, typed), "later events changed the risk")


def names_of_entities_carry_nothing(subject: Subject) -> None:
    """Where past events are looked at, renaming every entity changes no risk: its name says nothing."""
    scenario = subject.scenario
    if not scenario.stateful:
        return
    events = subject.sample.events.head(50 * FEW)
    renamed = events.copy()
    for entity in scenario.entities:
        names = events[entity].dropna().unique()
        numbers = np.random.default_rng(SEED).permutation(len(names))
        others = [_name(scenario.event[entity], int(number)) for number in numbers]
        renamed[entity] = events[entity].map(dict(zip(names, others, strict=True)))
    same(subject.risks(events), subject.risks(renamed), "renamed entities get other risks")


def _name(field: Field, number: int) -> str:
    """A name that a field allows, another for each number; addresses are those kept for documents (RFC 3849)."""
    if field.form == "ip address":
        return str(IPv6Address((0x20010DB8 << 96) + number))
    return f"renamed-{number}"


def row_order_changes_nothing(subject: Subject) -> None:
    """Shuffled events get the same risks, in their new order."""
    events = subject.sample.events.head(10 * FEW)
    order = np.random.default_rng(SEED).permutation(len(events))
    same(subject.risks(events)[order], subject.risks(events.iloc[order]), "shuffled events get other risks")


def bad_rows_disturb_no_others(subject: Subject) -> None:
    """A row that breaks a rule is told with its place, and the others are scored as without it."""
    schema = subject.scenario.event
    events = subject.sample.events.head(FEW).reset_index(drop=True)
    spoilable = [f.name for f in schema.fields if (f.numeric or f.kind == "time") and not f.derived]
    if not spoilable:  # anything is a good value of an open category
        return
    broken = spoilable[0]
    spoiled = events.astype({broken: object})
    spoiled.loc[3, broken] = "broken"
    scored = scoring.score(subject.trained, spoiled)
    told = [(v.field, v.rows.tolist()) for v in scored.validated.violations]
    promise(told == [(broken, [3])], f"a bad {broken} in row 3 was told as {told}")
    same(scored.risk, subject.risks(events.drop(index=3)), "other rows got other risks beside a bad one")


def every_problem_is_told(subject: Subject) -> None:
    """One row with every numeric field infinite has each of them told, not just the first."""
    schema = subject.scenario.event
    numeric = [f.name for f in schema.fields if f.numeric and not f.derived]
    event = subject.sample.events.head(1).astype(dict.fromkeys(numeric, "float64"))
    event[numeric] = np.inf
    told = {v.field for v in schema.validate(event).violations}
    promise(told >= set(numeric), f"not told: {', '.join(sorted(set(numeric) - told))}")

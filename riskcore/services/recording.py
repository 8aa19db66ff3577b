"""Score, decide and remember: the one path that writes what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pandas as pd

from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Validated
from riskcore.core.trained import Trained
from riskcore.services.scoring import Decided, decide, score_validated
from riskcore.services.workspace import Workspace
from riskcore.stores.database import Connection
from riskcore.stores.decisions import Decisions


@dataclass(frozen=True)
class Recorded:
    """Decisions on the accepted rows of a table, and which of them were new.

    An event sent again keeps its first decision: `decided` shows what would be decided now, `stored` what stands.
    """

    decided: Decided
    ids: tuple[str, ...]  # (k,) of the accepted rows
    stored: Mapping[str, Mapping[str, object]]  # id -> the line of the log that stands
    new: int


def past(
    workspace: Workspace, scenario: Scenario, events: pd.DataFrame, connection: Connection | None = None
) -> pd.DataFrame | None:
    """What is stored about every entity that validated events touch, within their lookback; None without a lookback."""
    if scenario.lookback is None or not len(events):
        return None
    moments = scenario.event.seconds(events)
    until, earliest = (datetime.fromtimestamp(float(t), UTC) for t in (moments.max(), moments.min()))
    touched = {name: events[name].dropna().astype("str").unique().tolist() for name in scenario.entities}
    lookback = scenario.lookback + (until - earliest)
    return workspace.history(scenario).before(touched, until, lookback, connection)


def record(
    workspace: Workspace, trained: Trained, events: pd.DataFrame, policy: Policy, now: datetime, enforced: bool = True
) -> Recorded:
    """Score a table against the stored past, decide, log and append, in one transaction.

    Rows that break a rule are left out and told in `decided.scored.validated`.  An event id that is stored with other
    content refuses all (`ConflictError`), and nothing is written.
    """
    scenario = trained.scenario
    validated = scenario.event.validate(events)
    with workspace.database.writing() as connection:
        before = past(workspace, scenario, validated.events, connection)
        decided = decide(score_validated(trained, validated, before), policy)
        ids = _ids(scenario, decided.scored.validated)
        log = Decisions(workspace.database)
        known = log.of(scenario.key, ids, connection)
        if scenario.stateful:
            workspace.history(scenario).append(decided.scored.events, connection)
        first = {event_id: i for i, event_id in reversed(list(enumerate(ids)))}
        fresh = [i for i, event_id in enumerate(ids) if event_id not in known and first[event_id] == i]
        log.append(_lines(decided, ids, fresh, now, enforced), connection)
        return Recorded(decided, ids, log.of(scenario.key, ids, connection), len(fresh))


def _ids(scenario: Scenario, validated: Validated) -> tuple[str, ...]:
    """Ids of the accepted events; those that have none get one that is in no other log."""
    if scenario.event.id is None:
        return tuple(uuid4().hex for _ in range(len(validated.events)))
    return tuple(validated.events[scenario.event.id].astype("str"))


def _lines(
    decided: Decided, ids: Sequence[str], fresh: Sequence[int], now: datetime, enforced: bool
) -> list[dict[str, object]]:
    scored, actions = decided.scored, decided.action_keys()
    shared = {
        "scenario": scored.scenario.key,
        "recorded": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "model": scored.version,
        "policy": decided.policy.fingerprint(),
        "enforced": enforced,
    }
    risk, raw = (np.asarray(values, dtype=np.float64) for values in (scored.risk, scored.output.raw))
    return [
        shared | {"event_id": ids[i], "risk": float(risk[i]), "raw": float(raw[i]), "action": str(actions[i])}
        for i in fresh
    ]

"""Score, decide and remember: the one path that writes what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pandas as pd

from riskcore.core.errors import PolicyError
from riskcore.core.policy import Policy
from riskcore.core.repeats import RISK_SCORE
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Validated
from riskcore.core.trained import Trained
from riskcore.services.scoring import Decided, decide, score_validated
from riskcore.services.workspace import Workspace
from riskcore.stores.database import Connection
from riskcore.stores.decisions import Decisions
from riskcore.stores.event_records import event_ids
from riskcore.stores.policies import Applied


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
    until, span = _span(scenario, events, scenario.lookback)
    return workspace.history(scenario).before(_touched(events, scenario.entities), until, span, connection)


def past_risks(
    workspace: Workspace, scenario: Scenario, policy: Policy, events: pd.DataFrame, connection: Connection
) -> pd.DataFrame | None:
    """The stored events that the policy's rules over time reach, with the `risk_score` that each was given first.

    None where it has none.  One that was stored and never decided about has no risk.  Raises `PolicyError` where
    events are not stored: every event would be judged as if nothing had come before it.
    """
    if policy.reach is None or not len(events):
        return None
    if not scenario.stateful:
        raise PolicyError(
            f"The policy asks for {policy.repeats[0].words}, and events of {scenario.title} are not stored, so the "
            "rule would see no past. Decide about files instead, or take the rule out of the policy."
        )
    until, span = _span(scenario, events, policy.reach)
    names = [r.of for r in policy.repeats]
    # Only what touches an entity is found by it; for any other field all events of these minutes are read.
    touched = _touched(events, names) if {*names} <= {*scenario.entities} else None
    found = workspace.history(scenario).before(touched, until, span, connection)
    ids, sent_again = event_ids(scenario.event, found), set(event_ids(scenario.event, events))
    known = Decisions(workspace.database).of(scenario.key, ids, connection)
    found = found.assign(**{RISK_SCORE: [known[i]["risk"] if i in known else np.nan for i in ids]})
    return found.loc[np.array([i not in sent_again for i in ids], dtype=bool)]


def _span(scenario: Scenario, events: pd.DataFrame, lookback: timedelta) -> tuple[datetime, timedelta]:
    """The last moment of some events, and how far before it lies what any of them can look back at."""
    moments = scenario.event.seconds(events)
    until, earliest = (datetime.fromtimestamp(float(t), UTC) for t in (moments.max(), moments.min()))
    return until, lookback + (until - earliest)


def _touched(events: pd.DataFrame, names: Sequence[str]) -> dict[str, list[str]]:
    return {name: events[name].dropna().astype("str").unique().tolist() for name in names}


def record(workspace: Workspace, trained: Trained, events: pd.DataFrame, applied: Applied, now: datetime) -> Recorded:
    """Score a table against the stored past, decide, log and append, in one transaction.

    The log says of each decision whether it is in earnest or of a dry run.

    Rows that break a rule, and those whose id is stored with other content, are left out and told in
    `decided.scored.validated`: an event is never rewritten.  A policy with rules over time reads the risks that
    were given to earlier events, by whichever model; `PolicyError` where events are not stored.
    """
    scenario, policy = trained.scenario, applied.policy
    validated = scenario.event.validate(events)
    with workspace.database.writing() as connection:
        if scenario.stateful and scenario.event.id is not None:
            changed = workspace.history(scenario).changed(validated.events, connection)
            rewritten = pd.Index(event_ids(scenario.event, validated.events)).isin(changed)
            validated = validated.without(rewritten, scenario.event.id, "is stored with other content")
        before = past(workspace, scenario, validated.events, connection)
        risks = past_risks(workspace, scenario, policy, validated.events, connection)
        decided = decide(score_validated(trained, validated, before), policy, risks)
        ids = _ids(scenario, decided.scored.validated)
        log = Decisions(workspace.database)
        known = log.of(scenario.key, ids, connection)
        if scenario.stateful:
            workspace.history(scenario).append(decided.scored.events, connection)
        first = {event_id: i for i, event_id in reversed(list(enumerate(ids)))}
        fresh = [i for i, event_id in enumerate(ids) if event_id not in known and first[event_id] == i]
        log.append(_lines(decided, ids, fresh, now, not applied.dry_run), connection)
        return Recorded(decided, ids, log.of(scenario.key, ids, connection), len(fresh))


def _ids(scenario: Scenario, validated: Validated) -> tuple[str, ...]:
    """Ids of the accepted events; those that have none, and are not stored, get one that is in no other log."""
    if scenario.event.id is None and not scenario.stateful:
        return tuple(uuid4().hex for _ in range(len(validated.events)))
    return tuple(event_ids(scenario.event, validated.events))


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

"""One event against the stored past of 100,000 users, and the same decision with its past at hand."""

from datetime import UTC, datetime
from statistics import median

import pandas as pd

from benchmarks.measuring import Row, at_most, cost
from riskcore.services import scoring
from riskcore.services.recording import past, record
from riskcore.services.workspace import Workspace

USERS = 100_000
PAST = 500_000  # events stored
LATER = 200  # events that come in one by one
AT_ONCE = 100_000


def rows(workspace: Workspace) -> list[Row]:
    """Median times of reading the past, scoring with it, and recording, on a database of their own."""
    scenario = workspace.scenario("identity_risk")
    trained = workspace.trained(scenario)
    events = scenario.event.accept(scenario.synthesize(PAST + LATER, 11, {"users": USERS}).events)
    history = workspace.history(scenario)
    filling = cost(lambda: _fill(workspace, events.iloc[:PAST]))
    arriving = [events.iloc[i : i + 1].reset_index(drop=True) for i in range(PAST, PAST + LATER)]
    scoring.score(trained, arriving[0], past(workspace, scenario, arriving[0]))
    reading, pure, whole = list[float](), list[float](), list[float]()
    for event in arriving:
        before = past(workspace, scenario, event)
        reading.append(cost(lambda: past(workspace, scenario, event)).wall)  # noqa: B023
        pure.append(
            cost(lambda: scoring.decide(scoring.score(trained, event, before), scenario.policy)).wall  # noqa: B023
        )
        whole.append(
            cost(lambda: record(workspace, trained, event, workspace.applied(scenario), datetime.now(UTC))).wall  # noqa: B023
        )
    history.database.close()
    of = f"one {scenario.key} event, {PAST:,} events of {USERS:,} users stored"
    return [
        at_most(f"storing {PAST:,} {scenario.key} events: wall", filling.wall, 120, "s"),
        at_most(f"{of}: its past, median", median(reading) * 1e3, 15, "ms"),
        at_most(f"{of}: score and decide with its past at hand, median", median(pure) * 1e3, 10, "ms"),
        at_most(f"{of}: record (read, score, decide, store), median", median(whole) * 1e3, 30, "ms"),
    ]


def _fill(workspace: Workspace, events: pd.DataFrame) -> None:
    history = workspace.history(workspace.scenario("identity_risk"))
    for start in range(0, len(events), AT_ONCE):
        history.append(events.iloc[start : start + AT_ONCE])

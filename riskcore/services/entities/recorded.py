"""What was recorded, as a data set to look into, and the whole stored past of the one event that is looked at."""

import pandas as pd

from riskcore.core.scenario import Scenario
from riskcore.services import recording
from riskcore.services.entities.past import Past
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset, fingerprint
from riskcore.stores.event_records import event_ids

RECORDED = "Recorded events"
MOST = 20_000  # events of the data set, the latest; older ones only count for them


def any_of(workspace: Workspace, scenario: Scenario) -> bool:
    """Whether events of a scenario are recorded.  Nothing is opened where none can be."""
    return scenario.stateful and workspace.database.begun and workspace.history(scenario).any()


def latest(workspace: Workspace, scenario: Scenario) -> Dataset:
    """The latest `MOST` recorded events, oldest first, without labels; with the events before that count for them."""
    history = workspace.history(scenario)
    events = history.latest(MOST)
    stored = recording.past(workspace, scenario, events)
    before = None if stored is None else _but(scenario, stored, events)
    origin = {"recorded": history.count(), "fingerprint": fingerprint(events)}
    return Dataset(RECORDED, scenario.key, events, None, origin, before)


def _but(scenario: Scenario, stored: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Stored events without some of them."""
    ids = pd.Index(event_ids(scenario.event, stored))
    return stored[~ids.isin(event_ids(scenario.event, events))].reset_index(drop=True)


def completed(workspace: Workspace, past: Past, events: pd.DataFrame) -> Past:
    """A past with all that is stored now about what validated events touch, as `recording.record` would read it.

    Rules over time are another matter: they count the risks of the data set's events, see `timelines.risks_before`.
    """
    stored = recording.past(workspace, past.scenario, events)
    return past if stored is None else past.beside(stored)

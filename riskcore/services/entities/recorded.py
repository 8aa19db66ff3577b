"""What was recorded, as a data set to look into, and the whole stored past of the one event that is looked at."""

import pandas as pd

from riskcore.core.scenario import Scenario
from riskcore.services import recording
from riskcore.services.entities.past import Past
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset, fingerprint

RECORDED = "Recorded events"
MOST = 20_000  # events of the data set, the latest; older ones are read with each event that they may count for


def any_of(workspace: Workspace, scenario: Scenario) -> bool:
    """Whether events of a scenario are recorded.  Nothing is opened where none can be."""
    return scenario.stateful and workspace.database.begun and workspace.history(scenario).any()


def latest(workspace: Workspace, scenario: Scenario) -> Dataset:
    """The latest `MOST` recorded events, oldest first, without labels."""
    history = workspace.history(scenario)
    events = history.latest(MOST)
    origin = {"recorded": history.count(), "fingerprint": fingerprint(events)}
    return Dataset(RECORDED, scenario.key, events, None, origin)


def completed(workspace: Workspace, past: Past, events: pd.DataFrame) -> Past:
    """A past with all that is stored about what validated events touch, as `recording.record` would read it."""
    stored = recording.past(workspace, past.scenario, events)
    return past if stored is None else past.beside(stored)

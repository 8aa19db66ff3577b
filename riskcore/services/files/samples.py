"""Files to start from: a sample that can be scored as it is, and a template to fill in."""

import pandas as pd

from riskcore.core.scenario import Scenario
from riskcore.core.settings import PROJECT
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import label_frame
from riskcore.stores.samples import Samples
from riskcore.stores.tables import to_bytes

ROWS, SEED = 200, 7


def sample(workspace: Workspace, scenario: Scenario) -> bytes:
    """Labelled events as CSV, at most 200 rows; made afresh where none is shipped."""
    folders = (workspace.settings.data / "samples", PROJECT / "data" / "samples")
    stored = Samples(folders).read(scenario.key)
    if stored is not None:
        return stored
    made = scenario.synthesize(ROWS, SEED)
    labels = label_frame(made.labels, scenario.target.classes)[["label"]]
    return to_bytes(pd.concat([made.events, labels], axis=1), "csv")


def template(scenario: Scenario) -> bytes:
    """The columns of a scenario as CSV, with one example row to replace."""
    event = next(iter(scenario.presets.values()))
    table = scenario.event.frame(event).reindex(columns=[f for f in scenario.event.names if f in event])
    return to_bytes(table, "csv")

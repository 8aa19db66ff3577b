"""What is true of judged rows, in which order they came, and which of them stand or fall together."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario


def labels_at(labels: Labels, rows: NDArray[np.int64]) -> Labels:
    """The truth about some rows, by their numbers."""
    known = {name: getattr(labels, name) for name in ("attack", "attack_id", "p_true", "stealth")}
    return Labels(labels.label[rows], **{name: None if v is None else v[rows] for name, v in known.items()})


def in_order(scenario: Scenario, events: pd.DataFrame) -> NDArray[np.intp]:
    """Row numbers (n,) by time, and of one moment by id where events have one, or else as they stand."""
    at = scenario.event.seconds(events)
    if scenario.event.id is None:
        return np.argsort(at, kind="stable")
    return np.lexsort((events[scenario.event.id].to_numpy(dtype=str), at))


def units_of(scenario: Scenario, events: pd.DataFrame, labels: Labels | None = None) -> NDArray[np.generic] | None:
    """What stands or falls together (n,): events of one entity, or else of one attack; None: every row for itself."""
    if scenario.entities and scenario.entities[0] in events:
        units: NDArray[np.generic] = events[scenario.entities[0]].to_numpy(dtype=object)
        return units
    if labels is not None and labels.attack_id is not None:
        alone = np.full(len(labels.attack_id), None, dtype=object)
        return np.where(labels.attack_id == "", alone, labels.attack_id)
    return None

"""How alerts are spread over entities: what a threshold that knows each user changes, at the same number of alerts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.services.deciding.percentiles import percentile
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Scored

NEW = 10  # events up to which an entity counts as new
TOP = 0.05  # of the entities, those with most alerts


@dataclass(frozen=True)
class Spread:
    """Alerts of one model at its own threshold for the same share of events.

    `alarmed`: share of entities with an alert.  `top_share`: share of alerts on the twentieth of the entities that have
    most of them.  `new_rate`: alert rate of entities with at most 10 events; None where there are none.
    """

    threshold: float
    alert_rate: Metric
    entities: int
    alarmed: Metric
    top_share: float | None
    new_rate: Metric | None
    recall: Metric | None
    precision: Metric | None


def spread(scored: Scored, asked: float, labels: NDArray[np.integer] | None = None) -> Spread:
    """How alerts at a rate of at most `asked` are spread; raises `DataError` where events have no entity."""
    if not scored.scenario.entities:
        raise DataError("These events name no user or device, so no threshold can adapt to them.")
    at = percentile(scored, asked)
    alert = np.asarray(scored.risk) >= np.asarray(scored.risk).dtype.type(at.threshold)
    entity, names = pd.factorize(scored.events[scored.scenario.entities[0]])
    given = entity >= 0
    events = np.bincount(entity[given], minlength=len(names))
    alerts = np.bincount(entity[given], weights=alert[given], minlength=len(names))
    new = given & (events[np.maximum(entity, 0)] <= NEW)
    top = np.sort(alerts)[::-1][: max(1, round(TOP * len(names)))]
    attack = None if labels is None else labels > 0
    return Spread(
        threshold=at.threshold,
        alert_rate=at.alert_rate,
        entities=len(names),
        alarmed=proportion(int((alerts > 0).sum()), len(names)),
        top_share=float(top.sum() / alerts.sum()) if alerts.any() else None,
        new_rate=proportion(int(alert[new].sum()), int(new.sum())) if new.any() else None,
        recall=None if attack is None else proportion(int((alert & attack).sum()), int(attack.sum())),
        precision=None if attack is None else proportion(int((alert & attack).sum()), int(alert.sum())),
    )

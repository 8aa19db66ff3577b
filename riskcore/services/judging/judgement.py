"""What held-out rows say of a model: its metrics beside those of baselines and of the best there could be."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.labels import Labels
from riskcore.core.model import Output, as_output
from riskcore.core.scenario import Scenario
from riskcore.estimators.single_field import SingleField
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.attacks import by_attack
from riskcore.services.judging.curves import card_curves
from riskcore.services.judging.judged import units_of
from riskcore.services.judging.splitting import Split

LIMIT = "Bayes limit"


def references(scenario: Scenario, X: pd.DataFrame, labels: Labels, parts: Split) -> dict[str, Output]:
    """What the judged rows are told by two baselines and, where it is known, the Bayes limit; by name."""
    rule = SingleField(0).fit(X.iloc[parts.fit], labels.label[parts.fit])
    shares = np.bincount(labels.label[parts.fit], minlength=len(scenario.target.classes)) / len(parts.fit)
    found = {
        f"best single field ({rule.feature_})": rule.predict(X.iloc[parts.judge]),
        "class shares only": as_output(np.tile(shares, (len(parts.judge), 1))),
    }
    if labels.p_true is not None:
        found[LIMIT] = as_output(labels.p_true[parts.judge])
    return found


def judgement(
    scenario: Scenario,
    name: str,
    judged: Output,
    references: Mapping[str, Output],
    events: pd.DataFrame,
    labels: Labels,
) -> dict[str, Any]:
    """What the card says of the judged rows (n): metrics beside the references', kinds of attack, and curves."""
    classes, units = scenario.target.classes, units_of(scenario, events, labels)
    results = []
    for title, output in {name: judged, **references}.items():
        metrics = evaluate(output, labels.label, classes, units=units)
        results.append({"name": title, "metrics": {k: m.to_mapping() for k, m in metrics.items()}})
    return {
        "metrics": results[0]["metrics"],
        "results": tuple(results),
        "attacks": tuple(one.to_mapping() for one in by_attack(judged, labels, units)),
        "curves": card_curves(judged, labels.label, classes),
    }

"""Anomaly models in memory: a million rows against scikit-learn's own scores on the prepared matrix."""

import numpy as np

from benchmarks.measuring import Row, at_most, interleaved
from riskcore.core.settings import read_settings
from riskcore.core.trained import Trained
from riskcore.estimators.isolation import Isolation
from riskcore.estimators.model import ChainModel
from riskcore.services import scoring

MILLION = 1_000_000


def rows(trained: Trained) -> list[Row]:
    """The whole way from events to decisions, as a multiple of the bare forest's."""
    from sklearn.ensemble import IsolationForest

    scenario, model = trained.scenario, trained.model
    assert isinstance(model, ChainModel)
    assert isinstance(model.estimator, Isolation)
    events = scenario.event.accept(scenario.synthesize(MILLION, seed=3).events)
    prepared = scenario.features(events)
    for transformer in model.transformers:
        prepared = transformer.transform(prepared)
    X = model.encoder_.matrix(prepared)
    theirs = IsolationForest(
        n_estimators=model.estimator.trees,
        max_samples=model.estimator.rows_per_tree,
        random_state=0,
        n_jobs=read_settings().threads,
    ).fit(np.nan_to_num(X[:20_000]))
    whole_X = np.nan_to_num(X)

    def whole() -> scoring.Decided:
        return scoring.decide(scoring.score(trained, events), scenario.policy)

    whole()
    found = interleaved({"whole": whole, "bare": lambda: theirs.score_samples(whole_X)}, runs=3)
    ratio = found["whole"].wall / found["bare"].wall
    said = f"isolation forest of {model.estimator.trees} trees, 1,000,000 {scenario.key} rows"
    return [at_most(f"{said}: wall against scikit-learn", ratio, 1.5, "ratio")]

"""Scoring in memory: a million rows against the bare booster, one event, one explanation."""

import numpy as np

from benchmarks.measuring import Row, at_most, interleaved, median_ms
from riskcore.core.trained import Trained
from riskcore.estimators.boosted import Boosted
from riskcore.estimators.encoding import matrix
from riskcore.estimators.model import ChainModel
from riskcore.services import explaining, scoring, thresholds
from riskcore.services.workspace import Workspace

MILLION = 1_000_000


def rows(workspace: Workspace, session: Trained, others: list[Trained]) -> list[Row]:
    """Targets of bulk and single scoring, and of the sweep."""
    every = (session, *others)
    single = [row for trained in every for row in _single(trained)]
    return [*_bulk(session), *single, *(_sweep(trained) for trained in every)]


def _bulk(trained: Trained) -> list[Row]:
    scenario = trained.scenario
    events = scenario.event.accept(scenario.synthesize(MILLION, seed=3).events)
    X = matrix(scenario.features(events))
    assert isinstance(trained.model, ChainModel)
    assert isinstance(trained.model.estimator, Boosted)
    booster = trained.model.estimator.booster_

    def whole() -> scoring.Decided:
        return scoring.decide(scoring.score(trained, events), scenario.policy)

    def bare() -> np.ndarray:
        return booster.inplace_predict(X)

    whole(), bare()
    found = interleaved({"whole": whole, "bare": bare})
    beyond = (found["whole"].cpu - found["bare"].cpu) / MILLION * 1e6
    ratio = found["whole"].wall / found["bare"].wall
    return [
        at_most("bulk: CPU beyond the bare booster", beyond, 0.5, "µs/row"),
        at_most("bulk: wall against the bare booster", ratio, 1.3, "ratio"),
    ]


def _single(trained: Trained) -> list[Row]:
    key, policy = trained.scenario.key, trained.scenario.policy
    event = trained.scenario.event.frame(next(iter(trained.scenario.presets.values())))
    once = median_ms(lambda: scoring.decide(scoring.score(trained, event), policy))
    why = median_ms(lambda: explaining.explain(trained, event))
    return [
        at_most(f"one {key} event: score and decide, median", once, 10 if trained.scenario.stateful else 5, "ms"),
        at_most(f"one {key} event: explanation, median", why, 50, "ms"),
    ]


def _sweep(trained: Trained) -> Row:
    scenario = trained.scenario
    made = scenario.synthesize(MILLION, seed=4)
    scored = scoring.score(trained, made.events)
    labels = made.labels.label

    def sweep() -> thresholds.Sweep:
        return thresholds.sweep(scored, scenario.policy, scenario.costs, labels)

    cut_offs = len(sweep().axes)
    found = interleaved({"sweep": sweep})["sweep"]
    return at_most(f"sweep of 1,000,000 {scenario.key} rows, cut-offs: {cut_offs}, wall", found.wall, 0.5, "s")

"""Identity risk: what all signals, their fusion and a decision cost, in bulk and for one event."""

import time

import numpy as np
import pandas as pd

from benchmarks.measuring import Row, at_most, interleaved, median_ms
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services import scoring

MILLION, USERS = 1_000_000, 50_000
SIZES = (10_000, 100_000, 1_000_000)
LINEAR = 2.0  # times the cost of one event that a hundred times as many may have, sorting and caches included


def rows(trained: Trained) -> list[Row]:
    """A million events of 50,000 users, how the cost grows, one event with a past, and memory."""
    scenario = trained.scenario
    began = time.perf_counter()
    made = scenario.synthesize(MILLION, 3, {"users": USERS}).events
    simulated = at_most(f"{scenario.key}: 1,000,000 events simulated", time.perf_counter() - began, 20, "s")
    events = scenario.event.accept(made)
    return [simulated, *_bulk(scenario, trained, events), *_one(scenario, trained, events)]


def _bulk(scenario: Scenario, trained: Trained, events: pd.DataFrame) -> list[Row]:
    def decide(n: int) -> None:
        some = events.head(n)
        output = trained.model.predict(scenario.features(some))
        scenario.policy.decide({"risk": output.risk}, some)

    decide(SIZES[0])
    costs = interleaved({f"{n}": lambda n=n: decide(n) for n in SIZES}, runs=3)  # type: ignore[misc]
    each = [costs[f"{n}"].wall / n for n in SIZES]
    told = ", ".join(f"{1e6 * each[i]:.1f}" for i in range(len(SIZES)))
    held = scenario.features(events).memory_usage(index=False, deep=True).sum() / MILLION / 1000
    return [
        at_most("identity_risk: 1,000,000 events of 50,000 users, signals to decision", each[2] * MILLION, 8, "s"),
        at_most(f"identity_risk: µs an event at 10⁴, 10⁵, 10⁶ ({told}): last to best", each[2] / min(each), LINEAR, ""),
        at_most("identity_risk: features held for an event", float(held), 1.5, "KB"),
    ]


def _one(scenario: Scenario, trained: Trained, events: pd.DataFrame) -> list[Row]:
    busiest = events[scenario.entities[0]].value_counts().index[0]
    row = int(np.flatnonzero((events[scenario.entities[0]] == busiest).to_numpy())[-1])
    one = events.iloc[[row]]
    past = scoring.related(scenario, one, events)
    assert past is not None

    def score() -> None:
        scoring.decide(scoring.score(trained, one, past), scenario.policy)

    return [at_most(f"identity_risk: one event with {len(past):,} past ones, median", median_ms(score), 10, "ms")]

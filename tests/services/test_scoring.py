"""The one scoring path: the same numbers however the events arrive, and nothing changed by scoring."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from riskcore import scenarios
from riskcore.core.errors import DataError
from riskcore.core.overrides import Override
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.services import scoring
from riskcore.services.workspace import open_workspace

SCENARIOS = scenarios.coded()
ROWS = 1_000
every = pytest.mark.parametrize("key", SCENARIOS)


@pytest.fixture(scope="module")
def models() -> dict[str, Trained]:
    house = open_workspace(Settings())
    return {key: house.train_default(scenario).trained for key, scenario in SCENARIOS.items()}


def in_parts(events: pd.DataFrame, size: int) -> Iterator[pd.DataFrame]:
    return (events.iloc[i : i + size] for i in range(0, len(events), size))


@every
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_gives_the_same_risks_in_the_same_order(key: str, kind: str, models: dict[str, Trained]) -> None:
    events = SCENARIOS[key].synthesize(ROWS, 8).events
    whole = scoring.score(models[key], events).risk
    executor: Executor = (
        ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    )
    with executor:
        parts = list(scoring.score_stream(models[key], in_parts(events, 300), executor))
    assert [len(part.risk) for part in parts] == [300, 300, 300, 100]
    np.testing.assert_allclose(np.concatenate([part.risk for part in parts]), whole, atol=1e-6)


@every
def test_a_stream_reads_no_further_ahead_than_it_is_told(key: str, models: dict[str, Trained]) -> None:
    events = SCENARIOS[key].synthesize(100, 8).events
    read = []

    def chunks() -> Iterator[pd.DataFrame]:
        for number, chunk in enumerate(in_parts(events, 10)):
            read.append(number)
            yield chunk

    stream = scoring.score_stream(models[key], chunks(), ahead=2)
    next(stream)
    assert read == ([0] if SCENARIOS[key].stateful else [0, 1])  # each chunk is the past of the next


@every
def test_scoring_changes_nothing_of_its_input(key: str, models: dict[str, Trained]) -> None:
    events = SCENARIOS[key].synthesize(200, 8).events
    before = events.copy(deep=True)
    scoring.decide(scoring.score(models[key], events), SCENARIOS[key].policy)
    pd.testing.assert_frame_equal(events, before)


@every
def test_a_table_without_its_columns_is_refused_with_all_of_them(key: str, models: dict[str, Trained]) -> None:
    with pytest.raises(DataError) as caught:
        scoring.score(models[key], pd.DataFrame({"nothing": [1]}))
    assert len(caught.value.problems) == len(SCENARIOS[key].event.required)


@every
def test_no_rows_have_no_risks(key: str, models: dict[str, Trained]) -> None:
    events = SCENARIOS[key].synthesize(5, 8).events.head(0)
    decided = scoring.decide(scoring.score(models[key], events), SCENARIOS[key].policy)
    assert len(decided.scored.risk) == 0
    assert set(decided.counts().values()) == {0}


@every
def test_another_policy_needs_no_new_risks(key: str, models: dict[str, Trained]) -> None:
    scenario = SCENARIOS[key]
    scored = scoring.score(models[key], scenario.synthesize(ROWS, 8).events)
    harshest = scenario.policy.actions[-1]
    field = scenario.event.fields[0].name
    value = scored.events[field].tolist()[0]
    override = Override(name="this one", when={field: value}, action=harshest.key)
    decided = scoring.decide(scored, replace(scenario.policy, overrides=(override,)))
    assert decided.action_keys()[0] == harshest.key
    assert decided.policy.rules[decided.decisions.rules[0]] == "this one"
    assert sum(decided.counts().values()) == ROWS

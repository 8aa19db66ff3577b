"""Custom scenarios whose events have no identifiers are recorded too: equal events are one."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.core.scenario import Scenario
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.services import scoring
from riskcore.services.files.mapping import suggest
from riskcore.services.inferring.declaring import declare, propose
from riskcore.services.inferring.looking import Asked, look_at
from riskcore.services.recording import Recorded, record
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.event_records import event_ids
from riskcore.stores.policies import Applied
from riskcore.stores.tables import open_table
from tests.tables import payments

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Workspace:
    """A workspace with a scenario of payments that nothing names."""
    house = open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))
    payments(1_200).drop(columns="id").to_csv(tmp_path / "shop.csv", index=False)
    seen = look_at("shop.csv", open_table(str(tmp_path / "shop.csv")).head(2_000))
    declare(house, propose(seen, Asked(key="shop", label="fraud", time="at", entities=("card",))))
    return house


@pytest.fixture
def trained(house: Workspace) -> Trained:
    scenario = house.scenario("shop")
    return house.train(scenario, house.generate(scenario, 2_000, 0), Plan(model="logistic", split="random")).trained


def events(scenario: Scenario, rows: int = 60) -> pd.DataFrame:
    table = payments(rows)
    mapping = suggest([str(c) for c in table.columns], scenario.event, scenario.target, guess=False)
    return scenario.event.accept(mapping.apply(table))


def recorded(house: Workspace, trained: Trained, table: pd.DataFrame) -> Recorded:
    return record(house, trained, table, Applied(trained.scenario.policy, None), NOW)


def test_they_are_each_others_past_and_sent_again_change_nothing(house: Workspace, trained: Trained) -> None:
    table = events(trained.scenario)
    old, new = table.iloc[:50].reset_index(drop=True), table.iloc[50:].reset_index(drop=True)
    assert trained.scenario.event.id is None
    assert recorded(house, trained, old).new == 50
    found = recorded(house, trained, new)
    np.testing.assert_array_equal(found.decided.scored.risk, scoring.score(trained, new, old).risk)
    again = recorded(house, trained, table)
    assert (again.new, again.ids[50:]) == (0, found.ids)


def test_an_event_is_the_same_alone_and_among_others(house: Workspace, trained: Trained) -> None:
    schema, table = trained.scenario.event, events(trained.scenario)
    alone = [event_ids(schema, schema.accept(schema.frame(event)))[0] for event in table.to_dict("records")]
    assert alone == event_ids(schema, table)
    assert len(set(alone)) == len(table)


def test_equal_rows_are_one_event(house: Workspace, trained: Trained) -> None:
    table = events(trained.scenario, 20)
    assert recorded(house, trained, pd.concat([table, table], ignore_index=True)).new == 20

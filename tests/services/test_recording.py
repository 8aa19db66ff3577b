"""What is recorded is what the pure path would say, once, whole or not at all."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore import scenarios
from riskcore.core.errors import StoreError
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.services import scoring
from riskcore.services.recording import Recorded, past, record
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.database import DECISIONS
from riskcore.stores.decisions import Decisions
from riskcore.stores.policies import Applied

IDENTITY = scenarios.coded()["identity_risk"]
POLICY = IDENTITY.policy
APPLIED = Applied(POLICY, None)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVENTS = IDENTITY.event.accept(IDENTITY.synthesize(1_200, 5, {"users": 20}).events)
OLD, NEW = EVENTS.iloc[:1_000].reset_index(drop=True), EVENTS.iloc[1_000:].reset_index(drop=True)


@pytest.fixture(scope="module")
def trained() -> Trained:
    house = open_workspace(Settings())
    return house.train(IDENTITY, house.generate(IDENTITY, 6_000, 0), Plan(model="fusion")).trained


@pytest.fixture
def house(tmp_path: Path) -> Workspace:
    return open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))


def recorded(house: Workspace, trained: Trained, events: pd.DataFrame) -> Recorded:
    return record(house, trained, events, APPLIED, NOW)


def decisions(house: Workspace) -> pd.DataFrame:
    return Decisions(house.database).table(IDENTITY.key)


def test_recorded_risks_are_those_of_the_pure_path_with_the_same_past(house: Workspace, trained: Trained) -> None:
    recorded(house, trained, OLD)
    found = recorded(house, trained, NEW)
    pure = scoring.score(trained, NEW, OLD)
    np.testing.assert_array_equal(found.decided.scored.risk, pure.risk)
    np.testing.assert_array_equal([found.stored[i]["risk"] for i in found.ids], pure.risk.astype(np.float64))
    assert [found.stored[i]["action"] for i in found.ids] == scoring.decide(pure, POLICY).action_keys().tolist()
    assert found.new == len(NEW)


def test_one_by_one_gives_the_risks_of_all_at_once(house: Workspace, trained: Trained) -> None:
    recorded(house, trained, OLD)
    one_by_one = [recorded(house, trained, NEW.iloc[i : i + 1]).decided.scored.risk[0] for i in range(60)]
    np.testing.assert_array_equal(one_by_one, scoring.score(trained, NEW, OLD).risk[:60])


def test_an_event_sees_of_the_store_what_it_would_see_of_everything(house: Workspace, trained: Trained) -> None:
    house.history(IDENTITY).append(OLD)
    event = NEW.iloc[50:51].reset_index(drop=True)
    before = past(house, IDENTITY, event)
    assert before is not None
    assert 0 < len(before) < len(OLD)
    whole = scoring.score(trained, event, OLD).features
    pd.testing.assert_frame_equal(scoring.score(trained, event, before).features, whole)


def test_events_sent_again_change_nothing_and_keep_their_first_decision(house: Workspace, trained: Trained) -> None:
    first = recorded(house, trained, NEW)
    again = record(house, trained, NEW, APPLIED, datetime(2026, 7, 1, tzinfo=UTC))
    assert again.new == 0
    assert again.stored == first.stored
    assert len(decisions(house)) == len(NEW)
    np.testing.assert_array_equal(again.decided.scored.risk, first.decided.scored.risk)


def test_a_batch_that_overlaps_the_store_counts_nothing_twice(house: Workspace, trained: Trained) -> None:
    recorded(house, trained, EVENTS.iloc[:1_100])
    found = recorded(house, trained, EVENTS.iloc[1_000:])
    assert found.new == 100
    np.testing.assert_array_equal(found.decided.scored.risk, scoring.score(trained, EVENTS).risk[1_000:])


def test_an_event_that_stands_twice_in_a_batch_is_decided_once(house: Workspace, trained: Trained) -> None:
    found = recorded(house, trained, pd.concat([NEW.iloc[:5], NEW.iloc[:5]], ignore_index=True))
    assert (len(found.ids), found.new, len(decisions(house))) == (10, 5, 5)
    assert found.decided.scored.risk[:5].tolist() == found.decided.scored.risk[5:].tolist()


def test_rows_whose_id_is_stored_with_other_content_are_left_out(house: Workspace, trained: Trained) -> None:
    recorded(house, trained, NEW.iloc[:3])
    found = recorded(house, trained, NEW.iloc[:6].assign(user_id="somebody else"))
    validated = found.decided.scored.validated
    assert validated.kept.tolist() == [False] * 3 + [True] * 3
    assert [(v.field, v.rule, v.rows.tolist()) for v in validated.violations] == [
        ("event_id", "is stored with other content", [0, 1, 2])
    ]
    assert (found.new, len(decisions(house))) == (3, 6)
    before = past(house, IDENTITY, NEW.iloc[6:7].assign(user_id="somebody else").reset_index(drop=True))
    assert before is not None
    assert set(before.loc[before["user_id"] == "somebody else", "event_id"]) == set(NEW["event_id"].iloc[3:6])


def test_a_log_that_cannot_be_written_leaves_no_event_behind(house: Workspace, trained: Trained) -> None:
    DECISIONS.drop(house.database.engine())
    with pytest.raises(StoreError, match="Nothing was stored"):
        recorded(house, trained, NEW)
    DECISIONS.create(house.database.engine())
    assert recorded(house, trained, NEW).new == len(NEW)


def test_bad_rows_are_left_out_and_told(house: Workspace, trained: Trained) -> None:
    bad = NEW.astype({"event_type": "object"})
    bad.loc[2, "event_type"] = "teleport"
    found = recorded(house, trained, bad)
    assert len(found.ids) == found.new == len(NEW) - 1
    assert "teleport" in next(found.decided.scored.validated.sentences())


def test_a_line_of_the_log_says_by_what_and_whether_in_earnest(house: Workspace, trained: Trained) -> None:
    record(house, trained, NEW.iloc[:1], Applied(POLICY, None, dry_run=True), NOW)
    line = decisions(house).iloc[0]
    assert (line["model"], line["policy"]) == (trained.version, POLICY.fingerprint())
    assert line["recorded"] == "2026-06-01T00:00:00.000000+00:00"
    assert not line["enforced"]


def test_events_without_a_past_are_logged_under_ids_of_their_own(house: Workspace) -> None:
    payments = scenarios.coded()["payment_fraud"]
    trained = house.train(payments, house.generate(payments, 3_000, 0), Plan(model="logistic")).trained
    events = payments.synthesize(20, 1).events
    found = [record(house, trained, events, Applied(payments.policy, None), NOW) for _ in range(2)]
    assert found[0].new == found[1].new == 20
    assert len(Decisions(house.database).table(payments.key)["event_id"].unique()) == 40
    assert past(house, payments, payments.event.accept(events)) is None

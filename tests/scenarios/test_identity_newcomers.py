"""Somebody of whom nothing is known is allowed or watched, also by the model that never saw a label."""

from datetime import UTC, datetime

import numpy as np

from riskcore.scenarios.identity.scenario import SCENARIO
from riskcore.services import scoring
from riskcore.services.judging.friction import FIRST_EVENTS, newcomers
from riskcore.services.training import Plan, train


def test_hardly_any_newcomer_is_asked_for_more_than_a_password() -> None:
    made = SCENARIO.synthesize(80_000, 3)
    events = SCENARIO.event.accept(made.events)
    trained = train(SCENARIO, events, made.labels, Plan(model="fusion"), {}, datetime(2026, 1, 1, tzinfo=UTC)).trained
    effects = {action.key: action.effect for action in SCENARIO.policy.actions}
    decided = scoring.decide(scoring.score(trained, events), SCENARIO.policy)
    asked = np.array([effects[key] != "pass" for key in decided.action_keys()])
    opened_here = (events["account_created_at"] >= events["timestamp"].iloc[0]).to_numpy()
    new = newcomers(SCENARIO, events.head(0), events)[FIRST_EVENTS] & opened_here & (made.labels.label == 0)
    assert new.sum() > 300
    assert asked[new].mean() <= 0.01
    assert asked[made.labels.label == 1].mean() > 0.25

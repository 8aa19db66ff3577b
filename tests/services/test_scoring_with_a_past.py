"""One by one, in chunks or at once: what an event's past is does not depend on how it comes."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.core.trained import Trained
from riskcore.scenarios.identity.scenario import SCENARIO
from riskcore.services import explaining, scoring
from riskcore.services.telling import tell_silence
from riskcore.services.training import Plan, train


@pytest.fixture(scope="module")
def trained() -> Trained:
    made = SCENARIO.synthesize(20_000, 0)
    plan = Plan(model="fusion")
    return train(
        SCENARIO, SCENARIO.event.accept(made.events), made.labels, plan, {}, datetime(2026, 1, 1, tzinfo=UTC)
    ).trained


def events(n: int = 2_000) -> pd.DataFrame:
    return SCENARIO.synthesize(n, 7, {"attack_share": 0.1}).events


def test_chunks_see_the_chunks_before_them(trained: Trained) -> None:
    table = events()
    whole = scoring.score(trained, table).risk
    for size in (1_500, 333, 50):
        parts = [table.iloc[i : i + size] for i in range(0, len(table), size)]
        assert np.array_equal(np.concatenate([s.risk for s in scoring.score_stream(trained, parts)]), whole)
    blind = np.concatenate([scoring.score(trained, table.iloc[i : i + 50]).risk for i in range(0, len(table), 50)])
    assert not np.allclose(blind, whole)


def test_chunks_out_of_order_are_refused(trained: Trained) -> None:
    table = events(200)
    with pytest.raises(DataError, match="Sort the rows by timestamp and event_id"):
        list(scoring.score_stream(trained, [table.iloc[100:], table.iloc[:100]]))


def test_within_a_chunk_any_order_will_do(trained: Trained) -> None:
    table = events(400)
    shuffled = [table.iloc[:200].sample(frac=1, random_state=1), table.iloc[200:].sample(frac=1, random_state=2)]
    said = [pd.Series(s.risk, index=s.events["event_id"]) for s in scoring.score_stream(trained, shuffled)]
    expected = scoring.score(trained, table)
    found = pd.concat(said)[expected.events["event_id"]]
    assert np.array_equal(found, expected.risk)


def test_related_events_are_all_that_matter(trained: Trained) -> None:
    table = SCENARIO.event.accept(events())
    for row in range(1_500, 2_000, 50):
        one = table.iloc[[row]]
        near = scoring.related(SCENARIO, one, table)
        assert near is not None
        assert len(near) < 500
        assert np.array_equal(scoring.score(trained, one, near).risk, scoring.score(trained, one, table).risk)


def test_reasons_of_signals_say_what_was_measured_and_when(trained: Trained) -> None:
    name = "Credential stuffing"
    event, past = SCENARIO.presets[name], SCENARIO.past(name)
    explanation = explaining.explain(trained, SCENARIO.event.frame(event), past)
    sentences = {r.label: r.sentence for r in explaining.reasons(trained, event, explanation, most=40, history=past)}
    burst = sentences["Failed logins in 15 minutes"]
    assert burst.startswith("11 failed logins in 15 minutes (11 within 40 s: 09:29:16, 09:29:20")
    assert burst.endswith("… UTC): raises the risk.")


def test_reasons_name_only_signals_that_fired(trained: Trained) -> None:
    table = SCENARIO.event.accept(events(300))
    explanation = explaining.explain(trained, table)
    for row in range(300):
        fired = {f for f, v in zip(explanation.features, explanation.values[row], strict=True) if v > 0}
        labels = {s.label for s in SCENARIO.signals if s.name in fired}
        found = explaining.reasons(trained, explaining.event_at(table, row), explanation, row, most=40)
        assert {reason.label for reason in found} <= labels


def test_a_cold_start_is_allowed_and_says_why(trained: Trained) -> None:
    event = SCENARIO.presets["New user"]
    scored = scoring.score(trained, SCENARIO.event.frame(event))
    assert scoring.decide(scored, SCENARIO.policy).action_keys()[0] in ("allow", "allow_with_monitoring")
    said = tell_silence(SCENARIO, explaining.explain_scored(trained, scored))
    assert "signals abstain: too little is known of this past" in said
    usual = scoring.score(
        trained, SCENARIO.event.frame(SCENARIO.presets["Usual morning"]), SCENARIO.past("Usual morning")
    )
    assert not tell_silence(SCENARIO, explaining.explain_scored(trained, usual))


@pytest.mark.parametrize("name", SCENARIO.presets)
def test_presets_are_judged_as_their_names_say(name: str, trained: Trained) -> None:
    scored = scoring.score(trained, SCENARIO.event.frame(SCENARIO.presets[name]), SCENARIO.past(name))
    harmless = name in ("Usual morning", "New user", "On a trip")
    action = scoring.decide(scored, SCENARIO.policy).action_keys()[0]
    assert (action in ("allow", "allow_with_monitoring")) == harmless


def test_the_card_publishes_how_often_each_signal_fires_on_harmless_events(trained: Trained) -> None:
    firing = trained.card.firing
    assert set(firing) == {signal.name for signal in SCENARIO.signals}
    assert 0 < firing["impossible_travel"] < firing["new_device"] < 0.3

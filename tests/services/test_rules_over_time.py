"""A policy's rules over time give the same actions to one event, in chunks, in a file, and recorded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore import scenarios
from riskcore.core.errors import DataError, PolicyError
from riskcore.core.model import Output
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.core.repeats import RISK_SCORE, Repeated
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.services import bulk, scoring
from riskcore.services.deciding.segments import rows_of
from riskcore.services.entities.past import Past
from riskcore.services.entities.timelines import Edit, known, risks_before, tell
from riskcore.services.explaining import event_at, smallest_change
from riskcore.services.files.mapping import suggest
from riskcore.services.recording import record
from riskcore.services.reporting import report
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import sweep
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.policies import Applied
from riskcore.stores.tables import open_table
from tests.deciding import COSTS, POLICY, of, scenario, scored

IDENTITY, BEHAVIOR, PAYMENTS = (scenarios.coded()[k] for k in ("identity_risk", "user_behavior", "payment_fraud"))
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TWO = Repeated(events=2, risk=0.5, minutes=30, of="user")
THREE = Repeated(events=3, risk=0.8, minutes=10, among=4)
RULED = replace(
    POLICY,
    overrides=(
        Override(name="three anywhere", when={}, action="stop", repeated=THREE),
        Override(name="two of a German", when={"country": "DE"}, action="review", repeated=TWO),
        Override(name="French", when={"country": "FR"}, action="allow"),
    ),
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("a", "b")),
        st.sampled_from(("DE", "FR", "IT")),
        st.sampled_from((0.0, 300.0, 600.0, 1_800.0, 2_100.0, 2_400.0)),
        st.sampled_from((0.1, 0.5, 0.8, 0.95)),
    ),
    min_size=1,
    max_size=30,
)


def rows(events) -> Scored:
    """Scored events in the order (time, id)."""
    user, country, time, risk = zip(*sorted(events, key=lambda e: e[2]), strict=True)
    return scored(np.array(risk, dtype=np.float32), {"user": user, "country": country, "Time": time})


def part(whole: Scored, start: int, stop: int) -> Scored:
    """Some rows as a table of their own, that knows nothing of the others."""
    output = Output(whole.risk[start:stop], whole.risk[start:stop])
    return of(whole.scenario, output, whole.events.iloc[start:stop].reset_index(drop=True))


def by_rows(whole: Scored) -> list[str]:
    """The actions by the definition, one event at a time."""
    events = whole.events.assign(risk=whole.risk).to_dict("records")

    def met(i: int, rule: Repeated) -> bool:
        same = [e for e in events[: i + 1] if not rule.of or e[rule.of] == events[i][rule.of]]
        recent = [e for e in same if e["Time"] > events[i]["Time"] - rule.minutes * 60]
        risky = [e["risk"] >= np.float32(rule.risk) for e in recent[-(rule.among or len(recent)) :]]
        return risky[-1] and sum(risky) >= rule.events

    def action(i: int) -> str:
        if met(i, THREE):
            return "stop"
        if events[i]["country"] == "DE" and met(i, TWO):
            return "review"
        if events[i]["country"] == "FR":
            return "allow"
        reached = [b.action for b in POLICY.bands if events[i]["risk"] >= np.float32(b.edge)]
        return reached[-1]

    return [action(i) for i in range(len(events))]


@settings(max_examples=50)
@given(EVENTS, st.lists(st.integers(0, 30), max_size=6))
def test_one_by_one_in_chunks_and_at_once_are_decided_alike(events, cuts: list[int]) -> None:
    whole = rows(events)
    n = len(whole.events)
    expected = by_rows(whole)
    assert scoring.decide(whole, RULED).action_keys().tolist() == expected
    for edges in ([0, *sorted(min(c, n) for c in cuts), n], range(n + 1)):
        decide = scoring.InTurn(RULED)
        parts = [decide(part(whole, a, b)) for a, b in zip(edges, [*edges][1:], strict=False)]
        assert [key for decided in parts for key in decided.action_keys()] == expected


@given(EVENTS, st.integers(0, 29))
def test_a_past_that_is_handed_over_counts_as_one_in_the_table(events, cut: int) -> None:
    whole = rows(events)
    cut = min(cut, len(events) - 1)
    history = whole.events.iloc[:cut].assign(**{RISK_SCORE: np.asarray(whole.risk[:cut], dtype=np.float64)})
    later = scoring.decide(part(whole, cut, len(events)), RULED, history)
    assert later.action_keys().tolist() == by_rows(whole)[cut:]


@given(EVENTS, st.integers(0, 2**32), st.integers(0, 30))
def test_some_rows_of_scored_events_are_decided_as_among_all(events, seed: int, size: int) -> None:
    whole = rows(events)
    picks = np.random.default_rng(seed).permutation(len(events))[:size]
    some = scoring.decide(rows_of(rows_of(whole, picks[::-1]), np.arange(len(picks))[::-1]), RULED)
    assert some.action_keys().tolist() == [by_rows(whole)[i] for i in picks]


@settings(max_examples=20)
@given(EVENTS)
def test_no_cut_off_moves_what_a_rule_over_time_decides(events) -> None:
    whole = rows(events)
    swept = sweep(whole, RULED, COSTS)
    for point in range(len(swept.confusion)):
        moved = RULED.with_edges(swept.edges(point))
        assert swept.confusion[point].sum(axis=-1).tolist() == [*scoring.decide(whole, moved).counts().values()]


def test_chunks_must_come_in_order_where_a_rule_looks_back_and_only_there() -> None:
    whole = rows([("a", "DE", t, 0.9) for t in (0.0, 300.0)])
    late, early = part(whole, 1, 2), part(whole, 0, 1)
    decide = scoring.InTurn(RULED)
    decide(late)
    with pytest.raises(DataError, match=r"the policy has a rule over time\. Sort the rows by Time and id"):
        decide(early)
    careless = scoring.InTurn(POLICY)
    assert [careless(late).counts(), careless(early).counts()] == [{"allow": 0, "review": 0, "stop": 1}] * 2


def test_a_past_without_risks_is_refused_where_a_rule_reads_it() -> None:
    whole = rows([("a", "DE", 0.0, 0.9)])
    with pytest.raises(DataError, match="no column 'risk_score'"):
        scoring.decide(whole, RULED, whole.events)
    with pytest.raises(PolicyError, match="the risks of past events were not given"):
        RULED.decide(whole.measures, whole.events)
    assert scoring.decide(whole, POLICY, whole.events).counts()["stop"] == 1


def test_a_trace_tells_that_a_rule_over_time_applies() -> None:
    whole = rows([("a", "DE", 0.0, 0.6), ("a", "DE", 300.0, 0.6)])
    for row, wanted in ((0, "risk >= 0.3"), (1, "two of a German")):
        rules = RULED.trace(whole.measures, whole.events, row, whole.met)
        assert [r.name for r in rules if r.effective] == [wanted]
        assert rules[4].applies == (row == 1)


def test_a_rule_on_no_field_or_without_a_time_is_refused_with_its_place() -> None:
    typo = replace(POLICY, overrides=(Override(name="x", when={}, action="stop", repeated=replace(TWO, of="usr")),))
    with pytest.raises(PolicyError, match=r"overrides\[0\]: repeated.of is 'usr'.* Did you mean 'user'"):
        scenario().check_policy(typo)
    timeless = scenarios.coded()["session_risk"]
    ruled = replace(
        timeless.policy, overrides=(Override(name="x", when={}, action=timeless.policy.actions[0].key, repeated=THREE),)
    )
    with pytest.raises(PolicyError, match="these events carry no time"):
        timeless.check_policy(ruled)


# With a model and a store.

LOGINS = IDENTITY.event.accept(IDENTITY.synthesize(400, 5, {"users": 8, "attack_share": 0.2}).events)


def ruled(policy: Policy, risk: float, of: str = "user_id") -> Policy:
    """A policy that stops what is risky twice within a day."""
    repeated = Repeated(events=2, risk=risk, minutes=1_440, of=of)
    harshest = policy.actions[-1].key
    return replace(policy, overrides=(Override(name="twice a day", when={}, action=harshest, repeated=repeated),))


@pytest.fixture(scope="module")
def trained() -> Trained:
    house = open_workspace(Settings())
    return house.train(IDENTITY, house.generate(IDENTITY, 6_000, 0), Plan(model="fusion")).trained


@pytest.fixture(scope="module")
def whole(trained: Trained) -> Scored:
    return scoring.score(trained, LOGINS)


@pytest.fixture(scope="module", params=["user_id", "country", ""])
def policy(request: pytest.FixtureRequest, whole: Scored) -> Policy:
    return ruled(IDENTITY.policy, float(np.quantile(whole.risk, 0.8)), request.param)


@pytest.fixture
def house(tmp_path: Path) -> Workspace:
    return open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))


def keys(whole: Scored, policy: Policy) -> list[str]:
    found = scoring.decide(whole, policy).action_keys().tolist()
    assert found != scoring.decide(whole, replace(policy, overrides=())).action_keys().tolist()
    return found


def test_recorded_one_by_one_or_in_parts_is_decided_as_at_once(
    house: Workspace, trained: Trained, whole: Scored, policy: Policy
) -> None:
    parts = [LOGINS.iloc[:150], LOGINS.iloc[150:380], *(LOGINS.iloc[[i]] for i in range(380, 400))]
    told = [record(house, trained, p.reset_index(drop=True), Applied(policy, None), NOW) for p in parts]
    assert [str(t.stored[i]["action"]) for t in told for i in t.ids] == keys(whole, policy)
    again = record(house, trained, LOGINS.iloc[380:].reset_index(drop=True), Applied(policy, None), NOW)
    assert again.decided.action_keys().tolist() == keys(whole, policy)[380:]


@pytest.mark.parametrize("cut", [0, 250])
def test_a_file_is_decided_as_at_once_in_chunks_and_after_a_file_of_history(
    trained: Trained, whole: Scored, policy: Policy, cut: int, tmp_path: Path
) -> None:
    source = open_table(LOGINS.iloc[cut:].to_csv(index=False).encode(), name="in.csv")
    mapping = suggest(source.columns, IDENTITY.event, IDENTITY.target)
    job = bulk.Job(mapping=mapping, chunk=37, history=LOGINS.iloc[:cut] if cut else None)
    bulk.score_table(trained, policy, source, job, [tmp_path / "out.csv"])
    out = pd.read_csv(tmp_path / "out.csv")
    assert out["decision"].tolist() == keys(whole, policy)[cut:]


def test_a_scored_file_decided_anew_counts_across_its_chunks(
    trained: Trained, whole: Scored, policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskcore.services.reporting.CHUNK", 41)
    LOGINS.assign(risk_score=np.asarray(whole.risk, dtype=np.float64)).to_csv(tmp_path / "scored.csv", index=False)
    source = open_table(tmp_path / "scored.csv")
    mapping = suggest(source.columns, IDENTITY.event, IDENTITY.target, guess=False)
    found = report(IDENTITY, source, mapping, policy, decided_anew=True)
    assert found.actions == scoring.decide(whole, policy).counts()


def test_a_what_if_sees_the_risks_of_the_data_set_with_its_edits(
    trained: Trained, whole: Scored, policy: Policy
) -> None:
    past, stopped = Past(IDENTITY, LOGINS), policy.actions[-1].key
    by_bands = scoring.decide(whole, replace(policy, overrides=())).decisions.actions
    rows = np.flatnonzero(scoring.decide(whole, policy).decisions.actions > by_bands)[:8]
    assert len(rows)
    for row in rows:
        event, value = LOGINS.iloc[[row]].reset_index(drop=True), LOGINS["user_id"].iloc[row]
        lead = (Edit("delete", row=int(row)),)
        risks = risks_before(trained, policy, past, value, lead, event)
        one = scoring.score(trained, event, known(past, value, lead, event))
        assert scoring.decide(one, policy, risks).action_keys()[0] == stopped
        timeline = tell(trained, policy, past, value, lead, event_at(LOGINS, int(row)))
        story = timeline.story.rows.tolist()
        assert timeline.decided.action_keys()[story.index(-1)] == stopped
    assert risks_before(trained, IDENTITY.policy, past, value, lead, event) is None


@pytest.fixture(scope="module")
def behaviour() -> Trained:
    house = open_workspace(Settings())
    return house.train(BEHAVIOR, house.generate(BEHAVIOR, 3_000, 0), Plan()).trained


def test_recording_is_refused_where_events_are_not_stored(house: Workspace, behaviour: Trained) -> None:
    events = BEHAVIOR.event.accept(BEHAVIOR.synthesize(50, 1).events)
    policy = ruled(BEHAVIOR.policy, 0.5)
    with pytest.raises(PolicyError, match="are not stored, so the rule would see no past"):
        record(house, behaviour, events, Applied(policy, None), NOW)
    assert record(house, behaviour, events, Applied(BEHAVIOR.policy, None), NOW).new == 50


def test_a_smallest_change_is_not_sought_where_a_rule_would_count_the_candidates() -> None:
    house = open_workspace(Settings())
    trained = house.train(PAYMENTS, house.generate(PAYMENTS, 2_000, 0), Plan()).trained
    events = PAYMENTS.event.accept(PAYMENTS.synthesize(200, 1).events)
    risky = [event_at(events, int(i)) for i in np.argsort(-scoring.score(trained, events).risk)[:3]]
    assert any(smallest_change(trained, event, PAYMENTS.policy, events) for event in risky)
    assert not any(smallest_change(trained, event, ruled(PAYMENTS.policy, 0.01, ""), events) for event in risky)


def test_the_reach_of_a_policy_is_its_longest_window() -> None:
    assert (RULED.reach, POLICY.reach) == (timedelta(minutes=30), None)
    assert RULED.repeats == (THREE, TWO)

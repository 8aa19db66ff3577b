"""A benchmark learns from an earlier period, and judges a later one, strangers, and the path that users run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from riskcore import scenarios
from riskcore.core.errors import DataError
from riskcore.core.settings import Settings
from riskcore.services import scoring
from riskcore.services.judging.benchmark_text import markdown
from riskcore.services.judging.benchmarking import LATER, STRANGERS, Benchmark, benchmark, cut
from riskcore.services.judging.detection import ALL
from riskcore.services.judging.friction import BENIGN, FIRST_EVENTS, FIRST_SUCCESSES, STEPPED_UP, STOPPED, newcomers
from riskcore.services.workspace import open_workspace
from riskcore.stores.datasets import Dataset

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDENTITY = scenarios.coded()["identity_risk"]
PAYMENTS = scenarios.coded()["payment_fraud"]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_workspace(Settings()).generate(IDENTITY, 15_000, 0, {"attack_share": 0.05})


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> Benchmark:
    return benchmark(IDENTITY, dataset, ["fusion", "boosted"], 0, NOW)


def test_the_learned_period_ends_before_the_gap_and_the_judged_one_begins_after_it(dataset: Dataset) -> None:
    parts = cut(IDENTITY, dataset.events, 0)
    at = IDENTITY.event.seconds(dataset.events)
    span = at.max() - at.min()
    learned, judged = at[parts.learn].max() - at.min(), at[parts.judge].min() - at.min()
    assert learned < 0.6 * span <= at[parts.between].min() - at.min()
    assert judged >= 0.7 * span
    assert len(parts.learn) + len(parts.between) + len(parts.judge) == len(at)


def test_nothing_is_learned_from_whose_label_came_after_the_judged_period_began() -> None:
    events = PAYMENTS.event.accept(PAYMENTS.synthesize(3_000, 0).events)
    at = PAYMENTS.event.seconds(events)
    span = timedelta(seconds=float(np.ptp(at)))
    late = replace(PAYMENTS, target=replace(PAYMENTS.target, delay=span / 2))
    parts = cut(late, events, 0)
    assert at[parts.learn].max() + late.target.delay.total_seconds() <= at[parts.judge].min()
    with pytest.raises(DataError, match="an earlier and a later period"):
        cut(replace(PAYMENTS, target=replace(PAYMENTS.target, delay=2 * span)), events, 0)


def test_events_without_times_are_cut_at_random_and_told_so() -> None:
    sessions = scenarios.coded()["session_risk"]
    events = sessions.event.accept(sessions.synthesize(1_000, 0).events)
    parts = cut(sessions, events, 3)
    assert (parts.how, len(parts.learn), len(parts.between), len(parts.judge)) == ("random", 600, 100, 300)
    assert len(np.unique(np.concatenate([parts.learn, parts.between, parts.judge]))) == 1_000


def test_the_cohorts_are_the_later_period_and_its_users_that_no_model_knows(found: Benchmark, dataset: Dataset) -> None:
    later, strangers = found.cohorts
    assert (later.name, strangers.name) == (LATER, STRANGERS)
    parts = cut(IDENTITY, dataset.events, 0)
    assert later.events == len(parts.judge)
    assert later.entities is not None
    assert strangers.entities is not None
    assert 0.22 < strangers.entities / later.entities < 0.38
    assert 0.15 < strangers.events / later.events < 0.45


def test_models_stand_beside_two_baselines_and_prevalence_is_chance(found: Benchmark) -> None:
    names = [(j.name.split(" (")[0], j.role) for j in found.cohorts[0].judgements]
    assert names == [
        ("fusion", "model"),
        ("boosted", "model"),
        ("best single field", "baseline"),
        ("prevalence", "baseline"),
    ]
    areas = [j.detected[0].by_event["roc_auc"].value for j in found.cohorts[0].judgements]
    assert areas[-1] == 0.5
    assert min(areas[:2]) > max(areas[2:])


def test_friction_is_what_the_default_policy_does_on_the_path_that_users_run(
    found: Benchmark, dataset: Dataset
) -> None:
    from riskcore.services.judging.benchmarking import _Part, _trained
    from riskcore.services.judging.judged import labels_at

    assert dataset.labels is not None
    parts = cut(IDENTITY, dataset.events, 0)
    learn = _Part(dataset.events.iloc[parts.learn].reset_index(drop=True), labels_at(dataset.labels, parts.learn))
    trained, _ = _trained(IDENTITY, learn, "fusion", 0, dataset, NOW)
    decided = scoring.decide(scoring.score(trained, dataset.events), IDENTITY.policy)  # one piece, no cut
    effects = {a.key: a.effect for a in IDENTITY.policy.actions}
    met = np.array([effects[key] for key in decided.action_keys()])[parts.judge]
    benign = (dataset.labels.label == 0)[parts.judge]
    shares = found.cohorts[0].judgements[0].friction
    assert shares is not None
    assert shares.shares[BENIGN][STOPPED].value == pytest.approx((met[benign] == "stop").mean())
    assert shares.shares[BENIGN][STEPPED_UP].value == pytest.approx((met[benign] != "pass").mean())
    assert shares.shares[ALL][STEPPED_UP].value >= shares.shares[ALL][STOPPED].value
    assert 0 < shares.n[FIRST_SUCCESSES] <= shares.n[FIRST_EVENTS]


def test_newcomers_are_met_by_their_first_event_and_by_their_first_success(dataset: Dataset) -> None:
    before, events = dataset.events.iloc[:5_000], dataset.events.iloc[5_000:]
    found = newcomers(IDENTITY, before, events)
    new = events[~events["user_id"].isin(before["user_id"])]
    for name, some in ((FIRST_EVENTS, new), (FIRST_SUCCESSES, new[new["success"] == 1])):
        first = some.drop_duplicates("user_id")
        assert 0 < len(first) < len(events)
        assert events[found[name]]["event_id"].tolist() == first["event_id"].tolist()


def test_every_signal_tells_how_often_it_fires_for_benign_events(found: Benchmark) -> None:
    told = {one.signal: one for one in found.cohorts[0].firing}
    assert set(told) == {signal.name for signal in IDENTITY.signals}
    rates = [one.benign for one in found.cohorts[0].firing]
    assert rates == sorted(rates, reverse=True)
    assert all(0 <= one.benign <= 1 - one.abstains + 1e-9 for one in told.values())


def test_no_signal_is_silent_for_everybody_not_even_one_that_a_model_learns(found: Benchmark) -> None:
    silent = {one.signal for one in found.cohorts[0].firing if one.abstains == 1}
    assert not silent
    rare = next(one for one in found.cohorts[0].firing if one.signal == "rare_country_global")
    assert rare.harmful > rare.benign > 0


def test_the_same_seed_gives_the_same_figures(found: Benchmark, dataset: Dataset) -> None:
    assert benchmark(IDENTITY, dataset, ["fusion", "boosted"], 0, NOW).to_mapping() == found.to_mapping()


def test_the_text_tells_every_model_and_kind_with_its_number_of_events(found: Benchmark) -> None:
    said = markdown(found, "riskcore benchmark", "curve.svg")
    for judgement in found.cohorts[0].judgements[:2]:
        for one in judgement.detected:
            assert f"| {one.events:,} |" in said
            assert f"{one.by_event['roc_auc'].value:.3f}" in said
    assert "![" in said
    assert said.count("### Kinds of attack") == 2
    assert all(f"| {signal.name} |" in said for signal in IDENTITY.signals)


def test_unknown_models_and_events_without_kinds_are_refused(dataset: Dataset) -> None:
    with pytest.raises(DataError, match="Did you mean 'fusion'"):
        benchmark(IDENTITY, dataset, ["fuson"], 0, NOW)
    assert dataset.labels is not None
    plain = replace(dataset, labels=replace(dataset.labels, attack=None))
    with pytest.raises(DataError, match="does not tell kinds of attack"):
        benchmark(IDENTITY, plain, [], 0, NOW)

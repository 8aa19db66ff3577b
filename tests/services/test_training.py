"""Training repeats by its seed, judges on rows it has not seen, can be stopped, and says all of it on the card."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from riskcore.core.errors import Cancelled, ConflictError, DataError, UnknownKeyError
from riskcore.core.scenario import Labels, Output
from riskcore.core.settings import Settings
from riskcore.scenarios import coded
from riskcore.services.comparing import advantage, candidate, groups, headline, positives, standings, suggested, too_few
from riskcore.services.evaluation import evaluate
from riskcore.services.training import Plan, Training, as_output, fingerprint, train
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.datasets import Dataset

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = 3_000
SCENARIOS = coded()
QUICK = {"forest": {"trees": 20, "depth": 6}, "boosted": {"rounds": 20}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("training")
    return open_workspace(Settings(data=folder / "data", models=folder / "models"))


@pytest.fixture(scope="module")
def datasets(house: Workspace) -> dict[str, Dataset]:
    return {key: house.generate(scenario, ROWS, seed=3) for key, scenario in SCENARIOS.items()}


def trained(house: Workspace, dataset: Dataset, **plan) -> Training:
    scenario = SCENARIOS[dataset.scenario]
    model = plan.setdefault("model", scenario.default_model)
    plan.setdefault("settings", QUICK[model])
    return house.train(scenario, dataset, Plan(**plan), now=NOW)


every = pytest.mark.parametrize("key", SCENARIOS)


@every
def test_the_same_seed_gives_the_same_model_and_another_seed_another(key, house, datasets) -> None:
    one, same = (trained(house, datasets[key], model="forest", seed=1) for _ in range(2))
    assert one.trained.card.metrics == same.trained.card.metrics
    assert one.trained.version == same.trained.version
    other = trained(house, datasets[key], model="forest", seed=2)
    assert other.trained.version != one.trained.version


@every
def test_the_card_says_what_the_model_learned_from_and_how_it_was_judged(key, house, datasets) -> None:
    dataset = datasets[key]
    training = trained(house, dataset, holdout=0.25)
    card = training.trained.card
    assert dataset.labels is not None
    assert card.data["fingerprint"] == dataset.origin["fingerprint"] == fingerprint(dataset.events, dataset.labels)
    assert card.rows + card.split["judge"] == ROWS
    assert sum(card.class_counts) == card.rows
    assert card.created == "2026-03-01T12:00:00+00:00"
    assert card.version.startswith(f"{card.model}-20260301-120000-")
    assert training.judged is not None
    judged = evaluate(training.judged, training.y, SCENARIOS[key].target.classes)
    assert card.metrics == {name: m.to_mapping() for name, m in judged.items()}
    assert [line["name"] for line in card.results][-1] == "Bayes limit"
    assert sum(card.risk_histogram) == card.split["judge"]
    assert sum(card.importance.values()) == pytest.approx(1)


@every
def test_no_model_beats_the_bayes_limit_by_more_than_chance_and_all_beat_guessing(key, house, datasets) -> None:
    lines = {line["name"]: line["metrics"]["log_loss"] for line in trained(house, datasets[key]).trained.card.results}
    model, limit = next(iter(lines.values())), lines["Bayes limit"]
    assert model["value"] > limit["low"]
    assert model["value"] < lines["class shares only"]["value"]


@every
def test_a_holdout_of_zero_fits_on_all_rows_and_claims_no_figures(key, house, datasets) -> None:
    training = trained(house, datasets[key], holdout=0.0)
    assert training.judged is None
    assert len(training.split.judge) == 0
    assert training.trained.card.rows == ROWS
    assert training.trained.card.metrics == {}
    assert training.trained.card.results == ()


def test_a_split_by_time_learns_from_the_past_only(house, datasets) -> None:
    dataset = house.generate(SCENARIOS["card_fraud"], ROWS, 6, {"fraud_rate": 0.1})
    parts = trained(house, dataset, calibration="sigmoid").split
    when = SCENARIOS["card_fraud"].event.seconds(dataset.events)
    assert parts.how == "time"
    assert when[parts.fit].max() <= when[parts.calibrate].min()
    assert when[parts.calibrate].max() <= when[parts.judge].min()


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_mends_a_model_that_is_too_sure_of_itself(method, house) -> None:
    # Many deep trees on noisy labels: overconfident by construction.
    scenario = SCENARIOS["session_risk"]
    dataset = house.generate(scenario, 8_000, 5, {"noise": 0.5})
    plan = {"model": "boosted", "settings": {"rounds": 150, "depth": 8, "rate": 0.5}}
    raw = trained(house, dataset, calibration="none", **plan).trained.card.metrics
    mended = trained(house, dataset, calibration=method, **plan).trained.card.metrics
    assert mended["log_loss"]["value"] < raw["log_loss"]["value"]
    assert mended["calibration_error"]["value"] < raw["calibration_error"]["value"]


@every
@pytest.mark.parametrize("stop_after", [0.0, 0.3, 0.9])
def test_stopping_at_any_moment_leaves_nothing_behind(key, stop_after, house, datasets, tmp_path: Path) -> None:
    own = open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))

    def stop(done: float, doing: str) -> None:
        if done >= stop_after:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        own.train(SCENARIOS[key], datasets[key], Plan(settings=QUICK[SCENARIOS[key].default_model]), stop, NOW)
    assert list(tmp_path.rglob("*")) == []


@every
def test_labels_of_one_class_are_refused_by_name(key, house, datasets) -> None:
    scenario, dataset = SCENARIOS[key], datasets[key]
    labels = Labels(np.zeros(ROWS, dtype=np.int64))
    with pytest.raises(DataError, match=f"No row has the label .*'{scenario.target.classes[-1]}'"):
        trained(house, replace(dataset, labels=labels))
    with pytest.raises(UnknownKeyError, match="labels"):
        trained(house, replace(dataset, labels=None))


def test_labels_that_do_not_fit_the_events_and_unknown_plans_are_refused(house, datasets) -> None:
    scenario, dataset = SCENARIOS["card_fraud"], datasets["card_fraud"]
    with pytest.raises(DataError, match="There are 5 labels for 3000 events"):
        train(scenario, dataset.events, Labels(np.zeros(5, dtype=np.int64)), Plan(), {}, NOW)
    with pytest.raises(DataError, match="Calibration is 'plat'; it must be one of none, sigmoid, isotonic"):
        trained(house, dataset, calibration="plat")
    with pytest.raises(UnknownKeyError, match="Did you mean 'forest'"):
        house.train(scenario, dataset, Plan(model="forrest"))
    with pytest.raises(DataError, match="tress"):
        trained(house, dataset, settings={"tress": 3})


def test_training_changes_neither_events_nor_labels(house, datasets) -> None:
    dataset = datasets["session_risk"]
    before = dataset.events.copy(deep=True)
    trained(house, dataset)
    assert fingerprint(dataset.events, dataset.labels) == dataset.origin["fingerprint"]
    assert dataset.events.equals(before)


def test_fingerprints_tell_events_and_labels_apart(datasets) -> None:
    dataset = datasets["session_risk"]
    assert dataset.labels is not None
    flipped = replace(dataset.labels, label=np.roll(dataset.labels.label, 1))
    found = {
        fingerprint(dataset.events, dataset.labels),
        fingerprint(dataset.events, flipped),
        fingerprint(dataset.events),
        fingerprint(dataset.events.iloc[::-1], dataset.labels),
    }
    assert len(found) == 4


def test_certain_probabilities_give_the_risks_they_mean() -> None:
    sure = as_output(np.eye(3))
    assert sure.risk.tolist() == [0.0, 0.5, 1.0]
    assert as_output(np.array([[0.75, 0.25]])).risk.tolist() == [0.25]


def test_candidates_are_compared_only_on_the_same_rows(house, datasets) -> None:
    dataset = datasets["session_risk"]
    made = [
        trained(house, dataset, model="boosted"),
        trained(house, dataset, model="forest"),
        trained(house, dataset, model="boosted", seed=1),
        trained(house, dataset, model="boosted", holdout=0.3),
    ]
    found = groups(candidate(t, t.trained, dataset.events) for t in made)
    assert [[c.version for c in group] for group in found] == [
        [made[3].trained.version],
        [made[2].trained.version],
        [made[0].trained.version, made[1].trained.version],
    ]


@every
def test_the_champion_is_judged_on_the_candidates_rows_beside_baselines_and_limit(key, house, datasets) -> None:
    scenario, dataset = SCENARIOS[key], datasets[key]
    good = trained(house, dataset)
    champion = trained(house, house.generate(scenario, 1_500, seed=8)).trained
    group = [candidate(good, good.trained, dataset.events)]
    lines = standings(group, champion)
    assert [line.role for line in lines] == ["champion", "candidate", "baseline", "baseline", "limit"]
    assert lines[1].metrics["roc_auc"].to_mapping() == good.trained.card.metrics["roc_auc"]
    X = scenario.features(dataset.events.iloc[good.split.judge])
    assert lines[0].metrics == evaluate(champion.model.predict(X), good.y, scenario.target.classes)
    assert not lines[0].flattered
    cut_otherwise = trained(house, dataset, holdout=0.4, split="random", seed=9).trained
    assert standings(group, cut_otherwise)[0].flattered
    assert not standings(group, trained(house, dataset, model="forest").trained)[0].flattered
    assert standings(group, good.trained)[0].role == "champion"
    assert len(standings(group, good.trained)) == 4


def test_only_a_lead_beyond_chance_is_suggested(house) -> None:
    scenario = SCENARIOS["session_risk"]
    dataset = house.generate(scenario, 6_000, seed=4)
    good = trained(house, dataset)
    poor = trained(house, dataset, settings={"rounds": 1, "depth": 1})
    classes = scenario.target.classes
    group = [candidate(t, t.trained, dataset.events) for t in (good, poor)]
    found = suggested(standings(group, poor.trained), good.y, classes)
    assert found is not None
    assert (found[0].version, found[1].low > 0) == (good.trained.version, True)
    assert suggested(standings(group, good.trained), good.y, classes) is None
    assert suggested(standings(group, None), good.y, classes) is None


def test_few_positives_are_counted_and_no_lead_is_claimed(house, datasets) -> None:
    dataset = datasets["card_fraud"]
    training = trained(house, dataset)
    group = [candidate(training, training.trained, dataset.events)]
    assert positives(group) == int(training.y.sum())
    assert too_few(group) == (training.y.sum() < 50)
    assert headline(SCENARIOS["card_fraud"].target.classes) == "average_precision"


def test_an_advantage_over_itself_is_nothing() -> None:
    rng = np.random.default_rng(0)
    risk, y = rng.random(400), rng.integers(0, 2, 400)
    lead = advantage(Output(risk, risk), Output(risk, risk), y)
    assert (lead.value, lead.low, lead.high) == (0, 0, 0)


def test_a_model_promoted_meanwhile_is_a_conflict_and_both_models_are_kept(house, datasets, tmp_path: Path) -> None:
    own = open_workspace(Settings(data=tmp_path / "data", models=tmp_path / "models"))
    first, second = (trained(house, datasets["session_risk"], seed=seed) for seed in (1, 2))
    stored = own.keep(first, promote=True, expected="")
    assert stored.card.files
    assert own.registry.champion("session_risk") == first.trained.version
    with pytest.raises(ConflictError, match="you saw none"):
        own.keep(second, promote=True, expected="")
    assert own.registry.champion("session_risk") == first.trained.version
    assert len(own.registry.versions("session_risk")) == 2

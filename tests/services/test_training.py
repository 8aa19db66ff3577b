"""Training repeats by its seed, judges on rows it has not seen, can be stopped, and says all of it on the card."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from riskcore.core.errors import Cancelled, ConflictError, DataError, UnknownKeyError
from riskcore.core.labels import Labels
from riskcore.core.model import as_output
from riskcore.core.scenario import Scenario
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.judged import labels_at, units_of
from riskcore.services.training import Plan, train
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset, fingerprint
from tests.training import NOW, SCENARIOS, every, generated, quick, trained

ROWS = 3_000


@pytest.fixture(scope="module")
def datasets(house: Workspace) -> dict[str, Dataset]:
    return generated(house, ROWS)


def supervised(scenario: Scenario) -> str:
    return next(name for name in scenario.models if scenario.make_model(name).supervised)


@every
def test_the_same_seed_gives_the_same_model_and_another_seed_another(key, house, datasets) -> None:
    scenario = SCENARIOS[key]
    drawn = next(
        name for name in scenario.models if "trees" in quick(scenario, name) or "rounds" in quick(scenario, name)
    )
    one, same = (trained(house, datasets[key], model=drawn, seed=1, split="random") for _ in range(2))
    assert one.trained.card.metrics == same.trained.card.metrics
    assert one.trained.version == same.trained.version
    other = trained(house, datasets[key], model=drawn, seed=2, split="random")
    assert other.trained.version != one.trained.version


@every
def test_the_card_says_what_the_model_learned_from_and_how_it_was_judged(key, house, datasets) -> None:
    dataset = datasets[key]
    training = trained(house, dataset, holdout=0.25)
    card = training.trained.card
    assert dataset.labels is not None
    assert card.data["fingerprint"] == dataset.origin["fingerprint"] == fingerprint(dataset.events, dataset.labels)
    assert card.rows + card.split["calibrate"] + card.split["judge"] == ROWS
    assert sum(card.class_counts) == card.rows
    assert card.created == "2026-03-01T12:00:00+00:00"
    assert card.version.startswith(f"{card.model}-20260301-120000-")
    assert training.judged is not None
    at = training.split.judge
    units = units_of(SCENARIOS[key], dataset.events.iloc[at], labels_at(dataset.labels, at))
    judged = evaluate(training.judged, training.y, SCENARIOS[key].target.classes, units=units)
    assert card.metrics == {name: m.to_mapping() for name, m in judged.items()}
    references = ["Bayes limit"] if dataset.labels.p_true is not None else []
    assert [line["name"] for line in card.results][2:] == ["class shares only", *references]
    assert list(training.references) == [line["name"] for line in card.results][1:]
    assert bool(card.attacks) == (dataset.labels.attack is not None)
    assert sum(card.risk_histogram) == card.split["judge"]
    assert sum(card.importance.values()) == pytest.approx(1)


@every
def test_no_model_beats_the_bayes_limit_by_more_than_chance_and_all_beat_guessing(key, house, datasets) -> None:
    plan = {"model": supervised(SCENARIOS[key]), "settings": {}}
    results = trained(house, datasets[key], **plan).trained.card.results
    lines = {line["name"]: line["metrics"]["log_loss"] for line in results}
    model = next(iter(lines.values()))
    if "Bayes limit" in lines:
        assert model["value"] > lines["Bayes limit"]["low"]
    assert model["value"] < lines["class shares only"]["value"]


@every
def test_a_holdout_of_zero_fits_on_all_rows_and_claims_no_figures(key, house, datasets) -> None:
    training = trained(house, datasets[key], holdout=0.0)
    assert training.judged is None
    assert len(training.split.judge) == 0
    assert training.trained.card.rows == ROWS - len(training.split.calibrate)
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
def test_stopping_at_any_moment_leaves_nothing_behind(key, stop_after, own_house, datasets, tmp_path: Path) -> None:
    def stop(done: float, doing: str) -> None:
        if done >= stop_after:
            raise Cancelled("Stopped.")

    plan = Plan(settings=quick(SCENARIOS[key], SCENARIOS[key].default_model))
    with pytest.raises(Cancelled):
        own_house.train(SCENARIOS[key], datasets[key], plan, stop, NOW)
    assert list(tmp_path.rglob("*")) == []


@every
def test_labels_of_one_class_are_refused_by_name(key, house, datasets) -> None:
    scenario, dataset = SCENARIOS[key], datasets[key]
    labels = Labels(np.zeros(ROWS, dtype=np.int64))
    with pytest.raises(DataError, match=f"No row has the label .*'{scenario.target.classes[-1]}'"):
        trained(house, replace(dataset, labels=labels), model=supervised(scenario))
    with pytest.raises(DataError, match="learns from labels, and the data set has none"):
        trained(house, replace(dataset, labels=None), model=supervised(scenario))


def test_labels_that_do_not_fit_the_events_and_unknown_plans_are_refused(house, datasets) -> None:
    scenario, dataset = SCENARIOS["card_fraud"], datasets["card_fraud"]
    with pytest.raises(DataError, match="There are 5 labels for 3000 events"):
        train(scenario, dataset.events, Labels(np.zeros(5, dtype=np.int64)), Plan(), {}, NOW)
    with pytest.raises(UnknownKeyError, match=r"No calibration 'plat'\. Known: none, sigmoid, isotonic, auto"):
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


def test_a_model_promoted_meanwhile_is_a_conflict_and_both_models_are_kept(house, own_house, datasets) -> None:
    first, second = (trained(house, datasets["session_risk"], seed=seed) for seed in (1, 2))
    stored = own_house.keep(first, promote=True, expected="")
    assert stored.card.files
    assert own_house.registry.champion("session_risk") == first.trained.version
    with pytest.raises(ConflictError, match="you saw none"):
        own_house.keep(second, promote=True, expected="")
    assert own_house.registry.champion("session_risk") == first.trained.version
    assert len(own_house.registry.versions("session_risk")) == 2

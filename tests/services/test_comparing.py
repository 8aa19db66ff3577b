"""Candidates are compared on the same rows only, by whole people or attacks, and nobody leads by chance."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from riskcore.core.errors import Cancelled, DataError
from riskcore.core.labels import Labels
from riskcore.core.model import Output
from riskcore.services.comparing import (
    Candidate,
    candidate,
    differences,
    groups,
    headline,
    positives,
    reference_of,
    standings,
    suggested,
    too_few,
)
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.attacks import OfAttack, attack_table, by_attack
from riskcore.services.judging.calibrating import AUTO, choose
from riskcore.services.judging.judged import labels_at, units_of
from riskcore.services.judging.learning import learning_curve
from riskcore.services.judging.probabilities import log_loss
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset
from tests.training import NOW, SCENARIOS, every, generated, trained

ROWS = 6_000


@pytest.fixture(scope="module")
def datasets(house: Workspace) -> dict[str, Dataset]:
    return generated(house, ROWS)


def kept(house: Workspace, dataset: Dataset, **plan) -> Candidate:
    training = trained(house, dataset, **plan)
    return candidate(training, training.trained, dataset)


def test_candidates_are_compared_only_on_the_same_rows(house, datasets) -> None:
    dataset = datasets["session_risk"]
    made = [
        kept(house, dataset, model="boosted"),
        kept(house, dataset, model="forest", calibration="sigmoid"),
        kept(house, dataset, model="boosted", seed=1),
        kept(house, dataset, model="boosted", holdout=0.3),
    ]
    assert groups(made) == [[made[3]], [made[2]], [made[0], made[1]]]


@every
def test_all_families_of_a_scenario_are_judged_on_one_split(key, house, datasets) -> None:
    made = [kept(house, datasets[key], model=name) for name in SCENARIOS[key].models]
    assert len(groups(made)) == 1
    lines = standings(made, None)
    assert [line.role for line in lines[: len(made)]] == ["candidate"] * len(made)
    beyond = differences(lines, made)
    assert set(beyond) == {line.name for line in lines if line is not reference_of(lines) and line.output is not None}
    assert all(m.low <= m.value <= m.high for line in beyond.values() for n, m in line.items() if n == "roc_auc")
    assert all(line.size is not None and line.size > 1_000 for line in lines[: len(made)])


@every
def test_the_champion_is_judged_on_the_candidates_rows_beside_baselines_and_limit(key, house, datasets) -> None:
    scenario, dataset = SCENARIOS[key], datasets[key]
    good = kept(house, dataset)
    champion = trained(house, house.generate(scenario, 1_500, seed=8)).trained
    lines = standings([good], champion)
    limit = ["limit"] if dataset.labels is not None and dataset.labels.p_true is not None else []
    assert [line.role for line in lines] == ["champion", "candidate", "baseline", "baseline", *limit]
    assert lines[1].metrics["roc_auc"].to_mapping() == good.trained.card.metrics["roc_auc"]
    assert good.labels is not None
    earlier = good.others if scenario.stateful else None
    X, units = scenario.features(good.events, earlier), units_of(scenario, good.events, good.labels)
    assert lines[0].metrics == evaluate(champion.model.predict(X), good.y, scenario.target.classes, units=units)
    assert not lines[0].flattered
    cut_otherwise = trained(house, dataset, holdout=0.4, split="random", seed=9).trained
    assert standings([good], cut_otherwise)[0].flattered
    assert not standings([good], kept(house, dataset, settings={}).trained)[0].flattered
    assert standings([good], good.trained)[0].role == "champion"
    assert len(standings([good], good.trained)) == 3 + len(limit)


def test_only_a_lead_beyond_chance_is_suggested(house) -> None:
    scenario = SCENARIOS["session_risk"]
    dataset = house.generate(scenario, 6_000, seed=4)
    good = kept(house, dataset)
    poor = kept(house, dataset, settings={"rounds": 1, "depth": 1})
    group = [good, poor]

    def found(champion):
        lines = standings(group, champion)
        return suggested(lines, differences(lines, group))

    lead = found(poor.trained)
    assert lead is not None
    assert (lead[0].version, lead[1].low > 0) == (good.version, True)
    assert found(good.trained) is None
    assert found(None) is None


def test_few_positives_are_counted(house, datasets) -> None:
    dataset = datasets["card_fraud"]
    group = [kept(house, dataset)]
    assert positives(group) == int(group[0].y.sum())
    assert too_few(group) == (group[0].y.sum() < 50)


def test_accuracy_ranks_where_every_model_tells_the_classes(house, datasets) -> None:
    session = standings([kept(house, datasets["session_risk"])], None)
    assert headline(session) == "accuracy"
    assert headline(standings([kept(house, datasets["card_fraud"])], None)) == "average_precision"
    blind = replace(session[0], metrics={k: m for k, m in session[0].metrics.items() if "_" in k and "fpr" in k})
    assert headline([*session, blind]) == "average_precision"


def test_rows_without_labels_are_neither_judged_nor_compared(house, datasets) -> None:
    dataset = replace(datasets["infra_anomaly"], labels=None)
    group = [kept(house, dataset)]
    assert not group[0].judged
    assert group[0].y.tolist() == []
    lines = standings(group, None)
    assert differences(lines, group) == {}
    assert [line.metrics for line in lines] == [{}]


def test_events_of_one_entity_or_else_of_one_attack_are_drawn_together(datasets) -> None:
    behaviour = datasets["user_behavior"]
    assert behaviour.labels is not None
    units = units_of(SCENARIOS["user_behavior"], behaviour.events, behaviour.labels)
    assert units is not None
    assert (units == behaviour.events["user_id"].to_numpy()).all()
    labels = Labels(np.zeros(3, dtype=np.int64), attack_id=np.array(["a", "", "a"], dtype=object))
    card = datasets["card_fraud"]
    assert units_of(SCENARIOS["card_fraud"], card.events.head(3), labels).tolist() == ["a", None, "a"]
    assert units_of(SCENARIOS["card_fraud"], card.events.head(3), replace(labels, attack_id=None)) is None


def test_labels_of_some_rows_are_theirs(datasets) -> None:
    labels, rows = datasets["user_behavior"].labels, np.array([5, 2])
    assert labels is not None
    found = labels_at(labels, rows)
    assert found.label.tolist() == labels.label[rows].tolist()
    assert found.attack.tolist() == labels.attack[rows].tolist()
    assert found.attack_id.tolist() == labels.attack_id[rows].tolist()
    assert found.p_true is None


def attacked() -> tuple[Output, Labels]:
    """100 benign events; `loud` lies above all of them, `quiet` within; a class in between that is neither."""
    risk = np.r_[np.linspace(0, 0.5, 100), 0.9, 0.91, 0.1, 0.92, 0.2, 0.21, np.full(5, 0.99)]
    attack = np.array([""] * 100 + ["loud"] * 4 + ["quiet"] * 2 + [""] * 5, dtype=object)
    ids = np.array([""] * 100 + ["a", "a", "b", "b", "c", "d"] + [""] * 5, dtype=object)
    label = np.r_[np.zeros(100), [2, 2, 2, 0], [2, 2], np.ones(5)].astype(np.int64)  # one attack event is mislabelled
    return Output(risk, risk), Labels(label, attack=attack, attack_id=ids)


def test_each_kind_of_attack_stands_against_benign_events_only() -> None:
    output, labels = attacked()
    loud, quiet = by_attack(output, labels)
    assert [(one.kind, one.events, one.attacks) for one in (loud, quiet)] == [("loud", 4, 2), ("quiet", 2, 2)]
    assert loud.metrics["recall_at_1pct_fpr"].value == 0.75
    assert loud.metrics["roc_auc"].value == pytest.approx((3 + 0.2) / 4, abs=0.01)
    assert loud.metrics["caught_at_1pct_fpr"].value == 1
    assert quiet.metrics["recall_at_1pct_fpr"].value == 0
    assert quiet.metrics["caught_at_1pct_fpr"].value == 0
    assert quiet.metrics["recall_at_1pct_fpr"].high > 0.5  # two events show little


def test_kinds_of_attack_come_back_from_a_card_and_as_a_table() -> None:
    output, labels = attacked()
    found = by_attack(output, labels)
    assert tuple(OfAttack.from_mapping(one.to_mapping()) for one in found) == found
    table = attack_table({"x": found, "y": found[:1]})
    assert table.groupby("model")["kind"].nunique().to_dict() == {"x": 2, "y": 1}
    assert len(table) == 3 * 4


def test_without_kinds_or_without_benign_events_nothing_is_said_of_attacks() -> None:
    output, labels = attacked()
    assert by_attack(output, replace(labels, attack=None)) == ()
    assert by_attack(output, replace(labels, label=np.ones(111, dtype=np.int64))) == ()


@every
def test_a_learning_curve_grows_to_the_model_itself_on_the_same_rows(key, house, datasets) -> None:
    one = kept(house, datasets[key])
    told: list[float] = []
    curve = learning_curve(
        SCENARIOS[key], one.dataset, one.trained.card, one.split, lambda done, doing: told.append(done)
    )
    rows = [point.rows for point in curve.points]
    assert rows == sorted(rows)
    assert rows[-1] == one.trained.card.rows
    assert len(rows) >= 2
    assert all(1.9 < more / less < 2.1 for less, more in pairwise(rows))
    assert {n: m.to_mapping() for n, m in curve.points[-1].metrics.items()} == one.trained.card.metrics
    assert (np.diff(told) > -1e-12).all()
    assert told[-1] == pytest.approx(1)
    table = curve.table("roc_auc")
    assert table["rows"].tolist() == rows
    gain = curve.gain["roc_auc"].value
    assert gain == pytest.approx(table["value"].iloc[-1] - table["value"].iloc[-2], abs=1e-9)


def test_a_learning_curve_says_whether_the_last_rows_still_taught_something(house) -> None:
    dataset = house.generate(SCENARIOS["session_risk"], 6_000, 2)
    one = kept(house, dataset, settings={"rounds": 60}, holdout=0.9)
    curve = learning_curve(SCENARIOS["session_risk"], dataset, one.trained.card, one.split)
    assert curve.still_learning("log_loss")
    assert curve.gain["log_loss"].high < 0
    assert not curve.still_learning("no such metric")


def test_a_learning_curve_can_be_stopped_and_refuses_what_cannot_be_judged(house, datasets) -> None:
    dataset = datasets["session_risk"]
    one = kept(house, dataset)

    def stop(done: float, doing: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        learning_curve(SCENARIOS["session_risk"], dataset, one.trained.card, one.split, stop)
    unjudged = kept(house, dataset, holdout=0.0)
    with pytest.raises(DataError, match="held-out rows of more than one class"):
        learning_curve(SCENARIOS["session_risk"], dataset, unjudged.trained.card, unjudged.split)
    few = replace(one.split, fit=one.split.fit[:150])
    with pytest.raises(DataError, match="150 rows to learn from are too few"):
        learning_curve(SCENARIOS["session_risk"], dataset, one.trained.card, few)


def test_the_calibration_with_the_least_log_loss_is_chosen_and_told_on_the_card(house) -> None:
    # Many deep trees on noisy labels: overconfident, so that any calibration is better than none.
    dataset = house.generate(SCENARIOS["session_risk"], 6_000, 5, {"noise": 0.5})
    training = trained(house, dataset, model="boosted", settings={"rounds": 150, "depth": 8}, calibration=AUTO)
    card = training.trained.card
    assert set(card.calibrations) == {"none", "sigmoid", "isotonic"}
    assert card.calibration == min(card.calibrations, key=lambda method: card.calibrations[method])
    assert card.calibration != "none"
    stored = house.keep(training, promote=False, expected=None)
    again = house.registry.load(SCENARIOS["session_risk"], stored.version)
    assert again.card.calibrations == card.calibrations


def test_a_calibration_that_rows_are_too_few_for_is_left_out(house, datasets) -> None:
    dataset = datasets["card_fraud"]
    assert dataset.labels is not None
    training = trained(house, dataset)
    model, X, y = training.trained.model, SCENARIOS["card_fraud"].features(dataset.events), dataset.labels.label
    few = np.r_[np.flatnonzero(y == 0)[:60], np.flatnonzero(y == 1)[:6]]
    chosen = choose(model, X.iloc[few], y[few], 0)
    assert chosen.method == "none"
    assert set(chosen.losses) == {"none"}


def test_log_loss_is_that_of_the_table(house, datasets) -> None:
    one = kept(house, datasets["session_risk"])
    assert one.output is not None
    assert log_loss(one.output, one.y) == pytest.approx(one.trained.card.metrics["log_loss"]["value"], abs=1e-12)


def test_stopping_after_one_family_keeps_that_one_whole(own_house, datasets) -> None:
    scenario, dataset = SCENARIOS["session_risk"], datasets["session_risk"]
    own_house.keep(trained(own_house, dataset), promote=False, expected=None)

    def stop(done: float, doing: str) -> None:
        if done > 0.5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        own_house.train(scenario, dataset, Plan(model="forest", settings={"trees": 20}), stop, NOW)
    (only,) = own_house.registry.versions("session_risk")
    assert own_house.registry.load(scenario, only).version == only

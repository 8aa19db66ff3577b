"""The health of a data set: each finding is found where it is, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.scenarios import coded
from riskcore.services.data.health import Health, examine
from riskcore.services.data.single_fields import LEAK_AUC, single_field_auc

SCENARIOS = coded()


@pytest.fixture(params=sorted(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return SCENARIOS[request.param]


def made(scenario: Scenario, rows: int = 1_500) -> tuple[pd.DataFrame, Labels]:
    drawn = scenario.synthesize(rows, seed=4, knobs=scenario.recipes.get("balanced", {}))
    return scenario.event.accept(drawn.events), drawn.labels


def numbers_of(scenario: Scenario) -> list[str]:
    return [f.name for f in scenario.event.fields if f.kind in ("number", "integer", "flag")]


def answers(health: Health) -> dict[str, bool]:
    return {finding.title: finding.good for finding in health.findings()}


def test_generated_data_is_healthy_but_for_fields_that_may_be_empty(scenario: Scenario) -> None:
    health = examine(scenario, *made(scenario))
    found = answers(health)
    emptied = {found.pop("Missing values"), found.pop("Empty fields")}
    assert all(found.values())
    assert all(emptied) == (not health.missing and not health.empty)
    assert {*health.missing, *health.empty} <= {f.name for f in scenario.event.fields if f.optional}


def test_class_counts_add_up_to_the_rows_in_order_of_severity(scenario: Scenario) -> None:
    events, labels = made(scenario)
    health = examine(scenario, events, labels)
    assert health.class_counts is not None
    assert tuple(health.class_counts) == scenario.target.classes
    assert sum(health.class_counts.values()) == len(events)


def test_repeated_rows_are_counted_and_agreeing_labels_do_not_conflict(scenario: Scenario) -> None:
    events, labels = made(scenario)
    twice = pd.concat([events, events.head(7)], ignore_index=True)
    health = examine(scenario, twice, Labels(np.concatenate([labels.label, labels.label[:7]])))
    assert health.duplicates == 7
    assert health.conflicting == 0
    assert not answers(health)["Duplicates"]


def test_equal_rows_with_other_labels_are_all_counted_as_conflicting(scenario: Scenario) -> None:
    events, labels = made(scenario)
    twice = pd.concat([events, events.head(5)], ignore_index=True)
    other = (labels.label[:5] + 1) % len(scenario.target.classes)
    health = examine(scenario, twice, Labels(np.concatenate([labels.label, other])))
    assert health.conflicting == 10
    assert not answers(health)["Conflicting labels"]


def test_missing_cells_and_constant_fields_are_named(scenario: Scenario) -> None:
    events, labels = made(scenario)
    first, second = [*[n for n in numbers_of(scenario) if not scenario.event[n].optional][:1], events.columns[-1]]
    holes = events.assign(**{first: events[first].astype(float).where(events.index >= 30), second: 1.0})
    health = examine(scenario, holes, labels)
    assert health.missing[first] == 30
    assert second in health.constant
    assert not answers(health)["Missing values"]
    assert not answers(health)["Constant fields"]


def test_a_field_written_after_the_label_raises_the_leak_alarm(scenario: Scenario) -> None:
    events, labels = made(scenario)
    leaking = numbers_of(scenario)[-1]
    health = examine(scenario, events.assign(**{leaking: -labels.label.astype(float)}), labels)
    assert health.leaks == (leaking,)
    assert not answers(health)["Leaks"]


def test_a_field_of_chance_has_an_auc_of_one_half_and_a_perfect_one_of_one(scenario: Scenario) -> None:
    events, labels = made(scenario, 4_000)
    chance, perfect = numbers_of(scenario)[:2]
    drawn = np.random.default_rng(0).random(len(events))
    auc = single_field_auc(scenario, events.assign(**{chance: drawn, perfect: labels.label}), labels.label)
    assert auc is not None
    by_field = auc.set_index("field")["auc"]
    assert by_field[chance] < 0.55
    assert by_field[perfect] == 1.0
    assert auc["auc"].between(0.5, 1).all()
    assert auc["auc"].is_monotonic_decreasing


def test_few_rows_of_a_class_are_told(scenario: Scenario) -> None:
    events, labels = made(scenario)
    keep = np.flatnonzero((labels.label == 0) | (np.cumsum(labels.label > 0) <= 12))
    health = examine(scenario, events.iloc[keep].reset_index(drop=True), Labels(labels.label[keep]))
    assert not answers(health)["Classes"]


def test_one_class_alone_is_not_ranked(scenario: Scenario) -> None:
    events, labels = made(scenario)
    assert single_field_auc(scenario, events, np.zeros_like(labels.label)) is None


def test_without_labels_only_the_events_are_judged(scenario: Scenario) -> None:
    events, _ = made(scenario)
    health = examine(scenario, events, None)
    assert set(answers(health)) == {"Duplicates", "Missing values", "Empty fields", "Constant fields", "Identifiers"}
    assert health.leaks == ()


def test_the_alarm_is_above_what_any_shipped_generator_reaches(scenario: Scenario) -> None:
    health = examine(scenario, *made(scenario))
    assert health.auc is not None
    assert health.auc["auc"].max() < LEAK_AUC


def test_examining_changes_nothing(scenario: Scenario) -> None:
    events, labels = made(scenario)
    before = events.copy()
    examine(scenario, events, labels)
    pd.testing.assert_frame_equal(events, before)


def test_a_field_that_is_empty_in_all_rows_is_named_as_empty_and_not_as_constant(scenario: Scenario) -> None:
    events, labels = made(scenario)
    name = numbers_of(scenario)[0]
    health = examine(scenario, events.assign(**{name: np.nan}), labels)
    assert name in health.empty
    assert name not in health.constant
    assert name not in health.missing
    assert not answers(health)["Empty fields"]


def test_a_number_of_the_record_is_told_to_look_like_an_identifier(scenario: Scenario) -> None:
    events, labels = made(scenario)
    name = next(n for n in numbers_of(scenario) if n != scenario.event.time)
    assert examine(scenario, events, labels).unique == ()
    assert examine(scenario, events.assign(**{name: np.arange(len(events))}), labels).unique == (name,)


def test_a_category_with_a_value_for_each_row_is_no_better_than_chance() -> None:
    """In sample, every choice would have a rate of 0 or 1 and tell the classes apart without fail."""
    scenario, rng = SCENARIOS["payment_fraud"], np.random.default_rng(3)
    events, labels = made(scenario, 2_000)
    many = pd.Categorical(rng.permutation(len(events)).astype(str))
    auc = single_field_auc(scenario, events.assign(country=many), labels.label)
    assert auc is not None
    assert auc.set_index("field")["auc"]["country"] < 0.55


def test_a_category_that_says_the_label_raises_the_alarm_even_so() -> None:
    scenario = SCENARIOS["payment_fraud"]
    events, labels = made(scenario)
    auc = single_field_auc(scenario, events.assign(country=pd.Categorical(labels.label.astype(str))), labels.label)
    assert auc is not None
    assert auc.iloc[0]["field"] == "country"
    assert auc.iloc[0]["auc"] > LEAK_AUC


def test_intervals_of_single_fields_hold_their_value_and_shrink_with_rows() -> None:
    scenario = SCENARIOS["payment_fraud"]
    few, many = (single_field_auc(scenario, e, y.label) for e, y in (made(scenario, 500), made(scenario, 5_000)))
    assert few is not None
    assert many is not None
    for auc in (few, many):
        assert ((auc["low"] <= auc["auc"]) & (auc["auc"] <= auc["high"])).all()
    assert (many["high"] - many["low"]).mean() < 0.5 * (few["high"] - few["low"]).mean()

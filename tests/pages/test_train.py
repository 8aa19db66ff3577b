"""Train & compare: trains, compares on the same rows, promotes what the person saw, and says why it cannot."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.services.workspace import Workspace
from tests.pages.conftest import SCENARIOS, OpenPage, texts

every = pytest.mark.parametrize("key", SCENARIOS)


def train(page: AppTest, key: str, rows: int = 3_000) -> AppTest:
    page.number_input(key=f"train {key} rows").set_value(rows)
    return page.button(key=f"train {key} go").click().run()


@every
def test_nothing_is_trained_by_looking(key: str, open_empty: OpenPage, house: Workspace) -> None:
    page = open_empty("train", scenario=key)
    assert not page.exception
    assert "Models trained here are compared with the champion" in texts(page)
    assert house.registry.versions(key) == []


@every
def test_a_trained_model_stands_in_one_table_with_champion_baselines_and_limit(
    key: str, app: OpenPage, house: Workspace
) -> None:
    champion = house.registry.champion(key)
    page = train(app("train", scenario=key), key)
    assert not page.exception
    assert not page.error
    table = page.dataframe[0].value
    assert table["Role"].tolist() == ["Champion", "Candidate", "Baseline", "Baseline", "Best possible"]
    assert table["Version"][0] == champion
    made = table["Version"][1]
    assert made in house.registry.versions(key)
    assert house.registry.champion(key) == champion
    card = next(card for card in house.registry.cards(key) if card.version == made)
    auc = card.metrics["roc_auc"]
    assert table["ROC AUC"][1] == f"{auc['value']:.3f} ({auc['low']:.3f}–{auc['high']:.3f})"
    assert any("base rate" in column for column in table)


@every
def test_the_first_model_of_an_empty_home_can_be_made_champion(
    key: str, open_empty: OpenPage, house: Workspace
) -> None:
    page = train(open_empty("train", scenario=key), key)
    assert house.registry.champion(key) is None
    page.button(key=f"promote {key} 0").click().run()
    assert not page.exception
    assert house.registry.champion(key) == house.registry.versions(key)[0]
    assert "is the champion" in texts(page)


def test_a_champion_promoted_in_another_tab_is_told_and_stays(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    page = train(app("train", scenario=key), key)
    scenario = house.scenario(key)
    other = house.train_default(scenario)
    house.keep(other, promote=True, expected=house.registry.champion(key))
    page.button(key=f"promote {key} 0").click().run()
    assert not page.exception
    assert "by now; you saw" in texts(page)
    assert house.registry.champion(key) == other.trained.version


def test_a_promotion_says_what_becomes_of_thresholds_chosen_on_another_model(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    scenario, champion = house.scenario(key), str(house.registry.champion(key))
    moved = scenario.policy.with_edges({len(scenario.policy.bands) - 1: 0.9})
    house.policies.apply(key, moved, champion, scenario.policy, scenario.policy.fingerprint())
    page = train(app("train", scenario=key), key)
    page.button(key=f"promote {key} 0").click().run()
    assert f"The thresholds in force were chosen on {champion}" in texts(page)


def test_models_judged_on_other_rows_stand_in_another_table(app: OpenPage) -> None:
    key = SCENARIOS[-1]
    page = train(app("train", scenario=key), key)
    page = train(page, key, rows=2_000)
    assert not page.exception
    assert len(page.subheader) == 2
    assert "judged on different rows cannot be compared" in texts(page)


def test_few_positives_are_counted_and_no_champion_is_suggested(app: OpenPage) -> None:
    page = train(app("train", scenario="card_fraud"), "card_fraud", rows=2_000)
    assert "fewer than 50: the intervals are too wide" in texts(page)
    assert not page.success


@every
def test_a_holdout_of_zero_trains_on_all_rows_and_shows_no_figures(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("train", scenario=key)
    page.slider(key=f"train {key} holdout").set_value(0).run()
    page = train(page, key)
    assert not page.exception
    assert "Nothing was held out" in texts(page)
    newest = house.registry.cards(key)[0]
    assert (newest.rows, newest.metrics) == (3_000, {})


@every
def test_data_without_labels_is_sent_to_the_data_lab(key: str, app: OpenPage, house: Workspace) -> None:
    made = house.generate(house.scenario(key), 200, 1, name="No labels")
    house.datasets.save(replace(made, labels=None))
    page = app("train", scenario=key, dataset="No labels")
    assert not page.exception
    assert "carries no labels" in texts(page)
    assert [link.proto.label for link in page.get("page_link")] == ["Open the Data lab"]


def test_a_mistake_in_the_data_is_told_and_nothing_is_stored(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[-1]
    before = house.registry.versions(key)
    made = house.generate(house.scenario(key), 1_000, 1, name="One class")
    assert made.labels is not None
    house.datasets.save(replace(made, labels=replace(made.labels, label=made.labels.label * 0, p_true=None)))
    page = app("train", scenario=key, dataset="One class")
    page.radio(key=f"train {key} rows from").set_value("The data set in the sidebar").run()
    page.button(key=f"train {key} go").click().run()
    assert not page.exception
    assert "No row has the label" in texts(page)
    assert house.registry.versions(key) == before


def test_a_random_split_of_timed_events_says_why_not(app: OpenPage) -> None:
    page = app("train", scenario="card_fraud")
    assert "the honest choice" not in texts(page)
    page.segmented_control(key="train card_fraud split").set_value("random").run()
    assert "By time is the honest choice here" in texts(page)

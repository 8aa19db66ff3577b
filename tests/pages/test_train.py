"""Train & compare: trains, compares on the same rows, promotes what the person saw, and says why it cannot."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.scenarios import coded
from riskcore.services.workspace import Workspace
from tests.pages.conftest import SCENARIOS, OpenPage, texts

every = pytest.mark.parametrize("key", SCENARIOS)


def train(page: AppTest, key: str, rows: int = 6_000, models: tuple[str, ...] = ()) -> AppTest:
    """Train families on few rows; the fastest supervised one unless they are named."""
    names = models or tuple(name for name in ("logistic", "boosted") if name in coded()[key].models)[:1]
    page.multiselect(key=f"train {key} models").set_value(list(names))
    page.number_input(key=f"train {key} rows").set_value(rows)
    return page.button(key=f"train {key} go").click().run()


def tab(page: AppTest, key: str, name: str) -> AppTest:
    """The comparison with another of its tabs open."""
    page.session_state[f"views {key} 4"] = name
    return page.run()


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
    limit = ["Best possible"] if table["Model"].iloc[-1] == "Bayes limit" else []
    assert table["Role"].tolist() == ["Champion", "Candidate", "Baseline", "Baseline", *limit]
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
    page.button(key=f"promote {key}").click().run()
    assert not page.exception
    assert house.registry.champion(key) == house.registry.versions(key)[0]
    assert "is the champion" in texts(page)


def test_a_champion_promoted_in_another_tab_is_told_and_stays(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    page = train(app("train", scenario=key), key)
    scenario = house.scenario(key)
    other = house.train_default(scenario)
    house.keep(other, promote=True, expected=house.registry.champion(key))
    page.button(key=f"promote {key}").click().run()
    assert not page.exception
    assert "by now; you saw" in texts(page)
    assert house.registry.champion(key) == other.trained.version


def test_a_promotion_says_what_becomes_of_thresholds_chosen_on_another_model(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    scenario, champion = house.scenario(key), str(house.registry.champion(key))
    top = len(scenario.policy.bands) - 1
    moved = scenario.policy.with_edges({top: (scenario.policy.bands[top].edge + 1) / 2})
    house.policies.apply(key, moved, champion, scenario.policy, scenario.policy.fingerprint())
    page = train(app("train", scenario=key), key)
    page.button(key=f"promote {key}").click().run()
    assert f"The thresholds in force were chosen on {champion}" in texts(page)


@every
def test_all_families_stand_in_one_table_with_differences_to_the_champion(key: str, app: OpenPage) -> None:
    models = tuple(coded()[key].models)
    page = train(app("train", scenario=key), key, models=models)
    assert not page.exception
    table = page.dataframe[0].value
    assert table["Role"].tolist()[: len(models) + 1] == ["Champion", *["Candidate"] * len(models)]
    assert table["Size"][1].split()[-1] in ("B", "KB", "kB", "MB")
    page.segmented_control(key=f"show {key}").set_value("Differences").run()
    assert not page.exception
    beyond = page.dataframe[0].value
    assert beyond["ROC AUC"][0] == "reference"
    assert all("(" in told and " to " in told for told in beyond["ROC AUC"][1:])
    unit = "drawn by user_id" if coded()[key].entities else "same draws of the judged rows, 95 %"
    assert unit in texts(page)


@every
def test_kinds_of_attack_the_learning_curve_and_the_card_are_a_tab_away(key: str, app: OpenPage) -> None:
    page = tab(train(app("train", scenario=key), key), key, "By attack")
    assert not page.exception
    assert "Only benign events stand against them" in texts(page)
    page = tab(page, key, "Learning curve")
    page.button(key=f"learn {key}").click().run()
    assert not page.exception
    assert "The last doubling changed" in texts(page)
    page = tab(page, key, "Model card")
    assert not page.exception
    assert "it learned from synthetic rows" in texts(page)
    assert [button.label for button in page.get("download_button")] == ["Download as HTML", "Download as JSON"]


def test_models_judged_on_other_rows_stand_in_another_comparison(app: OpenPage) -> None:
    key = "session_risk"
    page = train(app("train", scenario=key), key)
    first = page.dataframe[0].value["Version"][1]
    page = train(page, key, rows=2_000)
    assert not page.exception
    second = page.dataframe[0].value["Version"][1]
    assert first != second
    page.selectbox(key=f"comparison {key} 2").set_value(1).run()
    assert page.dataframe[0].value["Version"][1] == first


def test_only_three_data_sets_stay_in_memory(app: OpenPage) -> None:
    key = "payment_fraud"
    page = app("train", scenario=key)
    for rows in (1_000, 1_100, 1_200, 1_300):
        page = train(page, key, rows=rows)
    assert not page.exception
    assert len(page.session_state["candidates"][key]) == 3


def test_anomaly_models_say_that_labels_are_ignored_and_learn_without_any(app: OpenPage, house: Workspace) -> None:
    key = "infra_anomaly"
    made = house.generate(house.scenario(key), 1_000, 1, name="No labels")
    house.datasets.save(replace(made, labels=None))
    page = app("train", scenario=key, dataset="No labels")
    assert "An isolation forest ignores labels" in texts(page)
    assert page.multiselect(key=f"train {key} models").options == ["Isolation forest"]
    page.radio(key=f"train {key} rows from").set_value("The data set in the sidebar")
    page = page.button(key=f"train {key} go").click().run()
    assert not page.exception
    assert "carry no labels, so nothing can be judged" in texts(page)
    assert house.registry.cards(key)[0].metrics == {}


def test_the_best_calibration_is_chosen_and_told(app: OpenPage, house: Workspace) -> None:
    key = "session_risk"
    page = app("train", scenario=key)
    page.radio(key=f"train {key} calibration").set_value("auto")
    page = train(page, key)
    assert not page.exception
    assert len(house.registry.cards(key)[0].calibrations) == 3


def test_no_family_chosen_is_asked_for(app: OpenPage) -> None:
    page = app("train", scenario="session_risk")
    page.multiselect(key="train session_risk models").set_value([])
    page = page.button(key="train session_risk go").click().run()
    assert not page.exception
    assert "Choose at least one model family" in texts(page)


def test_few_positives_are_counted_and_no_champion_is_suggested(app: OpenPage) -> None:
    page = train(app("train", scenario="card_fraud"), "card_fraud", rows=2_000)
    assert "fewer than 50: the intervals are too wide" in texts(page)
    assert not page.success


@every
def test_a_holdout_of_zero_trains_on_all_rows_and_shows_no_figures(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("train", scenario=key)
    page.slider(key=f"train {key} holdout").set_value(0)
    page = train(page, key)
    assert not page.exception
    assert "Nothing was held out" in texts(page)
    newest = house.registry.cards(key)[0]
    assert (newest.rows, newest.metrics) == (6_000, {})
    assert "before it has been judged" in texts(page)


@every
def test_data_without_labels_is_sent_to_the_data_lab_where_no_family_can_learn_from_it(
    key: str, app: OpenPage, house: Workspace
) -> None:
    scenario = house.scenario(key)
    made = house.generate(scenario, 200, 1, name="No labels")
    house.datasets.save(replace(made, labels=None))
    page = app("train", scenario=key, dataset="No labels")
    assert not page.exception
    hopeless = all(scenario.make_model(name).supervised for name in scenario.models)
    assert ("carries no labels" in texts(page)) == hopeless
    assert [link.proto.label for link in page.get("page_link")] == (["Open the Data lab"] if hopeless else [])


def test_families_that_cannot_learn_are_told_and_the_others_are_trained(app: OpenPage) -> None:
    key = "card_fraud"
    page = app("train", scenario=key)
    page.number_input(key=f"train {key} boosted min_child_weight").set_value(100.0)
    page = train(page, key, rows=1_000, models=("boosted", "forest"))
    assert not page.exception
    assert "Boosted trees: The model gives every row the risk" in texts(page)
    assert page.dataframe[0].value["Model"][1] == "2 forest"


def test_a_mistake_in_the_data_is_told_and_nothing_is_stored(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[-1]
    before = house.registry.versions(key)
    made = house.generate(house.scenario(key), 1_000, 1, name="One class")
    assert made.labels is not None
    house.datasets.save(replace(made, labels=replace(made.labels, label=made.labels.label * 0, p_true=None)))
    page = app("train", scenario=key, dataset="One class")
    page.radio(key=f"train {key} rows from").set_value("The data set in the sidebar")
    page.multiselect(key=f"train {key} models").set_value(["boosted"])
    page.button(key=f"train {key} go").click().run()
    assert not page.exception
    assert "No row has the label" in texts(page)
    assert house.registry.versions(key) == before


@every
def test_every_split_says_what_it_means_and_when_it_flatters(key: str, app: OpenPage) -> None:
    split = app("train", scenario=key).radio(key=f"train {key} split")
    scenario = coded()[key]
    assert next(iter(split.proto.options)) == ("By time" if scenario.event.time else "At random")
    said = dict(zip(split.proto.options, split.proto.captions, strict=True))
    assert ("By entity" in said) == bool(scenario.entities)
    assert ("By time is the honest choice here" if scenario.event.time else "carry no time") in said["At random"]

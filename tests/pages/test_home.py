"""Home: says how every scenario stands, trains nothing, and outlives files that cannot be read."""

from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.services.inferring.declaring import declare, propose
from riskcore.services.inferring.looking import Asked, look
from riskcore.services.workspace import Workspace
from riskcore.stores.tables import open_table, to_bytes
from tests.pages.conftest import SCENARIOS, OpenPage, texts
from tests.tables import payments

OWN = "A question of your own"
POLICY = "actions: [{key: go, label: Go, effect: fly}]\nbands: [{edge: 0.5, action: go}]\n"


def test_an_empty_home_shows_every_scenario_as_not_trained_and_trains_none(
    open_empty: OpenPage, house: Workspace
) -> None:
    page = open_empty("home")
    assert not page.exception
    for scenario in house.scenarios.values():
        assert scenario.title in texts(page)
    assert texts(page).count("not trained yet") >= len(SCENARIOS)
    assert [house.registry.champion(key) for key in SCENARIOS] == [None] * len(SCENARIOS)


def test_a_trained_home_shows_version_metric_and_interval(app: OpenPage, house: Workspace) -> None:
    page = app("home")
    assert not page.exception
    said = texts(page)
    for key in SCENARIOS:
        assert str(house.registry.champion(key)) in said
    assert len(page.metric) == len(SCENARIOS)
    assert said.count("95 % interval") == len(SCENARIOS)
    assert "not trained yet" not in said


def test_the_place_beside_an_odd_last_card_leads_to_a_scenario_of_ones_own(
    open_empty: OpenPage, house: Workspace
) -> None:
    assert len(SCENARIOS) % 2 == 0
    assert OWN not in texts(open_empty("home"))
    table = look(open_table(to_bytes(payments(), "csv"), name="shop.csv"))
    declare(house, propose(table, Asked(key="shop", label="fraud")))
    page = open_empty("home")
    assert OWN in texts(page)
    link = next(link.proto for link in page.get("page_link") if "Upload a table" in link.proto.label)
    assert (link.page, parse_qs(link.query_string)) == ("data_lab", {"lab": ["Upload"]})


@pytest.mark.parametrize("key", SCENARIOS)
def test_every_card_leads_to_score_one_for_its_scenario(key: str, open_empty: OpenPage, house: Workspace) -> None:
    title = house.scenario(key).title
    links = {link.proto.label: link.proto for link in open_empty("home").get("page_link")}
    assert links[f"Open {title}"].page == "score_one"
    assert parse_qs(links[f"Open {title}"].query_string) == {"open": [key]}


@pytest.mark.parametrize("key", SCENARIOS)
def test_an_opening_link_chooses_its_scenario_whatever_was_chosen_before(key: str, app: OpenPage) -> None:
    page = app("home", scenario=next(other for other in SCENARIOS if other != key))
    page.query_params["open"] = key
    page.run()
    assert not page.exception
    assert page.selectbox(key="scenario").value == key
    assert "open" not in page.query_params


@pytest.mark.parametrize("key", SCENARIOS)
def test_opening_a_scenario_for_the_first_time_trains_only_it(key: str, open_empty: OpenPage, house: Workspace) -> None:
    assert not open_empty("score_one", scenario=key).exception
    assert [other for other in SCENARIOS if house.registry.champion(other)] == [key]


@pytest.mark.parametrize("key", SCENARIOS)
def test_a_bad_policy_file_shows_its_sentence_on_the_card_and_home_goes_on(
    key: str, app: OpenPage, house: Workspace
) -> None:
    path = house.policies.folder / f"{key}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(POLICY)
    page = app("home", scenario=key)
    assert not page.exception
    assert "has effect 'fly'" in texts(page)
    assert any(header.value == "Last activity" for header in page.header)


@pytest.mark.parametrize("key", SCENARIOS)
def test_a_broken_model_card_shows_its_sentence_and_the_other_scenarios_stand(
    key: str, app: OpenPage, house: Workspace
) -> None:
    card = house.registry.folder / key / str(house.registry.champion(key)) / "card.json"
    card.write_text("{")
    page = app("home", scenario=key)
    assert not page.exception
    assert "card.json is not JSON" in texts(page)
    assert len(page.metric) == len(SCENARIOS) - 1


@pytest.mark.parametrize("key", SCENARIOS)
def test_the_pipeline_speaks_of_the_chosen_scenario(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("home", scenario=key)
    assert f"From data to decision: {house.scenario(key).title}" in headers(page)


def test_saved_data_and_models_are_the_last_activity(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    house.datasets.save(house.generate(house.scenario(key), 200, seed=3, name="three"))
    table = app("home").dataframe[0].value
    assert table.iloc[0]["name"] == "three"
    assert set(table["name"]) == {"three", *(str(house.registry.champion(key)) for key in SCENARIOS)}


def headers(page: AppTest) -> list[str]:
    return [header.value for header in page.header]

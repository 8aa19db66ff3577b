"""Explain: each view works for every scenario, labelled or not."""

from dataclasses import replace

import pytest

from riskcore.services.workspace import Workspace
from tests.pages.conftest import SCENARIOS, OpenPage, texts


@pytest.mark.parametrize("key", SCENARIOS)
@pytest.mark.parametrize("view", ["Drivers", "One field", "One tree", "One event"])
def test_every_view_is_drawn_without_an_error(key: str, view: str, app: OpenPage) -> None:
    page = app("explain", scenario=key, view=view)
    assert not page.exception
    assert not page.error
    assert len(page.main.caption) >= 2


@pytest.mark.parametrize("key", SCENARIOS)
def test_drivers_say_how_many_events_they_rest_on(key: str, app: OpenPage) -> None:
    assert "n = " in texts(app("explain", scenario=key, view="Drivers"))


@pytest.mark.parametrize("key", SCENARIOS)
def test_each_size_says_the_time_it_takes(key: str, app: OpenPage) -> None:
    sizes = next(w for w in app("explain", scenario=key).main.selectbox if w.label == "Rows explained")
    assert sizes.options
    assert all("about" in option for option in sizes.options)


def test_a_data_set_without_labels_is_explained_and_says_so(app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(SCENARIOS[0])
    made = house.generate(scenario, 300, seed=4, name="Unlabelled")
    house.datasets.save(replace(made, labels=None))
    page = app("explain", scenario=scenario.key, dataset="Unlabelled", view="One field")
    assert not page.exception
    assert "no labels" in texts(page)


def test_the_event_of_highest_risk_is_explained_first(app: OpenPage) -> None:
    page = app("explain", scenario=SCENARIOS[0], view="One event")
    assert "typically" in texts(page)
    assert len(page.dataframe) == 1

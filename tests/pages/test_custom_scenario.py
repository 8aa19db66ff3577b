"""Every page serves a custom scenario, with labels and without, as it serves those of the program."""

from dataclasses import replace

import pytest

from riskcore.core.settings import PROJECT
from riskcore.services.inferring.declaring import declare, propose
from riskcore.services.inferring.looking import Asked, look
from riskcore.services.workspace import Workspace
from riskcore.stores.tables import open_table, to_bytes
from tests.pages.conftest import OpenPage, texts
from tests.tables import payments

PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
LABELLED = Asked(key="shop", label="fraud", time="at", entities=("card",))
REMEMBERING = replace(LABELLED, label_delay="1d", remember=("card",))
UNLABELLED = Asked(key="shop", ignore=("fraud",), entities=("card",))


@pytest.mark.parametrize("asked", [LABELLED, REMEMBERING, UNLABELLED], ids=["labelled", "remembering", "unlabelled"])
def test_every_page_serves_a_custom_scenario(asked: Asked, open_empty: OpenPage, house: Workspace) -> None:
    declare(house, propose(look(open_table(to_bytes(payments(), "csv"), name="shop.csv")), asked))
    house.trained(house.scenario("shop"))
    for page in PAGES:
        test = open_empty(page, scenario="shop")
        assert not test.exception, f"{page}: {test.exception[0].value}"
        assert test.session_state["scenario"] == "shop"


def test_the_events_that_a_column_over_the_past_counted_can_be_ringed(open_empty: OpenPage, house: Workspace) -> None:
    declare(house, propose(look(open_table(to_bytes(payments(1_200), "csv"), name="shop.csv")), LABELLED))
    scenario = house.scenario("shop")
    house.trained(scenario)
    page = open_empty("score_one", scenario="shop")
    assert not page.exception
    offered = [option for pills in page.pills for option in pills.options]
    assert any(option.rpartition(" (")[0] in scenario.phrases for option in offered), offered


def test_a_broken_file_is_told_beside_the_scenarios_that_work(open_empty: OpenPage, house: Workspace) -> None:
    house.catalogue.files.folder.mkdir(parents=True)
    house.catalogue.files.path("bad").write_text("key: bad\ntitel: x\n")
    test = open_empty("home")
    assert not test.exception
    assert "bad.yaml, line 2: titel is an unknown key. Did you mean 'title'?" in texts(test)
    assert "Card fraud" in test.selectbox(key="scenario").options

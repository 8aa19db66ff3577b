"""Train & compare in a real browser: families side by side, a card that opens offline, a cancel that leaves nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from riskcore.core.settings import Settings
from riskcore.services.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page

WORK = 120_000  # ms: a busy machine trains two families


@pytest.fixture
def house(server) -> Workspace:
    """The workspace behind the running app."""
    return open_workspace(Settings(data=server.data, models=server.models))


def open_train(page: "Page", house: Workspace, key: str) -> None:
    title = house.scenario(key).title
    page.goto(f"/?scenario={key}")
    # A link that is clicked before the first run has ended forgets what the address said.
    page.get_by_test_id("stSidebarUserContent").get_by_text("Policy").first.wait_for(timeout=WORK)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=WORK)
    assert page.get_by_role("combobox", name="Scenario").input_value() == title
    if key != next(iter(house.scenarios)):  # the first one is left out of the address
        page.wait_for_url("**scenario=**")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train & compare").click()
    page.get_by_role("button", name="Train", exact=True).wait_for(timeout=WORK)
    assert page.get_by_role("combobox", name="Scenario").input_value() == title


def type_rows(page: "Page", rows: int) -> None:
    field = page.get_by_role("spinbutton", name="Synthetic rows")
    field.fill(str(rows))
    field.press("Tab")


def test_families_are_compared_promoted_and_told_on_a_card_that_opens_offline(
    page: "Page", house: Workspace, tmp_path: Path
) -> None:
    key = "session_risk"
    before = house.registry.versions(key)
    open_train(page, house, key)
    type_rows(page, 4_000)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("Judged on 800 rows").wait_for(timeout=WORK)
    made = sorted(set(house.registry.versions(key)) - set(before))
    assert [version.split("-")[0] for version in made] == sorted(house.scenario(key).models)
    page.get_by_text("Best average precision").first.wait_for(state="attached")
    page.get_by_text("Differences to").click()
    page.get_by_text("better and ▼ worse").wait_for()
    page.get_by_role("tab", name="By attack").click()
    page.get_by_text("Only benign events stand against them").wait_for()
    page.get_by_role("tab", name="Learning curve").click()
    page.get_by_role("button", name="Draw the learning curve").click()
    page.get_by_text("The last doubling changed").wait_for(timeout=WORK)
    page.get_by_role("tab", name="Model card").click()
    page.get_by_text("What it must not be used for").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as HTML").click()
    card = tmp_path / download.value.suggested_filename
    download.value.save_as(card)
    page.get_by_role("button", name="Promote").click()
    page.get_by_text("is the champion.").wait_for()
    assert house.registry.champion(key) == card.stem
    reader = page.context.browser.new_context(offline=True).new_page()
    reader.goto(card.as_uri())
    assert reader.get_by_role("heading", level=1).inner_text() == house.scenario(key).title
    assert reader.get_by_role("img").count() == 3
    assert reader.locator("body").evaluate("b => b.scrollWidth <= innerWidth")
    reader.context.close()


def test_a_cancelled_training_leaves_no_model_and_no_draft(page: "Page", house: Workspace, server) -> None:
    key = "card_fraud"
    open_train(page, house, key)
    type_rows(page, 400_000)
    before = sorted(server.models.rglob("*"))
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Cancel").click(timeout=WORK)
    page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=WORK)
    page.get_by_text("Models trained here are compared with the champion").wait_for(timeout=WORK)
    assert sorted(server.models.rglob("*")) == before
    assert house.registry.versions(key) == [path.name for path in before if path.parent.name == key and path.is_dir()]

"""Data lab in a real browser: a recipe travels in the link, becomes a data set, and comes back as a file."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

FIRST_PAGE_MS = 30_000  # a cold server on a busy machine
MADE_MS = 60_000


def enter(page: Page, complaints: list[str], path: str, key: str) -> None:
    """Open the lab as a link does: the scenario first, whose title the address then holds."""
    page.goto(f"/?scenario={key}")
    expect(page.get_by_test_id("stSidebarUserContent").get_by_text("Policy", exact=False).first).to_be_visible(
        timeout=FIRST_PAGE_MS
    )
    title = re.search(r"scenario=([^&]+)", page.url)
    page.goto(f"/data_lab?{title[0] if title else ''}&{path}")
    expect(page.get_by_role("heading", name="Data lab")).to_be_visible(timeout=FIRST_PAGE_MS)
    complaints.clear()  # under a page's own address the client first asks for its server beside that page, in vain


@pytest.mark.parametrize("key", ["payment_fraud", "infra_anomaly", "user_behavior"])
def test_a_recipe_in_a_link_becomes_a_data_set_and_a_file(
    key: str, page: Page, complaints: list[str], tmp_path: Path
) -> None:
    enter(page, complaints, "recipe=rows%3D1500,seed%3D9", key)
    expect(page.get_by_label("Rows", exact=True)).to_have_value("1500", timeout=FIRST_PAGE_MS)
    expect(page.get_by_label("Seed", exact=True)).to_have_value("9")
    page.get_by_role("button", name="Generate", exact=False).last.click()
    expect(page.get_by_text("1,500 synthetic rows are ready", exact=False)).to_be_visible(timeout=MADE_MS)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Recipe").click()
    waiting.value.save_as(tmp_path / "recipe.yaml")
    assert f"scenario: {key}\nrows: 1500\nseed: 9\n" in (tmp_path / "recipe.yaml").read_text()
    for tab in ("How hard", "Leaks", "Classes"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_test_id("stVegaLiteChart").last).to_be_visible(timeout=FIRST_PAGE_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_turning_a_knob_is_told_in_the_address(page: Page, complaints: list[str]) -> None:
    enter(page, complaints, "lab=Generate", "payment_fraud")
    page.get_by_text("Nasty", exact=True).click()
    page.wait_for_function("() => location.search.includes('recipe=')", timeout=FIRST_PAGE_MS)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("spinbutton", name="Share of frauds")).to_have_value("0.02", timeout=FIRST_PAGE_MS)
    complaints.clear()  # as in `enter`

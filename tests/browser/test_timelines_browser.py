"""The timeline in a real browser: an example attack, the failures a reason counted, one deleted, and undone."""

from typing import TYPE_CHECKING

import pytest

from riskcore.scenarios import coded

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
TRAINING_MS = 90_000
SCENARIO = next(s for s in coded().values() if s.stateful)


def test_a_past_without_its_failures_is_less_risky_and_undo_brings_them_back(page: "Page") -> None:
    from playwright.sync_api import expect

    page.goto(f"/?scenario={SCENARIO.title.replace(' ', '+')}")
    page.get_by_role("link", name="Score one").click()
    expect(page.get_by_text("Why", exact=True)).to_be_visible(timeout=TRAINING_MS)
    page.get_by_role("button", name="Credential stuffing", exact=True).click(timeout=TRAINING_MS)
    expect(page.get_by_text("Timeline of ada")).to_be_visible(timeout=TRAINING_MS)
    expect(page.get_by_text("Failed logins in 15 minutes (11)")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 change;")).to_be_visible()
    expect(page.get_by_text("Failed logins in 15 minutes (10)")).to_be_visible()
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect(page.get_by_text("Failed logins in 15 minutes (11)")).to_be_visible()
    expect(page.get_by_text("Timeline of ada")).to_be_visible()

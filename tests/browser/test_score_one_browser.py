"""The way most people come: Home, one scenario, one event, and why."""

import re

from playwright.sync_api import Page, expect

TRAINING_MS = 60_000  # the first visit trains the scenario's model


def open_desk(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Score one").click()
    expect(page.get_by_role("heading", level=1, name="Score one")).to_be_visible()
    expect(page.get_by_text("Why", exact=True)).to_be_visible(timeout=TRAINING_MS)


def test_from_home_to_a_decision_and_its_reasons(page: Page) -> None:
    open_desk(page)
    expect(page.get_by_text(re.compile("typically")).first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Waterfall from"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Where the event stands")).first).to_be_visible()


def test_another_preset_changes_form_decision_and_address(page: Page) -> None:
    open_desk(page)
    number, risk = page.get_by_role("spinbutton").first, page.get_by_text(re.compile("^Risk ")).first
    before, decided = number.input_value(), risk.inner_text()
    preset = page.get_by_role("group", name="Start from").get_by_role("button").last
    preset.click()
    expect(number).not_to_have_value(before)
    expect(preset).to_have_attribute("aria-pressed", "true")
    expect(risk).not_to_have_text(decided)
    expect(page).to_have_url(re.compile("preset="))


def test_a_typed_number_is_scored_without_a_button_and_undo_takes_it_back(page: Page) -> None:
    open_desk(page)
    number = page.get_by_role("spinbutton").first
    before = number.input_value()
    number.fill("")
    number.press_sequentially("123", delay=30)
    expect(page).to_have_url(re.compile("event=.*123"))
    expect(number).to_have_value("123")
    undo = page.get_by_role("button", name="Undo")
    for _ in range(3):  # as many steps as there were rests while typing
        if number.input_value() != before:
            undo.click()
            page.wait_for_timeout(300)
    expect(number).to_have_value(before)
    expect(page).not_to_have_url(re.compile("event="))


def test_a_link_with_a_changed_number_shows_it_again(page: Page, complaints: list[str]) -> None:
    open_desk(page)
    page.get_by_role("spinbutton").first.fill("77")
    expect(page).to_have_url(re.compile("event="))
    page.reload()
    expect(page.get_by_role("spinbutton").first).to_have_value("77", timeout=TRAINING_MS)
    complaints.clear()  # Streamlit looks for itself below the page's address first


def test_a_toggle_changes_what_is_said_of_its_field(page: Page) -> None:
    page.goto("/?scenario=Session+risk")
    page.get_by_role("link", name="Score one").click()
    expect(page.get_by_text("Why", exact=True)).to_be_visible(timeout=TRAINING_MS)
    toggle = page.get_by_role("switch").first
    toggle.check()
    expect(page.get_by_text("Token revoked = yes")).to_be_visible()
    expect(page).to_have_url(re.compile("is_revoked"))


def test_a_bad_number_is_told_at_its_field_and_put_right(page: Page) -> None:
    open_desk(page)
    number = page.get_by_role("spinbutton").first
    before = number.input_value()
    number.fill("-5")
    expect(page.get_by_role("alert").get_by_text("cannot be scored yet")).to_be_visible()
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill(before)
    expect(page.get_by_text("Why", exact=True)).to_be_visible()
    expect(number).to_have_attribute("aria-invalid", "false")


def test_the_result_is_shown_to_be_copied(page: Page) -> None:
    open_desk(page)
    page.get_by_role("button", name="JSON").click()
    expect(page.get_by_label("The result as JSON")).to_contain_text("risk_score")

"""Real card transactions through the app: upload and use them, train on the earlier ones, score and judge a file."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

ROWS = 50_000
SLOW_MS = 120_000


@pytest.fixture(scope="module")
def cards(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cards") / "creditcard.csv"
    pd.read_parquet(real_data / "card_train.parquet").tail(ROWS).to_csv(path, index=False)
    return path


def open_page(page: Page, link: str, heading: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=SLOW_MS)


@pytest.mark.real_data
def test_real_transactions_are_uploaded_trained_on_and_judged(page: Page, cards: Path) -> None:
    page.goto("/?scenario=card_fraud")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Card fraud")
    open_page(page, "Data lab", "Data lab")
    page.get_by_text("Upload", exact=True).first.click()
    page.locator('input[type="file"]').set_input_files(cards)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{ROWS:,}", timeout=SLOW_MS)
    page.get_by_role("button", name="Use this data set").click()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("creditcard", timeout=SLOW_MS)

    open_page(page, "Train & compare", "Train & compare")
    page.get_by_text(f"The data set in the sidebar ({ROWS:,} rows)").click()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Judged on 10,000 rows")).to_be_visible(timeout=SLOW_MS)


@pytest.mark.real_data
def test_a_file_of_real_transactions_is_scored_and_judged(page: Page, cards: Path, tmp_path: Path) -> None:
    page.goto("/?scenario=card_fraud")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Card fraud")
    open_page(page, "Bulk score", "Bulk score")
    page.locator('input[type="file"]').set_input_files(cards)
    page.get_by_role("button", name="Score", exact=True).click(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="How good the model is on this file")).to_be_visible(timeout=SLOW_MS)
    with page.expect_download() as download:
        page.get_by_role("button", name="Scored rows, CSV").click()
    download.value.save_as(tmp_path / "scored.csv")
    came_back = pd.read_csv(tmp_path / "scored.csv")
    given = pd.read_csv(cards)
    pd.testing.assert_frame_equal(came_back[given.columns], given)
    assert came_back["risk_score"].between(0, 1).all()

"""Bulk score in a real browser: a file goes up, is scored, and comes back with every row."""

from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from riskcore.scenarios import coded

ROWS = 5_000


def test_an_uploaded_file_comes_back_with_every_row(page: Page, tmp_path: Path) -> None:
    made = coded()["session_risk"].synthesize(ROWS, 11)
    table = made.events.astype(object).assign(label=made.labels.label, case=[f"c{i}" for i in range(ROWS)])
    table.loc[7, "login_hour"] = "late"
    table.to_csv(tmp_path / "sessions.csv", index=False)

    page.goto("/?scenario=session_risk")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Session risk")
    page.get_by_role("link", name="Bulk score").click()
    expect(page.get_by_role("heading", name="Bulk score")).to_be_visible()
    page.locator('input[type="file"]').set_input_files(tmp_path / "sessions.csv")
    expect(page.get_by_text("5,000 rows were checked: 4,999 can be scored, 1 cannot")).to_be_visible(timeout=60_000)
    # The first model of the installation may be trained now, with its own bar.
    page.get_by_role("button", name="Score", exact=True).click(timeout=120_000)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("5,000", timeout=60_000)

    with page.expect_download() as download:
        page.get_by_role("button", name="Scored rows, CSV").click()
    download.value.save_as(tmp_path / "scored.csv")
    rows = pd.read_csv(tmp_path / "scored.csv")
    assert rows["case"].tolist() == table["case"].tolist()
    assert rows["status"].value_counts().to_dict() == {"scored": ROWS - 1, "rejected": 1}
    assert rows["status"].iloc[7] == "rejected"

    with page.expect_download() as download:
        page.get_by_role("button", name="Rejects, CSV (1)").click()
    download.value.save_as(tmp_path / "rejects.csv")
    assert pd.read_csv(tmp_path / "rejects.csv")["line"].tolist() == [9]

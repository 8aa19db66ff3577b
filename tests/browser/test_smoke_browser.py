"""The server and the harness themselves: the first page loads, and is closed to the rest of the world."""

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Error, Page, expect

FIRST_PAGE_MS = 30_000  # a cold server on a busy machine


def test_the_first_page_loads_and_nothing_is_asked_of_another_host(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=FIRST_PAGE_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_every_response_carries_the_security_headers(page: Page) -> None:
    response = page.goto("/")
    assert response is not None
    policy = response.headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src "))
    assert "'unsafe-inline'" not in scripts
    assert "http" not in policy
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_an_inline_script_from_elsewhere_does_not_run(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    with pytest.raises(Error, match="Content Security Policy"):
        page.add_script_tag(content="window.ran = true")
    assert page.evaluate("() => window.ran") is None
    complaints.clear()  # Chromium's own note of it


def test_the_counts_of_everybodys_sessions_are_not_served(server) -> None:
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{server.url}/_stcore/metrics")
